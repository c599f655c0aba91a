"""Reads of what goes back to a buyer, and of where the money of an order goes. Satang."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.payments.rules import RefundState
from market.payments.states import PartKind, RefundWay

_REFUNDS = text(
    """
    SELECT f.id, f.amount_satang, f.state, f.way, f.cause, f.to_promptpay, f.due_at,
           f.promised_by, f.paid_at, coalesce(r.attempt_id IS NOT NULL, false) AS by_provider,
           coalesce(f.state = 'due' AND f.way = 'source' AND r.method = 'card', false)
               AS card_first,
           r.group_id IS NOT NULL AS with_group
      FROM refund f
      JOIN orders o ON o.id = f.order_id
      LEFT JOIN receipt r ON r.id = f.receipt_id
     WHERE o.number = :number ORDER BY f.state = 'paid', f.id
    """
)
_PARTS = text(
    """
    SELECT x.part, sum(x.amount_satang)::bigint AS satang
      FROM orders o
      JOIN order_line l ON l.order_id = o.id
      JOIN assignment a ON a.line_id = l.id AND a.live_units > 0
      JOIN price_part x ON x.assignment_id = a.id
     WHERE o.number = :number AND x.amount_satang > 0
     GROUP BY x.part
    """
)
_MIDDLEMAN = text(
    """
    SELECT sum(a.live_units * ro.middleman_satang)::bigint
      FROM orders o
      JOIN order_line l ON l.order_id = o.id
      JOIN assignment a ON a.line_id = l.id AND a.live_units > 0
      JOIN batch b ON b.id = a.batch_id
      JOIN round_offer ro ON ro.id = b.round_offer_id
     WHERE o.number = :number
    HAVING bool_and(ro.middleman_satang > 0)
    """
)
_ACCOUNT = text(
    """
    SELECT coalesce(-sum(p.amount_satang), 0)::bigint FROM orders o
      JOIN posting p ON p.kind = 'credit' AND p.owner = 'buyer:' || o.buyer_id
     WHERE o.number = :number
    """
)
SHOWN_DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class RefundView:
    """A refund as its buyer sees it."""

    id: int
    amount_satang: int
    state: RefundState
    way: RefundWay | None
    reason: str
    to_promptpay: str | None  # the last digits only
    promised_by: datetime | None
    paid_at: datetime | None
    by_provider: bool  # it can go back to the card or account it came from
    card_first: bool = False  # it goes back to its card and, until that failed, nowhere else
    with_group: bool = False  # a group was paid directly: no store credit of the market's

    @property
    def is_open(self) -> bool:
        """May the buyer still say where it goes?"""
        return self.state in (RefundState.DUE, RefundState.NEEDS_DETAILS, RefundState.FAILED)


@dataclass(frozen=True, kw_only=True)
class PartShare:
    """What of an order goes into one part of the price."""

    part: PartKind
    satang: int


@dataclass(frozen=True, kw_only=True)
class WhereItGoes:
    """เงินของคุณไปถึงใครบ้าง: the parts of an order's goods, the makers' first; they add up.

    middleman_satang: what a middleman would pay for the same goods, where one buys all of them.
    """

    parts: tuple[PartShare, ...]
    middleman_satang: int | None

    @property
    def goods_satang(self) -> int:
        """All of it."""
        return sum(share.satang for share in self.parts)


def refunds_of(session: Session, number: str) -> tuple[RefundView, ...]:
    """Everything that goes or went back of an order, what is open first. One statement."""
    return tuple(
        RefundView(
            id=row.id,
            amount_satang=row.amount_satang,
            state=RefundState(row.state),
            way=RefundWay(row.way) if row.way else None,
            reason=row.cause.partition(":")[0],
            to_promptpay=row.to_promptpay[-SHOWN_DIGITS:] if row.to_promptpay else None,
            promised_by=row.promised_by,
            paid_at=row.paid_at,
            by_provider=row.by_provider,
            card_first=row.card_first,
            with_group=row.with_group,
        )
        for row in session.execute(_REFUNDS, {"number": number})
    )


def refund_id_of(session: Session, number: str, refund_id: int) -> int | None:
    """The id when it is a refund of this order."""
    owned = text(
        "SELECT f.id FROM refund f JOIN orders o ON o.id = f.order_id"
        " WHERE o.number = :number AND f.id = :id"
    )
    found: int | None = session.scalar(owned, {"number": number, "id": refund_id})
    return found


def own_promptpay(session: Session, number: str) -> str | None:
    """The phone number on an order as PromptPay writes it; None where the buyer gave none."""
    found = text("SELECT b.phone FROM orders o JOIN buyer b ON b.id = o.buyer_id"
                 " WHERE o.number = :number")  # fmt: skip
    phone: str | None = session.scalar(found, {"number": number})
    return "0" + phone.removeprefix("+66") if phone else None


def where_it_goes(session: Session, number: str) -> WhereItGoes:
    """Where the money of an order's confirmed goods goes. Two statements."""
    rows = {row.part: int(row.satang) for row in session.execute(_PARTS, {"number": number})}
    shares = tuple(PartShare(part=part, satang=rows[part]) for part in PartKind if part in rows)
    return WhereItGoes(
        parts=shares, middleman_satang=session.scalar(_MIDDLEMAN, {"number": number})
    )


def credit_of(session: Session, number: str) -> int:
    """The store credit of an order's buyer."""
    return int(session.scalar(_ACCOUNT, {"number": number}) or 0)
