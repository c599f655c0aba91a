"""The list of goods in one statement: what fits, a page of it, and what each choice would leave.

Each product gets its tags and the bits of the dimensions it misses (``facets.LETTERS``). What
misses nothing is listed; what misses one dimension only still counts for the choices of that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    Date,
    Float,
    ScalarSelect,
    SmallInteger,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, array

from market.catalogue.models import Category, Product, ProductFacet
from market.clock import bangkok_date
from market.overviews.shop import facets
from market.overviews.shop.live import lead_offers, live_offers
from market.overviews.shop.rows import PAGE_SIZE, Wanted
from market.places.models import Province
from market.rounds.models import Round

ANY_PRICE = 10**12  # satang
ANY_DAY = date(9999, 12, 31)
TEXTS = ARRAY(Text)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The pieces that a list is made of."""

    live: CTE
    lead: CTE
    judged: CTE


def values_of(wanted: Wanted, now: datetime) -> dict[str, Any]:
    """What the statements about goods are sent with."""
    return {
        "now": now,
        "month": bangkok_date(now).month,
        "category": wanted.category,
        "province": wanted.province,
        "rather_in": wanted.province or wanted.near[:2],
        "paper": wanted.paper,
        "storage": wanted.storage,
        "way": wanted.way,
        "in_season": wanted.in_season,
        "low_satang": wanted.low_satang or 0,
        "high_satang": ANY_PRICE if wanted.high_satang is None else wanted.high_satang,
        "ready_by": wanted.ready_by or ANY_DAY,
        "open_only": wanted.open_only,
        "round_id": wanted.round_id or 0,
        "picked": facets.picked(wanted),
        "skipped": (wanted.page - 1) * PAGE_SIZE,
    }


def sources(hits: CTE | None = None) -> Sources:
    """Live offers, the offer that leads each product, and all products with what they miss.

    hits: only these, which a search found.
    """
    live = live_offers()
    lead = lead_offers(live, asked_for=True)
    return Sources(live=live, lead=lead, judged=_judged(_facts(live, lead, hits)))


def counted(judged: CTE) -> ScalarSelect[Any]:
    """One JSON list as text: every tag, how many goods it would leave, and its names."""
    tags = _counted_tags(judged)
    named = (Category, Province, Round)
    row = func.jsonb_build_object(
        "tag", tags.c.tag, "goods", tags.c.goods, "place", Category.position,
        "sort_key", Province.sort_key,
        "name_th", func.coalesce(*(table.name_th for table in named)),
        "name_en", func.coalesce(*(table.name_en for table in named)),
    )  # fmt: skip
    return (
        select(cast(func.coalesce(func.jsonb_agg(row), literal([], JSONB)), Text))
        .select_from(tags)
        .outerjoin(Category, _tag(facets.CATEGORY, Category.key) == tags.c.tag)
        .outerjoin(Province, _tag(facets.PROVINCE, Province.code) == tags.c.tag)
        .outerjoin(Round, _tag(facets.ROUND, cast(Round.id, Text)) == tags.c.tag)
        .scalar_subquery()
    )


def total(judged: CTE) -> ScalarSelect[int]:
    """How many goods fit all filters."""
    return select(func.count()).where(judged.c.missed == 0).scalar_subquery()


def _facts(live: CTE, lead: CTE, hits: CTE | None) -> Subquery:
    """Every product with its price, its first day and its tags."""
    sold, facet, none = _sold(live), ProductFacet, literal([], TEXTS)
    price = func.coalesce(lead.c.high_satang, Product.reference_satang)
    months = func.coalesce(facet.months, Product.season_months)
    # One statement: a column for each thing that can be narrowed by.
    query = (
        select(
            Product.id.label("product_id"),
            Product.category_key.label("category"),
            Product.storage,
            Product.sort_key,
            price.label("price"),
            lead.c.round_id,
            _nearly(lead).label("nearly"),
            (lead.c.remaining <= 0).label("full"),
            lead.c.first_ready_on.label("ready_on"),
            (bindparam("month", type_=SmallInteger) == func.any(months)).label("in_season"),
            func.coalesce(sold.c.places, facet.provinces, none).label("places"),
            func.coalesce(sold.c.rounds, none).label("rounds"),
            func.coalesce(facet.tags, none).label("tags"),
        )
        .outerjoin(lead, lead.c.product_id == Product.id)
        .outerjoin(sold, sold.c.product_id == Product.id)
        .outerjoin(facet, facet.product_id == Product.id)
        .where(Product.active)
    )
    if hits is not None:
        query = query.join(hits, and_(hits.c.kind == "product", hits.c.ref_id == Product.id))
    return query.subquery("facts")


