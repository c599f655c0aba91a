"""SQL that several pages of the storefront share: what can be ordered now, and from whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    DateTime,
    Float,
    FunctionElement,
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    null,
    select,
)
from sqlalchemy.orm import aliased

from market.catalogue.models import ProducerGroup
from market.places.models import Amphoe, Province
from market.rounds.models import Round, RoundGroup, RoundOffer
from market.rounds.rules import RoundState

OpenRound = aliased(Round, name="open_round")
NOW = bindparam("now", type_=DateTime(timezone=True))
#: The round's group of an offer, whose hours its goods may share.
WHOSE_HOURS = and_(
    RoundGroup.round_id == RoundOffer.round_id, RoundGroup.group_id == RoundOffer.group_id
)


def is_open() -> ColumnElement[bool]:
    """The round takes orders at the moment ``now``; the sweep may not have closed it yet."""
    return and_(OpenRound.state == RoundState.OPEN, OpenRound.closes_at > NOW)


def left_units() -> ColumnElement[int]:
    """What an offer can still take: its own units, and what the group's shared hours allow."""
    own = RoundOffer.capacity_units - RoundOffer.reserved_units
    minutes = RoundGroup.shared_minutes - RoundGroup.reserved_minutes
    by_hours = case(
        (RoundOffer.minutes_per_unit > 0, func.div(minutes, RoundOffer.minutes_per_unit)),
        else_=null(),
    )
    # LEAST passes over a NULL: where no hours are shared, only the units count.
    return cast(func.greatest(func.least(own, by_hours), 0), BigInteger)


def live_offers() -> CTE:
    """Offers of open rounds with progress and what is left.

    Statements are built once and get their values when they are sent (``now``): building
    costs more than asking.

    Where somebody sells a product of a round to everywhere, the makers that sell only at
    their own place are left out of its sums: most readers cannot order from those.
    """
    local = ProducerGroup.readiness == 1
    within = (RoundOffer.product_id, RoundOffer.round_id)
    query = (
        select(
            RoundOffer.id,
            RoundOffer.product_id,
            RoundOffer.round_id,
            RoundOffer.price_satang,
            RoundOffer.in_band,
            RoundOffer.min_batch_units,
            RoundOffer.capacity_units,
            RoundOffer.reserved_units,
            left_units().label("left_units"),
            OpenRound.closes_at,
            OpenRound.delivery_on[RoundOffer.ready_index + 1].label("ready_on"),
            ProducerGroup.tambon_code,
            local.label("local"),
            func.bool_and(local).over(partition_by=within).label("local_only"),
        )
        .join(OpenRound, OpenRound.id == RoundOffer.round_id)
        .join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id)
        .outerjoin(RoundGroup, WHOSE_HOURS)
        .where(is_open())
    )
    return query.cte("live")


def lead_offers(live: CTE, *, asked_for: bool = False) -> CTE:
    """One row a product: its soonest round, the maker nearest to a batch, and the sums.

    ``asked_for``: the round of the value ``round_id`` comes first, and a maker in the province
    ``rather_in``.
    """
    ranked = (
        select(live, _place(live, asked_for=asked_for).label("place"), *_sums(live))
        .where(live.c.local == live.c.local_only)
        .subquery()
    )
    return (
        select(
            ranked,
            Amphoe.name_th.label("amphoe_th"),
            Amphoe.name_en.label("amphoe_en"),
            Province.name_th.label("province_th"),
            Province.name_en.label("province_en"),
            Province.region_code.label("region"),
        )
        .join(Amphoe, Amphoe.code == func.left(ranked.c.tambon_code, 4))
        .join(Province, Province.code == Amphoe.province_code)
        .where(ranked.c.place == 1)
        .cte("lead")
    )


def _place(live: CTE, *, asked_for: bool) -> ColumnElement[int]:
    """1 for the offer that a product is shown with."""
    offer = live.c
    first = bindparam("round_id", type_=BigInteger), bindparam("rather_in", type_=String)
    asked_round = (offer.round_id != first[0],) if asked_for else ()
    asked_place = (func.left(offer.tambon_code, 2) != first[1],) if asked_for else ()
    nearest = cast(offer.reserved_units, Float) / cast(offer.min_batch_units, Float)
    return func.row_number().over(
        partition_by=offer.product_id,
        order_by=(*asked_round, offer.closes_at, offer.round_id, *asked_place,
                  nearest.desc(), offer.price_satang, offer.id),
    )  # fmt: skip


def _sums(live: CTE) -> tuple[ColumnElement[Any], ...]:
    """What the makers of a product in a round come to together."""
    offer = live.c
    in_round = (offer.product_id, offer.round_id)
    return (
        func.count().over(partition_by=in_round).label("makers"),
        func.min(offer.price_satang).over(partition_by=in_round).label("low_satang"),
        func.coalesce(
            func.max(offer.price_satang).filter(offer.in_band).over(partition_by=in_round),
            func.max(offer.price_satang).over(partition_by=in_round),
        ).label("high_satang"),
        func.min(offer.ready_on).over(partition_by=in_round).label("first_ready_on"),
        _units(offer.reserved_units).over(partition_by=in_round).label("ordered"),
        _units(offer.capacity_units).over(partition_by=in_round).label("capacity"),
        _units(offer.left_units).over(partition_by=in_round).label("remaining"),
    )


def _units(number: ColumnElement[int]) -> FunctionElement[int]:
    """A sum of units: 4 bytes hold them, and PostgreSQL sums 8 bytes as slow NUMERIC."""
    return func.sum(cast(number, Integer), type_=BigInteger)
