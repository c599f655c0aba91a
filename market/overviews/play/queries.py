"""What the simulation needs to know: where goods reach, who is asked, who owes, what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from market.rounds.queries import get_round

Rows = Sequence[Row[Any]]


@dataclass(frozen=True)
class Aisle:
    """What one destination can order: products with the groups that reach it."""

    point_id: int | None
    tambon_code: str | None
    goods: tuple[tuple[int, tuple[int, ...], int], ...]  # product, groups, most units an order
    delivery_on: tuple[date, ...]  # of the round

    @property
    def groups(self) -> set[int]:
        """Who brings something here."""
        return {group for _product, groups, _most in self.goods for group in groups}


_BY_LANE = """
    SELECT l.point_id, f.product_id, array_agg(f.group_id ORDER BY f.group_id) AS groups,
           min(f.max_per_order) AS most
      FROM round_offer f
      JOIN round r ON r.id = f.round_id
      JOIN lane l ON l.group_id = f.group_id
      JOIN pickup_point p ON p.id = l.point_id AND p.active
     WHERE f.round_id = :round_id AND f.in_band AND f.ready_index = 0
       AND (p.weekday IS NULL OR p.weekday + 1 IN (
            SELECT extract(isodow FROM day) FROM unnest(r.delivery_on) AS day))
     GROUP BY l.point_id, f.product_id ORDER BY l.point_id, f.product_id
"""

_BY_POST = """
    SELECT f.product_id, array_agg(f.group_id ORDER BY f.group_id) AS groups,
           min(f.max_per_order) AS most
      FROM round_offer f
      JOIN producer_group g ON g.id = f.group_id AND g.ships_parcels
      JOIN product p ON p.id = f.product_id AND p.ships_parcel
     WHERE f.round_id = :round_id AND f.in_band AND f.ready_index = 0
     GROUP BY f.product_id ORDER BY f.product_id
"""


def aisles(session: Session, round_id: int) -> tuple[Aisle, ...]:
    """Every point with what its lanes bring, then parcels: to the public points and to homes."""
    by_point: dict[int, list[tuple[int, tuple[int, ...], int]]] = {}
    for row in session.execute(text(_BY_LANE), {"round_id": round_id}):
        by_point.setdefault(row.point_id, []).append((row.product_id, tuple(row.groups), row.most))
    post = tuple(
        (row.product_id, tuple(row.groups), row.most)
        for row in session.execute(text(_BY_POST), {"round_id": round_id})
    )
    days = tuple(get_round(session, round_id).delivery_on)
    local = tuple(Aisle(point, None, tuple(goods), days) for point, goods in by_point.items())
    if not post:
        return local
    return local + tuple(
        Aisle(point, code, post, days) for point, code in _parcel_places(session, round_id)
    )


def _parcel_places(session: Session, round_id: int) -> list[tuple[int | None, str | None]]:
    """Public points that are open on one of the round's days, and some homes."""
    points = session.scalars(
        text(
            "SELECT p.id FROM pickup_point p, round r WHERE r.id = :round_id AND p.active"
            " AND p.group_id IS NULL AND (p.weekday IS NULL OR p.weekday + 1 IN ("
            "     SELECT extract(isodow FROM day) FROM unnest(r.delivery_on) AS day))"
            " ORDER BY p.id"
        ),
        {"round_id": round_id},
    ).all()
    homes = session.scalars(text("SELECT code FROM tambon ORDER BY md5(code) LIMIT 60")).all()
    return [*((point, None) for point in points), *((None, code) for code in homes)]


def past_rounds(session: Session, today: date) -> Sequence[int]:
    """Closed sample rounds whose last delivery date has passed, in their order."""
    return session.scalars(
        text(
            "SELECT id FROM round WHERE sample AND state = 'closed'"
            " AND delivery_on[cardinality(delivery_on)] < :today ORDER BY id"
        ),
        {"today": today},
    ).all()


