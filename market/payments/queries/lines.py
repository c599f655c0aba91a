"""Reads of bank lines with what each most probably pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.payments.models import ASKED_SATANG
from market.payments.slip_code import PROOF_LETTERS

SHOWN_LINES = 100

# For each waiting line the best guess of each kind; the page and the bulk button read the same.
_WAITING = text(
    f"""
    WITH shown AS (
        SELECT l.*, count(*) OVER () AS found, upper(l.reference || ' ' || l.memo) AS said
          FROM bank_line l WHERE l.state = 'waiting' ORDER BY l.booked_on, l.id LIMIT :limit)
    SELECT l.id, l.row, l.booked_on, l.amount_satang, l.reference, l.payer, l.memo, l.found,
           known.receipt_id AS known_receipt, known.number AS known_number,
           slip.charge_id AS slip_charge, slip.number AS slip_number, slip.due AS slip_due,
           said.charge_id AS said_charge, said.number AS said_number,
           fit.charges AS fit_charges, fit.charge_id AS fit_charge, fit.number AS fit_number,
           fit.buyer AS fit_buyer, fit.named AS fit_named
      FROM shown l
      LEFT JOIN LATERAL (
           SELECT x.id AS receipt_id, o.number
             FROM receipt x
             JOIN charge c ON c.id = x.charge_id JOIN orders o ON o.id = c.order_id
            WHERE x.amount_satang = l.amount_satang
              AND x.method IN ('promptpay', 'transfer') AND x.group_id IS NULL
              AND (x.bank_reference = l.reference OR strpos(l.said, x.bank_reference) > 0
                   OR (x.recorded_at AT TIME ZONE 'Asia/Bangkok')::date
                      BETWEEN l.booked_on - 1 AND l.booked_on + 4)
              AND NOT EXISTS (SELECT 1 FROM bank_line y WHERE y.receipt_id = x.id)
            ORDER BY x.bank_reference = l.reference OR strpos(l.said, x.bank_reference) > 0 DESC,
                     x.id LIMIT 1) known ON true
      LEFT JOIN LATERAL (
           SELECT c.id AS charge_id, o.number, {ASKED_SATANG} AS due
             FROM slip s
             JOIN charge c ON c.id = s.charge_id JOIN orders o ON o.id = c.order_id
            WHERE s.state = 'waiting' AND s.group_id IS NULL
              AND length(s.trans_ref) >= :letters AND strpos(l.said, s.trans_ref) > 0
              AND l.said ~ ('(^|[^A-Z0-9])' || s.trans_ref || '([^A-Z0-9]|$)')
            ORDER BY s.id LIMIT 1) slip ON true
      LEFT JOIN LATERAL (
           SELECT c.id AS charge_id, o.number
             FROM charge c JOIN orders o ON o.id = c.order_id
            WHERE c.state = 'due' AND c.method IN ('promptpay', 'transfer')
              AND l.amount_satang IN (c.amount_satang - c.received_satang, {ASKED_SATANG})
              AND l.said ~ ('(^|[^0-9-])' || o.number || '([^0-9]|$)')
            ORDER BY c.id LIMIT 1) said ON true
      LEFT JOIN LATERAL (
           SELECT count(*) OVER () AS charges, c.id AS charge_id, o.number, b.name AS buyer,
                  strpos(l.payer || ' ' || l.memo, split_part(b.name, ' ', 1)) > 0
                  AND length(split_part(b.name, ' ', 1)) > 2 AS named
             FROM charge c JOIN orders o ON o.id = c.order_id JOIN buyer b ON b.id = o.buyer_id
            WHERE c.state = 'due' AND c.method IN ('promptpay', 'transfer')
              AND l.amount_satang IN (c.amount_satang - c.received_satang, {ASKED_SATANG})
            ORDER BY 5 DESC, c.pay_by, c.id LIMIT 1) fit ON true
     ORDER BY l.booked_on, l.id
    """  # noqa: S608 - only our own fragment is put in
)


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What a line most probably is. ``certain``: by reference or number, to the satang."""

    kind: str  # "slip", "number", "recorded", "name", "amount"
    charge_id: int | None
    receipt_id: int | None
    number: str
    certain: bool
    buyer: str = ""


@dataclass(frozen=True, kw_only=True)
class WaitingLine:
    """A line that waits for a person, with the best guess (None: nothing fits)."""

    id: int
    row: int
    booked_on: date
    amount_satang: int
    reference: str
    payer: str
    memo: str
    found: int
    fits: int  # due payments of exactly this amount
    guess: Guess | None

    @property
    def certain(self) -> bool:
        """May it be accepted without a look?"""
        return self.guess is not None and self.guess.certain


def waiting_lines(session: Session) -> tuple[WaitingLine, ...]:
    """The oldest first; one statement."""
    rows = session.execute(_WAITING, {"limit": SHOWN_LINES, "letters": PROOF_LETTERS})
    return tuple(_line(row) for row in rows)


def _line(row: Any) -> WaitingLine:
    return WaitingLine(
        id=row.id,
        row=row.row,
        booked_on=row.booked_on,
        amount_satang=row.amount_satang,
        reference=row.reference,
        payer=row.payer,
        memo=row.memo,
        found=row.found,
        fits=row.fit_charges or 0,
        guess=_guess(row),
    )


def _guess(row: Any) -> Guess | None:
    """A slip's reference says most, then the order's number, then money that is booked already,
    then a name beside the exact amount, then the amount alone when one payment only has it.
    """
    if row.slip_charge:
        certain = row.slip_due == row.amount_satang
        return _of("slip", row.slip_charge, row.slip_number, certain=certain)
    if row.said_charge:
        return _of("number", row.said_charge, row.said_number, certain=True)
    if row.known_receipt:
        return Guess(kind="recorded", charge_id=None, receipt_id=row.known_receipt,
                     number=row.known_number, certain=False)  # fmt: skip
    if row.fit_charge and (row.fit_named or row.fit_charges == 1):
        kind = "name" if row.fit_named else "amount"
        return _of(kind, row.fit_charge, row.fit_number, certain=False, buyer=row.fit_buyer)
    return None


def _of(kind: str, charge_id: int, number: str, *, certain: bool, buyer: str = "") -> Guess:
    return Guess(kind=kind, charge_id=charge_id, receipt_id=None, number=number,
                 certain=certain, buyer=buyer)  # fmt: skip
