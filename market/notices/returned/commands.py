"""Writes about letters that came back. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.notices.delivery import note_delivery
from market.notices.models import Notice
from market.notices.returned.models import ReturnedMail, WrongAddress
from market.notices.returned.rules import (
    WRONG_APART_HOURS,
    WRONG_DAYS,
    Outcome,
    Report,
    notice_of,
)
from market.notices.rules import FAILURES_IN_A_ROW, Channel, NoticeState, away_minutes

LEASE_SECONDS = 300  # longer than any mailbox is read
LOST, WRONG = "mail_lost", "mail_wrong"


@dataclass(frozen=True)
class Turn:
    """Somebody's turn to read: until when, and how far was read before."""

    until: datetime
    validity: int
    judged_uid: int


def take_turn(session: Session, now: datetime) -> Turn | None:
    """Nobody else reads from now on; None where somebody does, or the mailbox is left alone."""
    until = now + timedelta(seconds=LEASE_SECONDS)
    fresh = pg_insert(ReturnedMail).values(id=1, claimed_until=until)
    free = or_(ReturnedMail.claimed_until.is_(None), ReturnedMail.claimed_until <= now)
    back = or_(ReturnedMail.away_until.is_(None), ReturnedMail.away_until <= now)
    row = session.execute(
        fresh.on_conflict_do_update(
            index_elements=["id"], set_={"claimed_until": until}, where=free & back
        ).returning(ReturnedMail.validity, ReturnedMail.judged_uid)
    ).one_or_none()
    return Turn(until, row.validity, row.judged_uid) if row else None


def end_turn(
    session: Session, turn: Turn, read: tuple[int, int], now: datetime, trouble: str = ""
) -> None:
    """read: the mailbox's validity, and up to which number all is judged; trouble: why it could
    not be read further. Then it is left alone, for longer each time in a row.
    """
    done = {"failures": 0, "away_until": None, "read_at": now}
    failures = session.scalar(
        update(ReturnedMail)
        .where(ReturnedMail.claimed_until == turn.until)
        .values(
            claimed_until=None, validity=read[0], judged_uid=read[1], reason=trouble[:200],
            **({"failures": ReturnedMail.failures + 1} if trouble else done),
        )
        .returning(ReturnedMail.failures)
    )  # fmt: skip
    if failures:
        minutes = away_minutes(failures + FAILURES_IN_A_ROW - 1)
        session.execute(update(ReturnedMail).values(away_until=now + timedelta(minutes=minutes)))


def note_returned(session: Session, report: Report, now: datetime) -> Outcome:
    """A letter that never arrives: the next way of each notice in it is taken now.

    It waits where our own sender has not yet said that the letter left.
    """
    state = session.execute(
        select(Notice.state, Notice.address).where(Notice.id == notice_of(report.ref))
    ).one_or_none()
    if state is None or not report.failed:
        return Outcome.NOTHING
    if state.state is NoticeState.SENDING:
        return Outcome.WAITS
    why = WRONG if report.wrong else LOST
    changed = note_delivery(
        session, Channel.EMAIL, report.ref, arrived=False, now=now, why=why
    )  # fmt: skip
    if changed and report.wrong:
        note_wrong(session, state.address, now)
    return Outcome.BACK if changed else Outcome.NOTHING


def note_wrong(session: Session, address: str, now: datetime) -> None:
    """One more day on which this address took no letter; many letters in one day are one."""
    fresh = pg_insert(WrongAddress).values(address=address, failures=1, failed_at=now)
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["address"],
            set_={"failures": WrongAddress.failures + 1, "failed_at": now},
            where=WrongAddress.failed_at <= now - timedelta(hours=WRONG_APART_HOURS),
        )
    )


def trust_again(session: Session, address: str) -> None:
    """Its owner says that the address is right."""
    session.execute(delete(WrongAddress).where(WrongAddress.address == address))


def forget_old_addresses(session: Session, now: datetime) -> None:
    """Addresses of which nothing came back for twice as long as they are left out."""
    old = now - timedelta(days=2 * WRONG_DAYS)
    session.execute(delete(WrongAddress).where(WrongAddress.failed_at < old))
