"""Whom to ask, how answers fill a request, and the days and sums around it. Pure."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.made_to_order.fitting.rules import (
    FitReason,
    Hindrance,
    Maker,
    Wish,
    best_fits,
    distance_m,
    judge,
)
from market.made_to_order.rules import (
    REQUEST_MOVES,
    Answered,
    Plan,
    RequestState,
    choice_fault,
    delivery_day,
    deposit_satang,
    last_ready_on,
    propose,
    timetable,
)

WISH = Wish(
    units=300, max_price_satang=4500, standards=frozenset({"ORGTH"}), days_to_make=10,
    product_id=7, category_key="rice",
)  # fmt: skip
MAKER = Maker(
    group_id=1, product_id=7, category_key="rice", word_likeness=0.9,
    certificates=frozenset({"ORGTH", "GAP"}), capacity_units=400, lot_units=10, lead_days=5,
    price_satang=4000, own_lane=True, parcel=False, distance_m=10_000,
)  # fmt: skip
READY = date(2026, 12, 18)


def answer(group, units, price, lot=1, ready_on=READY):
    return Answered(
        group_id=group, units=units, lot_units=lot, price_satang=price, ready_on=ready_on
    )


def test_a_group_that_makes_it_holds_the_paper_and_gets_there_is_asked_and_told_why():
    fit = judge(WISH, MAKER)

    assert fit.hindrance is None
    assert fit.reasons == (
        FitReason.SAME_PRODUCT, FitReason.CERTIFICATES, FitReason.CAPACITY, FitReason.NEAR,
        FitReason.OWN_VEHICLE, FitReason.PRICE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "hindrance"),
    [
        ({"product_id": 9, "category_key": "egg_meat", "word_likeness": 0.9},
         Hindrance.OTHER_GOODS),
        ({"certificates": frozenset({"GAP"})}, Hindrance.CERTIFICATE),
        ({"own_lane": False}, Hindrance.REACH),
        ({"lead_days": 11}, Hindrance.TIME),
    ],
)  # fmt: skip
def test_what_asking_cannot_mend_hinders(changes, hindrance):
    assert judge(WISH, replace(MAKER, **changes)).hindrance is hindrance


@pytest.mark.parametrize("changes", [{"capacity_units": 1}, {"price_satang": 99_999}])
def test_a_small_or_dear_group_is_asked_all_the_same(changes):
    assert judge(WISH, replace(MAKER, **changes)).hindrance is None


def test_words_alone_find_goods_only_where_the_kind_is_not_known():
    nameless = replace(WISH, product_id=None)
    other = replace(MAKER, product_id=9, category_key="fruit", word_likeness=0.8)

    assert judge(nameless, other).hindrance is Hindrance.OTHER_GOODS
    assert FitReason.WORDS in judge(replace(nameless, category_key=None), other).reasons


def test_a_group_is_asked_once_by_its_best_goods_and_the_nearer_of_equals_first():
    far = replace(MAKER, group_id=2, distance_m=50_000)
    also = replace(MAKER, product_id=9, word_likeness=0.0)

    fits = best_fits(WISH, [far, also, MAKER])

    assert [(fit.maker.group_id, fit.maker.product_id) for fit in fits] == [(1, 7), (2, 7)]


def test_the_cheapest_fill_and_the_one_by_fewest_hands():
    answers = [answer(1, 100, 3800), answer(2, 150, 3900), answer(3, 300, 4200)]

    cheap, few = propose(answers, 300)

    assert [(s.group_id, s.units) for s in cheap.shares] == [(1, 100), (2, 150), (3, 50)]
    assert [(s.group_id, s.units) for s in few.shares] == [(3, 300)]
    assert (cheap.plan, few.plan) == (Plan.CHEAPEST, Plan.FEWEST)
    assert (cheap.satang, few.satang) == (1_175_000, 1_260_000)


def test_one_proposal_where_the_cheapest_has_the_fewest_hands_already():
    assert len(propose([answer(1, 300, 3800), answer(2, 300, 3900)], 300)) == 1


answers = st.lists(
    st.builds(
        lambda lots, price, lot: (lots * lot, price, lot),
        st.integers(1, 40), st.integers(1, 9000), st.integers(1, 12),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@given(answers, st.integers(1, 500))
def test_a_proposal_may_always_be_chosen_as_it_stands(given_answers, wanted):
    offered = {
        group: answer(group, units, price, lot)
        for group, (units, price, lot) in enumerate(given_answers, start=1)
    }
    for proposal in propose(list(offered.values()), wanted):
        chosen = {share.group_id: share.units for share in proposal.shares}
        assert sum(chosen.values()) + proposal.missing_units == wanted
        if chosen:
            assert choice_fault(offered, chosen, wanted) is None


@given(answers, st.integers(1, 500))
def test_the_fewest_hands_never_leave_more_missing(given_answers, wanted):
    offered = [
        answer(group, units, price, lot)
        for group, (units, price, lot) in enumerate(given_answers, start=1)
    ]
    plans = propose(offered, wanted)
    assert plans[-1].missing_units <= plans[0].missing_units
    assert len(plans[-1].shares) <= len(plans[0].shares)


@given(st.integers(1, 10**12), st.integers(0, 10_000))
def test_a_deposit_is_whole_baht_and_never_more_than_the_whole(total, basis_points):
    deposit = deposit_satang(total, basis_points)

    assert deposit <= total
    assert deposit == total or deposit % 100 == 0
    assert deposit * 10_000 >= min(total, total * basis_points // 10_000) * 10_000


@pytest.mark.parametrize(
    ("weekday", "last", "first"),
    [
        (None, date(2026, 12, 20), date(2026, 12, 15)),
        (5, date(2026, 12, 19), date(2026, 12, 19)),  # Saturday
        (6, date(2026, 12, 20), date(2026, 12, 20)),
        (1, date(2026, 12, 15), date(2026, 12, 15)),
    ],
)
def test_a_point_that_opens_one_day_a_week_sets_the_days(weekday, last, first):
    assert last_ready_on(date(2026, 12, 20), weekday) == last
    assert delivery_day(date(2026, 12, 15), weekday) == first


@given(st.integers(0, 400), st.integers(0, 6), st.integers(0, 60))
def test_goods_that_are_ready_by_the_last_day_come_in_time(day, weekday, early):
    needed = date(2026, 1, 1) + timedelta(days=day)
    ready = last_ready_on(needed, weekday) - timedelta(days=early)

    assert delivery_day(ready, weekday) <= needed


def test_the_moments_follow_one_another():
    asked = datetime(2026, 11, 25, tzinfo=UTC)
    times = timetable(asked, 48)

    assert asked < times.answer_by < times.choose_by < times.deposit_by


def test_bangkok_to_chiang_mai_is_some_583_kilometres():
    assert distance_m((13.7563, 100.5018), (18.7883, 98.9853)) == pytest.approx(582_800, rel=0.01)


def test_nothing_leads_out_of_an_end_and_drafts_are_never_agreed():
    for state in (RequestState.LAPSED, RequestState.WITHDRAWN, RequestState.EXPIRED):
        assert REQUEST_MOVES[state] == frozenset()
    assert RequestState.AGREED not in REQUEST_MOVES[RequestState.DRAFT]
