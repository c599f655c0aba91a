"""Writing household books. Never commits. Nothing is kept of a household without its consent."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import User
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.livelihood.models import Household, HouseholdEntry

GONE = "-"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A household as an importer may know it: that it is there, and whether it agreed."""

    id: int
    agreed: bool


@dataclass(frozen=True, kw_only=True)
class NewHousehold:
    """A household that let its book be kept here."""

    tambon_code: str
    code: str
    name: str
    phone: str | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a paper book. month is ISO, its first day."""

    household_id: int
    month: str
    category: str
    amount_satang: int


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """A line that was written, and the amount that stood there before (None: nothing)."""

    entry_id: int
    household_id: int
    month: str
    category: str
    before_satang: int | None


_KNOWN = """
    SELECT h.id, h.tambon_code, h.code, h.ended_at IS NULL AS agreed FROM household h
      JOIN unnest(CAST(:tambons AS text[]), CAST(:codes AS text[])) AS d (tambon_code, code)
        ON d.tambon_code = h.tambon_code AND d.code = h.code
     ORDER BY h.id
"""
_ADD = text(
    """
    INSERT INTO household (tambon_code, code, name, phone, consent_at, consent_by, created_at)
    SELECT d.tambon_code, d.code, d.name, d.phone, :now, :actor, :now
      FROM jsonb_to_recordset(CAST(:rows AS jsonb))
           AS d (tambon_code text, code text, name text, phone text)
    ON CONFLICT (tambon_code, code) DO NOTHING
    RETURNING id
    """
)
_WRITE = text(
    """
    WITH d AS (
        SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
            AS d (household_id bigint, month date, category text, amount_satang bigint)
    ), old AS (
        SELECT e.household_id, e.month, e.category, e.amount_satang
          FROM household_entry e JOIN d USING (household_id, month, category)
    ), written AS (
        INSERT INTO household_entry (household_id, month, category, amount_satang, entered_by,
                                     entered_at)
        SELECT household_id, month, category, amount_satang, :actor, :now FROM d
        ON CONFLICT (household_id, month, category) DO UPDATE
           SET amount_satang = excluded.amount_satang, entered_by = excluded.entered_by,
               entered_at = excluded.entered_at
        RETURNING id, household_id, month, category
    )
    SELECT w.id, w.household_id, w.month, w.category, old.amount_satang AS before_satang
      FROM written w LEFT JOIN old USING (household_id, month, category)
    """
)


def find_households(
    session: Session, keys: Sequence[tuple[str, str]], *, holding: bool = False
) -> dict[tuple[str, str], Known]:
    """The households of these (tambon, code). One statement."""
    found = session.execute(
        text(_KNOWN + (" FOR NO KEY UPDATE OF h" if holding else "")),
        {"tambons": [key[0] for key in keys], "codes": [key[1] for key in keys]},
    )
    return {(row.tambon_code, row.code): Known(id=row.id, agreed=row.agreed) for row in found}


def add_households(
    session: Session, households: Sequence[NewHousehold], *, actor: str, now: datetime
) -> list[int]:
    """Households whose consent ``actor`` heard; those that are there stay as they are."""
    rows = json.dumps([asdict(one) for one in households])
    ids = list(session.scalars(_ADD, {"rows": rows, "actor": actor, "now": now}))
    for_trail = {"households": ids}
    if ids:
        record(session, actor=actor, subject="households", event="household.consent", at=now,
               data=for_trail)  # fmt: skip
    return ids


def write_lines(
    session: Session, lines: Sequence[Line], *, actor: str, now: datetime
) -> dict[tuple[int, str, str], Replaced]:
    """Write lines of books over what stood there; one statement. By household, month, category."""
    rows = json.dumps([asdict(line) for line in lines])
    found = session.execute(_WRITE, {"rows": rows, "actor": actor, "now": now})
    return {
        (row.household_id, row.month.isoformat(), row.category): Replaced(
            entry_id=row.id, household_id=row.household_id, month=row.month.isoformat(),
            category=row.category, before_satang=row.before_satang,
        )
        for row in found
    }  # fmt: skip


def current_lines(session: Session, entry_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Amount and writer of these entries as they are now, locked by id."""
    found = session.execute(
        text(
            "SELECT id, amount_satang, entered_by FROM household_entry WHERE id = ANY(:ids)"
            " ORDER BY id FOR UPDATE"
        ),
        {"ids": list(entry_ids)},
    )
    return {row.id: (row.amount_satang, row.entered_by) for row in found}