def waiting_asks(session: Session, round_id: int, kind: str = "make") -> Rows:
    """Asks without an answer: id, group, units, lot, batch's minimum and what it has already."""
    return session.execute(
        text(
            "SELECT a.id, b.group_id, a.units, f.lot_units, f.min_batch_units, b.confirmed_units"
            "  FROM ask a JOIN batch b ON b.id = a.batch_id"
            "  JOIN round_offer f ON f.id = b.round_offer_id"
            " WHERE b.round_id = :round_id AND a.answer = 'waiting' AND a.kind = :kind"
            " ORDER BY a.id"
        ),
        {"round_id": round_id, "kind": kind},
    ).all()


def open_offers(session: Session, round_id: int) -> Rows:
    """Other goods that buyers were offered and may still take: number of the order, offer."""
    return session.execute(
        text(
            "SELECT o.number, i.id FROM instead_offer i JOIN order_line l ON l.id = i.line_id"
            "  JOIN orders o ON o.id = l.order_id"
            " WHERE i.round_id = :round_id AND i.state = 'open' ORDER BY i.id"
        ),
        {"round_id": round_id},
    ).all()


def open_neighbours(session: Session, round_id: int) -> Sequence[int]:
    """What coordinators nearby were offered and have not answered."""
    return session.scalars(
        text(
            "SELECT id FROM neighbour_offer"
            " WHERE round_id = :round_id AND state = 'open' ORDER BY id"
        ),
        {"round_id": round_id},
    ).all()


def solved_run(session: Session, round_id: int) -> int | None:
    """The round's match that waits to be published."""
    found = session.scalar(
        text("SELECT id FROM match_run WHERE round_id = :round_id AND state = 'solved'"),
        {"round_id": round_id},
    )
    return None if found is None else int(found)


def due_charges(session: Session, round_id: int, *, own: bool = False) -> Rows:
    """PromptPay charges that wait for money: id and amount. own: not of simulated buyers."""
    return session.execute(
        text(
            "SELECT c.id, c.amount_satang - c.received_satang AS amount_satang"
            "  FROM charge c JOIN orders o ON o.id = c.order_id"
            " WHERE c.round_id = :round_id AND c.state = 'due' AND c.method = 'promptpay'"
            "   AND o.idempotency_key LIKE 'play-%' <> :own ORDER BY c.id"
        ),
        {"round_id": round_id, "own": own},
    ).all()


def batches_in(session: Session, round_id: int, state: str) -> Rows:
    """Batches of a round in one state: id and units to make."""
    return session.execute(
        text(
            "SELECT id, to_make_units FROM batch WHERE round_id = :round_id AND state = :state"
            " ORDER BY id"
        ),
        {"round_id": round_id, "state": state},
    ).all()


def points_with_boxes(session: Session, round_id: int) -> Sequence[int]:
    """Points to which boxes are on their way."""
    return session.scalars(
        text(
            "SELECT DISTINCT point_id FROM consignment WHERE round_id = :round_id"
            " AND state = 'handed_over' AND point_id IS NOT NULL ORDER BY point_id"
        ),
        {"round_id": round_id},
    ).all()


def orders_to_receive(session: Session, round_id: int, *, own: bool = False) -> Rows:
    """Orders with goods not yet taken: id, point (None: a parcel), code. own: not simulated."""
    return session.execute(
        text(
            "SELECT DISTINCT o.id, o.point_id, o.pickup_code FROM orders o"
            "  JOIN order_line l ON l.order_id = o.id JOIN assignment s ON s.line_id = l.id"
            " WHERE o.round_id = :round_id AND o.state = 'placed'"
            "   AND o.idempotency_key LIKE 'play-%' <> :own"
            "   AND s.live_units > s.received_units ORDER BY o.id"
        ),
        {"round_id": round_id, "own": own},
    ).all()


