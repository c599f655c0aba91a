"""Whom to call: groups that owe an answer, with every number, and what was tried before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

PAGE_GROUPS = 20  # about an hour on the telephone
NOTES = 20


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Somebody of a group: the group's own number has no name."""

    name: str
    phone: str
    role: str


@dataclass(frozen=True, kw_only=True)
class WaitingAsk:
    """What a group has not answered yet."""

    id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    units: int
    delivery_on: date
    answer_by: datetime


@dataclass(frozen=True, kw_only=True)
class Note:
    """One call that was made."""

    person: str
    phone: str
    outcome: str
    words: str
    call_again_at: datetime | None
    called_at: datetime
    caller: str


@dataclass(frozen=True, kw_only=True)
class CallLine:
    """A group to call, with all that its caller needs. asks: what is waited for."""

    group_id: int
    area: str
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    asked_at: datetime
    answer_by: datetime
    contacts: tuple[Contact, ...]
    asks: tuple[WaitingAsk, ...]
    calls: int
    last: Note | None
    notes: tuple[Note, ...] = ()

    @property
    def second(self) -> bool:
        """Is there somebody else to call?"""
        return len({contact.phone for contact in self.contacts}) > 1

    def with_others(self, others: Iterable[Contact]) -> CallLine:
        """The same with more people to call, each number once."""
        known = {contact.phone for contact in self.contacts}
        more = tuple(other for other in others if other.phone not in known)
        return replace(self, contacts=self.contacts + more)


@dataclass(frozen=True, kw_only=True)
class CallList:
    """One page of groups to call: due calls first, then those asked longest ago."""

    lines: tuple[CallLine, ...]
    groups: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.groups // PAGE_GROUPS)


#: Numbers of a group, each once: its own, then its leaders' and the others'.
_CONTACTS = """
    SELECT coalesce(jsonb_agg(jsonb_build_object('name', y.name, 'phone', y.phone, 'role', y.role)
                              ORDER BY y.turn, y.phone), '[]')
      FROM (SELECT DISTINCT ON (z.phone) z.* FROM (
                SELECT '' AS name, g.phone, 'group' AS role, 0 AS turn WHERE g.phone IS NOT NULL
                UNION ALL
                SELECT u.name, u.us_phone_number, r.role,
                       CASE r.role WHEN 'group_leader' THEN 1 WHEN 'treasurer' THEN 2 ELSE 3 END
                  FROM grant_ r JOIN "user" u ON u.id = r.user_id AND u.active
                 WHERE r.group_id = g.id AND u.us_phone_number IS NOT NULL) z
             ORDER BY z.phone, z.turn LIMIT 6) y
"""

_WAITING = f"""
    WITH waiting AS (
        SELECT b.group_id, min(k.asked_at) AS asked_at, min(k.answer_by) AS answer_by,
               jsonb_agg(jsonb_build_object(
                   'id', k.id, 'product_code', p.code, 'name_th', p.name_th, 'name_en', p.name_en,
                   'unit_th', p.unit_th, 'unit_en', p.unit_en, 'units', k.units,
                   'delivery_on', r.delivery_on[b.delivery_index + 1], 'answer_by', k.answer_by)
                   ORDER BY k.answer_by, k.id) AS asks
          FROM ask k JOIN batch b ON b.id = k.batch_id JOIN round r ON r.id = b.round_id
          JOIN product p ON p.id = b.product_id
         WHERE b.round_id = :round_id AND k.answer = 'waiting' AND k.answer_by > :now
         GROUP BY b.group_id
    )
    SELECT g.id AS group_id, g.tambon_code AS area, g.craft_th AS name_th, g.craft_en AS name_en,
           t.name_th AS tambon_th, t.name_en AS tambon_en, v.name_th AS province_th,
           v.name_en AS province_en, w.asked_at, w.answer_by, w.asks, ({_CONTACTS}) AS contacts,
           c.calls, c.notes, count(*) OVER () AS groups
      FROM producer_group g
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province v ON v.code = t.province_code
      MAYBE JOIN waiting w ON w.group_id = g.id
      LEFT JOIN LATERAL (
           SELECT count(*) AS calls, max(n.call_again_at) AS again,
                  jsonb_agg(to_jsonb(n) - 'id' || jsonb_build_object('caller', u.name)
                            ORDER BY n.id DESC) FILTER (WHERE n.turn <= {NOTES}) AS notes
             FROM (SELECT m.*, row_number() OVER (ORDER BY m.id DESC) AS turn
                     FROM call_note m WHERE m.group_id = g.id AND m.round_id = :round_id) n
             LEFT JOIN "user" u ON 'user:' || u.id = n.called_by) c ON true
     WHERE THOSE
     ORDER BY coalesce(c.again > :now, false), c.calls > 0, w.asked_at, g.id
     LIMIT {PAGE_GROUPS} OFFSET :offset
"""  # noqa: S608  our own words


def calls_due(
    session: Session, round_id: int, areas: Sequence[str], *, now: datetime, page: int = 1
) -> CallList:
    """Groups of these areas that owe an answer. 1 statement."""
    statement = _WAITING.replace("MAYBE", "").replace("THOSE", "g.tambon_code LIKE ANY (:areas)")
    given = {
        "round_id": round_id, "areas": [area + "%" for area in areas], "now": now,
        "offset": (page - 1) * PAGE_GROUPS,
    }  # fmt: skip
    rows = session.execute(text(statement), given).all()
    return CallList(lines=tuple(map(_line, rows)), groups=rows[0].groups if rows else 0, page=page)


def call_of(session: Session, round_id: int, group_id: int, *, now: datetime) -> CallLine | None:
    """One group's sheet, whether or not it owes an answer; None: no such group. 1 statement."""
    statement = _WAITING.replace("MAYBE", "LEFT").replace("THOSE", "g.id = :group_id")
    given = {"round_id": round_id, "group_id": group_id, "now": now, "offset": 0}
    row = session.execute(text(statement), given).one_or_none()
    return _line(row) if row else None


def _line(row: Any) -> CallLine:
    notes = tuple(map(_note, row.notes or ()))
    names = ("group_id", "area", "name_th", "name_en", "tambon_th", "tambon_en", "province_th",
             "province_en", "asked_at", "answer_by", "calls")  # fmt: skip
    return CallLine(
        **{name: getattr(row, name) for name in names},
        contacts=tuple(Contact(**contact) for contact in row.contacts),
        asks=tuple(map(_ask, row.asks or ())),
        last=notes[0] if notes else None,
        notes=notes,
    )


def _ask(stored: dict[str, Any]) -> WaitingAsk:
    return WaitingAsk(
        **stored
        | {
            "delivery_on": date.fromisoformat(stored["delivery_on"]),
            "answer_by": datetime.fromisoformat(stored["answer_by"]),
        }
    )


def _note(stored: dict[str, Any]) -> Note:
    again = stored["call_again_at"]
    return Note(
        person=stored["person"], phone=stored["phone"], outcome=stored["outcome"],
        words=stored["words"], call_again_at=datetime.fromisoformat(again) if again else None,
        called_at=datetime.fromisoformat(stored["called_at"]), caller=stored["caller"] or "",
    )  # fmt: skip
