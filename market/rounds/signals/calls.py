"""A round has opened: everybody who waits for something in it is told, once, in one notice.

A round_call row says that this is still to be done, reminder_told who was. A worker that dies
leaves both as they are, and the next sweep goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.notices.commands import notify_many
from market.notices.rules import NewNotice
from market.rounds.signals.reminding import issue_keys
from market.rounds.signals.rules import Owner

NAMED = 6  # of what waits for somebody; the rest is counted

_BEGIN = text(
    """
    INSERT INTO round_call (round_id, started_at)
    SELECT id, :now FROM round WHERE state = 'open' AND closes_at > :now AND NOT private
    ON CONFLICT (round_id) DO NOTHING
    """
)
#: A round that closed before everybody was told is done with: the news would be stale.
_NEXT = text(
    """
    SELECT c.round_id, c.started_at, r.state = 'open' AND r.closes_at > :now AS open,
           r.number, r.name_th, r.name_en, r.closes_at
      FROM round_call c JOIN round r ON r.id = c.round_id
     WHERE c.done_at IS NULL ORDER BY c.round_id LIMIT 1 FOR UPDATE OF c SKIP LOCKED
    """
)
_DONE = text("UPDATE round_call SET done_at = :now WHERE round_id = :round_id")
#: The next people with a reminder that this round answers, and what of theirs is in it.
_TELL = text(
    """
    WITH offered AS MATERIALIZED (
        SELECT o.product_id, o.group_id, p.category_key FROM round_offer o
          JOIN product p ON p.id = o.product_id WHERE o.round_id = :round_id
    ), due AS MATERIALIZED (
        SELECT r.* FROM reminder r
         WHERE r.ended_at IS NULL AND r.confirmed_at <= :started_at
           AND EXISTS (SELECT 1 FROM offered o
                        WHERE (r.product_id IS NULL OR r.product_id = o.product_id)
                          AND (r.group_id IS NULL OR r.group_id = o.group_id)
                          AND (r.category IS NULL OR r.category = o.category_key))
           AND NOT EXISTS (SELECT 1 FROM reminder_told t
                            WHERE t.reminder_id = r.id AND t.round_id = :round_id)
    ), people AS (
        SELECT DISTINCT user_id, buyer_id FROM due ORDER BY 1, 2 LIMIT :most
    ), mine AS MATERIALIZED (
        SELECT due.* FROM due JOIN people
            ON people.user_id IS NOT DISTINCT FROM due.user_id
           AND people.buyer_id IS NOT DISTINCT FROM due.buyer_id
    ), told AS (
        INSERT INTO reminder_told (reminder_id, round_id, told_at)
        SELECT id, :round_id, :now FROM mine
    ), over AS (
        UPDATE reminder r SET units = CASE r.reason WHEN 'full' THEN r.units END,
               ended_at = CASE r.reason WHEN 'full' THEN CAST(:now AS timestamptz) END
          FROM mine WHERE r.id = mine.id AND (r.reason = 'full' OR r.units IS NOT NULL)
    )
    SELECT mine.user_id, mine.buyer_id, jsonb_agg(jsonb_build_object(
               'th', coalesce(p.name_th, g.name_th, c.name_th),
               'en', coalesce(p.name_en, g.name_en, c.name_en),
               'code', p.code) ORDER BY mine.id) AS things
      FROM mine
      LEFT JOIN product p ON p.id = mine.product_id
      LEFT JOIN producer_group g ON g.id = mine.group_id
      LEFT JOIN category c ON c.key = mine.category
     GROUP BY mine.user_id, mine.buyer_id
    """
)


def begin_calls(session: Session, now: datetime) -> int:
    """Note every open round that nobody was told of yet; how many."""
    return int(session.execute(_BEGIN, {"now": now}).rowcount)  # type: ignore[attr-defined]


def tell_next(session: Session, now: datetime, *, most: int = 500) -> bool:
    """Tell the next people of the next round; False when nobody is left (to us)."""
    call = session.execute(_NEXT, {"now": now}).one_or_none()
    if call is None:
        return False
    people = _tell(session, call, now, most) if call.open else ()
    if len(people) < most:
        session.execute(_DONE, {"round_id": call.round_id, "now": now})
    return True


def _tell(session: Session, call: Any, now: datetime, most: int) -> Sequence[Any]:
    values = {"round_id": call.round_id, "started_at": call.started_at, "now": now, "most": most}
    people = session.execute(_TELL, values).all()
    owners = [Owner(user_id=row.user_id, buyer_id=row.buyer_id) for row in people]
    keys = issue_keys(session, owners, now)
    told = [
        NewNotice(
            event="round.opened", subject=f"round:{call.round_id}",
            payload=_payload(call, row.things, key), **vars(owner),
        )
        for row, owner, key in zip(people, owners, keys, strict=True)
    ]  # fmt: skip
    notify_many(session, told, now)
    return people


def _payload(call: Any, things: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """What the letter needs. Things without a name stand for any round."""
    named = [thing for thing in things if thing["th"]]
    codes = [thing["code"] for thing in things]
    one = codes[0] if len(codes) == 1 else None
    return {
        "round_th": call.name_th, "round_en": call.name_en, "closes_at": call.closes_at.isoformat(),
        "names_th": [thing["th"] for thing in named[:NAMED]],
        "names_en": [thing["en"] for thing in named[:NAMED]],
        "more": max(len(named) - NAMED, 0),
        "link": f"/goods/{one}" if one else "/",
        "stop_path": f"/reminders/mail/{key}",
        "stop_now_path": f"/reminders/mail/{key}/stop",
    }  # fmt: skip