def goods_to_speak_of(session: Session, round_id: int) -> Rows:
    """Lines that simulated buyers have received: order's number, line, one of its groups."""
    return session.execute(
        text(
            "SELECT o.number, l.id AS line_id, min(b.group_id) AS group_id FROM orders o"
            "  JOIN order_line l ON l.order_id = o.id"
            "  JOIN assignment s ON s.line_id = l.id AND s.received_units > 0"
            "  JOIN batch b ON b.id = s.batch_id"
            " WHERE o.round_id = :round_id AND o.idempotency_key LIKE 'play-%'"
            " GROUP BY o.number, l.id ORDER BY l.id LIMIT 150"
        ),
        {"round_id": round_id},
    ).all()


def money_to_send(session: Session, round_id: int) -> tuple[Rows, Rows, Rows]:
    """Payouts due, refunds due, and cash that lies at points: (id) , (id), (point_id, satang)."""
    payouts = session.execute(
        text("SELECT id FROM payout WHERE round_id = :r AND state = 'due' ORDER BY id"),
        {"r": round_id},
    ).all()
    refunds = session.execute(
        text(
            "SELECT f.id FROM refund f JOIN orders o ON o.id = f.order_id"
            " WHERE o.round_id = :r AND f.state <> 'paid' ORDER BY f.id"
        ),
        {"r": round_id},
    ).all()
    cash = session.execute(
        text(
            "SELECT owner, sum(amount_satang) AS satang FROM posting WHERE kind = 'cash'"
            " GROUP BY owner HAVING sum(amount_satang) > 0 ORDER BY owner"
        )
    ).all()
    return payouts, refunds, cash


@dataclass(frozen=True, kw_only=True)
class Report:
    """A played round in numbers. Units are of all products together."""

    round_id: int
    number: int
    state: str
    orders: int
    lines: int
    ordered_units: int
    confirmed_units: int
    delivered_units: int
    rematches: int
    batches: int
    groups: int
    charged_satang: int
    paid_out_satang: int
    refunded_satang: int


_REPORT = """
    SELECT r.id AS round_id, r.number, r.state, r.rematches,
           (SELECT count(*) FROM orders o WHERE o.round_id = r.id AND o.state = 'placed') AS orders,
           l.lines, l.ordered_units, s.confirmed_units, s.delivered_units, b.batches, b.groups,
           (SELECT coalesce(sum(c.amount_satang), 0) FROM charge c
             WHERE c.round_id = r.id AND c.state = 'paid') AS charged_satang,
           (SELECT coalesce(sum(p.amount_satang), 0) FROM payout p
             WHERE p.round_id = r.id AND p.state = 'paid') AS paid_out_satang,
           (SELECT coalesce(sum(f.amount_satang), 0) FROM refund f JOIN orders o
                ON o.id = f.order_id WHERE o.round_id = r.id AND f.state = 'paid')
               AS refunded_satang
      FROM round r,
      LATERAL (SELECT count(*) AS lines, coalesce(sum(units), 0) AS ordered_units
                 FROM order_line WHERE round_id = r.id) AS l,
      LATERAL (SELECT coalesce(sum(s.confirmed_units), 0) AS confirmed_units,
                      coalesce(sum(s.received_units), 0) AS delivered_units
                 FROM assignment s JOIN batch ON batch.id = s.batch_id
                WHERE batch.round_id = r.id) AS s,
      LATERAL (SELECT count(*) AS batches, count(DISTINCT group_id) AS groups
                 FROM batch WHERE round_id = r.id) AS b
     WHERE r.id = :round_id
"""


def report_of(session: Session, round_id: int) -> Report:
    """The round in numbers."""
    row = session.execute(text(_REPORT), {"round_id": round_id}).one()
    return Report(**{key: _plain(value) for key, value in row._mapping.items()})


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


def times_of(session: Session, round_id: int) -> tuple[str, datetime, datetime, datetime]:
    """State, cut-off, answer deadline and pay-by time, read anew."""
    row = session.execute(
        text("SELECT state, closes_at, answer_by, pay_by FROM round WHERE id = :id"),
        {"id": round_id},
    ).one()
    return row.state, row.closes_at, row.answer_by, row.pay_by
