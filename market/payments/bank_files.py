"""Payouts by a file for the bank: frozen when it is made, carried out once, the same bytes ever."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, Refused
from market.payments.layouts import baht, bank_csv
from market.payments.ledger import need_in_bank
from market.payments.models import BankFile, Payout
from market.payments.payouts import record_payout
from market.payments.references import checked_reference
from market.payments.rules import PayoutState
from market.payments.states import BankFileState

MOST_PAYOUTS = 500

# The payouts asked for that may go: due, in no file yet, their group's account confirmed.
_READY = text(
    """
    SELECT y.id, y.amount_satang, a.id AS account_id, a.bank_code, a.account_number,
           a.account_name, a.promptpay_id, r.number AS round
      FROM payout y
      JOIN round r ON r.id = y.round_id
      JOIN LATERAL (SELECT * FROM group_account x WHERE x.group_id = y.group_id
                       AND x.confirmed_at IS NOT NULL ORDER BY x.id DESC LIMIT 1) a ON true
     WHERE y.id = ANY(:ids) AND y.state = 'due' AND y.bank_file_id IS NULL
     ORDER BY y.id FOR NO KEY UPDATE OF y
    """
)
_PUT_IN = text(
    """
    UPDATE payout SET bank_file_id = :file_id, account_id = v.account_id
      FROM unnest(CAST(:ids AS bigint[]), CAST(:accounts AS bigint[])) AS v(id, account_id)
     WHERE payout.id = v.id
    """
)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The bank's columns: heading and field of each."""

    columns: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """How the file's row remembers it."""
        return ",".join(f"{heading}={field}" for heading, field in self.columns)


def make_bank_file(
    session: Session, payout_ids: Collection[int], layout: Layout, *, actor: str, now: datetime
) -> int:
    """One file of these payouts; returns its id.

    Refused when one of them cannot go (paid, in another file, no confirmed account: two people
    pressing at once make one file), or when the bank has too little for all.
    """
    wanted = sorted(set(payout_ids))
    if not 0 < len(wanted) <= MOST_PAYOUTS:
        raise Refused("no_payouts_chosen", most=MOST_PAYOUTS)
    rows = session.execute(_READY, {"ids": wanted}).all()
    if len(rows) != len(wanted):
        raise Conflict("payouts_not_ready", n=len(wanted) - len(rows))
    total = sum(row.amount_satang for row in rows)
    need_in_bank(session, total)
    content = bank_csv(layout.columns, [_line(row, now) for row in rows])
    file = BankFile(
        layout=layout.name, content=content, sha256=hashlib.sha256(content.encode()).hexdigest(),
        payouts=len(rows), amount_satang=total, made_at=now, made_by=actor,
    )  # fmt: skip
    session.add(file)
    session.flush()
    ids, accounts = [row.id for row in rows], [row.account_id for row in rows]
    session.execute(_PUT_IN, {"file_id": file.id, "ids": ids, "accounts": accounts})
    record(
        session, actor=actor, subject=f"bank_file:{file.id}", event="bank_file.made", at=now,
        to_state="made", data={"sha256": file.sha256, "payouts": ids, "amount_satang": total},
    )  # fmt: skip
    return file.id


def finish_bank_file(
    session: Session,
    file_id: int,
    *,
    bank_reference: str,
    failed: Sequence[int] = (),
    actor: str,
    now: datetime,
) -> int:
    """The bank carried the file out, all but ``failed`` payouts, which are due again.

    Returns how many were paid. Finished before: 0, and nothing changes.
    """
    file = lock(session, BankFile, file_id)
    if file.state is BankFileState.DONE:
        return 0
    reference = checked_reference(bank_reference)
    ids = session.scalars(
        select(Payout.id)
        .where(Payout.bank_file_id == file_id, Payout.state == PayoutState.DUE)
        .order_by(Payout.id)
    ).all()
    _take_out(session, [payout_id for payout_id in ids if payout_id in failed])
    paid = [payout_id for payout_id in ids if payout_id not in failed]
    for payout_id in paid:
        own = f"{reference}/{payout_id}"
        record_payout(session, payout_id, bank_reference=own, actor=actor, now=now, in_file=file_id)
    file.state, file.done_at = BankFileState.DONE, now
    session.flush()
    record(
        session, actor=actor, subject=f"bank_file:{file_id}", event="bank_file.done", at=now,
        from_state="made", to_state="done",
        data={"bank_reference": reference, "paid": paid, "failed": sorted(failed)},
    )  # fmt: skip
    return len(paid)


def _take_out(session: Session, payout_ids: Sequence[int]) -> None:
    session.execute(
        update(Payout).where(Payout.id.in_(payout_ids)).values(bank_file_id=None, account_id=None)
    )


def _line(row: object, now: datetime) -> dict[str, object]:
    values = row._mapping  # type: ignore[attr-defined]
    return {
        "bank_code": values["bank_code"],
        "account": values["account_number"],
        "name": values["account_name"],
        "amount": baht(values["amount_satang"]),
        "reference": f"ROUND{values['round']}P{values['id']}",
        "promptpay": values["promptpay_id"] or "",
        "date": bangkok_date(now).isoformat(),
    }
