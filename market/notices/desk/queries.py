"""What the market sees of its channels: meters, every notice's way, and what is dead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.notices.metering import Budget, Health, budgets_of, health_of, month_of
from market.notices.models import ChannelMonth, Notice
from market.notices.rules import PAID, Channel, NoticeState

PAGE = 25
NEWEST = 10**18  # an id that none has


@dataclass(frozen=True, kw_only=True)
class Meter:
    """What a channel did in this month of Bangkok, and what it may still cost.

    skipped: by reason; budget: None for channels that cost nothing; away_until: left alone.
    """

    channel: Channel
    messages: int
    satang: int
    sent: int
    seen: int
    waiting: int
    failed: int
    skipped: dict[str, int]
    budget: Budget | None
    health: Health | None


@dataclass(frozen=True, kw_only=True)
class Way:
    """One notice on one way: where it stands, and whether its reader has seen it in the inbox."""

    id: int
    at: datetime
    channel: Channel
    event: str
    name: str
    address: str | None
    state: NoticeState
    due_at: datetime
    sent_at: datetime | None
    seen_at: datetime | None
    delivered_at: datetime | None
    attempts: int
    error: str | None
    cost_satang: int | None
    carried_by: int | None
    subject: str


def meters(session: Session, now: datetime) -> list[Meter]:
    """Every channel; three statements however much was sent."""
    month = month_of(now)
    used = {
        row.channel: row
        for row in session.scalars(select(ChannelMonth).where(ChannelMonth.month == month))
    }
    counts, seen, budgets, health = (
        _counts(session, month),
        0,
        budgets_of(session),
        health_of(session),
    )
    seen = _seen(session, month)
    return [
        _meter(channel, counts, used.get(channel), budgets.get(channel), health.get(channel), seen)
        for channel in Channel
    ]


def _meter(
    channel: Channel, counts: dict[tuple[str, str, str], int], used: Any, budget: Budget | None,
    health: Health | None, seen: int,
) -> Meter:  # fmt: skip
    def of(*states: NoticeState) -> int:
        return sum(n for (one, state, _why), n in counts.items()
                   if one == channel and state in states)  # fmt: skip

    return Meter(
        channel=channel, messages=used.messages if used else 0, satang=used.satang if used else 0,
        sent=of(NoticeState.SENT), waiting=of(NoticeState.DUE, NoticeState.SENDING),
        failed=of(NoticeState.FAILED), seen=seen if channel is Channel.INAPP else 0,
        skipped={why: n for (one, state, why), n in counts.items()
                 if one == channel and state == NoticeState.SKIPPED},
        budget=budget if channel in PAID else None, health=health,
    )  # fmt: skip


def _since(month: date) -> Any:
    return text("CAST(:month AS timestamp) AT TIME ZONE 'Asia/Bangkok'").bindparams(month=month)


def _counts(session: Session, month: date) -> dict[tuple[str, str, str], int]:
    why = func.coalesce(Notice.error, "")
    rows = session.execute(
        select(
            Notice.channel, Notice.state,
            func.coalesce(func.nullif(Notice.state, NoticeState.SKIPPED), why).label("why"),
            func.count().label("n"),
        )
        .where(Notice.created_at >= _since(month))
        .group_by(Notice.channel, Notice.state, text("3"))
    )  # fmt: skip
    return {(row.channel, row.state, row.why): row.n for row in rows}


def _seen(session: Session, month: date) -> int:
    seen = select(func.count()).where(
        Notice.created_at >= _since(month), Notice.channel == Channel.INAPP,
        Notice.seen_at.is_not(None),
    )  # fmt: skip
    return session.scalar(seen) or 0


_WAYS = """
    SELECT n.id, n.created_at AS at, n.channel, n.event,
           coalesce(u.name, b.name, '') AS name, n.address, n.state, n.due_at, n.sent_at,
           coalesce(n.seen_at, seen.seen_at) AS seen_at, n.delivered_at, n.attempts, n.error,
           n.cost_satang, n.carried_by, n.subject
      FROM notice n
      LEFT JOIN "user" u ON u.id = n.user_id
      LEFT JOIN buyer b ON b.id = n.buyer_id
      LEFT JOIN notice seen ON n.channel <> 'inapp' AND seen.channel = 'inapp'
           AND (seen.event, seen.subject, seen.version) = (n.event, n.subject, n.version)
           AND seen.user_id IS NOT DISTINCT FROM n.user_id
           AND seen.buyer_id IS NOT DISTINCT FROM n.buyer_id
     WHERE n.id < :before AND n.event <> 'account.mail'
       AND (:channel = '' OR n.channel = :channel) AND (:state = '' OR n.state = :state)
     ORDER BY n.id DESC LIMIT :most
    """


def list_ways(
    session: Session, *, channel: str = "", state: str = "", before: int = NEWEST
) -> list[Way]:
    """The newest notices by way, at most a page; letters about accounts are nobody's business."""
    rows = session.execute(
        text(_WAYS), {"channel": channel, "state": state, "before": before, "most": PAGE}
    )
    return [
        Way(**dict(row._mapping) | {
            "channel": Channel(row.channel), "state": NoticeState(row.state)
        })
        for row in rows
    ]  # fmt: skip
