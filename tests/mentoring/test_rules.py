"""The way to readiness 2, visits and flags: rules by themselves."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import Refused
from market.mentoring.rules import (
    READY_POINTS,
    Looked,
    Point,
    Stage,
    check_next,
    check_plan,
    known_looked,
    missing_points,
    stage_of,
)
from market.overviews.country.rules import (
    FEWEST,
    MEASURES,
    Figures,
    Key,
    Measure,
    Sibling,
    height_permille,
    hide_few,
)
from tests.factories.matching import NOW
from tests.factories.mentoring import TODAY


@given(st.integers(0, 2 ** len(Point) - 1), st.sampled_from([1, 2]))
def test_points_met_and_left_are_the_list_and_more_points_never_lead_back(mask, level):
    met = {point for nr, point in enumerate(Point) if mask >> nr & 1}
    left = missing_points(met)

    assert set(left) | met == set(Point)
    assert not set(left) & met
    stages = [Stage.NOT_STARTED, Stage.ON_THE_WAY, Stage.READY, Stage.DECIDED]
    here = stage_of(level, len(met))
    assert stages.index(stage_of(level, len(met) + 1)) >= stages.index(here)
    assert (here is Stage.DECIDED) == (level == 2)
    assert (here is Stage.READY) == (level == 1 and len(met) >= READY_POINTS)


def test_what_was_looked_at_is_on_the_list_and_in_its_order():
    assert known_looked(["books", "nonsense", "making"]) == (Looked.MAKING, Looked.BOOKS)


@pytest.mark.parametrize(("days", "fine"), [(-8, False), (-7, True), (366, True), (367, False)])
def test_a_visit_is_planned_within_reach(days, fine):
    if fine:
        assert check_plan(TODAY + timedelta(days=days), NOW)
    else:
        with pytest.raises(Refused):
            check_plan(TODAY + timedelta(days=days), NOW)


def test_a_next_step_is_words_and_a_day_or_nothing():
    assert check_next("", None, NOW) == ("", None)
    assert check_next("ฉลาก", TODAY, NOW) == ("ฉลาก", TODAY)
    for step, on in (("ฉลาก", None), ("", TODAY), ("ฉลาก", TODAY - timedelta(days=1))):
        with pytest.raises(Refused):
            check_next(step, on, NOW)


@st.composite
def families(draw):
    """Provinces, tambons and groups of one country, with buyers that add up."""
    groups, tambons, provinces, nr = [], [], [], 3
    country = 0
    for province in (1, 2):
        for _ in range(draw(st.integers(0, 3))):
            tambon, nr = nr, nr + 1
            for buyers in draw(st.lists(st.integers(0, 12), min_size=1, max_size=3)):
                groups.append(Sibling(id=nr, parent=tambon, buyers=buyers,
                                      households=draw(st.integers(3, 9))))  # fmt: skip
                nr += 1
            mine = [one for one in groups if one.parent == tambon]
            tambons.append(_above(tambon, province, mine))
        provinces.append(
            _above(province, country, [one for one in tambons if one.parent == province])
        )
    return [[_above(country, None, provinces)], provinces, tambons, groups]


def _above(row_id, parent, below):
    return Sibling(
        id=row_id, parent=parent, buyers=sum(one.buyers for one in below),
        households=sum(one.households for one in below),
    )  # fmt: skip


@given(families())
def test_nothing_of_fewer_than_five_is_shown_or_can_be_worked_out(levels):
    hidden = hide_few(levels)

    rows = [row for level in levels for row in level]
    for row in rows:
        assert row.id in hidden or not (0 < row.buyers < FEWEST or row.households < FEWEST)
        children = [one for one in rows if one.parent == row.id and one.buyers]
        unseen = [one for one in children if one.id in hidden]
        # What is left of a shown sum is of nobody, of several, or of enough people.
        if row.id not in hidden and len(unseen) == 1:
            assert len(children) == 1 or unseen[0].buyers >= FEWEST


def test_measures_leave_out_what_is_hidden_and_tell_nothing_of_nothing():
    open_ = Figures(asks=4, answered=3, goods_satang=1000, makers_satang=600, surplus_satang=90)
    hidden = Figures(
        asks=6, answered=6, goods_satang=None, makers_satang=None, surplus_satang=None, buyers=None,
        came_again=None,
    )  # fmt: skip

    assert MEASURES[Key.ANSWERS]([open_, hidden]).permille == 900
    assert MEASURES[Key.MAKERS]([open_, hidden]) == Measure(600, 1000)
    assert MEASURES[Key.SURPLUS]([open_, hidden]) == Measure(90)
    assert MEASURES[Key.SURPLUS]([hidden]).part is None
    assert all(measure([]).permille is None for measure in MEASURES.values())
    assert height_permille(Measure(-5), 10) == 0
    assert height_permille(Measure(5), 10) == 500
