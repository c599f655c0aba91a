"""What happens to due messages: claimed by one, counted, sent, or tried again. Never commits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text, tuple_, update
from sqlalchemy.orm import Session

from market.notices.models import Notice
from market.notices.pausing import going_along, pause, round_of
from market.notices.rules import (
    BUNDLED,
    CLAIM_SECONDS,
    MAX_ATTEMPTS,
    Channel,
    ClaimedNotice,
    Kind,
    NoticeState,
    next_attempt_at,
)

STUCK, UNSURE, TOO_LATE, AWAY = "stuck", "unsure", "too_late", "channel_away"
ALL = frozenset(Channel) - {Channel.CALL}
#: A channel that is away for so long is stepped over where there is another way.
PATIENCE_MINUTES = 30
DEAD_DAYS = 14
#: Mail servers say within minutes that there is no such mailbox. Whoever hears later that news
#: did not arrive sends no old news by another way.
SPARE_DAYS = 2


def recover_stuck(session: Session, now: datetime) -> None:
    """Messages whose sender died: tried once more, then given up.

    Mail cannot be exactly-once: a rare double letter beats a lost one, an endless row of doubles
    does not. A text message that may have left is not sent again: it costs money each time.
    """
    stuck = (Notice.state == NoticeState.SENDING, Notice.claimed_until < now)
    paid = (Notice.channel == Channel.SMS, Notice.cost_satang.is_not(None))
    for ended, why in ((paid, UNSURE), ((Notice.error == STUCK,), STUCK)):
        rows = session.execute(
            update(Notice)
            .where(*stuck, *ended)
            .values(state=NoticeState.FAILED, claimed_until=None, error=why)
            .returning(Notice.id)
        )
        next_rungs(session, [row.id for row in rows], now)
    session.execute(
        update(Notice).where(*stuck).values(state=NoticeState.DUE, claimed_until=None, error=STUCK)
    )


def end_late(session: Session, now: datetime) -> None:
    """Questions that nobody can answer any more need not be asked, nor called about."""
    session.execute(
        update(Notice)
        .where(
            Notice.state.in_((NoticeState.DUE, NoticeState.SPARE)),
            Notice.due_at <= now, Notice.over_at <= now,
        )
        .values(state=NoticeState.SKIPPED, error=TOO_LATE)
    )  # fmt: skip


def claim_due(
    session: Session, now: datetime, limit: int, channels: Collection[Channel] = ALL
) -> list[ClaimedNotice]:
    """Take up to ``limit`` due messages of these channels for ourselves, and with them all other
    news that waits for the same phone, and all letters of the same round to the same person: they
    travel in one message.

    News that follow others of their round closely rest first. Several workers never take the
    same one.
    """
    while first := _first(session, now, limit, channels):
        resting = pause(session, [row.id for row in first], now)
        first = [row for row in first if row.id not in resting]
        if first:
            return _take(session, {row.id for row in first} | _with(session, first, now), now)
    return []


def _first(
    session: Session, now: datetime, limit: int, channels: Collection[Channel]
) -> Sequence[Any]:
    return session.execute(
        select(Notice.id, Notice.channel, Notice.address, Notice.kind, _ROUND.label("round"))
        .where(Notice.state == NoticeState.DUE, Notice.due_at <= now, Notice.channel.in_(channels))
        .order_by(Notice.due_at, Notice.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()


def _with(session: Session, first: Sequence[Any], now: datetime) -> set[int]:
    """What goes along with these."""
    phones = {
        (row.channel, row.address) for row in first
        if row.channel in BUNDLED and row.kind is not Kind.ASK
    }  # fmt: skip
    rounds = {
        (row.address, row.round) for row in first if row.channel is Channel.EMAIL and row.round
    }
    same_phone = tuple_(Notice.channel, Notice.address).in_(list(phones))
    same_round = tuple_(Notice.address, _ROUND).in_(list(rounds))
    ids: set[int] = set()
    if phones:
        ids |= _company(session, going_along(now), Notice.kind != Kind.ASK, same_phone)
    if rounds:
        ids |= _company(session, going_along(now), Notice.channel == Channel.EMAIL, same_round)
    return ids


_ROUND = round_of(Notice)


def _company(session: Session, *which: Any) -> set[int]:
    """Others that go along."""
    others = select(Notice.id).where(*which).with_for_update(key_share=True, skip_locked=True)
    return set(session.scalars(others))


def _take(session: Session, ids: Collection[int], now: datetime) -> list[ClaimedNotice]:
    rows = session.execute(
        update(Notice)
        .where(Notice.id.in_(ids))
        .values(
            state=NoticeState.SENDING,
            claimed_until=now + timedelta(seconds=CLAIM_SECONDS),
            attempts=Notice.attempts + 1,
        )
        .returning(
            Notice.id, Notice.address, Notice.language, Notice.event, Notice.payload,
            Notice.attempts, Notice.channel, Notice.kind, Notice.cost_satang.is_not(None),
        )
    ).all()  # fmt: skip
    return sorted((ClaimedNotice(*row) for row in rows), key=lambda notice: notice.id)


_SENT = text(
    """
    WITH left_now AS (
        UPDATE notice SET state = 'sent', sent_at = :now, claimed_until = NULL, error = NULL,
               carried_by = nullif(CAST(:carrier AS bigint), id),
               carrier_ref = CASE id WHEN :carrier THEN CAST(:ref AS text) END,
               payload = CASE event WHEN 'account.mail' THEN '{}'::jsonb ELSE payload - 'link' END
         WHERE id = ANY(:ids) AND state = 'sending'
     RETURNING user_id, buyer_id, event, subject, version
    )
    DELETE FROM notice n USING left_now l
     WHERE CAST(:ref AS text) IS NULL AND n.state = 'spare' AND n.event = l.event
       AND n.subject = l.subject AND n.version = l.version
       AND n.user_id IS NOT DISTINCT FROM l.user_id
       AND n.buyer_id IS NOT DISTINCT FROM l.buyer_id
    """
)


def mark_sent(
    session: Session, notice_ids: Sequence[int], now: datetime, ref: str | None = None
) -> None:
    """The message has left, with the words of all these; the first one was addressed.

    Its signed link is not kept: whoever reads this table opens nothing. Letters about accounts
    forget everything. Spare ways are not needed any more, except where the service knows the
    message as ``ref`` and may still tell that it did not arrive.
    """
    values = {"ids": list(notice_ids), "carrier": notice_ids[0], "now": now, "ref": ref}
    session.execute(_SENT, values)


def mark_unsent(
    session: Session, notice: ClaimedNotice, error: str, now: datetime, *, over: bool = False
) -> None:
    """The message did not leave: try again later; or give up, and the next way comes at once."""
    over = over or notice.attempts >= MAX_ATTEMPTS
    gone = session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.state == NoticeState.SENDING)
        .values(
            state=NoticeState.FAILED if over else NoticeState.DUE,
            due_at=next_attempt_at(now, notice.attempts),
            claimed_until=None,
            error=error[:500],
        )
        .returning(Notice.id)
    ).one_or_none()
    if over and gone is not None:
        next_rungs(session, [notice.id], now)


def skip(session: Session, notice: ClaimedNotice, why: str, now: datetime) -> None:
    """This rung cannot be climbed: the next one of the same notice comes at once."""
    gone = session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.state == NoticeState.SENDING)
        .values(state=NoticeState.SKIPPED, claimed_until=None, error=why[:500])
        .returning(Notice.id)
    ).one_or_none()
    if gone is not None:
        next_rungs(session, [notice.id], now)


def give_back(session: Session, notice_ids: Collection[int]) -> None:
    """Claimed, but not begun: somebody takes them later, and no try was used up."""
    session.execute(
        update(Notice)
        .where(Notice.id.in_(notice_ids), Notice.state == NoticeState.SENDING)
        .values(state=NoticeState.DUE, claimed_until=None, attempts=Notice.attempts - 1)
    )


_NEXT = """
    UPDATE notice SET state = 'due', due_at = CAST(:now AS timestamptz)
     WHERE id IN (
           SELECT (SELECT n.id FROM notice n
                    WHERE n.event = gone.event AND n.subject = gone.subject
                      AND n.version = gone.version
                      AND n.user_id IS NOT DISTINCT FROM gone.user_id
                      AND n.buyer_id IS NOT DISTINCT FROM gone.buyer_id
                      AND (n.state = 'spare' OR n.state = 'due' AND n.due_at > :now
                                                AND n.attempts = 0)
                    ORDER BY n.due_at, n.id LIMIT 1)
             FROM notice gone WHERE gone.id = ANY(:ids))
    """


def next_rungs(session: Session, notice_ids: Sequence[int], now: datetime) -> None:
    """These ways did not work: the next one of each notice is taken now."""
    if notice_ids:
        session.execute(text(_NEXT), {"ids": list(notice_ids), "now": now})


def step_over(session: Session, away: Collection[Channel], now: datetime) -> None:
    """Messages that have waited long for a channel that is away take the next way, if any."""
    if not away:
        return
    found = session.execute(
        text(
            "UPDATE notice w SET state = 'skipped', error = :why WHERE w.state = 'due'"
            " AND w.channel = ANY(:away) AND w.due_at <= :long_ago AND EXISTS ("
            " SELECT FROM notice n WHERE n.event = w.event AND n.subject = w.subject"
            " AND n.version = w.version AND n.user_id IS NOT DISTINCT FROM w.user_id"
            " AND n.buyer_id IS NOT DISTINCT FROM w.buyer_id AND (n.state = 'spare' OR"
            " n.state = 'due' AND n.due_at > :now AND n.attempts = 0)) RETURNING w.id"
        ),
        {
            "why": AWAY, "away": [one.value for one in away], "now": now,
            "long_ago": now - timedelta(minutes=PATIENCE_MINUTES),
        },
    )  # fmt: skip
    next_rungs(session, list(found.scalars()), now)


def send_again(session: Session, notice_id: int, now: datetime) -> bool:
    """A person wants a failed message tried once more; False where it is not a failed one."""
    again = session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == NoticeState.FAILED)
        .values(
            state=NoticeState.DUE,
            due_at=now,
            attempts=0,
            cost_satang=None,
            error=None,
            carrier_ref=None,
        )
        .returning(Notice.id)
    )
    return again.one_or_none() is not None


def forget_dead_links(session: Session, now: datetime) -> None:
    """What was left out, or is dead for two weeks, keeps no signed link either."""
    session.execute(
        text(
            "UPDATE notice SET payload = payload - 'link' WHERE payload ? 'link'"
            " AND (state = 'skipped' OR state = 'failed' AND created_at < :old)"
            " AND created_at > :older"
        ),
        {"old": now - timedelta(days=DEAD_DAYS), "older": now - timedelta(days=3 * DEAD_DAYS)},
    )


def forget_spares(session: Session, now: datetime) -> None:
    """Ways kept for a message that may not arrive, of which nothing was heard for long."""
    session.execute(
        text(
            "DELETE FROM notice n WHERE n.state = 'spare' AND n.created_at < :old"
            " AND NOT EXISTS (SELECT FROM notice w WHERE w.state IN ('due', 'sending')"
            " AND w.event = n.event AND w.subject = n.subject AND w.version = n.version"
            " AND w.user_id IS NOT DISTINCT FROM n.user_id"
            " AND w.buyer_id IS NOT DISTINCT FROM n.buyer_id)"
        ),
        {"old": now - timedelta(days=SPARE_DAYS)},
    )
