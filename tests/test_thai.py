"""Thai text: spelling, order, digits, phones, dates."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market import thai
from market.errors import Refused

THAI = st.text(st.characters(min_codepoint=0x0E01, max_codepoint=0x0E4E), max_size=30)


def test_the_ways_to_type_sara_am_become_one():
    assert thai.normalise("น้\u0e4d\u0e32") == thai.normalise("น้ำ")
    assert thai.normalise("นํ้า") == "น้ำ"
    assert thai.normalise("เเกง") == "แกง"
    assert thai.normalise("ก่่อน") == "ก่อน"


@given(THAI)
def test_normalising_twice_changes_nothing_more(text):
    once = thai.normalise(text)
    assert thai.normalise(once) == once


def test_thai_names_sort_as_in_a_dictionary():
    names = ["หมู", "เกาะ", "กาแฟ", "ไก่", "ใบเตย", "แกง", "กาง", "เห็ด", "ก้าง"]
    assert sorted(names, key=thai.sort_key) == [
        "กาง", "ก้าง", "กาแฟ", "เกาะ", "แกง", "ไก่", "ใบเตย", "หมู", "เห็ด",
    ]  # fmt: skip


def test_search_text_ignores_spaces_inside_thai_digits_and_case():
    assert thai.search_text("ข้าว หอมมะลิ ๕ KG") == "ข้าวหอมมะลิ 5 kg"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("081-234-5678", "+66812345678"),
        ("๐๘๑ ๒๓๔ ๕๖๗๘", "+66812345678"),
        ("+66 81 234 5678", "+66812345678"),
        ("02-123-4567", "+6621234567"),
        ("044-123-456", "+6644123456"),
    ],
)
def test_phones_are_stored_in_one_form_and_shown_in_one(typed, stored):
    assert thai.phone_e164(typed) == stored
    assert thai.phone_e164(thai.show_phone(stored)) == stored


@pytest.mark.parametrize("typed", ["", "081-234-567", "12345", "081234567890", "โทรมา", "0" * 200])
def test_what_is_no_phone_is_refused(typed):
    with pytest.raises(Refused) as refusal:
        thai.phone_e164(typed)
    assert refusal.value.code == "phone_not_thai"


def test_counts_may_be_typed_in_thai_digits():
    assert thai.whole_number("๒๕", low=1, high=99) == 25
    assert thai.whole_number(" 1,000 ", low=1, high=2000) == 1000


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "มาก", "🙂", "1e9", "9" * 400, "²"])
def test_what_is_no_count_is_refused(typed):
    with pytest.raises(Refused):
        thai.whole_number(typed, low=0, high=10**9)


def test_dates_are_shown_in_the_buddhist_era_and_in_bangkok():
    late = datetime(2026, 11, 25, 17, 30, tzinfo=UTC)  # half past midnight on the 26th there
    assert thai.show_date(date(2026, 11, 25)) == "พ. 25 พ.ย. 69"
    assert thai.show_datetime(late) == "พฤ. 26 พ.ย. 69 00:30 น."
    assert thai.show_date(late, "en") == "Thu 26 Nov 2026"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=2, hours=5, minutes=9), "2 วัน 5 ชม."),
        (timedelta(hours=3, minutes=30), "3 ชม. 30 นาที"),
        (timedelta(minutes=59), "59 นาที"),
        (timedelta(minutes=-5), "0 นาที"),
    ],
)
def test_time_left_is_said_in_words(left, words):
    assert thai.show_time_left(left) == words
