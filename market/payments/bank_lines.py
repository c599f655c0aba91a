"""Lines of the bank's statement: imported once, matched to what they pay by a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.orders.rules import PayMethod
from market.payments.models import BankLine, BankStatement, Charge, Receipt, Slip
from market.payments.receiving import Incoming, Outcome, Received, receive
from market.payments.rules import AccountKind, ChargeState
from market.payments.statements.rules import StatementLine
from market.payments.states import BankLineState, SlipState

_CHARGE_OF = text(
    "SELECT c.id FROM charge c JOIN orders o ON o.id = c.order_id WHERE o.number = :number"
)


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What a statement brought: new lines, and those that were known from another one."""

    new: int
    known: int


def import_statement(
    session: Session,
    lines: Sequence[StatementLine],
    *,
    file_hash: str,
    name: str,
    actor: str,
    now: datetime,
) -> Imported:
    """Keep the lines, each once. The same file again: nothing new."""
    if not lines:
        raise Refused("statement_empty")
    statement_id = session.scalar(
        pg_insert(BankStatement)
        .values(file_hash=file_hash, name=name[:120], lines=len(lines), imported_at=now,
                imported_by=actor)
        .on_conflict_do_nothing(index_elements=["file_hash"])
        .returning(BankStatement.id)
    )  # fmt: skip
    if statement_id is None:
        return Imported(new=0, known=len(lines))
    rows = [vars(line) | {"statement_id": statement_id, "state": "waiting"} for line in lines]
    statement = pg_insert(BankLine).on_conflict_do_nothing().returning(BankLine.id)
    new = len(session.execute(statement, rows).all())
    record(
        session, actor=actor, subject=f"bank_statement:{statement_id}", at=now,
        event="statement.imported", data={"new": new, "known": len(lines) - new},
    )  # fmt: skip
    return Imported(new=new, known=len(lines) - new)


def accept_line(
    session: Session,
    line_id: int,
    charge_id: int,
    *,
    actor: str,
    now: datetime,
    open_satang: int | None = None,
) -> Received:
    """A person says which payment this line is; its money comes in by the one door.

    A slip of that payment with the line's reference is settled with it. Matched before: AGAIN
    for the same charge, Conflict for another; Conflict also when it was set aside, or when the
    payment can take something else by now than the person was told (``open_satang``).
    """
    lock(session, Charge, charge_id)
    line = lock(session, BankLine, line_id)
    if line.state is BankLineState.MATCHED and _pays(session, line, charge_id):
        return Received(receipt_id=line.receipt_id, outcome=Outcome.AGAIN)
    _refuse_unless_waiting(line)
    slip = _slip_of(session, line, charge_id)
    charge = session.get_one(Charge, charge_id)
    _refuse_if_changed(charge, open_satang)
    money = Incoming(
        method=charge.method if charge.method is PayMethod.TRANSFER else PayMethod.PROMPTPAY,
        amount_satang=line.amount_satang,
        account=AccountKind.BANK,
        bank_reference=slip.trans_ref if slip else line.reference,
    )
    received = receive(session, charge_id, money, actor=actor, now=now)
    _decide(session, line, BankLineState.MATCHED, received.receipt_id, actor=actor, now=now)
    if slip is not None and slip.state is SlipState.WAITING:
        slip.state, slip.receipt_id = SlipState.MATCHED, received.receipt_id
        slip.decided_at, slip.decided_by = now, actor
        session.flush()
    return received


def link_line(
    session: Session, line_id: int, receipt_id: int, *, actor: str, now: datetime
) -> None:
    """The money of this line is in the books already, by a slip or typed: no new money.

    Refused when the amounts differ or another line stands for that receipt.
    """
    line = lock(session, BankLine, line_id)
    if line.state is BankLineState.MATCHED and line.receipt_id == receipt_id:
        return
    _refuse_unless_waiting(line)
    receipt = session.get(Receipt, receipt_id)
    if receipt is None:
        raise NotFound("not_found", what="receipt")
    taken = session.scalar(select(BankLine.id).where(BankLine.receipt_id == receipt_id))
    if taken or receipt.amount_satang != line.amount_satang:
        raise Refused("line_is_not_that")
    _decide(session, line, BankLineState.MATCHED, receipt_id, actor=actor, now=now)


def set_aside(session: Session, line_id: int, *, actor: str, now: datetime) -> None:
    """This line is no buyer's money. Again is fine; Conflict when it was matched."""
    line = lock(session, BankLine, line_id)
    if line.state is BankLineState.SET_ASIDE:
        return
    _refuse_unless_waiting(line)
    _decide(session, line, BankLineState.SET_ASIDE, None, actor=actor, now=now)


def charge_of(session: Session, number: str) -> int:
    """The charge of a typed order number. Refused when there is none."""
    found: int | None = session.scalar(_CHARGE_OF, {"number": number.strip()})
    if found is None:
        raise Refused("no_such_order", number=number.strip()[:20])
    return found


def _slip_of(session: Session, line: BankLine, charge_id: int) -> Slip | None:
    """The slip of this charge whose reference the line carries."""
    slips = session.scalars(
        select(Slip)
        .where(Slip.charge_id == charge_id, Slip.trans_ref.is_not(None),
               Slip.state != SlipState.REFUSED, Slip.group_id.is_(None))
        .order_by(Slip.id)
    )  # fmt: skip
    said = f"{line.reference} {line.memo}".upper()
    return next((slip for slip in slips if _says(said, slip.trans_ref or "")), None)


def _says(said: str, reference: str) -> bool:
    """Does the reference stand in it as a word of its own? A part of another one is no proof."""
    whole = rf"(?<![A-Z0-9]){re.escape(reference)}(?![A-Z0-9])"
    return bool(reference) and re.search(whole, said) is not None


def _pays(session: Session, line: BankLine, charge_id: int) -> bool:
    receipt = session.get(Receipt, line.receipt_id) if line.receipt_id else None
    return receipt is not None and receipt.charge_id == charge_id


def _refuse_unless_waiting(line: BankLine) -> None:
    if line.state is not BankLineState.WAITING:
        raise Conflict("line_decided")


def _refuse_if_changed(charge: Charge, open_satang: int | None) -> None:
    due = charge.state is ChargeState.DUE
    left = charge.amount_satang - charge.received_satang if due else 0
    if open_satang is not None and open_satang != left:
        raise Conflict("order_waits_otherwise")


def _decide(
    session: Session,
    line: BankLine,
    state: BankLineState,
    receipt_id: int | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    if receipt_id and session.scalar(select(BankLine.id).where(BankLine.receipt_id == receipt_id)):
        raise Conflict("line_decided")
    line.state, line.receipt_id = state, receipt_id
    line.decided_at, line.decided_by = now, actor
    session.flush()
    record(
        session, actor=actor, subject=f"bank_line:{line.id}", event=f"line.{state}", at=now,
        from_state="waiting", to_state=str(state), data={"receipt_id": receipt_id},
    )  # fmt: skip
