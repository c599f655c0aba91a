"""Money adds up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import Refused
from market.money import baht_words, format_baht, satang, split_by_weights


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_shares_add_up_and_are_within_one_satang_of_exact(total, weights):
    if not sum(weights):
        with pytest.raises(ValueError, match="not all zero"):
            split_by_weights(total, weights)
        return
    parts = split_by_weights(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


def test_baht_become_satang_and_three_decimals_are_refused():
    assert satang("81.89") == 8189
    with pytest.raises(Refused):
        satang("1.005")


def test_satang_are_shown_only_when_there_are_any():
    assert format_baht(125000) == "฿1,250"
    assert format_baht(8189) == "฿81.89"
    assert format_baht(-500) == "-฿5"


@pytest.mark.parametrize(
    ("amount_satang", "words"),
    [
        (0, "ศูนย์บาทถ้วน"),
        (25, "ยี่สิบห้าสตางค์"),
        (1, "หนึ่งสตางค์"),
        (100, "หนึ่งบาทถ้วน"),
        (1000, "สิบบาทถ้วน"),
        (1100, "สิบเอ็ดบาทถ้วน"),
        (2000, "ยี่สิบบาทถ้วน"),
        (2150, "ยี่สิบเอ็ดบาทห้าสิบสตางค์"),
        (10100, "หนึ่งร้อยเอ็ดบาทถ้วน"),
        (11111, "หนึ่งร้อยสิบเอ็ดบาทสิบเอ็ดสตางค์"),
        (123456, "หนึ่งพันสองร้อยสามสิบสี่บาทห้าสิบหกสตางค์"),
        (100_000_000, "หนึ่งล้านบาทถ้วน"),
        (100_000_100, "หนึ่งล้านเอ็ดบาทถ้วน"),
        (1_100_000_000, "สิบเอ็ดล้านบาทถ้วน"),
        (
            211_212_121_212,
            "สองพันหนึ่งร้อยสิบสองล้านหนึ่งแสนสองหมื่นหนึ่งพันสองร้อยสิบสองบาทสิบสองสตางค์",
        ),
        (100_000_000_000_000, "หนึ่งล้านล้านบาทถ้วน"),
        (-4250, "ลบสี่สิบสองบาทห้าสิบสตางค์"),
    ],
)
def test_amounts_in_words(amount_satang, words):
    assert baht_words(amount_satang) == words


_VALUES = {"เอ็ด": 1, "หนึ่ง": 1, "ยี่": 2, "สอง": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "หก": 6,
           "เจ็ด": 7, "แปด": 8, "เก้า": 9}  # fmt: skip
_POWERS = {"สิบ": 10, "ร้อย": 100, "พัน": 1000, "หมื่น": 10_000, "แสน": 100_000}


def read_words(words: str) -> int:
    """Thai number words back to a number, by another way than they were written."""
    total = part = digit = 0
    for word in re.findall("|".join([*_VALUES, *_POWERS, "ล้าน", "ศูนย์"]), words):
        if word in _VALUES:
            digit = _VALUES[word]
        elif word in _POWERS:
            part, digit = part + (digit or 1) * _POWERS[word], 0
        elif word == "ล้าน":
            total, part, digit = (total + part + digit) * 1_000_000, 0, 0
    return total + part + digit


@given(st.integers(0, 10**14))
def test_every_amount_in_words_reads_back(amount_satang):
    words = baht_words(amount_satang)
    baht, _, satang_words = words.partition("บาท") if "บาท" in words else ("", "", words)

    assert read_words(baht) * 100 + read_words(satang_words) == amount_satang
    assert words.endswith("ถ้วน") == (amount_satang % 100 == 0)
