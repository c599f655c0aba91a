"""Reads of bank lines with what each most probably pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.payments.guesses import Clues, Guess, Likely, Named, Recorded, guess_all
from market.payments.models import ASKED_SATANG
from market.payments.slip_code import PROOF_LETTERS

SHOWN_LINES = 100
_NAMED = (
    "kind", "charge_id", "round_id", "number", "state", "by_bank", "asked_satang", "left_satang",
    "pay_by",
)  # fmt: skip

# For each waiting line the best clue of each kind; the page and the bulk button read the same.
_WAITING = text(
    f"""
    WITH shown AS (
        SELECT l.*, count(*) OVER () AS found, upper(l.reference || ' ' || l.memo) AS said
          FROM bank_line l WHERE l.state = 'waiting' ORDER BY l.booked_on, l.id LIMIT :limit)
    SELECT l.id, l.row, l.booked_on, l.amount_satang, l.reference, l.payer, l.memo, l.found,
           named.kind, named.charge_id, named.round_id, named.number, named.state, named.by_bank,
           named.asked_satang, named.left_satang, named.pay_by,
           known.receipt_id AS known_receipt, known.charge_id AS known_charge,
           known.number AS known_number, known.proven AS known_proven,
           fit.charges AS fit_charges, fit.charge_id AS fit_charge, fit.number AS fit_number,
           fit.buyer AS fit_buyer, fit.named AS fit_named, fit.open AS fit_open
      FROM shown l
      LEFT JOIN LATERAL (
           SELECT n.kind, c.id AS charge_id, c.round_id, o.number, c.state, c.pay_by,
                  n.kind = 'slip' OR c.method IN ('promptpay', 'transfer') AS by_bank,
                  {ASKED_SATANG} AS asked_satang,
                  c.amount_satang - c.received_satang AS left_satang
             FROM (SELECT 'slip' AS kind, s.charge_id FROM slip s
                    WHERE s.state = 'waiting' AND s.group_id IS NULL
                      AND length(s.trans_ref) >= :letters AND strpos(l.said, s.trans_ref) > 0
                      AND l.said ~ ('(^|[^A-Z0-9])' || s.trans_ref || '([^A-Z0-9]|$)')
                    UNION ALL
                   SELECT 'number', c.id
                     FROM regexp_matches(l.said, '(?<![0-9-])[0-9]+-[0-9]+(?![0-9])', 'g') AS r(n)
                     JOIN orders o ON o.number = r.n[1] JOIN charge c ON c.order_id = o.id) n
             JOIN charge c ON c.id = n.charge_id JOIN orders o ON o.id = c.order_id
            ORDER BY n.kind DESC, c.state = 'due' DESC,
                     l.amount_satang IN (c.amount_satang - c.received_satang, {ASKED_SATANG}) DESC,
                     c.id LIMIT 1) named ON true
      LEFT JOIN LATERAL (
           SELECT x.id AS receipt_id, x.charge_id, o.number,
                  x.bank_reference = l.reference OR strpos(l.said, x.bank_reference) > 0 AS proven
             FROM receipt x
             JOIN charge c ON c.id = x.charge_id JOIN orders o ON o.id = c.order_id
            WHERE x.amount_satang = l.amount_satang
              AND x.method IN ('promptpay', 'transfer') AND x.group_id IS NULL
              AND (x.bank_reference = l.reference OR strpos(l.said, x.bank_reference) > 0
                   OR (x.recorded_at AT TIME ZONE 'Asia/Bangkok')::date
                      BETWEEN l.booked_on - 1 AND l.booked_on + 4)
              AND NOT EXISTS (SELECT 1 FROM bank_line y WHERE y.receipt_id = x.id)
            ORDER BY proven DESC, x.charge_id IS NOT DISTINCT FROM named.charge_id DESC, x.id
            LIMIT 1) known ON true
      LEFT JOIN LATERAL (
           SELECT count(*) OVER () AS charges, c.id AS charge_id, o.number, b.name AS buyer,
                  strpos(l.payer || ' ' || l.memo, split_part(b.name, ' ', 1)) > 0
                  AND length(split_part(b.name, ' ', 1)) > 2 AS named,
                  c.amount_satang - c.received_satang AS open
             FROM charge c JOIN orders o ON o.id = c.order_id JOIN buyer b ON b.id = o.buyer_id
            WHERE c.state = 'due' AND c.method IN ('promptpay', 'transfer')
              AND l.amount_satang IN (c.amount_satang - c.received_satang, {ASKED_SATANG})
            ORDER BY 5 DESC, c.pay_by, c.id LIMIT 1) fit ON true
     ORDER BY l.booked_on, l.id
    """  # noqa: S608 - only our own fragment is put in
)


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
    rows = session.execute(_WAITING, {"limit": SHOWN_LINES, "letters": PROOF_LETTERS}).all()
    guesses = guess_all([_clues(row) for row in rows])
    return tuple(_line(row, guess) for row, guess in zip(rows, guesses, strict=True))


def _line(row: Any, guess: Guess | None) -> WaitingLine:
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
        guess=guess,
    )


def _clues(row: Any) -> Clues:
    named = Named(**{name: row._mapping[name] for name in _NAMED}) if row.charge_id else None
    recorded = Recorded(
        receipt_id=row.known_receipt, charge_id=row.known_charge, number=row.known_number,
        proven=row.known_proven,
    ) if row.known_receipt else None  # fmt: skip
    likely = Likely(
        charge_id=row.fit_charge, number=row.fit_number, buyer=row.fit_buyer, named=row.fit_named,
        open_satang=row.fit_open, charges=row.fit_charges,
    ) if row.fit_charge else None  # fmt: skip
    return Clues(amount_satang=row.amount_satang, named=named, recorded=recorded, likely=likely)
