"""A match run as the coordinator reads it: demand against supply, each group with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup, Product
from market.errors import NotFound
from market.matching.models import MatchRun, OfferResult, UnservedLine
from market.matching.rules import RunState
from market.orders.models import Order, OrderLine
from market.orders.rules import OrderState
from market.places.models import Province, Tambon
from market.principals import Thing
from market.rounds.models import Round, RoundOffer
from market.rounds.queries import RoundView, get_round

MATCHED = (RunState.SOLVED, RunState.PUBLISHED)
#: So many offers of a product are shown until somebody asks for all.
FEW_OFFERS = 30


@dataclass(frozen=True, kw_only=True)
class RunView:
    """One run: where it stands and how far its result is proven (stages with value and bound)."""

    id: int
    rematch_no: int
    state: RunState
    stages: tuple[Mapping[str, Any], ...]
    versions: Mapping[str, Any]
    input_hash: str | None
    error: str | None
    started_at: datetime
    finished_at: datetime | None
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ProductMatch:
    """A product of the round: units ordered, matched, and what its groups can make."""

    id: int
    code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    ordered_units: int
    served_units: int
    capacity_units: int

    @property
    def short_units(self) -> int:
        """What nobody makes."""
        return max(self.ordered_units - self.served_units, 0)


@dataclass(frozen=True, kw_only=True)
class OfferMatch:
    """What an offer gets, of that by name, and why: a code with whole numbers."""

    group_id: int
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    place_th: str
    place_en: str
    units: int
    insisted_units: int
    capacity_units: int
    min_batch_units: int
    reason: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """Units of a product that nobody makes, by the rule that stopped them."""

    reason: str
    units: int
    lines: int


@dataclass(frozen=True, kw_only=True)
class MatchView:
    """The coordinator's page of a round; run None: nothing was matched yet."""

    round: RoundView
    run: RunView | None
    last: RunView | None
    products: tuple[ProductMatch, ...]
    chosen: ProductMatch | None
    offers: tuple[OfferMatch, ...]
    shortfalls: tuple[Shortfall, ...]

    @property
    def more_offers(self) -> bool:
        """Are there more than are shown?"""
        return len(self.offers) == FEW_OFFERS


def get_match(
    session: Session, round_id: int, product_id: int | None = None, *, every: bool = False
) -> MatchView:
    """The newest match of a round with one product opened; every: all its offers.

    Raises NotFound.
    """
    round_ = get_round(session, round_id)
    runs = _runs(session, round_id)
    run = next((run for run in runs if run.state in MATCHED), None)
    last = runs[0] if runs else None
    if run is None:
        return MatchView(
            round=round_, run=None, last=last, products=(), chosen=None, offers=(), shortfalls=()
        )
    products = _products(session, round_id, run.id)
    chosen = next((p for p in products if p.id == product_id), products[0] if products else None)
    return MatchView(
        round=round_,
        run=run,
        last=last,
        products=products,
        chosen=chosen,
        offers=_offers(session, run.id, chosen.id, None if every else FEW_OFFERS) if chosen else (),
        shortfalls=_shortfalls(session, run.id, chosen.id) if chosen else (),
    )


def _runs(session: Session, round_id: int) -> list[RunView]:
    rows = session.execute(
        select(
            MatchRun.id, MatchRun.rematch_no, MatchRun.state, MatchRun.stages, MatchRun.versions,
            MatchRun.input_hash, MatchRun.error, MatchRun.started_at, MatchRun.finished_at,
            MatchRun.published_at,
        )
        .where(MatchRun.round_id == round_id)
        .order_by(MatchRun.id.desc())
        .limit(20)
    )  # fmt: skip
    return [RunView(**dict(row._mapping) | {"stages": tuple(row.stages)}) for row in rows]


