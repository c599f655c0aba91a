"""Lines that a match leaves short, one by one, and a group's own offers with their reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup, Product
from market.matching.models import MatchRun, OfferResult, UnservedLine
from market.matching.rules import RunState
from market.orders.models import Order, OrderLine
from market.places.models import Province, Tambon
from market.rounds.models import Round, RoundGroup, RoundOffer
from market.rounds.rules import RoundState

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class ShortLine:
    """A line with the units nobody makes, and what stopped how many groups."""

    number: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    place_th: str
    place_en: str
    group_th: str | None
    group_en: str | None
    ordered_units: int
    units: int
    reason: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ShortPage:
    """Short lines, the largest first."""

    rows: tuple[ShortLine, ...]
    lines: int
    units: int
    offset: int

    @property
    def next_offset(self) -> int | None:
        """Where the next page starts."""
        after = self.offset + len(self.rows)
        return after if self.rows and after < self.lines else None


@dataclass(frozen=True, kw_only=True)
class OwnOffer:
    """What a group's offer got in the match it was told of, and why."""

    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    units: int
    insisted_units: int
    capacity_units: int
    min_batch_units: int
    reason: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToldRound:
    """A round whose match a group was told of, made or not."""

    id: int
    number: int


#: From being asked until the goods are there.
TOLD = (
    RoundState.CONFIRMING, RoundState.PAYING, RoundState.PRODUCING, RoundState.DELIVERING,
)  # fmt: skip


def told_rounds(
    session: Session, group_id: int, round_ids: Collection[int] | None = None
) -> tuple[ToldRound, ...]:
    """Rounds under way that a group offered in, the newest first; round_ids None: any."""
    query = (
        select(Round.id, Round.number)
        .join(RoundGroup, RoundGroup.round_id == Round.id)
        .where(RoundGroup.group_id == group_id, Round.state.in_(TOLD))
        .order_by(Round.id.desc())
        .limit(5)
    )
    if round_ids is not None:
        query = query.where(Round.id.in_(round_ids))
    return tuple(ToldRound(**row._mapping) for row in session.execute(query))


def _short() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.number, Product.name_th, Product.name_en, Product.unit_th, Product.unit_en,
            Province.name_th.label("place_th"), Province.name_en.label("place_en"),
            ProducerGroup.name_th.label("group_th"), ProducerGroup.name_en.label("group_en"),
            OrderLine.units.label("ordered_units"), UnservedLine.units, UnservedLine.reason,
            UnservedLine.data,
        )
        .join(OrderLine, OrderLine.id == UnservedLine.line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Product, Product.id == OrderLine.product_id)
        .join(Tambon, Tambon.code == Order.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .outerjoin(ProducerGroup, ProducerGroup.id == OrderLine.group_id)
    )  # fmt: skip


def short_lines(
    session: Session, run_id: int, *, product_id: int | None = None, offset: int = 0
) -> ShortPage:
    """A page of what a run leaves short, of all goods or of one."""
    where = [UnservedLine.run_id == run_id]
    if product_id is not None:
        where.append(OrderLine.product_id == product_id)
    base = select(UnservedLine).join(OrderLine, OrderLine.id == UnservedLine.line_id).where(*where)
    counted = base.with_only_columns(func.count(), func.coalesce(func.sum(UnservedLine.units), 0))
    lines, units = session.execute(counted).one()
    query = _short().where(*where).order_by(UnservedLine.units.desc(), UnservedLine.line_id)
    rows = session.execute(query.limit(PAGE).offset(offset))
    found = tuple(ShortLine(**row._mapping) for row in rows)
    return ShortPage(rows=found, lines=lines, units=int(units), offset=offset)


def own_offers(session: Session, group_id: int, round_id: int) -> tuple[OwnOffer, ...]:
    """A group's offers in the newest match of a round that the groups were told of."""
    newest = (
        select(func.max(MatchRun.id))
        .where(MatchRun.round_id == round_id, MatchRun.state == RunState.PUBLISHED)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Product.code.label("product_code"), Product.name_th, Product.name_en, Product.unit_th,
            Product.unit_en, OfferResult.units, OfferResult.insisted_units,
            RoundOffer.capacity_units, RoundOffer.min_batch_units, OfferResult.reason,
            OfferResult.data,
        )
        .join(RoundOffer, RoundOffer.id == OfferResult.round_offer_id)
        .join(Product, Product.id == RoundOffer.product_id)
        .where(OfferResult.run_id == newest, RoundOffer.group_id == group_id)
        .order_by(OfferResult.units.desc(), Product.sort_key, RoundOffer.id)
    )  # fmt: skip
    return tuple(OwnOffer(**row._mapping) for row in rows)
