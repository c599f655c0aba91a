"""Checking, carrying out and undoing, step by step; each step may be the last before a crash.

The row's state says what is due. Whoever works holds an advisory lock for the length of a
transaction, so that two workers never do one import at once and a killed one leaves nothing
held. What one transaction does is done whole or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import browsing, lock, transaction
from market.errors import MarketError, Unavailable
from market.files import Store, read_file
from market.imports.keeping import drop_sheet
from market.imports.kinds.all import KINDS
from market.imports.kinds.base import Job
from market.imports.kinds.paper import baskets
from market.imports.models import SheetImport
from market.imports.queries import load_rows, reach_of_user
from market.imports.reading import Table, read_table
from market.imports.rules import ImportState, Row, undo_until
from market.imports.sheets import SHEETS, read_row
from market.imports.tables import write_outcomes, write_rows

Clock = Callable[[], datetime]
Step = Callable[[Session, SheetImport, datetime], None]
LOCK_SPACE = 19_001  # of the advisory locks; nobody else's
logger = logging.getLogger(__name__)


def work(import_id: int, store: Store, clock: Clock) -> None:
    """Do what is due for this import. Safe to run twice, and beside itself.

    A refusal puts the import back where its person can decide, with the reason.
    """
    with browsing() as session:
        found = session.get(SheetImport, import_id, populate_existing=True)
        state = found.state if found else None
    try:
        if state is ImportState.CHECKING:
            _check(import_id, store, clock)
        elif state is ImportState.APPLYING:
            _carry_out(import_id, store, clock)
        elif state is ImportState.UNDOING:
            _take_back(import_id, clock)
    except Unavailable:
        raise  # later, by the sweep
    except MarketError as refusal:
        _put_back(import_id, state, refusal)


_BACK = {
    ImportState.CHECKING: ImportState.DROPPED,
    ImportState.APPLYING: ImportState.CHECKED,
    ImportState.UNDOING: ImportState.APPLIED,
}


def _put_back(import_id: int, state: ImportState | None, refusal: MarketError) -> None:
    with transaction() as session:
        found = lock(session, SheetImport, import_id)
        if state is not None and found.state is state:
            found.move(_BACK[state])
            found.refusal = refusal.code


def _take(session: Session, import_id: int, state: ImportState) -> SheetImport | None:
    """The import, if it still waits for this and nobody else is at it."""
    mine = session.execute(
        text("SELECT pg_try_advisory_xact_lock(:space, :id)"),
        {"space": LOCK_SPACE, "id": import_id % 2**31},
    ).scalar_one()
    if not mine:
        return None
    found = lock(session, SheetImport, import_id)
    return found if found.state is state else None


def _job(session: Session, found: SheetImport, now: datetime, *, holding: bool = False) -> Job:
    """Whose it is and how far they reach now: rights may have gone since the check."""
    return Job(
        import_id=found.id,
        round_id=found.round_id,
        reach=reach_of_user(session, found.user_id, found.kind, now),
        actor=f"user:{found.user_id}",
        now=now,
        holding=holding,
    )


def _check(import_id: int, store: Store, clock: Clock) -> None:
    """Read the file with no transaction open; judge and stage all rows in one."""
    with browsing() as session:
        found = session.get_one(SheetImport, import_id)
        version = found.version
        _kind, data = read_file(session, store, found.kept_file or "")
    table = read_table(data)
    with transaction() as session:
        taken = _take(session, import_id, ImportState.CHECKING)
        if taken is None or taken.version != version:
            return
        rows = _rows_of(taken, table)
        KINDS[taken.kind].judge(session, _job(session, taken, clock()), rows)
        _settle_check(session, taken, rows, clock())


def _rows_of(found: SheetImport, table: Table) -> list[Row]:
    width = len(found.heads)
    rows = [
        Row(no=no, cells=(cells + [""] * width)[:width])
        for no, cells in table.rows
        if no > found.head_row and any(cells[:width])
    ]
    return _read(found, rows)


def _read(found: SheetImport, rows: list[Row]) -> list[Row]:
    columns = {int(place): key for place, key in found.columns.items()}
    for row in rows:
        read_row(SHEETS[found.kind], columns, row)
    return rows


def _settle_check(session: Session, found: SheetImport, rows: Sequence[Row], now: datetime) -> None:
    write_rows(session, found.id, rows)
    effects = [row.effect for row in rows]
    found.total_rows = len(rows)
    found.new_rows, found.changed_rows = effects.count("new"), effects.count("changed")
    found.same_rows, found.wrong_rows = effects.count("same"), effects.count("wrong")
    found.checked_at = now
    found.move(ImportState.CHECKED)


def _carry_out(import_id: int, store: Store, clock: Clock) -> None:
    with browsing() as session:
        one_by_one = KINDS[session.get_one(SheetImport, import_id).kind].one_by_one
    if one_by_one:
        done = _one_by_one(import_id, ImportState.APPLYING, clock)
    else:
        done = _at_once(import_id, clock)
    if done:
        drop_sheet(import_id, store)


def _at_once(import_id: int, clock: Clock) -> bool:
    """All rows in one transaction; False where it went back to be looked at again."""
    try:
        with transaction() as session:
            found = _take(session, import_id, ImportState.APPLYING)
            if found is None:
                return False
            return _apply_set(session, found, clock())
    except IntegrityError:  # somebody made the same thing between our look and our write
        logger.warning("import %s met a twin and is checked again", import_id)
        with transaction() as session:
            found = lock(session, SheetImport, import_id)
            if found.state is ImportState.APPLYING:
                found.move(ImportState.CHECKED)
                found.refusal = "import_moved_on"
        return False


def _apply_set(session: Session, found: SheetImport, now: datetime) -> bool:
    """What was checked, if it is still so; else the new check is shown and nothing is written."""
    job = _job(session, found, now, holding=True)
    seen = {row.no: row for row in load_rows(session, found.id)}
    rows = _read(found, [Row(no=row.no, cells=row.cells) for row in seen.values()])
    kind = KINDS[found.kind]
    kind.judge(session, job, rows)
    moved = [row for row in rows if row.judged != seen[row.no].judged]
    if moved:
        _settle_check(session, found, rows, now)
        found.version += 1
        found.moved_rows = len(moved)
        return False
    good = [row for row in rows if row.effect in ("new", "changed")]
    kind.apply(session, job, good)
    write_outcomes(session, found.id, good)
    _settle_applied(session, found, now)
    return True


def _settle_applied(session: Session, found: SheetImport, now: datetime) -> None:
    found.move(ImportState.APPLIED)
    found.applied_at, found.expires_at = now, undo_until(found.kind, now)
    _record(session, found, "import.applied", now)


def _one_by_one(import_id: int, state: ImportState, clock: Clock) -> bool:
    """Each order in a transaction of its own; what is done is never done again."""
    with browsing() as session:
        found = session.get_one(SheetImport, import_id)
        due = _due_rows(session, found)
    for rows in due:
        with transaction() as session:
            taken = _take(session, import_id, state)
            if taken is None:
                return False
            _one(session, taken, [row.no for row in rows], clock())
    with transaction() as session:
        taken = _take(session, import_id, state)
        if taken is None:
            return False
        if state is ImportState.APPLYING:
            _settle_applied(session, taken, clock())
        else:
            _settle_undone(session, taken, clock())
    return True


def _due_rows(session: Session, found: SheetImport) -> list[list[Row]]:
    """Rows that go together, of those whose turn has not come."""
    rows = load_rows(session, found.id)
    if found.state is ImportState.APPLYING:
        waiting = [row for row in rows if row.effect != "wrong" and row.outcome is None]
        return list(baskets(waiting).values())
    orders: dict[int, list[Row]] = {}
    for row in rows:
        if row.outcome == "applied" and row.target_id:
            orders.setdefault(row.target_id, []).append(row)
    return list(orders.values())


def _one(session: Session, found: SheetImport, numbers: Sequence[int], now: datetime) -> None:
    wanted = None if found.state is ImportState.APPLYING else "applied"
    rows = [row for row in load_rows(session, found.id, only=numbers) if row.outcome == wanted]
    if not rows:
        return
    kind = KINDS[found.kind]
    act = kind.apply if found.state is ImportState.APPLYING else kind.undo
    act(session, _job(session, found, now), rows)
    write_outcomes(session, found.id, rows)


def _take_back(import_id: int, clock: Clock) -> None:
    with transaction() as session:
        found = _take(session, import_id, ImportState.UNDOING)
        if found is None:
            return
        if not KINDS[found.kind].one_by_one:
            rows = [row for row in load_rows(session, found.id) if row.outcome == "applied"]
            job = _job(session, found, clock(), holding=True)
            KINDS[found.kind].undo(session, job, rows)
            write_outcomes(session, found.id, rows)
            _settle_undone(session, found, clock())
            return
    _one_by_one(import_id, ImportState.UNDOING, clock)


def _settle_undone(session: Session, found: SheetImport, now: datetime) -> None:
    found.move(ImportState.UNDONE)
    found.undone_at = now
    _record(session, found, "import.undone", now)


def _record(session: Session, found: SheetImport, event: str, now: datetime) -> None:
    counted = text(
        "SELECT outcome, count(*) FROM sheet_row WHERE import_id = :id AND outcome IS NOT NULL"
        " GROUP BY 1"
    )
    data = {name: count for name, count in session.execute(counted, {"id": found.id}).all()}
    record(session, actor=f"user:{found.user_id}", subject=f"import:{found.id}", event=event,
           at=now, to_state=found.state, data={"kind": found.kind, **data})  # fmt: skip