def restore_lines(session: Session, before: dict[int, int | None]) -> None:
    """Give entries their earlier amount back, or take them away (None). Two statements."""
    gone = [entry_id for entry_id, satang in before.items() if satang is None]
    back = {entry_id: satang for entry_id, satang in before.items() if satang is not None}
    session.execute(delete(HouseholdEntry).where(HouseholdEntry.id.in_(gone)))
    session.execute(
        text(
            "UPDATE household_entry e SET amount_satang = d.satang"
            " FROM unnest(CAST(:ids AS bigint[]), CAST(:satang AS bigint[])) AS d (id, satang)"
            " WHERE e.id = d.id"
        ),
        {"ids": list(back), "satang": list(back.values())},
    )


def link_household(session: Session, household_id: int, user_id: int, *, now: datetime) -> None:
    """This person says that the book is theirs: their proved number is the household's.

    Saying it twice is one effect. NotFound where the number is another one, or the household
    took its consent back; Conflict where somebody else with the same number was first.
    """
    household = lock(session, Household, household_id)
    phone = session.scalar(
        select(User.us_phone_number).where(User.id == user_id, User.confirmed_at.is_not(None))
    )
    if household.user_id == user_id:
        return
    if household.ended_at is not None or phone is None or household.phone != phone:
        raise NotFound("not_found", what="household")
    if household.user_id is not None:
        raise Conflict("household_linked")
    household.user_id = user_id
    session.flush()
    _record(session, household_id, "household.linked", f"user:{user_id}", now)


def end_book(session: Session, household_id: int, user_id: int, *, now: datetime) -> None:
    """The household takes its consent back: its book, name and number go at once.

    Twice is one effect. NotFound for anybody else.
    """
    household = lock(session, Household, household_id)
    if household.user_id != user_id:
        if household.ended_at is None:
            raise NotFound("not_found", what="household")
        raise Refused("household_ended")
    session.execute(delete(HouseholdEntry).where(HouseholdEntry.household_id == household_id))
    session.execute(
        update(Household)
        .where(Household.id == household_id)
        .values(name=GONE, phone=None, user_id=None, ended_at=now)
    )
    _record(session, household_id, "household.ended", f"user:{user_id}", now)


_EMPTY = """
    h.id = ANY(:ids) AND h.user_id IS NULL AND h.ended_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM household_entry e WHERE e.household_id = h.id)
"""
_DROP = text(
    f"""
    DELETE FROM household h WHERE {_EMPTY} AND NOT EXISTS (
           SELECT 1 FROM household n WHERE n.tambon_code = h.tambon_code AND n.id > h.id
              AND n.id <> ALL(:ids))
    """  # noqa: S608  our own words
)
_BLANK = text(
    f"""
    UPDATE household h SET ended_at = :now, name = '{GONE}', phone = NULL, code = 'undone-' || h.id
     WHERE {_EMPTY}
    """  # noqa: S608  our own words
)


def drop_empty_households(session: Session, ids: Sequence[int], *, now: datetime) -> None:
    """Households that an undone import had brought, when nothing stands in their book. One that
    took its consent back stays closed: else the next sheet would open it again.

    Where younger ones stand behind it an empty place is left, so that these stay in their five.
    """
    session.execute(_DROP, {"ids": list(ids)})
    session.execute(_BLANK, {"ids": list(ids), "now": now})


def _record(session: Session, household_id: int, event: str, actor: str, now: datetime) -> None:
    subject = f"household:{household_id}"
    data: dict[str, Any] = {}
    record(session, actor=actor, subject=subject, event=event, at=now, data=data)
