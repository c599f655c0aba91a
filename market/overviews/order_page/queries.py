"""One order across the subjects: what was ordered, who makes it, what is paid, where it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.payments.models import ASKED_SATANG


@dataclass(frozen=True, kw_only=True)
class LineSeen:
    """A line: as ordered, as confirmed, as it will be delivered. Units and satang."""

    id: int
    code: str
    category: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_th: str | None
    group_en: str | None
    units: int
    most_units: int
    ceiling_satang: int
    confirmed_units: int
    live_units: int
    received_units: int
    confirmed_satang: int
    reason: str | None  # why the last match left it short, and what stopped how many groups
    reason_data: dict[str, int] | None
    declined_answer: str | None  # the last word of a group that was to make it
    declined_reason: str | None
    declined_th: str | None
    declined_en: str | None

    @property
    def short_units(self) -> int:
        """What the groups could not confirm."""
        return self.units - self.confirmed_units


@dataclass(frozen=True, kw_only=True)
class PartSeen:
    """What one group makes for this order."""

    batch_id: int
    code: str
    category: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_code: str
    group_th: str
    group_en: str
    state: str
    lot_code: str | None
    units: int
    received_units: int
    answer_by: datetime | None
    asked_answered_at: datetime | None
    made_at: datetime | None
    packed_at: datetime | None
    handed_over_at: datetime | None
    back_satang: int  # went, or is on its way, back for what this batch did not bring
    consignment_id: int | None
    consignment_state: str | None
    tracking_no: str | None
    arrived_at: datetime | None
    received_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class OrderSeen:
    """Everything the order's page shows."""

    id: int
    number: str
    buyer_id: int
    area: str  # tambon of the destination
    state: str
    version: int
    pay_method: str
    placed_at: datetime
    cancelled_at: datetime | None
    pickup_code: str
    delivery_fee_satang: int
    buyer_name: str
    recipient: str | None
    address: str | None
    round_id: int
    round_state: str
    round_th: str
    round_en: str
    closes_at: datetime
    answer_by: datetime
    pay_by: datetime
    delivery_on: date
    point_th: str | None
    point_en: str | None
    hours: str | None
    lat: float | None
    lon: float | None
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    charge_state: str | None
    charge_satang: int | None
    charge_pay_by: datetime | None
    deposit_satang: int | None  # where a part is paid before anything is made
    received_satang: int
    asked_satang: int  # to be paid next
    paid_at: datetime | None
    refund_due_satang: int
    refund_paid_satang: int
    has_card: bool  # one that is charged once the groups have confirmed
    lines: tuple[LineSeen, ...]
    parts: tuple[PartSeen, ...]

    @property
    def wants_deposit(self) -> bool:
        """Is the part that comes first not there yet?"""
        return self.deposit_satang is not None and self.received_satang < self.deposit_satang

    @property
    def ceiling_satang(self) -> int:
        """The most it could have cost when it was ordered; what was agreed where it was."""
        if self.deposit_satang is not None:
            return self.confirmed_satang
        goods = sum(line.units * line.ceiling_satang for line in self.lines)
        return goods + self.delivery_fee_satang

    @property
    def confirmed_satang(self) -> int:
        """What the confirmed goods cost, delivery included."""
        goods = sum(line.confirmed_satang for line in self.lines)
        return goods + self.delivery_fee_satang if goods else 0


_HEAD = text(
    f"""
    SELECT o.id, o.number, o.buyer_id, o.tambon_code AS area, o.state, o.version, o.pay_method,
           o.placed_at, o.cancelled_at, o.pickup_code, o.delivery_fee_satang, o.recipient,
           o.address, b.name AS buyer_name,
           r.id AS round_id, r.state AS round_state, r.name_th AS round_th, r.name_en AS round_en,
           r.closes_at, r.answer_by, r.pay_by, r.delivery_on[o.delivery_index + 1] AS delivery_on,
           pt.name_th AS point_th, pt.name_en AS point_en, pt.hours, pt.lat, pt.lon,
           t.name_th AS tambon_th, t.name_en AS tambon_en,
           province.name_th AS province_th, province.name_en AS province_en,
           c.state AS charge_state, c.amount_satang AS charge_satang, c.pay_by AS charge_pay_by,
           c.deposit_satang, coalesce(c.received_satang, 0) AS received_satang,
           coalesce({ASKED_SATANG}, 0) AS asked_satang, c.paid_at,
           EXISTS (SELECT 1 FROM saved_card k
                    WHERE k.order_id = o.id AND k.state = 'ready') AS has_card,
           coalesce((SELECT sum(amount_satang) FROM refund
                      WHERE order_id = o.id AND state <> 'paid'), 0)::bigint AS refund_due_satang,
           coalesce((SELECT sum(amount_satang) FROM refund
                      WHERE order_id = o.id AND state = 'paid'), 0)::bigint AS refund_paid_satang
      FROM orders o
      JOIN buyer b ON b.id = o.buyer_id
      JOIN round r ON r.id = o.round_id
      JOIN tambon t ON t.code = o.tambon_code
      JOIN province ON province.code = t.province_code
      LEFT JOIN pickup_point pt ON pt.id = o.point_id
      LEFT JOIN charge c ON c.order_id = o.id
     WHERE o.number = :number
    """  # noqa: S608 - only our own fragment is put in
)

