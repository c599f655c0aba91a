"""Reading the year: goods that have a season, and the next round of each cycle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    SmallInteger,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from market.catalogue.models import Category, Product, ProductFacet
from market.clock import bangkok_date
from market.overviews.shop.rows import Pages
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState

ROWS = 48  # on a page


@dataclass(frozen=True, kw_only=True)
class SeasonRow:
    """A product with the months in which somebody makes it; open: it can be ordered now."""

    code: str
    name_th: str
    name_en: str
    category_th: str
    category_en: str
    months: tuple[int, ...]
    in_season: bool
    open: bool


@dataclass(frozen=True, kw_only=True)
class Season:
    """A page of the goods that have a season; all_year counts those that have none."""

    rows: tuple[SeasonRow, ...]
    pages: Pages
    now: int
    all_year: int


@dataclass(frozen=True, kw_only=True)
class NextRounds:
    """A cycle's open round that closes first, and its planned round that opens first."""

    cycle: str
    round_id: int | None
    closes_at: datetime | None
    opens_at: datetime | None
    delivery_on: date | None


@dataclass(frozen=True, kw_only=True)
class KindName:
    """A kind of goods to choose."""

    key: str
    name_th: str
    name_en: str


def seasons(session: Session, category: str, page: int, now: datetime) -> Season:
    """Goods made in some months only: those in season first, then by kind and name."""
    months = func.coalesce(ProductFacet.months, Product.season_months)
    this_month = literal(bangkok_date(now).month, SmallInteger)
    some = func.cardinality(months).between(1, 11)
    in_season = this_month == func.any(months)
    rows = session.execute(
        _goods(category)
        .with_only_columns(
            Product.code, Product.name_th, Product.name_en,
            Category.name_th.label("category_th"), Category.name_en.label("category_en"),
            months.label("months"), in_season.label("in_season"), _is_open(now).label("open"),
        )
        .where(some)
        .order_by(in_season.desc(), Category.position, Product.sort_key, Product.id)
        .limit(ROWS)
        .offset((page - 1) * ROWS)
    )  # fmt: skip
    counts = session.execute(
        _goods(category).with_only_columns(
            func.count().filter(some).label("some"),
            func.count().filter(and_(some, in_season)).label("now"),
            func.count().filter(~some).label("all_year"),
        )
    ).one()
    # Two statements of the same conditions, which stand above them.
    return Season(
        rows=tuple(SeasonRow(**dict(row._mapping) | {"months": tuple(row.months)}) for row in rows),
        pages=Pages(page=page, total=counts.some, size=ROWS),
        now=counts.now,
        all_year=counts.all_year,
    )


def next_rounds(session: Session, now: datetime) -> tuple[NextRounds, ...]:
    """Of each cycle that has a round open or planned."""
    is_open = and_(Round.state == RoundState.OPEN, Round.closes_at > now)
    waits = and_(Round.state == RoundState.DRAFT, Round.opens_at > now)
    cycle = cast(Round.cycle, Text)
    best = (is_open.desc(), case((is_open, Round.closes_at), else_=Round.opens_at), Round.id)
    first = (
        select(cycle.label("cycle"), Round.id, Round.delivery_on[1].label("delivery_on"),
               is_open.label("is_open"), Round.closes_at)
        .ext(distinct_on(cycle)).where(or_(is_open, waits)).order_by(cycle, *best).subquery()
    )  # fmt: skip
    planned = (
        select(cycle.label("cycle"), func.min(Round.opens_at).label("opens_at"))
        .where(waits).group_by(cycle).subquery()
    )  # fmt: skip
    order = case({"weekly": 0, "biweekly": 1}, value=first.c.cycle, else_=2)
    query = (
        select(
            first.c.cycle, case((first.c.is_open, first.c.id)).label("round_id"),
            case((first.c.is_open, first.c.closes_at)).label("closes_at"),
            planned.c.opens_at, first.c.delivery_on,
        )
        .outerjoin(planned, planned.c.cycle == first.c.cycle)
        .order_by(order)
    )  # fmt: skip
    return tuple(NextRounds(**row._mapping) for row in session.execute(query))


def kinds(session: Session) -> tuple[KindName, ...]:
    """Every kind of goods."""
    query = select(Category.key, Category.name_th, Category.name_en).order_by(Category.position)
    return tuple(KindName(**row._mapping) for row in session.execute(query))


def _goods(category: str) -> Any:
    query = (
        select(Product)
        .join(Category, Category.key == Product.category_key)
        .outerjoin(ProductFacet, ProductFacet.product_id == Product.id)
        .where(Product.active)
    )
    return query.where(Product.category_key == category) if category else query


def _is_open(now: datetime) -> ColumnElement[bool]:
    return (
        select(RoundOffer.id)
        .join(Round, Round.id == RoundOffer.round_id)
        .where(
            RoundOffer.product_id == Product.id, Round.state == RoundState.OPEN,
            Round.closes_at > now,
        )
        .exists()
    )  # fmt: skip
