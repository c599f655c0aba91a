"""The rows of a closed round that its matching problem is made of; each read is one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, and_, any_, case, exists, func, literal, select
from sqlalchemy.orm import Session

from market.catalogue.channels.queries import sends_parcel
from market.catalogue.models import ProducerGroup, Product
from market.matching.models import Ask, Batch
from market.matching.queries.problem_copy import Ints, fetch_columns
from market.matching.rules import Answer, AskKind, Mode
from market.matching.whatif.models import MatchPin, MatchWeight
from market.orders.models import Order
from market.places.models import PickupPoint, PostRate, Province, Tambon
from market.rounds.models import RoundGroup

Rows = Sequence[Any]
Columns = dict[str, Ints]


#: Goods that stay in their district, or at the makers', are goods of their own for each district
#: or group: who makes them there serves who takes them there, and nobody else. In the engine's
#: tables a product's number is its id times this, and the district or the group.
APART = 1_000_000_000


#: A line's zone is its point, else its tambon: one of point_id and tambon_code is 0.
_LINES = """
    SELECT l.id, l.order_id, l.product_id * {apart} + CASE c.own_lane
                WHEN 'local' THEN left(o.tambon_code, 4)::bigint
                WHEN 'visit' THEN coalesce(pt.group_id, 0) ELSE 0 END,
           o.delivery_index::bigint, l.units,
           CASE WHEN l.maker = 'only' OR (l.maker = 'first' AND {first})
                THEN l.group_id ELSE 0 END,
           l.priority::bigint, l.ceiling_satang, coalesce(o.point_id, 0),
           CASE WHEN o.point_id IS NULL THEN o.tambon_code::bigint ELSE 0 END,
           (l.shortage = 'nothing')::integer::bigint
      FROM order_line l JOIN orders o ON o.id = l.order_id
      JOIN product p ON p.id = l.product_id
      LEFT JOIN channel_rule c ON c.category_key = p.category_key
      LEFT JOIN pickup_point pt ON pt.id = o.point_id
     WHERE l.round_id = {round_id} AND l.released_at IS NULL AND o.state = 'placed'
     ORDER BY l.id
