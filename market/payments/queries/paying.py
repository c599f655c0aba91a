"""Reads of one order's payment, and which rounds have money due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.principals import Thing

_DUE_ROUNDS = text(
    """
    SELECT id FROM round r
     WHERE state = 'paying'
        OR (state IN ('open', 'closed', 'matched', 'confirming') AND pay_policy = 'upfront')
        OR (state = 'cancelled' AND pay_policy = 'upfront' AND EXISTS (
            SELECT 1 FROM charge c WHERE c.round_id = r.id AND c.settled_at IS NULL))
        OR (state = 'cancelled' AND EXISTS (
            SELECT 1 FROM batch b WHERE b.round_id = r.id AND b.state <> 'stopped'))
     ORDER BY id
    """
)
_PAY_PAGE = text(
    """
    SELECT o.id AS order_id, o.number, o.state AS order_state, o.pay_method, o.pickup_code,
           c.id AS charge_id, c.method, c.state, c.goods_satang, c.fee_satang, c.amount_satang,
           coalesce(c.received_satang, 0) AS received_satang,
           EXISTS (SELECT 1 FROM charge_share s WHERE s.charge_id = c.id) AS shared,
           c.pay_by, c.paid_at, c.deposit_satang, c.balance_by,
           pt.name_th AS point_th, pt.name_en AS point_en,
           r.name_th AS round_th, r.name_en AS round_en, r.state AS round_state,
           (SELECT coalesce(sum(f.amount_satang), 0) FROM refund f
             WHERE f.order_id = o.id) AS refund_satang
      FROM orders o
      JOIN round r ON r.id = o.round_id
      LEFT JOIN charge c ON c.order_id = o.id
      LEFT JOIN pickup_point pt ON pt.id = o.point_id
     WHERE o.number = :number
    """
)


@dataclass(frozen=True, kw_only=True)
class PayView:
    """What a buyer sees about paying one order. ``state`` is None before there is a charge."""

    order_id: int
    number: str
    order_state: str
    pay_method: str
    pickup_code: str
    charge_id: int | None
    method: str | None
    state: str | None
    goods_satang: int | None
    fee_satang: int | None
    amount_satang: int | None
    received_satang: int  # of it
    shared: bool  # each group is paid directly
    pay_by: datetime | None
    paid_at: datetime | None
    deposit_satang: int | None  # to be paid first
    balance_by: datetime | None
    point_th: str | None
    point_en: str | None
    round_th: str
    round_en: str
    round_state: str
    refund_satang: int

    @property
    def open_satang(self) -> int:
        """What is to be paid next: the deposit where one is missing, else all that is left."""
        whole = self.first_satang if self.wants_deposit else self.amount_satang or 0
        return whole - self.received_satang

    @property
    def first_satang(self) -> int:
        """The deposit, as long as the whole is not less by now."""
        return min(self.deposit_satang or 0, self.amount_satang or 0)

    @property
    def wants_deposit(self) -> bool:
        """Is the part that comes first not there yet?"""
        return self.received_satang < self.first_satang


def due_rounds(session: Session) -> list[int]:
    """Rounds that the payments sweep looks at."""
    return list(session.scalars(_DUE_ROUNDS))


def get_pay_view(session: Session, number: str) -> PayView:
    """The pay page of an order; one statement. Raises NotFound."""
    row = session.execute(_PAY_PAGE, {"number": number}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="order")
    return PayView(**row._mapping)


def order_thing(session: Session, number: str, **_view_args: Any) -> Thing:
    """Whose order this is. Raises NotFound."""
    row = session.execute(
        text("SELECT id, buyer_id, tambon_code, round_id FROM orders WHERE number = :number"),
        {"number": number},
    ).one_or_none()
    if row is None:
        raise NotFound("not_found", what="order")
    return Thing(
        area=row.tambon_code, order_id=row.id, buyer_id=row.buyer_id, round_id=row.round_id
    )
