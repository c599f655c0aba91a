"""Reading what the rounds offer. A page costs the same few statements for 1, 24 or 200 items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    String,
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
from sqlalchemy.orm import Session

from market.catalogue.models import Category, ProducerGroup, Product
from market.catalogue.photos.queries import card_photo, shown_photo
from market.overviews.shop.distance import Place, distance_values, distances
from market.overviews.shop.facets import counts_of
from market.overviews.shop.live import NOW
from market.overviews.shop.narrowing import Sources, counted, sources, total, values_of
from market.overviews.shop.rows import (
    PAGE_SIZE,
    Choice,
    Facets,
    GoodsPage,
    GoodsRow,
    Pages,
    Wanted,
)
from market.places.models import Province, Tambon
from market.rounds.models import Round
from market.rounds.rules import RoundState

Order = tuple[Any, ...]  # columns
SKIPPED = bindparam("skipped", type_=BigInteger)


def goods_page(
    session: Session, wanted: Wanted, now: datetime, near: Place | None = None
) -> GoodsPage:
    """One page of the goods that fit, open ones first, with what else they can be narrowed by.

    One statement. Words are for ``search.queries.find``. near: where ``sort`` near starts.
    """
    sort = sort_of(wanted, near)
    found = session.execute(_goods_list(sort), list_values(wanted, now, near)).all()
    return page_of(found, wanted)


def sort_of(wanted: Wanted, near: Place | None) -> str:
    """The order of the list; nearness needs a place to start from."""
    return "" if wanted.sort == "near" and near is None else wanted.sort


def list_values(wanted: Wanted, now: datetime, near: Place | None) -> dict[str, Any]:
    """What a statement of a list is sent with."""
    values = values_of(wanted, now)
    return values | distance_values(near) if sort_of(wanted, near) == "near" and near else values


def page_of(found: Sequence[Row[*tuple[Any, ...]]], wanted: Wanted) -> GoodsPage:
    """The rows of a statement made by ``goods_of`` and ``beside``: there is always one."""
    goods = tuple(goods_row(row) for row in found if row.code is not None)
    return GoodsPage(
        rows=goods,
        pages=Pages(page=wanted.page, total=found[0].total),
        counts=counts_of(found[0].counts),
    )


@cache
def _goods_list(sort: str) -> Select[*tuple[Any, ...]]:
    parts = sources()
    fact = parts.judged.c
    page = page_ids(parts, sort, (fact.round_id.is_(None), fact.sort_key, fact.product_id))
    return beside(goods_of(parts, page), parts)


def beside(
    goods: Select[*tuple[Any, ...]], parts: Sources, *more: ColumnElement[Any]
) -> Select[*tuple[Any, ...]]:
    """The page's rows, the first with the counts; one row of these alone where no goods fit."""
    listed = goods.subquery("goods")
    once = select(total(parts.judged).label("total"), counted(parts.judged).label("counts"), *more)
    told = once.subquery("told")
    # Told once: these would travel, and be read, 24 times.
    first = or_(listed.c.nth.is_(None), listed.c.nth == SKIPPED + 1)
    columns = [case((first, column)).label(column.key) for column in told.c]
    return (
        select(*columns, listed, card_photo(listed.c.id).label("photo"))
        .select_from(told.outerjoin(listed, true()))
        .order_by(listed.c.nth)
    )


def page_ids(
    parts: Sources, sort: str, usual: Order, hits: CTE | None = None
) -> Select[*tuple[Any, ...]]:
    """Which goods stand on the page, and where: what misses nothing, in this order.

    Ids first: what a card shows is then read for 24 of them, however many fit.
    """
    fact = parts.judged.c
    query = select(fact.product_id).where(fact.missed == 0)
    if hits is not None:
        query = query.add_columns(hits.c.rank).join(
            hits, and_(hits.c.kind == "product", hits.c.ref_id == fact.product_id)
        )
    order = usual
    if sort == "near":
        sold, made = distances(parts.live)
        km = func.coalesce(sold.c.km, made.c.km)
        query = (
            query.outerjoin(sold, sold.c.product_id == fact.product_id)
            .outerjoin(made, made.c.product_id == fact.product_id)
            .add_columns(km.label("away_km"))
        )
        order = (fact.round_id.is_(None), km, *usual)
    elif sort:
        order = (fact.round_id.is_(None), *_sorted(parts, sort), *usual)
    return (
        query.add_columns(func.row_number().over(order_by=order).label("nth"))
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset(SKIPPED)
    )


