"""Reads of a round's money for the treasurer. Satang; moments aware."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.payments.models import ASKED_SATANG, TOLD_REFERENCE

_ROUNDS = text(
    """
    SELECT r.id, r.number, r.name_th, r.name_en, r.state, r.pay_by,
           coalesce(c.due, 0) AS due_satang, coalesce(c.paid, 0) AS paid_satang,
           coalesce(c.due_n, 0) AS due_count,
           coalesce(f.due_n, 0) AS refunds_due, coalesce(p.due_n, 0) AS payouts_due
      FROM round r
      LEFT JOIN (SELECT round_id,
                        sum(amount_satang) FILTER (WHERE state = 'due') AS due,
                        sum(amount_satang) FILTER (WHERE state = 'paid') AS paid,
                        count(*) FILTER (WHERE state = 'due') AS due_n
                   FROM charge GROUP BY round_id) c ON c.round_id = r.id
      LEFT JOIN (SELECT o.round_id, count(*) AS due_n FROM refund f
                   JOIN orders o ON o.id = f.order_id WHERE f.state <> 'paid'
                  GROUP BY o.round_id) f ON f.round_id = r.id
      LEFT JOIN (SELECT round_id, count(*) AS due_n FROM payout WHERE state = 'due'
                  GROUP BY round_id) p ON p.round_id = r.id
     WHERE r.state IN ('paying', 'producing', 'delivering', 'completed', 'cancelled')
       AND (c.round_id IS NOT NULL OR r.state = 'paying')
     ORDER BY r.id DESC LIMIT 60
    """
)
_ROUND = text("SELECT id, number, name_th, name_en, state, pay_by FROM round WHERE id = :id")
_CHARGES = text(
    f"""
    SELECT c.id, c.order_id, o.number, b.name AS buyer, c.method, c.state, c.amount_satang,
           {ASKED_SATANG} AS asked_satang, c.received_satang, c.pay_by, c.paid_at,
           r.bank_reference, count(*) OVER () AS found
      FROM charge c
      JOIN orders o ON o.id = c.order_id
      JOIN buyer b ON b.id = o.buyer_id
      LEFT JOIN LATERAL (SELECT {TOLD_REFERENCE} AS bank_reference FROM receipt x
                          WHERE x.charge_id = c.id ORDER BY x.id DESC LIMIT 1) r ON true
     WHERE c.round_id = :round_id
       AND (:find = '' OR strpos(o.number, :find) > 0
            OR strpos(lower(b.name), lower(:find)) > 0
            OR c.amount_satang = :satang OR {ASKED_SATANG} = :satang)
     ORDER BY c.state <> 'due', c.method = 'cash', c.pay_by, o.id
     LIMIT :limit
    """  # noqa: S608 - only our own fragment is put in
)
_REFUNDS = text(
    """
    SELECT f.id, f.amount_satang, f.state, f.cause, f.due_at, f.paid_at, f.bank_reference,
           o.number, b.name AS buyer, b.phone
      FROM refund f
      JOIN orders o ON o.id = f.order_id JOIN buyer b ON b.id = o.buyer_id
     WHERE o.round_id = :round_id ORDER BY f.state, f.id LIMIT :limit
    """
)
_PAYOUTS = text(
    """
    SELECT p.id, p.amount_satang, p.state, p.due_at, p.paid_at, p.bank_reference,
           g.name_th, g.name_en, g.promptpay_id
      FROM payout p JOIN producer_group g ON g.id = p.group_id
     WHERE p.round_id = :round_id ORDER BY p.state, p.id LIMIT :limit
    """
)
_CASH = text(
    """
    SELECT pt.id, pt.name_th, pt.name_en, sum(p.amount_satang) AS satang
      FROM posting p JOIN pickup_point pt ON p.owner = 'point:' || pt.id
     WHERE p.kind = 'cash' GROUP BY pt.id HAVING sum(p.amount_satang) <> 0 ORDER BY pt.id
    """
)
_TOTALS = text(
    """
    SELECT sum(p.amount_satang) FILTER (
               WHERE p.amount_satang > 0 AND e.cause LIKE 'receipt:%') AS taken,
           sum(p.amount_satang) FILTER (
               WHERE p.kind = 'loss' AND e.cause LIKE 'refund-owed:%') AS goodwill,
           -sum(p.amount_satang) FILTER (WHERE p.kind = 'held') AS held,
           -sum(p.amount_satang) FILTER (WHERE p.kind = 'group' AND e.cause NOT LIKE 'payout:%'
               AND e.cause NOT LIKE 'direct:%') AS earned,
           -sum(p.amount_satang) FILTER (WHERE p.kind = 'part') AS parts,
           -sum(p.amount_satang) FILTER (WHERE p.kind = 'delivery') AS fees,
           sum(p.amount_satang) FILTER (WHERE p.kind = 'refund' AND e.cause LIKE 'refund-paid:%')
               AS refunded,
           -sum(p.amount_satang) FILTER (WHERE p.kind IN ('refund', 'overpaid')) AS refunds_due,
           sum(p.amount_satang) FILTER (WHERE p.kind = 'group' AND (e.cause LIKE 'payout:%'
               OR e.cause LIKE 'direct:%')) AS paid_out
      FROM posting p JOIN ledger_entry e ON e.id = p.entry_id
     WHERE e.round_id = :round_id
    """
)
_ROUND_OF = {
    "charge": text("SELECT round_id FROM charge WHERE id = :id"),
    "refund": text(
        "SELECT o.round_id FROM refund f JOIN orders o ON o.id = f.order_id WHERE f.id = :id"
    ),
    "payout": text("SELECT round_id FROM payout WHERE id = :id"),
}
SHOWN_ROWS = 500
SHOWN_CHARGES = 60  # those still due stand first; the others are found by their number


@dataclass(frozen=True, kw_only=True)
class RoundRow:
    """A round in the treasurer's list."""

    id: int
    number: int
    name_th: str
    name_en: str
    state: str
    pay_by: datetime
    due_satang: int
    paid_satang: int
    due_count: int
    refunds_due: int
    payouts_due: int


