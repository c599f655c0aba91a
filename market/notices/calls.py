"""The coordinator's call list: whoever was asked by every other way and has not answered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.errors import Conflict, NotFound, Refused
from market.notices.models import Notice
from market.notices.rules import Channel, NoticeState
from market.thai import normalise

CALL_AGAIN_MINUTES = 60
NOTE_LENGTH = 500


@dataclass(frozen=True, kw_only=True)
class CallDue:
    """Somebody to call about a question, ``payload`` says which.

    last_*: the newest other way that was tried, when it left and why it did not; seen_at: the
    question was opened in the inbox; tries: calls that nobody took; answer_by: None for none.
    """

    notice_id: int
    user_id: int
    name: str
    phone: str | None
    event: str
    payload: dict[str, Any]
    round_id: int | None
    group_id: int | None
    due_at: datetime
    answer_by: datetime | None
    seen_at: datetime | None
    tries: int
    last_channel: Channel | None
    last_at: datetime | None
    last_error: str | None


_DUE = text(
    """
    SELECT c.id AS notice_id, c.user_id, u.name, c.address AS phone, c.event, c.payload,
           (c.payload ->> 'round_id')::bigint AS round_id,
           (c.payload ->> 'group_id')::bigint AS group_id,
           c.due_at, c.over_at AS answer_by, seen.seen_at, c.attempts AS tries,
           tried.channel AS last_channel, tried.sent_at AS last_at, tried.error AS last_error
      FROM notice c
      JOIN "user" u ON u.id = c.user_id
      LEFT JOIN notice seen ON seen.user_id = c.user_id AND seen.channel = 'inapp'
           AND (seen.event, seen.subject, seen.version) = (c.event, c.subject, c.version)
      LEFT JOIN LATERAL (
           SELECT t.channel, t.sent_at, t.error FROM notice t
            WHERE t.user_id = c.user_id AND t.channel NOT IN ('inapp', 'call')
              AND (t.event, t.subject, t.version) = (c.event, c.subject, c.version)
              AND t.state NOT IN ('due', 'spare')
            ORDER BY coalesce(t.sent_at, t.due_at) DESC, t.id DESC LIMIT 1) AS tried ON true
     WHERE c.channel = 'call' AND c.state = 'due' AND c.due_at <= :now
       AND (c.over_at IS NULL OR c.over_at > :now)
       AND (:everywhere OR (c.payload ->> 'group_id')::bigint = ANY(:groups))
     ORDER BY c.over_at, c.due_at, c.id
     LIMIT :most
    """
)
MOST_CALLS = 500


def calls_waiting(
    session: Session, now: datetime, group_ids: Collection[int] | None = None
) -> list[CallDue]:
    """Who is to be called now, the nearest deadline first; one statement.

    group_ids: only about these groups (an area's); None: all.
    """
    rows = session.execute(
        _DUE,
        {"groups": sorted(group_ids or ()), "everywhere": group_ids is None, "now": now,
         "most": MOST_CALLS},
    )  # fmt: skip
    return [
        CallDue(**dict(row._mapping) | {
            "last_channel": Channel(row.last_channel) if row.last_channel else None
        })
        for row in rows
    ]  # fmt: skip


def note_call(session: Session, notice_id: int, *, note: str, actor: str, now: datetime) -> None:
    """Nobody took the call: it stands on the list again in an hour.

    An answer that was given on the phone is entered with the call note where the group answers
    (on behalf); that takes the call off the list by itself. Raises Refused for an empty note,
    Conflict where the question is settled meanwhile.
    """
    said = normalise(note)
    if not said or len(said) > NOTE_LENGTH:
        raise Refused("call_words_missing", high=NOTE_LENGTH)
    call = _call(session, notice_id)
    session.refresh(call, with_for_update=True)
    if call.state is not NoticeState.DUE:
        raise Conflict("call_is_over")
    call.attempts += 1
    call.due_at = now + timedelta(minutes=CALL_AGAIN_MINUTES)
    record(session, actor=actor, subject=call.subject, event="call.nobody", at=now,
           data={"note": said, "user_id": call.user_id, "tries": call.attempts})  # fmt: skip


def _call(session: Session, notice_id: int) -> Notice:
    found = session.get(Notice, notice_id)
    if found is None or found.channel is not Channel.CALL:
        raise NotFound("not_found", what="call")
    return found