def _products(session: Session, round_id: int, run_id: int) -> tuple[ProductMatch, ...]:
    """The most short first, then by name."""
    ordered, offered = _ordered(round_id), _offered(round_id, run_id)
    rows = session.execute(
        select(
            Product.id, Product.code, Product.name_th, Product.name_en, Product.unit_th,
            Product.unit_en, ordered.c.units.label("ordered"),
            func.coalesce(offered.c.units, 0).label("served"),
            func.coalesce(offered.c.capacity, 0).label("capacity"),
        )
        .join(ordered, ordered.c.product_id == Product.id)
        .outerjoin(offered, offered.c.product_id == Product.id)
        .order_by((ordered.c.units - func.coalesce(offered.c.units, 0)).desc(), Product.sort_key)
    )  # fmt: skip
    return tuple(map(_product, rows))


def _ordered(round_id: int) -> Subquery:
    return (
        select(OrderLine.product_id, func.sum(OrderLine.units).label("units"))
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.round_id == round_id,
            OrderLine.released_at.is_(None),
            Order.state == OrderState.PLACED,
        )
        .group_by(OrderLine.product_id)
        .subquery()
    )


def _offered(round_id: int, run_id: int) -> Subquery:
    return (
        select(
            RoundOffer.product_id,
            func.sum(RoundOffer.capacity_units).label("capacity"),
            func.sum(func.coalesce(OfferResult.units, 0)).label("units"),
        )
        .outerjoin(
            OfferResult,
            (OfferResult.round_offer_id == RoundOffer.id) & (OfferResult.run_id == run_id),
        )
        .where(RoundOffer.round_id == round_id)
        .group_by(RoundOffer.product_id)
        .subquery()
    )


def _product(row: Any) -> ProductMatch:
    return ProductMatch(
        id=row.id, code=row.code, name_th=row.name_th, name_en=row.name_en, unit_th=row.unit_th,
        unit_en=row.unit_en, ordered_units=int(row.ordered), served_units=int(row.served),
        capacity_units=int(row.capacity),
    )  # fmt: skip


def _offers(
    session: Session, run_id: int, product_id: int, most: int | None
) -> tuple[OfferMatch, ...]:
    """The largest share first."""
    rows = session.execute(
        select(
            ProducerGroup.id.label("group_id"), ProducerGroup.name_th, ProducerGroup.name_en,
            Tambon.name_th.label("tambon_th"), Tambon.name_en.label("tambon_en"),
            Province.name_th.label("place_th"), Province.name_en.label("place_en"),
            OfferResult.units, OfferResult.insisted_units, RoundOffer.capacity_units,
            RoundOffer.min_batch_units, OfferResult.reason, OfferResult.data,
        )
        .join(RoundOffer, RoundOffer.id == OfferResult.round_offer_id)
        .join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(OfferResult.run_id == run_id, RoundOffer.product_id == product_id)
        .order_by(OfferResult.units.desc(), RoundOffer.capacity_units.desc(), ProducerGroup.id)
        .limit(most)
    )  # fmt: skip
    return tuple(OfferMatch(**row._mapping) for row in rows)


def _shortfalls(session: Session, run_id: int, product_id: int) -> tuple[Shortfall, ...]:
    units = func.sum(UnservedLine.units)
    rows = session.execute(
        select(UnservedLine.reason, units.label("units"), func.count().label("lines"))
        .join(OrderLine, OrderLine.id == UnservedLine.line_id)
        .where(UnservedLine.run_id == run_id, OrderLine.product_id == product_id)
        .group_by(UnservedLine.reason)
        .order_by(units.desc(), UnservedLine.reason)
    )
    return tuple(Shortfall(reason=r.reason, units=int(r.units), lines=r.lines) for r in rows)


def match_thing(session: Session, round_id: int, run_id: int | None = None) -> Thing:
    """A match concerns the whole country. Raises NotFound, also for another round's run."""
    if session.scalar(select(Round.id).where(Round.id == round_id)) is None:
        raise NotFound("round_not_found")
    if run_id is not None:
        mine = select(MatchRun.id).where(MatchRun.id == run_id, MatchRun.round_id == round_id)
        if session.scalar(mine) is None:
            raise NotFound("run_not_found")
    return Thing(area="", round_id=round_id)
