"""Questions, answers and days as people type them."""

from datetime import date

import pytest

from market.errors import NotFound, Refused
from market.stories.rules import (
    KINDS,
    LINE,
    TEXT,
    CapitalKind,
    kind_of,
    paper_values,
    tidy,
    typed_day,
    typed_form,
    values_of,
)

OWN = {"product": {7}, "photo": {9}}


def read(of: str, ask: str, /, **typed: str):
    return values_of(kind_of(of).ask(ask), typed, OWN)


def test_thai_is_needed_english_is_not():
    assert read("people", "name", name_th=" ป้า  สม ") == {"name_th": "ป้า สม", "name_en": ""}
    with pytest.raises(Refused) as refusal:
        read("people", "name", name_en="Som")
    assert refusal.value.code == "story_words_missing"


@pytest.mark.parametrize(
    ("kind", "ask", "field", "most"),
    [("people", "name", "name_th", LINE), ("story", "story", "source_th", TEXT)],
)
def test_what_is_too_long_is_refused(kind, ask, field, most):
    assert read(kind, ask, **{field: "ก" * most})
    with pytest.raises(Refused) as refusal:
        read(kind, ask, **{field: "ก" * (most + 1)})
    assert refusal.value.data == {"limit": most}


@pytest.mark.parametrize("typed", ["8", "0", "-1", "x", "๗", "", "7 OR 1=1", "9" * 5000])
def test_only_own_goods_can_be_pointed_at(typed):
    with pytest.raises(Refused):
        read("steps", "product", product_id=typed)
    assert read("steps", "product", product_id="7") == {"product_id": 7}


def test_choices_are_those_shown():
    assert read("capitals", "kind", kind="social") == {"kind": CapitalKind.SOCIAL}
    with pytest.raises(Refused):
        read("capitals", "kind", kind="military")


@pytest.mark.parametrize(
    ("typed", "unit", "minutes"),
    [("90", "minutes", 90), ("๒", "hours", 120), ("3", "days", 4320), ("", "days", None)],
)
def test_durations_are_kept_in_minutes(typed, unit, minutes):
    assert read("steps", "minutes", minutes=typed, unit=unit) == {"minutes": minutes}


@pytest.mark.parametrize("typed", ["0", "367 days", "1e3", "999999999", "-2"])
def test_durations_that_cannot_be_are_refused(typed):
    with pytest.raises(Refused):
        read("steps", "minutes", minutes=typed, unit="days")


def test_lines_stay_and_controls_go():
    assert tidy("ก\r\n\r\n\r\n\r\nข\x00\x1b  ค\u200b") == "ก\n\nข ค"


@pytest.mark.parametrize(
    ("typed", "day"),
    [("31/12/2570", date(2027, 12, 31)), ("๑-๒-๒๕๖๙", date(2026, 2, 1)),
     ("1.3.2027", date(2027, 3, 1)), ("", None)],
)  # fmt: skip
def test_days_are_read_in_both_eras(typed, day):
    assert typed_day(typed) == day
    assert typed_day(typed_form(day)) == day


@pytest.mark.parametrize("typed", ["31/2/2570", "2570", "1/13/2570", "0/1/2570", "1/1/9999", "x"])
def test_days_that_are_none_are_refused(typed):
    with pytest.raises(Refused):
        typed_day(typed)


def test_a_paper_that_ran_out_cannot_be_checked():
    typed = {"number": "1", "issuer": "อย.", "expires_on": "1/1/2569"}
    with pytest.raises(Refused) as refusal:
        paper_values(typed, date(2026, 11, 23))
    assert refusal.value.code == "paper_expired"
    assert paper_values(typed, date(2026, 1, 1))["expires_on"] == date(2026, 1, 1)


def test_questions_follow_each_other_to_the_end():
    for kind in KINDS.values():
        seen, key = [], kind.asks[0].key
        while key:
            seen.append(key)
            key = kind.after(key)
        assert seen == [ask.key for ask in kind.asks]
    with pytest.raises(NotFound):
        kind_of("spaceships")
    with pytest.raises(NotFound):
        kind_of("people").ask("weight")
