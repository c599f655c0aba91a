"""The double-entry ledger: one entry per cause, debit positive, credit negative, sum zero.

Causes name the row that moved the money ("receipt:12", "delivered:batch:4:..."), so a
command that runs twice posts once. Entries are never changed (a trigger refuses it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.errors import NotFound, Refused
from market.money import format_baht
from market.payments.models import LedgerEntry, Posting
from market.payments.rules import AccountKind

# One advisory lock for the market's bank account: two payouts at once must not both see
# the last baht. Any constant of our own will do.
_BANK_LOCK = 4_202_601


@dataclass(frozen=True, kw_only=True)
class Leg:
    """One side of an entry: debit positive, credit negative, satang."""

    kind: AccountKind
    owner: str = ""
    amount_satang: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A balanced entry to be posted once for its cause."""

    cause: str
    legs: tuple[Leg, ...]
    memo: str
    round_id: int | None


def debit_credit(
    debit: AccountKind,
    credit: AccountKind,
    amount_satang: int,
    *,
    debit_owner: str = "",
    credit_owner: str = "",
) -> tuple[Leg, Leg]:
    """The two legs of a plain entry: ``debit`` gets plus, ``credit`` minus the amount."""
    return (
        Leg(kind=debit, owner=debit_owner, amount_satang=amount_satang),
        Leg(kind=credit, owner=credit_owner, amount_satang=-amount_satang),
    )


def post_entry(
    session: Session,
    cause: str,
    legs: Sequence[Leg],
    *,
    at: datetime,
    memo: str,
    round_id: int | None,
) -> bool:
    """Post one entry; False when its cause is already in the books. Unbalanced legs: ValueError."""
    entry = Entry(cause=cause, legs=tuple(legs), memo=memo, round_id=round_id)
    return bool(post_entries(session, [entry], at=at))


def post_entries(session: Session, entries: Sequence[Entry], *, at: datetime) -> set[str]:
    """Post many entries in two statements; returns the causes that were new."""
    for entry in entries:
        if sum(leg.amount_satang for leg in entry.legs) != 0:
            raise ValueError(f"legs of {entry.cause} do not sum to zero")
    if not entries:
        return set()
    ids = _new_entries(session, entries, at)
    postings = [
        {
            "entry_id": ids[entry.cause],
            "kind": leg.kind,
            "owner": leg.owner,
            "amount_satang": leg.amount_satang,
        }
        for entry in entries
        if entry.cause in ids
        for leg in entry.legs
        if leg.amount_satang
    ]
    if postings:
        session.execute(insert(Posting), postings)
    return set(ids)


def _new_entries(session: Session, entries: Sequence[Entry], at: datetime) -> dict[str, int]:
    rows = [
        {"cause": entry.cause, "at": at, "memo": entry.memo, "round_id": entry.round_id}
        for entry in entries
    ]
    statement = (
        pg_insert(LedgerEntry)
        .on_conflict_do_nothing(index_elements=["cause"])
        .returning(LedgerEntry.id, LedgerEntry.cause)
    )
    return {row.cause: row.id for row in session.execute(statement, rows)}


def balance(session: Session, kind: AccountKind, owner: str | None = None) -> int:
    """Debits less credits of an account, satang; every owner's together when none is named."""
    query = select(func.coalesce(func.sum(Posting.amount_satang), 0)).where(Posting.kind == kind)
    if owner is not None:
        query = query.where(Posting.owner == owner)
    return int(session.execute(query).scalar_one())


def need_in_bank(session: Session, amount_satang: int) -> None:
    """Hold the bank account to the end of the transaction; Refused when it has less than that.

    Cash lies in the hands of pick-up points until its deposit is recorded.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _BANK_LOCK})
    in_bank = balance(session, AccountKind.BANK)
    if in_bank < amount_satang:
        raise Refused(
            "bank_too_low",
            amount=format_baht(amount_satang),
            bank=format_baht(in_bank),
            cash=format_baht(balance(session, AccountKind.CASH)),
        )


def is_posted(session: Session, cause: str) -> bool:
    """Is this cause in the books already?"""
    found = select(LedgerEntry.id).where(LedgerEntry.cause == cause)
    return session.execute(found).first() is not None


def reverse_entry(session: Session, cause: str, reason: str, *, at: datetime) -> int | None:
    """Undo an entry by its mirror, once; the new entry's id, None when it is undone already.

    Entries are never changed: the mistake and its correction both stay readable. Raises
    NotFound where there is no such entry.
    """
    entry = session.scalars(select(LedgerEntry).where(LedgerEntry.cause == cause)).one_or_none()
    if entry is None:
        raise NotFound("not_found", what="ledger_entry")
    legs = session.execute(
        select(Posting.kind, Posting.owner, Posting.amount_satang).where(
            Posting.entry_id == entry.id
        )
    ).all()
    mirror = session.scalar(
        pg_insert(LedgerEntry)
        .values(
            cause=f"{cause}:reversed", at=at, memo=reason, round_id=entry.round_id,
            reverses_id=entry.id,
        )
        .on_conflict_do_nothing()
        .returning(LedgerEntry.id)
    )  # fmt: skip
    if mirror is not None:
        rows = [
            {"entry_id": mirror, "kind": leg.kind, "owner": leg.owner,
             "amount_satang": -leg.amount_satang}
            for leg in legs
        ]  # fmt: skip
        session.execute(insert(Posting), rows)
    return mirror
