"""Reading what the rounds offer. A page costs the same few statements for 1, 24 or 200 items."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Row,
    Select,
    String,
    bindparam,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from market.catalogue.models import Category, Certificate, Offer, ProducerGroup, Product
from market.catalogue.photos.queries import card_photo, shown_photo
from market.overviews.shop.live import lead_offers, live_offers
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


def goods_page(session: Session, wanted: Wanted, now: datetime) -> GoodsPage:
    """One page of the goods that fit, open ones first. Words are for ``search.queries.find``."""
    shape = (wanted.province != "", wanted.round_id is not None)
    query = _goods_list(*shape, wanted.category != "", wanted.paper != "")
    found = session.execute(query, values_of(wanted, now)).all()
    total = found[0].total if found else 0
    return GoodsPage(
        rows=tuple(goods_row(row) for row in found), pages=Pages(page=wanted.page, total=total)
    )


def values_of(wanted: Wanted, now: datetime) -> dict[str, Any]:
    """What the statements about goods are sent with."""
    return {
        "now": now,
        "province": wanted.province,
        "round_id": wanted.round_id,
        "category": wanted.category,
        "paper": wanted.paper,
        "skipped": (wanted.page - 1) * PAGE_SIZE,
    }


@cache
def _goods_list(
    in_province: bool, in_round: bool, in_category: bool, with_paper: bool
) -> Select[*tuple[Any, ...]]:
    lead = lead_offers(live_offers(in_province=in_province, in_round=in_round))
    query = (
        goods_with(lead, inner=in_province or in_round)
        .add_columns(func.count().over().label("total"))
        .where(Product.active)
        .order_by(lead.c.round_id.is_(None), Product.sort_key, Product.id)
        .limit(PAGE_SIZE)
        .offset(bindparam("skipped", type_=BigInteger))
    )
    return narrowed(query, in_category=in_category, with_paper=with_paper)


def narrowed(
    query: Select[*tuple[Any, ...]], *, in_category: bool, with_paper: bool
) -> Select[*tuple[Any, ...]]:
    """Only goods of a kind, only goods of which some maker holds a paper."""
    if in_category:
        query = query.where(Product.category_key == bindparam("category"))
    if with_paper:
        held = select(Certificate.id).join(Offer, Offer.id == Certificate.offer_id)
        held = held.where(
            Offer.product_id == Product.id, Offer.active, Certificate.kind == bindparam("paper")
        )
        query = query.where(held.exists())
    return query


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
    return select(
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
