"""What paid channels cost and may cost, and which channels are left alone. Never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_date
from market.errors import Refused
from market.notices.models import ChannelBudget, ChannelHealth, ChannelMonth
from market.notices.rules import PAID, Channel, away_minutes

MOST_SATANG, MOST_MESSAGES, MOST_FOR_ONE_SATANG = 10**10, 10**7, 10**4


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a message costs and a month may cost (None: no limit); amounts in satang.

    reserve_percent: of the limits, kept back for what is essential.
    """

    message_satang: int = 0
    month_satang: int | None = None
    month_messages: int | None = None
    reserve_percent: int = 20


@dataclass(frozen=True, kw_only=True)
class Health:
    """A channel that failed so many times in a row and is left alone until then."""

    failures: int
    away_until: datetime | None
    reason: str


def budgets_of(session: Session) -> dict[Channel, Budget]:
    """The budget of every paid channel."""
    found = {row.channel: row for row in session.scalars(select(ChannelBudget))}
    return {
        channel: Budget(
            message_satang=row.message_satang, month_satang=row.month_satang,
            month_messages=row.month_messages, reserve_percent=row.reserve_percent,
        ) if (row := found.get(channel)) else Budget()
        for channel in sorted(PAID)
    }  # fmt: skip


def set_budget(
    session: Session, channel: Channel, budget: Budget, *, actor: str, now: datetime
) -> None:
    """What a channel may cost from now on. Raises Refused for what is no amount."""
    _check(channel, budget)
    values = vars(budget)
    session.execute(
        pg_insert(ChannelBudget)
        .values(channel=channel, **values)
        .on_conflict_do_update(index_elements=["channel"], set_=values)
    )
    record(session, actor=actor, subject=f"channel:{channel}", event="channel.budget", at=now,
           data=dict(values))  # fmt: skip


def _check(channel: Channel, budget: Budget) -> None:
    fits = (
        channel in PAID
        and 0 <= budget.message_satang <= MOST_FOR_ONE_SATANG
        and 0 <= (budget.month_satang or 0) <= MOST_SATANG
        and 0 <= (budget.month_messages or 0) <= MOST_MESSAGES
        and 0 <= budget.reserve_percent <= 100
    )
    if not fits:
        raise Refused("budget_wrong")


#: The guard is in the update: two workers at once cannot pass a limit together.
_COUNT = text(
    """
    WITH budget AS (
        SELECT coalesce(max(message_satang), 0) AS each, max(month_satang) AS satang,
               max(month_messages) AS messages,
               CASE WHEN :essential THEN 100
                    ELSE 100 - coalesce(max(reserve_percent), 0) END AS open
          FROM channel_budget WHERE channel = :channel
    ), counted AS (
        UPDATE channel_month m
           SET messages = m.messages + :messages, satang = m.satang + :messages * b.each
          FROM budget b
         WHERE m.channel = :channel AND m.month = :month
           AND (b.messages IS NULL OR m.messages + :messages <= b.messages * b.open / 100)
           AND (b.satang IS NULL OR m.satang + :messages * b.each <= b.satang * b.open / 100)
     RETURNING b.each
    )
    UPDATE notice SET cost_satang = CASE id WHEN :first THEN :messages * counted.each ELSE 0 END
      FROM counted WHERE id = ANY(:ids) RETURNING cost_satang
    """
)


def take_quota(
    session: Session, channel: Channel, notice_ids: Sequence[int], messages: int, *,
    essential: bool, now: datetime,
) -> bool:  # fmt: skip
    """Count one message of these notices against the month, unless its budget does not hold it.

    messages: how many it is counted as (a long text message is several).
    """
    month = _this_month(session, channel, now)
    counted = session.execute(
        _COUNT,
        {"channel": channel.value, "month": month, "messages": messages, "first": notice_ids[0],
         "ids": list(notice_ids), "essential": essential},
    )  # fmt: skip
    return counted.first() is not None


def note_used(session: Session, channel: Channel, messages: int, now: datetime) -> None:
    """The service itself counts so many messages of this month: what was sent by hand counts too.

    Never fewer than we have counted ourselves: its count may lag behind.
    """
    session.execute(
        text(
            "UPDATE channel_month m SET messages = :messages, satang = m.satang +"
            " (:messages - m.messages) * (SELECT coalesce(max(message_satang), 0)"
            "  FROM channel_budget b WHERE b.channel = m.channel)"
            " WHERE m.channel = :channel AND m.month = :month AND m.messages < :messages"
        ),
        {"channel": channel.value, "month": _this_month(session, channel, now),
         "messages": messages},
    )  # fmt: skip


def _this_month(session: Session, channel: Channel, now: datetime) -> date:
    """The month, which has a row for this channel from now on."""
    month = month_of(now)
    session.execute(
        pg_insert(ChannelMonth).values(channel=channel, month=month).on_conflict_do_nothing()
    )
    return month


def month_of(now: datetime) -> date:
    """The first day of the month in Bangkok."""
    return bangkok_date(now).replace(day=1)


def channels_away(session: Session, now: datetime) -> set[Channel]:
    """Channels that are left alone for now."""
    return set(session.scalars(select(ChannelHealth.channel).where(ChannelHealth.away_until > now)))


def health_of(session: Session) -> dict[Channel, Health]:
    """How each channel that was ever in trouble is doing."""
    return {
        row.channel: Health(failures=row.failures, away_until=row.away_until, reason=row.reason)
        for row in session.scalars(select(ChannelHealth))
    }


def note_failure(session: Session, channel: Channel, reason: str, now: datetime) -> int:
    """One more failure in a row; how many. From the third on the channel is left alone."""
    row = pg_insert(ChannelHealth).values(channel=channel, failures=1, reason=reason[:200], at=now)
    failures = session.execute(
        row.on_conflict_do_update(
            index_elements=["channel"],
            set_={"failures": ChannelHealth.failures + 1, "reason": reason[:200], "at": now},
        ).returning(ChannelHealth.failures)
    ).scalar_one()
    minutes = away_minutes(failures)
    if minutes:
        session.get_one(ChannelHealth, channel, populate_existing=True).away_until = (
            now + timedelta(minutes=minutes)
        )
        session.flush()
    return failures


def note_success(session: Session, channel: Channel) -> None:
    """It works again."""
    session.execute(
        text(
            "UPDATE channel_health SET failures = 0, away_until = NULL"
            " WHERE channel = :channel AND failures > 0"
        ),
        {"channel": channel.value},
    )
