"""Reads about letters that came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from market.notices.returned.models import ReturnedMail, WrongAddress
from market.notices.returned.rules import WRONG_AFTER, WRONG_DAYS


@dataclass(frozen=True, kw_only=True)
class Returned:
    """How the mailbox is doing, and how many addresses are left out because they take nothing."""

    failures: int = 0
    away_until: datetime | None = None
    reason: str = ""
    read_at: datetime | None = None
    wrong: int = 0


def returned_of(session: Session, now: datetime) -> Returned:
    """For the desk."""
    wrong = session.scalar(select(func.count()).where(_is_wrong(now))) or 0
    row = session.execute(
        select(
            ReturnedMail.failures, ReturnedMail.away_until, ReturnedMail.reason,
            ReturnedMail.read_at,
        )
    ).one_or_none()  # fmt: skip
    return Returned(**row._mapping, wrong=wrong) if row else Returned(wrong=wrong)


def is_wrong(session: Session, address: str, now: datetime) -> bool:
    """Whether letters to this address are left out for now."""
    found = select(WrongAddress.address).where(WrongAddress.address == address, _is_wrong(now))
    return session.scalar(found) is not None


def _is_wrong(now: datetime) -> ColumnElement[bool]:
    lately = now - timedelta(days=WRONG_DAYS)
    return and_(WrongAddress.failures >= WRONG_AFTER, WrongAddress.failed_at > lately)