"""


def lines(session: Session, round_id: int, *, first: bool) -> Columns:
    """Lines that still stand, with where and when their orders go.

    first: whether a maker named first is still the only one. group_id is 0 where any may make it.
    """
    columns = (
        "id", "order_id", "product_id", "delivery_index", "units", "group_id", "priority",
        "ceiling_satang", "point_id", "tambon_code", "whole",
    )  # fmt: skip
    values = {"round_id": round_id, "first": first, "apart": APART}
    return fetch_columns(session, columns, _LINES, values)


def groups(session: Session, round_id: int) -> Rows:
    """The groups of the round with what they share."""
    return session.execute(
        select(
            ProducerGroup.id, ProducerGroup.ships_parcels, Province.region_code,
            RoundGroup.shared_minutes, RoundGroup.entitlement_satang,
        )
        .join(RoundGroup, RoundGroup.group_id == ProducerGroup.id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(RoundGroup.round_id == round_id)
        .order_by(ProducerGroup.id)
    ).all()  # fmt: skip


def products(session: Session, numbers: Ints) -> Rows:
    """What is ordered or offered, a row for each of the tables' numbers (see APART)."""
    ids = (numbers // APART).tolist()
    rows = session.execute(
        select(
            Product.id, Product.ship_weight_g, sends_parcel().label("ships_parcel"),
            Product.reference_satang,
        ).where(Product.id == any_(literal(ids, ARRAY(BigInteger))))
    )  # fmt: skip
    found = {row.id: row for row in rows}
    return [found[product_id] for product_id in ids]


_OFFERS = """
    SELECT f.id, f.group_id, f.product_id * {apart} + CASE c.own_lane
                WHEN 'local' THEN left(g.tambon_code, 4)::bigint
                WHEN 'visit' THEN g.id ELSE 0 END,
           f.capacity_units, f.min_batch_units, f.lot_units, f.price_satang,
           f.ready_index::bigint, f.minutes_per_unit
      FROM round_offer f JOIN producer_group g ON g.id = f.group_id
      JOIN product p ON p.id = f.product_id
      LEFT JOIN channel_rule c ON c.category_key = p.category_key
     WHERE f.round_id = {round_id} ORDER BY f.id
"""


def offers(session: Session, round_id: int) -> Columns:
    """Who makes what on which terms."""
    columns = (
        "id", "group_id", "product_id", "capacity_units", "min_batch_units", "lot_units",
        "price_satang", "ready_index", "minutes_per_unit",
    )  # fmt: skip
    return fetch_columns(session, columns, _OFFERS, {"round_id": round_id, "apart": APART})


def capped(session: Session, round_id: int) -> dict[int, int]:
    """Offers whose group once said less than all: they are not asked for more than confirmed."""
    said_less = exists().where(
        and_(
            Ask.batch_id == Batch.id,
            Ask.kind == AskKind.MAKE,
            Ask.answer.in_((Answer.PART, Answer.NO, Answer.SILENT)),
        )
    )
    rows = session.execute(
        select(Batch.round_offer_id, func.sum(Batch.confirmed_units))
        .where(Batch.round_id == round_id)
        .group_by(Batch.round_offer_id)
        .having(func.bool_or(said_less))
    ).all()
    return {offer_id: int(units) for offer_id, units in rows}


def pins(session: Session, round_id: int, rematch_no: int) -> dict[int, tuple[int, int]]:
    """Offers that a coordinator pinned: at least, at most, -1 none.

    The lower end was set for one match: after the groups' answers it may be out of reach.
    """
    now = MatchPin.rematch_no == rematch_no
    rows = session.execute(
        select(
            MatchPin.round_offer_id,
            func.coalesce(case((now, MatchPin.low_units)), -1).label("low"),
            func.coalesce(MatchPin.high_units, -1).label("high"),
        ).where(MatchPin.round_id == round_id)
    )
    return {row.round_offer_id: (row.low, row.high) for row in rows}


def weights(session: Session, round_id: int) -> dict[int, int]:
    """Groups whose entitlement a coordinator weighs otherwise, in per cent."""
    rows = session.execute(
        select(MatchWeight.group_id, MatchWeight.percent).where(MatchWeight.round_id == round_id)
    )
    return {row.group_id: row.percent for row in rows}


def point_regions(session: Session, round_id: int) -> dict[int, str]:
    """The region of each pick-up point in use."""
    rows = session.execute(
        select(PickupPoint.id, Province.region_code)
        .join(Tambon, Tambon.code == PickupPoint.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(PickupPoint.id.in_(select(Order.point_id).where(Order.round_id == round_id)))
        .order_by(PickupPoint.id)
    ).all()
    return {row.id: row.region_code for row in rows}


def tambon_regions(session: Session, round_id: int) -> dict[str, str]:
    """The region of each tambon that parcels go to."""
    used = select(Order.tambon_code).where(Order.round_id == round_id, Order.point_id.is_(None))
    rows = session.execute(
        select(Tambon.code, Province.region_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(Tambon.code.in_(used))
        .order_by(Tambon.code)
    ).all()
    return {row.code: row.region_code for row in rows}


_LANES = """
    SELECT group_id, point_id, cost_satang_per_kg, fixed_cost_satang, max_weight_g FROM lane
     WHERE group_id IN (SELECT group_id FROM round_group WHERE round_id = {round_id})
       AND point_id IN (SELECT point_id FROM orders WHERE round_id = {round_id})
     ORDER BY group_id, point_id
"""


def lanes(session: Session, round_id: int) -> Columns:
    """Own ways of the round's groups to the points in use."""
    columns = ("group_id", "point_id", "cost_satang_per_kg", "fixed_cost_satang", "max_weight_g")
    return fetch_columns(session, columns, _LANES, {"round_id": round_id})


_FROZEN = """
    SELECT a.line_id, b.group_id, (a.mode = {post})::integer::bigint AS mode,
           sum(a.confirmed_units)::bigint
      FROM assignment a JOIN batch b ON b.id = a.batch_id JOIN order_line l ON l.id = a.line_id
     WHERE b.round_id = {round_id} AND a.confirmed_units > 0 AND l.released_at IS NULL
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def frozen(session: Session, round_id: int) -> Columns:
    """Confirmed units, which stay where they are; mode 0 own lane, 1 post."""
    columns = ("line_id", "group_id", "mode", "units")
    return fetch_columns(session, columns, _FROZEN, {"round_id": round_id, "post": Mode.POST})


def post_rates(session: Session) -> Sequence[PostRate]:
    """What a further kilogram costs between regions."""
    return session.scalars(
        select(PostRate).order_by(PostRate.from_region, PostRate.to_region)
    ).all()
