"""Household books brought in by whoever the household trusts with its paper book.

An importer writes but does not read: whether an amount replaces another is told, which one it
replaces never is, nor whether it is the same (else guessing would tell).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.imports.cells import plain
from market.imports.kinds.base import Job, Kind, beyond
from market.imports.rules import Row, tell_twins
from market.imports.sheets import BOOKS
from market.livelihood.commands import (
    Line,
    NewHousehold,
    add_households,
    current_lines,
    drop_empty_households,
    find_households,
    restore_lines,
    write_lines,
)

_TAMBONS = text(
    """
    SELECT t.code, t.name_th, t.name_en FROM tambon t
     WHERE EXISTS (SELECT 1 FROM unnest(CAST(:areas AS text[])) area WHERE t.code LIKE area || '%')
    """
)


def judge(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """Two statements: the tambons in reach, and the households."""
    tambons = session.execute(_TAMBONS, {"areas": list(job.reach.areas)}).all()
    codes = {tambon.code for tambon in tambons}
    names = _unique({code: (t.name_th, t.name_en) for t in tambons for code in (t.code,)})
    for row in rows:
        _place(row, codes, names)
    keys = sorted({_key(row) for row in rows if "tambon" in row.given and "code" in row.given})
    known = find_households(session, keys, holding=job.holding)
    tell_twins(rows, ("tambon", "code", "month", "category"))
    named: dict[tuple[str, str], int] = {}
    for row in rows:
        _judge_one(row, known, named, job)


def _judge_one(
    row: Row, known: dict[tuple[str, str], Any], named: dict[tuple[str, str], int], job: Job
) -> None:
    if not row.given.get("consent", True):
        row.wrong("consent", "no_consent")
    if row.faults:
        return row.settle(None)
    household = known.get(_key(row))
    row.target_id = household.id if household else None
    if household is None and "name" not in row.given and _key(row) not in named:
        row.wrong("name", "needed_for_new")
    if household is not None and not household.agreed:
        row.wrong("consent", "consent_taken_back")
    if "name" in row.given:
        named.setdefault(_key(row), row.no)
    first = bangkok_date(job.now).replace(day=1).isoformat()
    if row.given["month"] > first:
        row.wrong("month", "month_to_come")
    row.settle(None)
    return None


def _unique(names: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Names that mean one place only."""
    found: dict[str, str] = {}
    for code, words in names.items():
        for word in {plain(name) for name in words}:
            found[word] = "" if word in found else code
    return found


def _place(row: Row, codes: set[str], names: dict[str, str]) -> None:
    """Whose tambon: as written, or the only one there is."""
    said = row.given.get("tambon")
    if said is None and len(codes) == 1:
        row.given["tambon"] = min(codes)
    elif said is None:
        row.wrong("tambon", "empty")
    elif said in codes or names.get(plain(said)):
        row.given["tambon"] = said if said in codes else names[plain(said)]
    else:
        row.given.pop("tambon")
        row.wrong("tambon", "not_your_tambon", value=said)


def _key(row: Row) -> tuple[str, str]:
    return row.given["tambon"], row.given["code"]


def apply(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """New households with their consent, then all lines. A fixed number of statements."""
    fresh: dict[tuple[str, str], NewHousehold] = {}
    for row in rows:
        if row.target_id is None and (_key(row) not in fresh) and "name" in row.given:
            fresh[_key(row)] = NewHousehold(
                tambon_code=row.given["tambon"], code=row.given["code"], name=row.given["name"],
                phone=row.given.get("phone"),
            )  # fmt: skip
    made = set(add_households(session, list(fresh.values()), actor=job.actor, now=job.now))
    known = find_households(session, sorted({_key(row) for row in rows}))
    lines = [
        Line(
            household_id=known[_key(row)].id, month=row.given["month"],
            category=row.given["category"], amount_satang=row.given["amount_satang"],
        )
        for row in rows
    ]  # fmt: skip
    written = write_lines(session, lines, actor=job.actor, now=job.now)
    for row, line in zip(rows, lines, strict=True):
        done = written[line.household_id, line.month, line.category]
        row.outcome, row.target_id = "applied", done.entry_id
        row.reason_data = {
            "before": done.before_satang,
            "household": line.household_id if line.household_id in made else None,
        }


def undo(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """Amounts go back to what they were, where nobody wrote there since and the household is still
    of the importer's area.
    """
    current = current_lines(session, [row.target_id for row in rows if row.target_id])
    before: dict[int, int | None] = {}
    for row in rows:
        if beyond(job, row, row.given["tambon"]):
            continue
        now = current.get(row.target_id or 0)
        data = row.reason_data or {}
        if now is not None and now != (row.given["amount_satang"], job.actor):
            row.outcome, row.reason = "kept", "changed_since"
            continue
        row.outcome = "undone"
        if now is not None and row.target_id is not None:
            before[row.target_id] = data.get("before")
    restore_lines(session, before)
    undone = [row for row in rows if row.outcome == "undone"]
    brought = [(row.reason_data or {}).get("household") for row in undone]
    drop_empty_households(session, [one for one in brought if one is not None], now=job.now)


BOOK_KIND = Kind(sheet=BOOKS, judge=judge, apply=apply, undo=undo)
