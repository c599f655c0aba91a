"""Reads for closing the books: what waits on the desk, and a round's money from every side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

_TODO = text(
    """
    SELECT (SELECT count(*) FROM slip WHERE state = 'waiting') AS slips,
           (SELECT count(*) FROM bank_line WHERE state = 'waiting') AS lines,
           (SELECT count(*) FROM refund WHERE state IN ('due', 'failed')
               AND way IS DISTINCT FROM 'source') AS refunds,
           (SELECT count(*) FROM refund WHERE state = 'needs_details') AS refunds_asked,
           (SELECT count(*) FROM refund WHERE state NOT IN ('paid', 'needs_details')
               AND promised_by < :now) AS refunds_late,
           (SELECT count(*) FROM problem_report WHERE state = 'open') AS problems,
           (SELECT count(*) FROM problem_report WHERE state = 'open'
               AND promised_by < :now) AS problems_late,
           (SELECT count(*) FROM payout WHERE state = 'due') AS payouts,
           (SELECT coalesce(sum(amount_satang), 0)::bigint FROM payout
             WHERE state = 'due') AS payouts_satang,
           (SELECT count(*) FROM bank_file WHERE state = 'made') AS files,
           (SELECT count(*) FROM group_account a WHERE a.confirmed_at IS NULL AND NOT EXISTS (
                SELECT 1 FROM group_account n WHERE n.group_id = a.group_id AND n.id > a.id)
           ) AS accounts,
           (SELECT count(*) FROM money_case WHERE state = 'open') AS cases
    """
)
_METHODS = text(
    """
    SELECT x.method, count(*) AS receipts, sum(x.amount_satang)::bigint AS taken_satang,
           sum(x.excess_satang)::bigint AS excess_satang,
           coalesce(sum(x.gateway_fee_satang), 0)::bigint AS fee_satang
      FROM receipt x JOIN charge c ON c.id = x.charge_id
     WHERE c.round_id = :round_id GROUP BY x.method ORDER BY x.method
    """
)
_PARTS = text(
    """
    SELECT p.part, sum(p.amount_satang)::bigint AS satang
      FROM price_part p
      JOIN assignment a ON a.id = p.assignment_id
      JOIN batch b ON b.id = a.batch_id
     WHERE b.round_id = :round_id GROUP BY p.part HAVING sum(p.amount_satang) > 0 ORDER BY 2 DESC
    """
)
_ACCOUNTS = text(
    """
    SELECT p.kind, sum(p.amount_satang)::bigint AS satang
      FROM posting p JOIN ledger_entry e ON e.id = p.entry_id
     WHERE e.round_id = :round_id GROUP BY p.kind HAVING sum(p.amount_satang) <> 0 ORDER BY p.kind
    """
)
_OPEN = text(
    """
    SELECT (SELECT count(*) FROM charge WHERE round_id = :round_id AND state = 'due') AS charges,
           (SELECT coalesce(sum(amount_satang - received_satang), 0)::bigint FROM charge
             WHERE round_id = :round_id AND state = 'due') AS charges_satang,
           count(f.id) AS refunds, coalesce(sum(f.amount_satang), 0)::bigint AS refunds_satang,
           count(f.id) FILTER (WHERE f.promised_by < :now
               AND f.state <> 'needs_details') AS refunds_late,
           (SELECT count(*) FROM payout
             WHERE round_id = :round_id AND state = 'due') AS payouts,
           (SELECT coalesce(sum(amount_satang), 0)::bigint FROM payout
             WHERE round_id = :round_id AND state = 'due') AS payouts_satang,
           (SELECT count(*) FROM money_case
             WHERE round_id = :round_id AND state = 'open') AS cases
      FROM refund f JOIN orders o ON o.id = f.order_id
     WHERE o.round_id = :round_id AND f.state <> 'paid'
    """
)
# Each line: what the rows say, what the ledger (or the provider) says; they must be the same.
_CHECKS = text(
    """
    WITH books AS (
        SELECT p.kind, p.amount_satang, e.cause
          FROM posting p JOIN ledger_entry e ON e.id = p.entry_id WHERE e.round_id = :round_id),
    receipts AS (
        SELECT x.* FROM receipt x JOIN charge c ON c.id = x.charge_id WHERE c.round_id = :round_id)
    SELECT 'balance' AS name, 0::bigint AS rows_satang,
           (SELECT coalesce(sum(amount_satang), 0) FROM books)::bigint AS books_satang
    UNION ALL
    SELECT 'receipts', (SELECT coalesce(sum(amount_satang), 0) FROM receipts)::bigint,
           (SELECT coalesce(sum(amount_satang), 0) FROM books
             WHERE cause LIKE 'receipt:%' AND amount_satang > 0)::bigint
    UNION ALL
    SELECT 'charges', (SELECT coalesce(sum(received_satang), 0) FROM charge
                        WHERE round_id = :round_id)::bigint,
           (SELECT coalesce(sum(amount_satang - excess_satang), 0) FROM receipts)::bigint
    UNION ALL
    SELECT 'refunds', (SELECT coalesce(sum(f.amount_satang), 0) FROM refund f
                         JOIN orders o ON o.id = f.order_id
                        WHERE o.round_id = :round_id AND f.state <> 'paid')::bigint,
           (SELECT -coalesce(sum(amount_satang), 0) FROM books WHERE kind = 'refund')::bigint
    UNION ALL
    SELECT 'payouts', (SELECT coalesce(sum(amount_satang), 0) FROM payout
                        WHERE round_id = :round_id AND state = 'paid')::bigint,
           (SELECT coalesce(sum(amount_satang), 0) FROM books
             WHERE kind = 'group' AND cause LIKE 'payout:%')::bigint
    UNION ALL
    SELECT 'provider', (SELECT coalesce(sum(amount_satang), 0) FROM receipts
                         WHERE attempt_id IS NOT NULL)::bigint,
           (SELECT coalesce(sum(x.amount_satang), 0) FROM receipts x
              JOIN payment_attempt a ON a.id = x.attempt_id AND a.state = 'succeeded')::bigint
    """
)
_CLOSED = text(
    """
    SELECT c.id, c.kind, c.subject, c.round_id, c.state, c.amount_satang, c.closed_at, c.remedy,
           u.name AS closed_name, c.closed_by
      FROM money_case c LEFT JOIN "user" u ON 'user:' || u.id = c.closed_by
     WHERE c.state <> 'open' ORDER BY c.closed_at DESC, c.id LIMIT 40
    """
)


@dataclass(frozen=True, kw_only=True)
class ClosedCase:
    """A case that was healed by itself or decided by somebody."""

    id: int
    kind: str
    subject: str
    round_id: int | None
    state: str
    amount_satang: int
    closed_at: datetime
    remedy: str | None
    closed_name: str | None
    closed_by: str | None


@dataclass(frozen=True, kw_only=True)
class Todo:
    """How many of each wait for somebody."""

    slips: int
    lines: int
    refunds: int
    refunds_asked: int  # the buyer has to say where to
    refunds_late: int  # past what was promised
    problems: int  # goods that were not right, undecided
    problems_late: int
    payouts: int
    payouts_satang: int
    files: int
    accounts: int
    cases: int


@dataclass(frozen=True, kw_only=True)
class MethodRow:
    """What came in by one way of paying; excess went back, the provider kept the fee."""

    method: str
    receipts: int
    taken_satang: int
    excess_satang: int
    fee_satang: int


@dataclass(frozen=True, kw_only=True)
class NamedSum:
    """A sum of one part of the price, or of one account."""

    name: str
    satang: int


@dataclass(frozen=True, kw_only=True)
class StillOpen:
    """What keeps a round's books from being closed."""

    charges: int
    charges_satang: int
    refunds: int
    refunds_satang: int
    refunds_late: int
    payouts: int
    payouts_satang: int
    cases: int


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The same money by two ways of counting."""

    name: str
    rows_satang: int
    books_satang: int

    @property
    def agrees(self) -> bool:
        """To the satang."""
        return self.rows_satang == self.books_satang


@dataclass(frozen=True, kw_only=True)
class Closing:
    """A round's money from every side."""

    methods: tuple[MethodRow, ...]
    parts: tuple[NamedSum, ...]
    accounts: tuple[NamedSum, ...]
    open: StillOpen
    checks: tuple[Agreement, ...]

    @property
    def agrees(self) -> bool:
        """Do rows, ledger and provider tell the same story?"""
        return all(check.agrees for check in self.checks)

    @property
    def done(self) -> bool:
        """Nothing is open and all of it agrees: the books may be closed."""
        left = self.open
        return self.agrees and not (left.charges or left.refunds or left.payouts or left.cases)


def todo(session: Session, *, now: datetime) -> Todo:
    """The desk in one statement."""
    return Todo(**session.execute(_TODO, {"now": now}).one()._mapping)


def closing_of(session: Session, round_id: int, *, now: datetime) -> Closing:
    """A round's books in five statements."""
    wanted = {"round_id": round_id}
    return Closing(
        methods=tuple(MethodRow(**row._mapping) for row in session.execute(_METHODS, wanted)),
        parts=_sums(session, _PARTS, wanted),
        accounts=_sums(session, _ACCOUNTS, wanted),
        open=StillOpen(**session.execute(_OPEN, wanted | {"now": now}).one()._mapping),
        checks=tuple(Agreement(**row._mapping) for row in session.execute(_CHECKS, wanted)),
    )


def closed_cases(session: Session) -> tuple[ClosedCase, ...]:
    """Lately closed cases, the last one first; one statement."""
    return tuple(ClosedCase(**row._mapping) for row in session.execute(_CLOSED))


def _sums(session: Session, query: Any, wanted: dict[str, Any]) -> tuple[NamedSum, ...]:
    rows = session.execute(query, wanted)
    return tuple(NamedSum(name=name, satang=satang) for name, satang in rows)
