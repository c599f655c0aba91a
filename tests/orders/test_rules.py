"""The words of ordering and the tariff."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.orders.rules import (
    DraftLine,
    IfShort,
    MakerChoice,
    OfferTerms,
    ShortageChoice,
    choices_for,
    delivery_fee_satang,
    first_index_for_all,
    if_short,
    quote,
    serving,
)


def terms(offer_id=1, *, group_id=1, price=7000, ready=0, in_band=True, reaches=True, product=1):
    return OfferTerms(
        offer_id=offer_id,
        product_id=product,
        group_id=group_id,
        price_satang=price,
        max_per_order=10,
        ready_index=ready,
        minutes_per_unit=0,
        in_band=in_band,
        reaches=reaches,
    )


@pytest.mark.parametrize(
    ("weight_g", "fee"), [(0, 0), (1, 4500), (1000, 4500), (1001, 5500), (2000, 5500), (2001, 6500)]
)
def test_each_started_kilogram_after_the_first_costs_extra(weight_g, fee):
    assert delivery_fee_satang(weight_g, 4500, 1000) == fee


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 9999), st.integers(0, 9999))
def test_a_heavier_parcel_is_never_cheaper(one_g, more_g, first, extra):
    light = delivery_fee_satang(one_g, first, extra)
    assert light <= delivery_fee_satang(one_g + more_g, first, extra)


@pytest.mark.parametrize("answer", list(IfShort))
def test_the_answer_for_a_named_group_reads_back_as_given(answer):
    assert if_short(*choices_for(answer, MakerChoice.ONLY)) is answer


@pytest.mark.parametrize("answer", list(IfShort))
def test_a_line_for_any_maker_stays_one(answer):
    maker, shortage = choices_for(answer, MakerChoice.ANY)
    assert maker is MakerChoice.ANY
    assert (shortage is ShortageChoice.NOTHING) == (answer is IfShort.NOTHING)


def test_who_may_serve_a_line():
    mine = terms(1, group_id=1, in_band=False, price=9900)
    inside = terms(2, group_id=2)
    far = terms(3, group_id=3, reaches=False)
    late = terms(4, group_id=4, ready=1)
    offers = (mine, inside, far, late)

    assert serving(offers, MakerChoice.ONLY, 1, 0) == (mine,)
    assert serving(offers, MakerChoice.FIRST, 1, 0) == (mine, inside)
    assert serving(offers, MakerChoice.ANY, None, 0) == (inside,)
    assert serving(offers, MakerChoice.ANY, None, 1) == (inside, late)
    assert serving(offers, MakerChoice.ONLY, 3, 1) == ()


def test_the_ceiling_is_the_dearest_that_may_serve():
    line = DraftLine(product_id=1, units=3, maker=MakerChoice.ANY, group_id=None)

    (quoted,) = quote([line], [terms(1, price=6500), terms(2, price=7500)], 0)

    assert (quoted.ceiling_satang, quoted.total_satang) == (7500, 22_500)


def test_the_first_date_that_serves_all_lines_is_taken():
    lines = [
        DraftLine(product_id=product, units=1, maker=MakerChoice.ANY, group_id=None)
        for product in (1, 2)
    ]
    offers = [terms(1), terms(2, product=2, ready=1)]

    assert first_index_for_all(lines, offers, 3) == 1
    assert first_index_for_all(lines, offers[:1], 3) == 2
