"""What somebody typed as patterns: typos forgiven, plurals, synonyms, heads of compounds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.overviews.search.rules import (
    FUZZY_LETTERS,
    TYPO_LETTERS,
    Synonymous,
    heads,
    phrasing,
    phrasings,
    singular,
    split_patterns,
    typo_patterns,
)


def like(pattern: str, text: str) -> bool:
    """What LIKE answers; the patterns of these tests have no escapes."""
    return bool(re.fullmatch(pattern.replace("%", ".*").replace("_", "."), text))


@given(st.text("กขคงจabc", min_size=4, max_size=9), st.data())
def test_one_wrong_letter_is_forgiven(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    typed = data.draw(
        st.sampled_from(
            [word[:at] + "ฮ" + word[at + 1 :], word[:at] + "ฮ" + word[at:],
             word[:at] + word[at + 1 :]]
        )
    )  # fmt: skip
    if len(typed) >= 4 and word not in typed:
        assert any(like(pattern, f"..{word}..") for pattern in typo_patterns(typed))


def test_short_words_must_be_right() -> None:
    assert typo_patterns("ชาม") == []


def test_signs_of_like_are_letters() -> None:
    assert all("\\%" in pattern for pattern in typo_patterns("100%") if "%" in pattern[1:-2])


def test_an_english_plural_finds_the_one() -> None:
    assert [singular(word) for word in ("coffees", "berries", "glass", "gas", "ข้าวs")] == [
        "coffee", "berry", "glass", "gas", "ข้าวs",
    ]  # fmt: skip


def test_a_synonym_is_another_way_to_say_it_and_a_short_one_is_a_whole_word() -> None:
    here = [Synonymous(said="ปลาแดก", means="ปลารา"), Synonymous(said="em", means="ferment")]
    assert [way.phrase for way in phrasings("ปลาแดกบอง", here)] == ["ปลาแดกบอง", "ปลาราบอง"]
    assert [way.phrase for way in phrasings("gem em", here)] == ["gem em", "gem ferment"]


def test_a_thai_compound_begins_with_its_head_an_english_one_ends_with_it() -> None:
    assert "%|ปุย%" in heads(phrasing("ปุ๋ยคอก"))
    assert heads(phrasing("wild honey")) == ["%honey%"]
    assert heads(phrasing("honey")) == []


@pytest.mark.parametrize("letters", [1, 3, 20, 40, 41, 100])
def test_no_phrase_becomes_more_patterns_than_a_sentence_needs(letters: int) -> None:
    """Every pattern is work for the database, and anybody may ask."""
    way = phrasing(("กขคงจ" * 20)[:letters])
    made = [*split_patterns(way.phrase), *typo_patterns(way.phrase), *heads(way)]
    assert len(made) <= 7 * FUZZY_LETTERS
    assert bool(made) == (TYPO_LETTERS <= letters <= FUZZY_LETTERS)
