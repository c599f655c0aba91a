"""Every reason of the engine has its words, in Thai and in English, and they are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask_babel import force_locale

from market.matching import shortfalls, words
from market.matching.engine.explain import LINE_CODES, LOST_CODES, OFFER_CODES
from market.matching.queries.lines import OwnOffer

EVERY_OFFER = ("certificate", "no_demand", *LOST_CODES, *OFFER_CODES)
EVERY_LINE = (*LINE_CODES, "all_or_nothing")
#: What explain.py may put beside any code.
NUMBERS = {
    "sold": 0, "cap": 40, "asked": 90, "reach": 60, "open": 17, "lost_lead": 11,
    "lost_insisted_elsewhere": 12, "lost_price_ceiling": 13, "lost_reach": 14, "groups": 3,
    "offered": 90, "bought": 60, "level_permille": 667, "missing": 1, "min_batch": 20, "lot": 5,
    "left": 3, "hours_left": 10, "use_per_unit": 12, "short": 8,
}  # fmt: skip


def offer(code: str, **numbers: int) -> OwnOffer:
    """An offer that ended with this code."""
    units = numbers.get("sold", 0)
    return OwnOffer(
        product_code="X", name_th="ข้าว", name_en="Rice", unit_th="ถุง", unit_en="bag",
        units=units, insisted_units=0, capacity_units=40, min_batch_units=20, reason=code,
        data=NUMBERS | numbers,
    )  # fmt: skip


def test_what_was_asked_by_name_stands_before_the_share_of_the_rest(app):
    told = replace(offer("market_full", sold=20), insisted_units=8)

    with app.test_request_context(), force_locale("en"):
        sentence = words.offer_reason(told, "bags")

    assert sentence.startswith("8 bags asked from this group by name · 3 groups share")


def both(say, *values) -> tuple[str, str]:
    """A sentence in Thai and in English."""
    with force_locale("th"):
        thai = say(*values)
    with force_locale("en"):
        return thai, say(*values)


def is_thai(text: str) -> bool:
    return any("ก" <= letter <= "๙" for letter in text)


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("sold", [0, 20])
@pytest.mark.parametrize("code", EVERY_OFFER)
def test_every_offer_code_has_its_own_words(app, code, sold):
    with app.test_request_context():
        thai, english = both(words.offer_reason, offer(code, sold=sold), "ถุง")
        unknown = both(words.offer_reason, offer("no such code"), "ถุง")

    assert is_thai(thai)
    assert not is_thai(english.replace("ถุง", ""))
    assert (thai == unknown[0]) == (code == "tolerance")


@pytest.mark.parametrize("code", EVERY_LINE)
def test_every_line_code_has_its_own_words(app, code):
    with app.test_request_context():
        thai, english = both(shortfalls.shortfall_reason, code)
        unknown = both(shortfalls.shortfall_reason, "no such code")

    assert is_thai(thai)
    assert not is_thai(english)
    assert (thai == unknown[0]) == (code in ("tolerance", "market_full"))


@pytest.mark.parametrize("code", [code for code in LINE_CODES if code != "no_offer"])
def test_every_cause_names_how_many_groups_it_stopped(app, code):
    with app.test_request_context():
        thai, english = both(shortfalls.stopped_sentence, code, {"unserved": 9, code: 4})

    assert is_thai(thai)
    assert "4" in thai
    assert english.startswith("4 ")


def test_the_nearest_miss_comes_first_and_units_are_no_cause(app):
    data = {"unserved": 9, "reach": 1, "own_capacity": 2}

    with app.test_request_context(), force_locale("en"):
        said = shortfalls.stopped_sentence("own_capacity", data)

    assert said == "2 groups: all they can make is ordered · 1 group does not deliver there"


@pytest.mark.parametrize(
    ("code", "numbers", "said"),
    [
        ("own_capacity", {"open": 17}, "17 bags more were wanted"),
        ("shared_hours", {"use_per_unit": 12, "lot": 5, "open": 17}, "would have made 5 bags more"),
        ("shared_hours", {"use_per_unit": 30, "lot": 5}, "140 more minutes"),
        ("certificate", {"asked": 90}, "With it, 90 bags"),
        ("below_min_batch", {"short": 8}, "8 bags short of its smallest batch"),
        ("lot_remainder", {"left": 3, "lot": 5, "cap": 40, "sold": 20}, "2 bags more ordered"),
        ("reach", {"lost_reach": 14}, "14 bags were ordered"),
        ("lead", {"lost_lead": 11}, "11 bags"),
        ("lane_weight", {"left": 6}, "6 bags more were wanted"),
    ],
)
def test_reasons_say_what_one_more_would_have_brought(app, code, numbers, said):
    with app.test_request_context(), force_locale("en"):
        sentence = words.offer_reason(offer(code, **numbers), "bags")

    assert said in sentence


@pytest.mark.parametrize(
    ("sold", "said"), [(40, "Everything it can make"), (9, "The group said it can make no more")]
)
def test_room_that_the_group_s_answer_took_away_is_not_called_ordered(app, sold, said):
    with app.test_request_context(), force_locale("en"):
        sentence = words.offer_reason(offer("own_capacity", sold=sold, open=4), "bags")

    assert sentence.startswith(said)
