"""Reading what the rounds offer. A page costs the same few statements for 1, 24 or 200 items."""

from __future__ import annotations

from collections import defaultdict
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
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from market import thai
from market.catalogue.models import Category, ProducerGroup, Product
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
from market.overviews.shop.rules import typo_patterns
from market.places.models import Province, Tambon

WORDS = 6
SIMILAR = 0.65  # trigram likeness that counts; on the sample 0.6 finds pickled fish for "soup"


def goods_page(session: Session, wanted: Wanted, now: datetime) -> GoodsPage:
    """One page of the goods that fit; open ones first, or the best spelled when searching."""
    shape = (bool(wanted.province), wanted.round_id is not None, bool(wanted.category))
    query = _words_in(wanted.words, *shape) if wanted.words else _goods_list(*shape)
    values = {
        "now": now,
        "province": wanted.province,
        "round_id": wanted.round_id,
        "category": wanted.category,
        "skipped": (wanted.page - 1) * PAGE_SIZE,
    }
    found = session.execute(query, values).all()
    total = found[0].total if found else 0
    return GoodsPage(
        rows=tuple(goods_row(row) for row in found), pages=Pages(page=wanted.page, total=total)
    )


@cache
def _goods_list(in_province: bool, in_round: bool, in_category: bool) -> Select[*tuple[Any, ...]]:
    query, lead, _live = _narrowed(in_province, in_round, in_category)
    return query.order_by(lead.c.round_id.is_(None), Product.sort_key, Product.id)


def _words_in(words: str, *shape: bool) -> Select[*tuple[Any, ...]]:
    query, lead, live = _narrowed(*shape)
    fits, rank = _search(words, live)
    order = (rank, lead.c.round_id.is_(None), Product.sort_key, Product.id)
    return query.where(fits).order_by(*order)


@cache
def _narrowed(
    in_province: bool, in_round: bool, in_category: bool
) -> tuple[Select[*tuple[Any, ...]], CTE, CTE]:
    live = live_offers(in_province=in_province, in_round=in_round)
    lead = lead_offers(live)
    query = (
        goods_with(lead, inner=in_province or in_round)
        .add_columns(func.count().over().label("total"))
        .where(Product.active)
        .limit(PAGE_SIZE)
        .offset(bindparam("skipped", type_=BigInteger))
    )
    if in_category:
        query = query.where(Product.category_key == bindparam("category"))
    return query, lead, live


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
    return GoodsRow(**values)


_FIELDS = frozenset(GoodsRow.__dataclass_fields__)


def goods_with(lead: CTE, *, inner: bool) -> Select[*tuple[Any, ...]]:
    """Products with their lead offer; ``inner`` leaves out those in no open round."""
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
    ).join(lead, lead.c.product_id == Product.id, isouter=not inner)


def _search(words: str, live: CTE) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """Does a product fit, and how well: the phrase, all words, all but for a typo, a likeness."""
    phrase = thai.search_text(words)
    parts = [thai.search_text(word) for word in words.split()[:WORDS]]
    parts = [part for part in parts if part]
    if not phrase or not parts:
        return false(), literal(0)
    maker = select(live.c.product_id).where(live.c.maker_search.contains(phrase, autoescape=True))
    exact = or_(
        Product.search.contains(phrase, autoescape=True), Product.id.in_(maker.scalar_subquery())
    )
    all_words = and_(*(_has(part) for part in parts))
    nearly = and_(*(or_(_has(part), _nearly(part)) for part in parts))
    alike = func.word_similarity(phrase, Product.search) >= SIMILAR
    rank = case((exact, 0), (all_words, 1), (nearly, 2), else_=3)
    return or_(exact, all_words, nearly, alike), rank


def _has(word: str) -> ColumnElement[bool]:
    return Product.search.contains(word, autoescape=True)


def _nearly(word: str) -> ColumnElement[bool]:
    patterns = typo_patterns(word)
    return Product.search.like(func.any(patterns)) if patterns else false()
