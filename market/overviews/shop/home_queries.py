"""Reading the first page: the open rounds, the goods nearest to a batch, where the money goes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Row,
    Select,
    and_,
    case,
    func,
    literal,
    null,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session

from market.catalogue.models import Product
from market.catalogue.photos.queries import card_photo
from market.overviews.shop.live import NOW, OpenRound, is_open, lead_offers, live_offers
from market.overviews.shop.queries import goods_row, goods_with
from market.overviews.shop.rows import (
    GoodsRow,
    HomePage,
    RoundRow,
)
from market.overviews.shop.rules import ELSEWHERE, PARTS, MoneyRow, Progress
from market.rounds.models import RoundOffer
from market.rounds.rules import RoundState

SHELF = 4  # cards in a row of the first page

# ``rules.price_parts`` of all open offers at once: what the round froze as the group's of a price
# is spread as the group's own links of the chain cost; the rest is transport and coordination.
_MONEY = text(
    """
    WITH chain AS (
        SELECT product_id, sum(cost_satang)::bigint AS whole, coalesce(sum(cost_satang)
               FILTER (WHERE NOT link_key = ANY(:elsewhere)), 0)::bigint AS own
          FROM chain_cost GROUP BY product_id HAVING sum(cost_satang) > 0),
    kept AS (
        SELECT o.product_id, o.capacity_units AS units, o.price_satang, o.unit_cost_satang,
               coalesce(o.group_satang, o.price_satang) AS group_satang, g.tambon_code, c.whole,
               CASE WHEN o.group_satang < o.price_satang THEN c.own ELSE c.whole END AS weight
          FROM round_offer o
          JOIN round r ON r.id = o.round_id AND r.state = 'open' AND r.closes_at > :now
          JOIN producer_group g ON g.id = o.group_id
          JOIN chain c ON c.product_id = o.product_id),
    costed AS (SELECT *, unit_cost_satang * weight / whole AS cost_satang FROM kept)
    SELECT 'surplus' AS part, count(DISTINCT tambon_code) AS tambons,
           sum(units * greatest(group_satang - cost_satang, 0))::bigint AS satang FROM costed
     UNION ALL
    SELECT 'transport', 0, sum(units * (price_satang - group_satang))::bigint FROM costed
     UNION ALL
    SELECT k.link_key, 0,
           sum(o.units * least(o.cost_satang, o.group_satang) * k.cost_satang / o.weight)::bigint
      FROM costed o JOIN chain_cost k ON k.product_id = o.product_id
     WHERE o.weight > 0 AND (o.weight = o.whole OR NOT k.link_key = ANY(:elsewhere))
     GROUP BY k.link_key
    """
)


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
    return tuple(_round_row(row) for row in session.execute(_rounds(), {"now": now}))


@cache
def _rounds() -> Select[*tuple[Any, ...]]:
    value = RoundOffer.price_satang
    woven = func.coalesce(
        100
        * func.sum(RoundOffer.reserved_units * value)
        // func.nullif(func.sum(RoundOffer.capacity_units * value), 0),
        0,
    )
    waiting = and_(OpenRound.state == RoundState.DRAFT, OpenRound.opens_at > NOW)
    return (
        select(*_round_columns(), woven.label("woven_percent"))
        .outerjoin(RoundOffer, RoundOffer.round_id == OpenRound.id)
        .where(or_(is_open(), waiting))
        .group_by(OpenRound.id)
        .order_by(OpenRound.state.desc(), OpenRound.closes_at, OpenRound.id)
        .limit(20)
    )


def _shelves(session: Session, now: datetime) -> tuple[dict[Progress, list[GoodsRow]], int]:
    """The cards of the first page and how many products can be ordered at all."""
    rows = session.execute(_shelf_cards(), {"now": now}).all()
    return _by_shelf(rows), rows[0].total if rows else 0


@cache
def _shelf_cards() -> Select[*tuple[Any, ...]]:
    lead = lead_offers(live_offers())
    offer = lead.c
    shelf = case(
        (offer.remaining <= 0, null()),
        (offer.reserved_units >= offer.min_batch_units, literal(Progress.CERTAIN.value)),
        (offer.reserved_units > 0, literal(Progress.BELOW.value)),
        else_=literal(Progress.RESTING.value),
    )
    share = offer.reserved_units * 1.0 / offer.min_batch_units
    order = (offer.local_only, share.desc(), Product.sort_key, Product.id)
    goods = (
        goods_with(lead, inner=True, photo=False)
        .add_columns(
            Product.id.label("product_id"),
            shelf.label("shelf"),
            func.row_number().over(partition_by=shelf, order_by=order).label("nth"),
            func.count().over().label("total"),
        )
        .where(Product.active)
        .subquery()
    )
    few = and_(goods.c.nth <= SHELF, goods.c.shelf.is_not(None))
    photo = card_photo(goods.c.product_id).label("photo")
    return select(goods, photo).where(few).order_by(goods.c.nth)


def _by_shelf(rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[Progress, list[GoodsRow]]:
    shelves: dict[Progress, list[GoodsRow]] = defaultdict(list)
    for row in rows:
        shelves[Progress(row.shelf)].append(goods_row(row))
    return shelves


def _money(session: Session, now: datetime) -> MoneyRow:
    """What each part of the price gets if everything on offer is sold, and in how many tambons."""
    parts = {link: key for key, _weave, links in PARTS for link in links}
    weights: Counter[str] = Counter()
    rows = session.execute(_MONEY, {"now": now, "elsewhere": list(ELSEWHERE)}).all()
    for row in rows:
        weights[parts.get(row.part, row.part)] += row.satang or 0
    return MoneyRow(weights=tuple(weights.items()), tambons=max(row.tambons for row in rows))


def _round_columns() -> list[Any]:
    names = ("id", "number", "name_th", "name_en", "cycle", "state", "opens_at", "closes_at",
             "answer_by", "pay_by", "delivery_on")  # fmt: skip
    return [getattr(OpenRound, name) for name in names]


def _round_row(row: Row[*tuple[Any, ...]]) -> RoundRow:
    values = dict(row._mapping)
    values |= {"cycle": row.cycle.value, "state": row.state.value}
    values |= {"delivery_on": tuple(row.delivery_on), "woven_percent": int(row.woven_percent)}
    return RoundRow(**values)
