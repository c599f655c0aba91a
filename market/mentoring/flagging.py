"""Reasons to worry, found by the sweep: opened once, closed when they are over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict
from market.mentoring.models import Flag
from market.mentoring.rules import (
    MISSED_ROUNDS,
    MOST_WORDS,
    PAPER_WARNING,
    SILENT_ASKS,
    FlagKind,
    check_words,
)

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('flags'))")
#: The newest asks of a group, none answered by anybody.
_SILENT = """
    SELECT 'silent' AS kind, 'group:' || g.id AS thing, g.tambon_code, g.id AS group_id,
           jsonb_build_object('since', min(last.answer_by)) AS data
      FROM grp g
     CROSS JOIN LATERAL (
           SELECT a.answer, a.answer_by FROM ask a JOIN batch b ON b.id = a.batch_id
            WHERE b.group_id = g.id AND a.kind = 'make'
              AND (a.answer <> 'waiting' OR a.answer_by <= :now)
            ORDER BY a.asked_at DESC, a.id DESC LIMIT :silent_asks) AS last
     GROUP BY g.id, g.tambon_code
    HAVING count(*) = :silent_asks AND bool_and(last.answer IN ('silent', 'waiting'))
"""
#: Rounds of the kind of goods that a group makes went by without it.
_NOT_OFFERED = """
    SELECT 'not_offered', 'group:' || g.id, g.tambon_code, g.id,
           jsonb_build_object('since', min(past.opens_at))
      FROM grp g
     CROSS JOIN LATERAL (
           SELECT r.id, r.opens_at FROM round r
            WHERE NOT r.private AND r.state NOT IN ('draft', 'cancelled') AND r.opens_at <= :now
              AND r.cycle IN (SELECT o.round_cycle FROM offer o
                               WHERE o.group_id = g.id AND o.active)
            ORDER BY r.opens_at DESC, r.id DESC LIMIT :missed_rounds) AS past
     GROUP BY g.id, g.tambon_code
    HAVING count(*) = :missed_rounds AND NOT EXISTS (
           SELECT 1 FROM round_offer f
            WHERE f.group_id = g.id AND f.round_id = ANY (array_agg(past.id)))
"""
_PAPERS = """
    SELECT CASE WHEN c.expires_on < :today THEN 'paper_lapsed' ELSE 'paper_lapsing' END,
           'certificate:' || c.id, g.tambon_code, g.id,
           jsonb_build_object('paper', c.kind, 'until', c.expires_on, 'product_th', p.name_th,
                              'product_en', p.name_en)
      FROM grp g
      JOIN offer o ON o.group_id = g.id AND o.active
      JOIN product p ON p.id = o.product_id
      JOIN certificate c ON c.offer_id = o.id AND c.expires_on < :soon
"""
_NO_CONTACT = """
    SELECT 'no_contact', 'group:' || g.id, g.tambon_code, g.id, '{}'::jsonb
      FROM grp g
     WHERE NOT EXISTS (SELECT 1 FROM group_contact c WHERE c.group_id = g.id AND c.to_on IS NULL)
"""
_OFFICERS = """
    SELECT 'officer_changed', 'officer:' || f.id, f.tambon_code, NULL::bigint,
           jsonb_build_object('since', f.from_on)
      FROM officer f
     WHERE f.tambon_code LIKE :area AND f.to_on IS NULL AND f.after_id IS NOT NULL
       AND f.confirmed_at IS NULL
"""
#: A tambon that takes part without a registered organisation: the work falls on its office.
_NO_ORGANISATION = """
    SELECT 'no_organisation', 'tambon:' || t.code, t.code, NULL::bigint, '{}'::jsonb
      FROM tambon t
     WHERE t.code LIKE :area
       AND (t.readiness IS NOT NULL OR EXISTS (
            SELECT 1 FROM producer_group g WHERE g.tambon_code = t.code AND g.active))
       AND NOT EXISTS (
           SELECT 1 FROM producer_group g JOIN enterprise e ON e.id = g.enterprise_id
            WHERE g.tambon_code = t.code AND g.active AND e.legal_form <> 'livelihood_group')
"""
_WANTED = " UNION ALL ".join(
    (_SILENT, _NOT_OFFERED, _PAPERS, _NO_CONTACT, _OFFICERS, _NO_ORGANISATION)
)
_RAISE = text(
    f"""
    WITH grp AS (
        SELECT id, tambon_code FROM producer_group
         WHERE active AND tambon_code LIKE :area
           AND (CAST(:group_id AS bigint) IS NULL OR id = :group_id)),
    wanted AS ({_WANTED}),
    closed AS (
        UPDATE flag f SET closed_at = :now
         WHERE f.closed_at IS NULL AND f.tambon_code LIKE :area
           AND (CAST(:group_id AS bigint) IS NULL OR f.group_id = :group_id)
           AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.kind = f.kind AND w.thing = f.thing)
        RETURNING 1),
    opened AS (
        INSERT INTO flag (kind, thing, tambon_code, group_id, data, opened_at)
        SELECT kind, thing, tambon_code, group_id, data, :now FROM wanted
            ON CONFLICT (kind, thing) WHERE closed_at IS NULL DO NOTHING
        RETURNING 1)
    SELECT (SELECT count(*) FROM opened) AS opened, (SELECT count(*) FROM closed) AS closed
    """  # noqa: S608
)


def raise_flags(
    session: Session, *, now: datetime, area: str = "", group_id: int | None = None
) -> tuple[int, int]:
    """Open what is a reason to worry and close what is one no more; how many of each.

    area: only things in tambons whose code begins so. group_id: only that group. One sweep at
    a time, so that none opens what another has just closed. 2 statements.
    """
    today = bangkok_date(now)
    session.execute(_LOCK)
    row = session.execute(
        _RAISE,
        {
            "now": now, "today": today, "soon": today + PAPER_WARNING,
            "area": area + "%", "group_id": group_id, "silent_asks": SILENT_ASKS,
            "missed_rounds": MISSED_ROUNDS,
        },
    ).one()  # fmt: skip
    return int(row.opened), int(row.closed)


def see_flag(session: Session, flag_id: int, note: str, *, actor: str, now: datetime) -> None:
    """Somebody takes it on, and says how. Said again it replaces what was said."""
    flag = lock(session, Flag, flag_id)
    if flag.closed_at is not None:
        raise Conflict("flag_is_closed")
    flag.note = check_words(note, MOST_WORDS)
    flag.seen_at, flag.seen_by = now, actor
    record(
        session, actor=actor, subject=f"flag:{flag_id}", event="flag.seen", at=now,
        reason=flag.note, data={"kind": FlagKind(flag.kind).value},
    )  # fmt: skip