@dataclass(frozen=True, kw_only=True)
class ChargeRow:
    """A charge and the receipt that paid it."""

    id: int
    order_id: int
    number: str
    buyer: str
    method: str
    state: str
    amount_satang: int
    asked_satang: int  # to be paid next, where a part comes first
    received_satang: int
    pay_by: datetime
    paid_at: datetime | None
    bank_reference: str | None  # of the latest receipt
    found: int  # charges that were looked for, shown or not


@dataclass(frozen=True, kw_only=True)
class RefundRow:
    """Money owed or given back to a buyer."""

    id: int
    amount_satang: int
    state: str
    cause: str
    due_at: datetime
    paid_at: datetime | None
    bank_reference: str | None
    number: str
    buyer: str
    phone: str | None

    @property
    def reason(self) -> str:
        """The first word of the cause, a ReleaseReason."""
        return self.cause.partition(":")[0]


@dataclass(frozen=True, kw_only=True)
class PayoutRow:
    """Money owed or paid to a group."""

    id: int
    amount_satang: int
    state: str
    due_at: datetime
    paid_at: datetime | None
    bank_reference: str | None
    name_th: str
    name_en: str
    promptpay_id: str | None


@dataclass(frozen=True, kw_only=True)
class Books:
    """A round's ledger in one line: what came in is what lies where."""

    taken: int  # receipts
    goodwill: int  # the market's own money, given to buyers
    held: int
    earned: int  # by groups, paid out or not
    parts: int  # of prices that are not the makers'
    fees: int
    refunded: int
    refunds_due: int
    paid_out: int

    @property
    def adds_up(self) -> bool:
        """taken + goodwill = held + earned + parts + fees + refunded + refunds due"""
        earned = self.earned + self.parts + self.fees
        gone = self.refunded + self.refunds_due
        return self.taken + self.goodwill == self.held + earned + gone


@dataclass(frozen=True, kw_only=True)
class CashAt:
    """Cash in the hands of a pick-up point, all rounds together."""

    id: int
    name_th: str
    name_en: str
    satang: int


@dataclass(frozen=True, kw_only=True)
class RoundMoney:
    """The treasurer's page of a round."""

    id: int
    number: int
    name_th: str
    name_en: str
    state: str
    pay_by: datetime
    charges: tuple[ChargeRow, ...]
    refunds: tuple[RefundRow, ...]
    payouts: tuple[PayoutRow, ...]
    cash: tuple[CashAt, ...]
    books: Books


def list_rounds(session: Session) -> tuple[RoundRow, ...]:
    """Rounds with money in them, newest first; one statement."""
    return tuple(RoundRow(**row._mapping) for row in session.execute(_ROUNDS))


def get_round_money(session: Session, round_id: int, find: str = "") -> RoundMoney:
    """Everything about a round's money; ``find`` narrows the charges by order number, buyer or
    amount in baht. Six statements. Raises NotFound.
    """
    row = session.execute(_ROUND, {"id": round_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="round")
    arguments = {"round_id": round_id, "limit": SHOWN_ROWS}
    return RoundMoney(
        **row._mapping,
        charges=_charges(session, round_id, find),
        refunds=_rows(session, _REFUNDS, RefundRow, arguments),
        payouts=_rows(session, _PAYOUTS, PayoutRow, arguments),
        cash=_rows(session, _CASH, CashAt, {}),
        books=books_of(session, round_id),
    )


def books_of(session: Session, round_id: int) -> Books:
    """A round's ledger, from its postings alone."""
    rows = session.execute(_TOTALS, {"round_id": round_id}).one()
    return Books(**{key: int(value or 0) for key, value in rows._mapping.items()})


def _charges(session: Session, round_id: int, find: str) -> tuple[ChargeRow, ...]:
    digits = find.replace(",", "").removeprefix("฿")
    arguments = {
        "round_id": round_id,
        "find": find,
        "satang": int(digits) * 100 if digits.isdecimal() and len(digits) < 10 else -1,
        "limit": SHOWN_CHARGES,
    }
    return _rows(session, _CHARGES, ChargeRow, arguments)


def _rows(session: Session, query: Any, kind: Any, arguments: dict[str, Any]) -> tuple[Any, ...]:
    rows: Sequence[Any] = session.execute(query, arguments).all()
    return tuple(kind(**row._mapping) for row in rows)


def round_of(session: Session, what: str, row_id: int) -> int | None:
    """The round that a charge, refund or payout belongs to; None when there is no such row."""
    found: int | None = session.scalar(_ROUND_OF[what], {"id": row_id})
    return found