def _nearly(lead: CTE) -> ColumnElement[float]:
    """The share of the smallest batch that is ordered, while it is not reached; else NULL."""
    share = cast(lead.c.reserved_units, Float) / lead.c.min_batch_units
    return case((and_(lead.c.remaining > 0, share < 1), share))


def _sold(live: CTE) -> CTE:
    """Where and in which open rounds each product is sold, as tags."""
    place = _tag(facets.PROVINCE, func.left(live.c.tambon_code, 2))
    in_round = _tag(facets.ROUND, cast(live.c.round_id, Text))
    return (
        select(
            live.c.product_id,
            func.array_agg(place.distinct(), type_=TEXTS).label("places"),
            func.array_agg(in_round.distinct(), type_=TEXTS).label("rounds"),
        )
        .where(live.c.local == live.c.local_only)
        .group_by(live.c.product_id)
        .cte("sold")
    )


def _judged(facts: Subquery) -> CTE:
    """What each product misses, as bits."""
    fact = facts.c
    round_id, ready_by = _value("round_id", BigInteger), _value("ready_by", Date)
    fits: dict[str, ColumnElement[bool]] = {
        facets.CATEGORY: _is("category", fact.category),
        facets.PROVINCE: _has("province", facets.PROVINCE, fact.places),
        facets.PAPER: _has("paper", facets.PAPER, fact.tags),
        facets.STORAGE: _is("storage", fact.storage),
        facets.WAY: _has("way", facets.WAY, fact.tags),
        facets.SEASON: or_(~_value("in_season", Boolean), fact.in_season),
        facets.BAND: fact.price.between(
            _value("low_satang", BigInteger), _value("high_satang", BigInteger)
        ),
        facets.READY: or_(ready_by == ANY_DAY, fact.ready_on <= ready_by),
        facets.OPEN: or_(~_value("open_only", Boolean), fact.round_id.is_not(None)),
        facets.ROUND: or_(
            round_id == 0, _tag(facets.ROUND, cast(round_id, Text)) == func.any(fact.rounds)
        ),
    }
    missed: ColumnElement[int] = literal(0)
    for letter, fit in fits.items():
        missed = missed + case((fit, 0), else_=facets.bit(letter))
    return select(facts, missed.label("missed")).cte("judged")


def _counted_tags(judged: CTE) -> Subquery:
    """Each tag with the goods that it would leave; what is chosen is there even with none."""
    near = (
        select(judged.c.missed, _all_tags(judged).label("tags"))
        .where(judged.c.missed.bitwise_and(judged.c.missed - 1) == 0)  # misses one at most
        .subquery("near_fits")
    )
    each = func.unnest(near.c.tags).table_valued("tag", name="each").render_derived()
    place = func.strpos(facets.LETTERS, func.left(each.c.tag, 1))
    own_bit = literal(1).bitwise_lshift(place - 1)
    there = (
        select(each.c.tag, func.count().label("goods"))
        .select_from(near.join(each, true()))
        .where(or_(near.c.missed == 0, near.c.missed == own_bit))
        .group_by(each.c.tag)
    )
    chosen = func.unnest(bindparam("picked", type_=TEXTS)).column_valued("chosen")
    both = union_all(there, select(chosen, literal(0))).subquery("both_tags")
    return (
        select(both.c.tag, func.sum(both.c.goods).label("goods"))
        .group_by(both.c.tag)
        .subquery("tags")
    )


def _all_tags(judged: CTE) -> ColumnElement[Any]:
    """All that a product counts for."""
    fact = judged.c
    is_open = fact.round_id.is_not(None)
    band = func.width_bucket(
        fact.price, cast([dear + 1 for dear in facets.BANDS], ARRAY(BigInteger))
    )
    own = array(
        [
            _tag(facets.CATEGORY, fact.category),
            _tag(facets.STORAGE, fact.storage),
            _tag(facets.BAND, cast(band, Text)),
            case((fact.in_season, facets.SEASON)),
            case((is_open, facets.OPEN)),
            case((is_open, _tag(facets.READY, cast(fact.ready_on, Text)))),
        ]
    )
    return func.array_cat(
        func.array_cat(func.array_remove(own, None), fact.tags),
        func.array_cat(fact.places, fact.rounds),
    )


@cache
def _value(name: str, kind: type[Any]) -> BindParameter[Any]:
    return bindparam(name, type_=kind())


def _tag(letter: str, value: ColumnElement[Any] | Any) -> ColumnElement[str]:
    return literal(letter, Text).concat(value)


def _is(name: str, column: ColumnElement[str]) -> ColumnElement[bool]:
    value = _value(name, Text)
    return or_(value == "", column == value)


def _has(name: str, letter: str, tags: ColumnElement[Any]) -> ColumnElement[bool]:
    value = _value(name, Text)
    return or_(value == "", _tag(letter, value) == func.any(tags))
