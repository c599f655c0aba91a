"""How the lines of an institution's order could be split, as the groups sell now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.campaigns.institutions.queries import LineView, OrderView
from market.campaigns.institutions.rules import Able, split
from market.catalogue.models import ProducerGroup
from market.made_to_order.fitting.rules import Maker
from market.made_to_order.models import GoodsRequest
from market.made_to_order.queries.finding import makers_of
from market.rounds.fairness import Standing, full_share
from market.rounds.memory import standings

Names = Mapping[int, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class ShareSeen:
    """What one group would make of a line; none, where it could but others are enough."""

    group_id: int
    name_th: str
    name_en: str
    units: int
    capacity_units: int
    price_satang: int
    distance_km: int | None


@dataclass(frozen=True, kw_only=True)
class SplitSeen:
    """How a line could be split before anybody is asked; missing: what nobody could make."""

    line_id: int
    shares: tuple[ShareSeen, ...]
    missing_units: int


def see_splits(session: Session, order: OrderView) -> dict[int, SplitSeen]:
    """By line, its split by capacity, distance and fairness. Three statements in all."""
    if not order.lines:
        return {}
    makers = makers_of(session, {line.product_id for line in order.lines}, to=_delivery(order))
    groups = {maker.group_id for found in makers.values() for maker in found}
    stand, names = standings(session, groups), _names(session, groups)
    return {line.id: _split(line, makers[line.product_id], stand, names) for line in order.lines}


def _delivery(order: OrderView) -> GoodsRequest:
    who = order.institution
    return GoodsRequest(
        point_id=who.point_id,
        tambon_code=who.tambon_code,
        needed_on=min(line.needed_on for line in order.lines),
    )


def _names(session: Session, groups: Collection[int]) -> Names:
    """Names in the order of the list."""
    rows = session.execute(
        select(ProducerGroup.id, ProducerGroup.name_th, ProducerGroup.name_en)
        .where(ProducerGroup.id.in_(groups))
        .order_by(ProducerGroup.sort_key)
    )
    return {row.id: (row.name_th, row.name_en) for row in rows}


def _split(
    line: LineView, makers: Collection[Maker], stand: Mapping[int, Standing], names: Names
) -> SplitSeen:
    of_group = {maker.group_id: maker for maker in makers}
    units = split([_able(maker, stand[maker.group_id]) for maker in of_group.values()], line.units)
    seen = [
        _share(of_group[key], units.get(key, 0), names[key]) for key in names if key in of_group
    ]
    shares = sorted(seen, key=lambda share: not share.units)  # those of the proposal first
    return SplitSeen(
        line_id=line.id, shares=tuple(shares), missing_units=line.units - sum(units.values())
    )


def _able(maker: Maker, standing: Standing) -> Able:
    return Able(
        group_id=maker.group_id,
        capacity_units=maker.capacity_units,
        lot_units=maker.lot_units,
        weight=full_share(standing),
        distance_m=maker.distance_m,
    )


def _share(maker: Maker, units: int, name: tuple[str, str]) -> ShareSeen:
    name_th, name_en = name
    return ShareSeen(
        group_id=maker.group_id,
        name_th=name_th,
        name_en=name_en,
        units=units,
        capacity_units=maker.capacity_units,
        price_satang=maker.price_satang,
        distance_km=None if maker.distance_m is None else maker.distance_m // 1000,
    )