_LINES = text(
    """
    SELECT l.id, p.code, p.category_key AS category, p.name_th, p.name_en, p.unit_th, p.unit_en,
           g.name_th AS group_th, g.name_en AS group_en, l.units, l.ceiling_satang,
           a.confirmed_units, a.live_units, a.received_units, a.confirmed_satang,
           (SELECT max(f.max_per_order) FROM round_offer f
             WHERE f.round_id = l.round_id AND f.product_id = l.product_id
               AND (f.group_id = l.group_id OR (l.maker <> 'only' AND f.in_band))) AS most_units,
           u.reason, u.data AS reason_data, k.answer AS declined_answer,
           k.reason AS declined_reason, k.name_th AS declined_th, k.name_en AS declined_en
      FROM order_line l
      JOIN product p ON p.id = l.product_id
      LEFT JOIN producer_group g ON g.id = l.group_id
     CROSS JOIN LATERAL (
          SELECT coalesce(sum(confirmed_units), 0)::bigint AS confirmed_units,
                 coalesce(sum(live_units), 0)::bigint AS live_units,
                 coalesce(sum(received_units), 0)::bigint AS received_units,
                 coalesce(sum(confirmed_units * price_satang), 0)::bigint AS confirmed_satang
            FROM assignment WHERE line_id = l.id) a
      LEFT JOIN LATERAL (
          SELECT x.reason, x.data FROM unserved_line x JOIN match_run m ON m.id = x.run_id
           WHERE x.line_id = l.id AND m.state = 'published'
           ORDER BY x.run_id DESC LIMIT 1) u ON true
      LEFT JOIN LATERAL (
          SELECT k.answer, k.reason, h.name_th, h.name_en
            FROM assignment x
            JOIN ask k ON k.batch_id = x.batch_id AND k.run_id = x.run_id AND k.kind = 'make'
            JOIN batch b ON b.id = x.batch_id
            JOIN producer_group h ON h.id = b.group_id
           WHERE x.line_id = l.id AND x.confirmed_units < x.units
             AND k.answer IN ('part', 'no', 'silent')
           ORDER BY k.id DESC LIMIT 1) k ON true
     WHERE l.order_id = :order_id
       AND l.released_reason IS DISTINCT FROM 'instead' -- another line took its place
     ORDER BY l.id
    """
)

_PARTS = text(
    """
    SELECT b.id AS batch_id, p.code, p.category_key AS category, p.name_th, p.name_en, p.unit_th,
           p.unit_en, g.code AS group_code, g.name_th AS group_th,
           g.name_en AS group_en, b.state, b.lot_code, a.units, a.received_units, b.made_at,
           b.packed_at, b.handed_over_at, c.id AS consignment_id, c.state AS consignment_state,
           c.tracking_no, c.arrived_at, a.received_at,
           (SELECT min(k.answer_by) FROM ask k WHERE k.batch_id = b.id) AS answer_by,
           (SELECT max(k.answered_at) FROM ask k WHERE k.batch_id = b.id) AS asked_answered_at,
           (SELECT coalesce(sum(f.amount_satang), 0) FROM refund f WHERE f.order_id = o.id
               AND f.cause LIKE '%:batch:' || b.id || ':order:%')::bigint AS back_satang
      FROM (SELECT x.batch_id, sum(greatest(x.live_units, x.confirmed_units))::bigint AS units,
                   sum(x.received_units)::bigint AS received_units,
                   max(x.received_at) AS received_at
              FROM assignment x JOIN order_line l ON l.id = x.line_id
             WHERE l.order_id = :order_id AND x.confirmed_units > 0
             GROUP BY x.batch_id) a
      JOIN batch b ON b.id = a.batch_id
      JOIN orders o ON o.id = :order_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
      LEFT JOIN consignment c
        ON c.batch_id = b.id AND (c.order_id = o.id OR c.point_id = o.point_id)
     ORDER BY b.id
    """
)


def see_order(session: Session, number: str) -> OrderSeen:
    """The order in three statements. Raises NotFound."""
    head = session.execute(_HEAD, {"number": number}).one_or_none()
    if head is None:
        raise NotFound("order_not_found")
    wanted = {"order_id": head.id}
    return OrderSeen(
        **_values(head),
        lines=tuple(LineSeen(**_values(row)) for row in session.execute(_LINES, wanted)),
        parts=tuple(PartSeen(**_values(row)) for row in session.execute(_PARTS, wanted)),
    )


def _values(row: Any) -> dict[str, Any]:
    return dict(row._mapping)
