"""Papers with numbers of their own: receipts, statements, refund notes. Frozen once issued.

Numbers run without a gap within a kind and a Buddhist year: the counter's row is locked before
anybody looks what is missing, and a transaction that fails gives its numbers back.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.clock import BANGKOK
from market.payments.models import Paper, PaperCounter
from market.payments.states import PaperKind
from market.payments.tell import Trail, record_many
from market.thai import BUDDHIST_YEARS

LETTERS = {PaperKind.RECEIPT: "R", PaperKind.STATEMENT: "S", PaperKind.CREDIT_NOTE: "C"}
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that looks like another
_CODE_LENGTH = 10


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A paper to be: what it is about (once a kind), what stands on it, whose it is."""

    subject: str  # "charge:12"
    content: Mapping[str, Any]
    order_id: int | None = None
    group_id: int | None = None
    corrects_id: int | None = None


def issue(
    session: Session,
    kind: PaperKind,
    subject: str,
    content: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
    order_id: int | None = None,
    group_id: int | None = None,
) -> str:
    """Issue one paper and say its number; issued before, its number of then."""
    draft = Draft(subject=subject, content=content, order_id=order_id, group_id=group_id)
    return issue_many(session, kind, [draft], actor=actor, now=now)[subject]


def issue_many(
    session: Session, kind: PaperKind, drafts: Sequence[Draft], *, actor: str, now: datetime
) -> dict[str, str]:
    """Issue what is not issued yet, in the order given; every subject with its number."""
    if not drafts:
        return {}
    year = now.astimezone(BANGKOK).year + BUDDHIST_YEARS
    counter = _locked_counter(session, kind, year)
    numbers = _issued(session, kind, [draft.subject for draft in drafts])
    new = [draft for draft in drafts if draft.subject not in numbers]
    rows = [
        _row(kind, year, counter.last + place, draft, actor, now)
        for place, draft in enumerate(new, start=1)
    ]
    if rows:
        session.execute(insert(Paper), rows)
        counter.last += len(rows)
        session.flush()
        record_many(session, [_trail(row) for row in rows], actor=actor, at=now)
    return numbers | {row["subject"]: row["number"] for row in rows}


def paper_number(kind: PaperKind, year: int, serial: int) -> str:
    """``R2569-000012``"""
    return f"{LETTERS[kind]}{year}-{serial:06d}"


def _locked_counter(session: Session, kind: PaperKind, year: int) -> PaperCounter:
    session.execute(
        pg_insert(PaperCounter).values(kind=kind, year=year, last=0).on_conflict_do_nothing()
    )
    return session.execute(
        select(PaperCounter)
        .where(PaperCounter.kind == kind, PaperCounter.year == year)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _issued(session: Session, kind: PaperKind, subjects: Sequence[str]) -> dict[str, str]:
    rows = session.execute(
        select(Paper.subject, Paper.number).where(Paper.kind == kind, Paper.subject.in_(subjects))
    )
    return {row.subject: row.number for row in rows}


def _row(
    kind: PaperKind, year: int, serial: int, draft: Draft, actor: str, now: datetime
) -> dict[str, Any]:
    return {
        "kind": kind,
        "year": year,
        "serial": serial,
        "number": paper_number(kind, year, serial),
        "subject": draft.subject,
        "order_id": draft.order_id,
        "group_id": draft.group_id,
        "corrects_id": draft.corrects_id,
        "check_code": "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH)),
        "content": dict(draft.content),
        "issued_at": now,
        "issued_by": actor,
    }


def _trail(row: Mapping[str, Any]) -> Trail:
    return Trail(
        subject=f"paper:{row['number']}", event="paper.issued", to_state=str(row["kind"]),
        data={"about": row["subject"]},
    )  # fmt: skip
