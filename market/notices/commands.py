"""Writes of notices: one row in the inbox, and one for each way to reach the person."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.errors import Refused
from market.notices.models import ContactWay, Notice, PushSubscription
from market.notices.returned.rules import WRONG_AFTER, WRONG_DAYS
from market.notices.rules import (
    CALL_MINUTES,
    FULL_LADDER_MINUTES,
    OWN_WAYS,
    RINGING,
    RUNG_MINUTES,
    Channel,
    Kind,
    NewNotice,
    NoticeState,
    Screen,
)

SETTLED, SEEN = "settled", "seen"
MOST_SCREENS = 10
MOST_REFUSED, REFUSED_FOR = 5, timedelta(days=1)
WAITING = (NoticeState.DUE, NoticeState.SPARE)

#: Address and language come from the person's row at the time of writing, the order of the ways
#: from the person or from us. A question is asked by one way after another and at last by a call;
#: anything else goes by the first way, the others are spare. The unique constraint makes a
#: repeated call harmless. What is only looked at here keeps no signed link. An address whose
#: letters came back for ever is no way.
_INSERT = text(
    """
    WITH told AS (
        SELECT r.*, u.id AS person, coalesce(u.email, b.email) AS email,
               coalesce(u.us_phone_number, b.phone) AS phone,
               coalesce(u.language, 'th') AS language,
               greatest(0, least(1, extract(
                   epoch FROM r.over_at - CAST(:now AS timestamptz)) / 60 / :full)) AS squeeze
          FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
               user_id bigint, buyer_id bigint, event text, subject text, version bigint,
               payload jsonb, kind text, essential boolean, over_at timestamptz, position int)
          LEFT JOIN buyer b ON b.id = r.buyer_id
          LEFT JOIN "user" u ON u.id = coalesce(r.user_id, b.user_id)
    ), reached AS (
        SELECT t.*, way.channel, way.address,
               row_number() OVER (PARTITION BY t.position ORDER BY
                   t.kind = 'keep' AND way.channel = 'email' DESC,
                   coalesce(own.position, way.usual), way.usual) AS rung
          FROM told t
         CROSS JOIN LATERAL (VALUES
               ('line', 1, (SELECT c.subject FROM chat_contact c
                             WHERE c.channel = 'line' AND c.user_id = t.person
                               AND c.left_at IS NULL)),
               ('push', 2, (SELECT 'user:' || t.person
                             WHERE EXISTS (SELECT FROM push_subscription p
                                            WHERE p.user_id = t.person))),
               ('email', 3, CASE WHEN NOT EXISTS (
                     SELECT FROM wrong_address w WHERE w.address = t.email
                        AND w.failures >= :wrong_after
                        AND w.failed_at > CAST(:now AS timestamptz) - :wrong_days * INTERVAL '1 day'
                    ) THEN t.email END),
               ('sms', 4, CASE WHEN t.essential THEN t.phone END)) AS way(channel, usual, address)
          LEFT JOIN contact_way own ON own.user_id = t.person AND own.channel = way.channel
         WHERE way.address IS NOT NULL AND (own.channel IS NULL OR own.position IS NOT NULL)
    ), rungs AS (
        SELECT position, channel, address, rung,
               CASE WHEN rung = 1 OR kind = 'ask' THEN 'due' ELSE 'spare' END AS state,
               CASE WHEN kind = 'ask' THEN (rung - 1) * :step * squeeze ELSE 0 END AS wait
          FROM reached
         UNION ALL
        SELECT position, 'inapp', NULL, 0, 'sent', 0 FROM told
         UNION ALL
        SELECT position, 'call', phone, 9, 'due',
               CASE WHEN position IN (SELECT position FROM reached)
                    THEN :call * squeeze ELSE 0 END
          FROM told WHERE kind = 'ask'
    )
    INSERT INTO notice (user_id, buyer_id, channel, address, language, event, subject, version,
                        payload, kind, over_at, state, due_at, sent_at, created_at)
    SELECT t.user_id, t.buyer_id, r.channel, r.address, t.language, t.event, t.subject, t.version,
           CASE WHEN r.channel IN ('inapp', 'call') AND t.payload ?| ARRAY['number', 'group_id']
                     AND t.payload ->> 'link' LIKE '/l/%' THEN t.payload - 'link'
                ELSE t.payload END, t.kind, t.over_at, r.state,
           CAST(:now AS timestamptz) + r.wait * INTERVAL '1 minute',
           CASE r.channel WHEN 'inapp' THEN CAST(:now AS timestamptz) END, :now
      FROM rungs r JOIN told t USING (position)
     ORDER BY r.position, r.rung
    ON CONFLICT ON CONSTRAINT uq_notice_once DO NOTHING
    """
)
_LADDER = {
    "step": RUNG_MINUTES, "call": CALL_MINUTES, "full": FULL_LADDER_MINUTES,
    "wrong_after": WRONG_AFTER, "wrong_days": WRONG_DAYS,
}  # fmt: skip


def notify(
    session: Session,
    *,
    event: str,
    subject: str,
    payload: Mapping[str, Any],
    now: datetime,
    user_id: int | None = None,
    buyer_id: int | None = None,
    version: int = 1,
) -> None:
    """Tell one person (a user or a buyer) once; see ``NewNotice`` for the fields."""
    notice = NewNotice(
        event=event,
        subject=subject,
        payload=payload,
        user_id=user_id,
        buyer_id=buyer_id,
        version=version,
    )
    notify_many(session, [notice], now)


def notify_many(session: Session, rows: Sequence[NewNotice], now: datetime) -> None:
    """Tell many people in one statement; what was already told is left alone."""
    if not rows:
        return
    told = json.dumps([row.columns() | {"position": n} for n, row in enumerate(rows)])
    session.execute(_INSERT, {"rows": told, "now": now} | _LADDER)


def settle(session: Session, *subjects: str) -> None:
    """What was asked is answered: rungs not yet climbed are left out."""
    session.execute(
        update(Notice)
        .where(Notice.subject.in_(subjects), Notice.state.in_(WAITING))
        .values(state=NoticeState.SKIPPED, error=SETTLED)
    )


def post_letter(
    session: Session,
    *,
    user_id: int,
    address: str,
    subject: str,
    payload: Mapping[str, Any],
    language: str,
    now: datetime,
) -> None:
    """One e-mail about an account, to the given address; nothing appears in the inbox.

    The payload holds secrets (a code, a recovery link): it is emptied once sent.
    """
    session.add(
        Notice(
            user_id=user_id,
            channel=Channel.EMAIL,
            address=address,
            language=language,
            event="account.mail",
            subject=subject,
            payload=dict(payload),
            due_at=now,
            created_at=now,
        )
    )


def mark_seen(
    session: Session, *, user_id: int | None, buyer_ids: Collection[int], now: datetime
) -> None:
    """Everything in this person's inbox counts as read."""
    _see(session, own(user_id, buyer_ids), now)