def goods_of(parts: Sources, page: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The goods of a page with all that a card shows."""
    ids, opening = page.subquery("page"), _openings()
    more = [column for column in ids.c if column.key != "product_id"]
    opens_at = case((parts.lead.c.round_id.is_(None), opening.c.opens_at))
    return (
        goods_with(parts.lead, inner=False, photo=False)
        .join(ids, ids.c.product_id == Product.id)
        .outerjoin(opening, opening.c.cycle == Product.round_cycle)
        .add_columns(opens_at.label("opens_at"), *more)
    )


def _sorted(parts: Sources, sort: str) -> Order:
    fact = parts.judged.c
    orders: dict[str, Order] = {
        "batch": (fact.nearly.desc().nulls_last(), fact.full),
        "new": (fact.product_id.desc(),),
        "price": (fact.price,),
    }
    return orders[sort]


def _openings() -> Subquery:
    """When the next planned round of each cycle opens."""
    cycle = cast(Round.cycle, Text)
    return (
        select(cycle.label("cycle"), func.min(Round.opens_at).label("opens_at"))
        .where(Round.state == RoundState.DRAFT, Round.opens_at > NOW)
        .group_by(cycle)
        .subquery("opening")
    )


def facets(session: Session) -> Facets:
    """Categories in their order, and the provinces that have groups, in Thai order."""
    choices = defaultdict(list)
    for row in session.execute(_facets()):
        choices[row.kind].append(Choice(key=row.key, name_th=row.name_th, name_en=row.name_en))
    return Facets(categories=tuple(choices["category"]), provinces=tuple(choices["province"]))


@cache
def _facets() -> Select[*tuple[Any, ...]]:
    nothing = literal("", String)
    categories = select(
        literal("category").label("kind"),
        Category.key,
        Category.name_th,
        Category.name_en,
        Category.position.label("position"),
        nothing.label("sort_key"),
    )
    used = (
        select(ProducerGroup.id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .where(Tambon.province_code == Province.code, ProducerGroup.active)
    )
    provinces = select(
        literal("province"), Province.code, Province.name_th, Province.name_en, literal(0),
        Province.sort_key,
    ).where(used.exists())  # fmt: skip
    both = union_all(categories, provinces).subquery()
    return select(both).order_by(both.c.position, both.c.sort_key)


def goods_row(row: Row[*tuple[Any, ...]]) -> GoodsRow:
    """A row of ``_goods`` as a read model; a product in no open round keeps the defaults."""
    values = {key: value for key, value in row._mapping.items() if key in _FIELDS}
    if row.round_id is None:
        values = {key: value for key, value in values.items() if value is not None}
    return GoodsRow(**values | {"photo": shown_photo(values.get("photo"))})


_FIELDS = frozenset(GoodsRow.__dataclass_fields__)


def goods_with(lead: CTE, *, inner: bool, photo: bool = True) -> Select[*tuple[Any, ...]]:
    """Products with their lead offer; ``inner`` leaves out those in no open round."""
    photos = [card_photo(Product.id).label("photo")] if photo else []
    # One statement: a column a field of GoodsRow.
    return select(
        Product.id,
        Product.code,
        Product.name_th,
        Product.name_en,
        Product.unit_th,
        Product.unit_en,
        Product.category_key.label("category"),
        Product.pack,
        Product.reference_satang,
        lead.c.round_id,
        lead.c.closes_at,
        lead.c.amphoe_th,
        lead.c.amphoe_en,
        lead.c.province_th,
        lead.c.province_en,
        lead.c.region,
        lead.c.makers,
        lead.c.low_satang,
        lead.c.high_satang,
        lead.c.reserved_units.label("lead_units"),
        lead.c.min_batch_units.label("minimum_units"),
        lead.c.ordered.label("ordered_units"),
        lead.c.capacity.label("capacity_units"),
        lead.c.remaining.label("left_units"),
        lead.c.local_only,
        *photos,
    ).join(lead, lead.c.product_id == Product.id, isouter=not inner)
