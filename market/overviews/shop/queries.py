"""Reading what the rounds offer. A page costs the same few statements for 1, 24 or 200 items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from market import thai
from market.catalogue.models import Category, ChainCost, ProducerGroup, Product
from market.overviews.shop.live import OpenRound, is_open, lead_offers, live_offers
from market.overviews.shop.rows import (
    PAGE_SIZE,
    Choice,
    Facets,
    GoodsPage,
    GoodsRow,
    HomePage,
    Pages,
    RoundRow,
    Wanted,
)
from market.overviews.shop.rules import PARTS, MoneyRow, Progress, typo_patterns
from market.places.models import Province, Tambon
from market.rounds.models import RoundOffer
from market.rounds.rules import RoundState

SHELF = 4  # cards in a row of the first page
WORDS = 6
SIMILAR = 0.65  # trigram likeness that counts; on the sample 0.6 finds pickled fish for "soup"


def home_page(session: Session, now: datetime) -> HomePage:
    """The open rounds and their goods: nearly there, certain, and not ordered yet."""
    rounds = open_rounds(session, now)
    shelves, total = _shelves(session, now)
    return HomePage(
        rounds=tuple(row for row in rounds if row.state == RoundState.OPEN),
        next_opens_at=min(
            (r.opens_at for r in rounds if r.state == RoundState.DRAFT), default=None
        ),
        near=tuple(shelves[Progress.BELOW]),
        certain=tuple(shelves[Progress.CERTAIN]),
        fresh=tuple(shelves[Progress.RESTING]),
        total=total,
        money=_money(session, now) if total else None,
    )


def open_rounds(session: Session, now: datetime) -> tuple[RoundRow, ...]:
    """Rounds open now, soonest cut-off first, then those that are still to open."""
    value = RoundOffer.price_satang
    woven = func.coalesce(
        100
        * func.sum(RoundOffer.reserved_units * value)
        // func.nullif(func.sum(RoundOffer.capacity_units * value), 0),
        0,
    )
    waiting = and_(OpenRound.state == RoundState.DRAFT, OpenRound.opens_at > now)
    rows = session.execute(
        select(*_round_columns(), woven.label("woven_percent"))
        .outerjoin(RoundOffer, RoundOffer.round_id == OpenRound.id)
        .where(or_(is_open(now), waiting))
        .group_by(OpenRound.id)
        .order_by(OpenRound.state.desc(), OpenRound.closes_at, OpenRound.id)
        .limit(20)
    )
    return tuple(_round_row(row) for row in rows)


def goods_page(session: Session, wanted: Wanted, now: datetime) -> GoodsPage:
    """One page of the goods that fit; open ones first, or the best spelled when searching."""
    live = live_offers(now, province=wanted.province, round_id=wanted.round_id)
    lead = lead_offers(live)
    narrowed = bool(wanted.province) or wanted.round_id is not None
    query = (
        _goods(lead, inner=narrowed)
        .add_columns(func.count().over().label("total"))
        .where(Product.active)
        .limit(PAGE_SIZE)
        .offset((wanted.page - 1) * PAGE_SIZE)
    )
    if wanted.category:
        query = query.where(Product.category_key == wanted.category)
    order: list[Any] = [lead.c.round_id.is_(None), Product.sort_key, Product.id]
    if wanted.words:
        fits, rank = _search(wanted.words, live)
        query = query.where(fits)
        order.insert(0, rank)
    found = session.execute(query.order_by(*order)).all()
    total = found[0].total if found else 0
    return GoodsPage(
        rows=tuple(goods_row(row) for row in found), pages=Pages(page=wanted.page, total=total)
    )


def facets(session: Session) -> Facets:
    """Categories in their order, and the provinces that have groups, in Thai order."""
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
    choices = defaultdict(list)
    for row in session.execute(select(both).order_by(both.c.position, both.c.sort_key)):
        choices[row.kind].append(Choice(key=row.key, name_th=row.name_th, name_en=row.name_en))
    return Facets(categories=tuple(choices["category"]), provinces=tuple(choices["province"]))


def goods_row(row: Row[*tuple[Any, ...]]) -> GoodsRow:
    """A row of ``_goods`` as a read model; a product in no open round keeps the defaults."""
    values = {key: value for key, value in row._mapping.items() if key in _FIELDS}
    if row.round_id is None:
        values = {key: value for key, value in values.items() if value is not None}
    return GoodsRow(**values)


_FIELDS = frozenset(GoodsRow.__dataclass_fields__)


def _goods(lead: CTE, *, inner: bool) -> Select[*tuple[Any, ...]]:
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


def _shelves(session: Session, now: datetime) -> tuple[dict[Progress, list[GoodsRow]], int]:
    """The cards of the first page and how many products can be ordered at all."""
    lead = lead_offers(live_offers(now))
    offer = lead.c
    shelf = case(
        (offer.remaining <= 0, null()),
        (offer.reserved_units >= offer.min_batch_units, literal(Progress.CERTAIN.value)),
        (offer.reserved_units > 0, literal(Progress.BELOW.value)),
        else_=literal(Progress.RESTING.value),
    )
    share = offer.reserved_units * 1.0 / offer.min_batch_units
    goods = (
        _goods(lead, inner=True)
        .add_columns(
            shelf.label("shelf"),
            func.row_number()
            .over(partition_by=shelf, order_by=(offer.local_only, share.desc(), Product.sort_key))
            .label("nth"),
            func.count().over().label("total"),
        )
        .where(Product.active)
        .subquery()
    )
    rows = session.execute(
        select(goods).where(goods.c.nth <= SHELF, goods.c.shelf.is_not(None)).order_by(goods.c.nth)
    ).all()
    return _by_shelf(rows), rows[0].total if rows else 0


def _by_shelf(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[Progress, list[GoodsRow]]:
    shelves: dict[Progress, list[GoodsRow]] = defaultdict(list)
    for row in rows:
        shelves[Progress(row.shelf)].append(goods_row(row))
    return shelves


def _money(session: Session, now: datetime) -> MoneyRow:
    """What each part of the price gets if everything on offer is sold, and in how many tambons."""
    cost = case(
        *((ChainCost.link_key.in_(links), literal(key)) for key, _w, links in PARTS if links),
        else_=literal("transport"),
    )
    whole = Product.reference_cost_satang
    paid = func.least(RoundOffer.unit_cost_satang, RoundOffer.price_satang)
    chain = (
        select(
            cost.label("part"),
            func.sum(
                RoundOffer.capacity_units * paid * ChainCost.cost_satang // func.nullif(whole, 0)
            ),
            literal(0),
        )
        .join(Product, Product.id == RoundOffer.product_id)
        .join(ChainCost, ChainCost.product_id == Product.id)
        .join(OpenRound, OpenRound.id == RoundOffer.round_id)
        .where(is_open(now))
        .group_by("part")
    )
    left = func.greatest(RoundOffer.price_satang - RoundOffer.unit_cost_satang, 0)
    surplus = (
        select(
            literal("surplus"),
            func.sum(RoundOffer.capacity_units * left),
            func.count(ProducerGroup.tambon_code.distinct()),
        )
        .join(OpenRound, OpenRound.id == RoundOffer.round_id)
        .join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id)
        .where(is_open(now))
    )
    rows = session.execute(union_all(surplus, chain)).all()
    return MoneyRow(
        weights={key: int(amount or 0) for key, amount, _tambons in rows},
        tambons=max(tambons for _key, _amount, tambons in rows),
    )


def _round_columns() -> list[Any]:
    names = ("id", "number", "name_th", "name_en", "cycle", "state", "opens_at", "closes_at",
             "answer_by", "pay_by", "delivery_on")  # fmt: skip
    return [getattr(OpenRound, name) for name in names]


def _round_row(row: Row[*tuple[Any, ...]]) -> RoundRow:
    values = dict(row._mapping)
    values |= {"cycle": row.cycle.value, "state": row.state.value}
    values |= {"delivery_on": tuple(row.delivery_on), "woven_percent": int(row.woven_percent)}
    return RoundRow(**values)