def mark_one_seen(session: Session, notice_id: int, now: datetime) -> None:
    """This notice counts as read."""
    _see(session, Notice.id == notice_id, now)


def _see(session: Session, which: Any, now: datetime) -> None:
    """Seen in the inbox: what only tells the same need not ring a phone any more."""
    seen = (
        update(Notice)
        .where(which, Notice.channel == Channel.INAPP, Notice.seen_at.is_(None))
        .values(seen_at=now)
        .returning(
            Notice.event, Notice.subject, Notice.version, Notice.user_id, Notice.buyer_id
        )
        .cte("seen")
    )  # fmt: skip
    session.execute(
        update(Notice)
        .where(
            Notice.state.in_(WAITING), Notice.channel.in_(RINGING), Notice.kind != Kind.ASK,
            Notice.event == seen.c.event, Notice.subject == seen.c.subject,
            Notice.version == seen.c.version,
            Notice.user_id.is_not_distinct_from(seen.c.user_id),
            Notice.buyer_id.is_not_distinct_from(seen.c.buyer_id),
        )
        .values(state=NoticeState.SKIPPED, error=SEEN)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def own(user_id: int | None, buyer_ids: Collection[int]) -> Any:
    """The condition that a notice is this person's."""
    mine: list[Any] = [Notice.buyer_id.in_(buyer_ids)]
    if user_id is not None:
        mine.append(Notice.user_id == user_id)
    return or_(*mine)


def add_screen(session: Session, user_id: int, screen: Screen, now: datetime) -> None:
    """This browser shows this person's notices from now on; the last person who asked has it.

    Of a person's browsers the newest few are kept: each is one more request for every notice.
    """
    session.execute(
        pg_insert(PushSubscription)
        .values(
            user_id=user_id, endpoint=screen.endpoint, p256dh=screen.p256dh, auth=screen.auth,
            created_at=now,
        )
        .on_conflict_do_update(
            index_elements=["endpoint"],
            set_={
                "user_id": user_id, "p256dh": screen.p256dh, "auth": screen.auth, "refused": 0,
                "refused_at": None,
            },
        )
    )  # fmt: skip
    mine = PushSubscription.user_id == user_id
    newest = select(PushSubscription.id).where(mine).order_by(PushSubscription.id.desc())
    session.execute(
        delete(PushSubscription).where(
            mine, PushSubscription.endpoint != screen.endpoint,
            PushSubscription.id.not_in(newest.limit(MOST_SCREENS)),
        )
    )  # fmt: skip


def forget_screen(session: Session, endpoint: str, user_id: int | None = None) -> None:
    """The browser is gone, or its owner (user_id) wants no more."""
    gone = delete(PushSubscription).where(PushSubscription.endpoint == endpoint)
    if user_id is not None:
        gone = gone.where(PushSubscription.user_id == user_id)
    session.execute(gone)


def note_refused(session: Session, endpoint: str, now: datetime) -> None:
    """Its service refused this browser once more; forgotten after some, over more than a day.

    A day, since a service may refuse all browsers for an hour because of a mistake of ours.
    """
    row = session.execute(
        update(PushSubscription)
        .where(PushSubscription.endpoint == endpoint)
        .values(
            refused=PushSubscription.refused + 1,
            refused_at=func.coalesce(PushSubscription.refused_at, now),
        )
        .returning(PushSubscription.refused, PushSubscription.refused_at)
    ).one_or_none()
    if row and row.refused >= MOST_REFUSED and row.refused_at <= now - REFUSED_FOR:
        forget_screen(session, endpoint)


def note_taken(session: Session, endpoint: str) -> None:
    """Its service takes messages for this browser again; nothing is written where it always did."""
    session.execute(
        update(PushSubscription)
        .where(PushSubscription.endpoint == endpoint, PushSubscription.refused > 0)
        .values(refused=0, refused_at=None)
    )


def set_ways(session: Session, user_id: int, ways: Sequence[Channel]) -> None:
    """This person's ways in their own order; the ones that are left out are not used."""
    if len(set(ways)) != len(ways) or not set(ways) <= set(OWN_WAYS):
        raise Refused("way_not_known")
    places = {channel: place for place, channel in enumerate(ways, start=1)}
    fresh = pg_insert(ContactWay).values(
        [{"user_id": user_id, "channel": one, "position": places.get(one)} for one in OWN_WAYS]
    )
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["user_id", "channel"], set_={"position": fresh.excluded.position}
        )
    )
