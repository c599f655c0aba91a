"""Moving imports along: sent, matched, checked, asked for, taken back. Never commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import ProducerGroup
from market.db import lock
from market.errors import Conflict, Refused
from market.imports.heads import Heads, missing_columns
from market.imports.kinds.offers import draft
from market.imports.models import SheetImport, SheetRow
from market.imports.queries import reach_of_user
from market.imports.rules import (
    KEPT,
    MOST_LETTERS,
    OF_A_ROUND,
    ImportKind,
    ImportState,
    Reach,
    common_area,
)
from market.imports.sheets import SHEETS
from market.rounds.models import Round
from market.rounds.rules import RoundState, is_open

NAME_LENGTH = 120
_CARRIED_OUT = (ImportState.APPLYING, ImportState.APPLIED, ImportState.UNDOING)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A file as it came: its kept bytes, and what was made of its heads."""

    kind: ImportKind
    user_id: int
    round_id: int | None
    file_name: str
    sha256: str
    head_row: int
    heads: Heads
    first_cells: list[str]  # of the first row below the heads
    rows_seen: int  # at least so many; above the limit for waiting where there are more


def check_round(session: Session, kind: ImportKind, round_id: int | None, now: datetime) -> None:
    """Offers go into a planned round, paper orders into an open one. Raises Refused."""
    if kind is ImportKind.OFFERS:
        draft(session, round_id)
    elif kind is ImportKind.ORDERS:
        found = session.get(Round, round_id or 0)
        if found is None or not is_open(RoundState(found.state), found.closes_at, now):
            raise Refused("import_round_not_open")


def add_import(session: Session, sent: Sent, *, now: datetime) -> int:
    """Note a file; who sends the same one again is led to the first. Returns its id."""
    reach = reach_of_user(session, sent.user_id, sent.kind, now)
    round_id = sent.round_id if sent.kind in OF_A_ROUND else None
    check_round(session, sent.kind, round_id, now)
    twin = _twin(session, sent, round_id)
    if twin is not None:
        return twin
    made = _noted(sent, _area(session, reach), round_id, now)
    session.add(made)
    session.flush()
    if made.state is ImportState.MATCHING:
        _keep_first_cells(session, made.id, sent)
    record(
        session, actor=f"user:{sent.user_id}", subject=f"import:{made.id}", event="import.sent",
        at=now, to_state=made.state,
        data={"kind": sent.kind, "round": round_id, "sha256": sent.sha256},
    )  # fmt: skip
    return made.id


def _noted(sent: Sent, area_code: str, round_id: int | None, now: datetime) -> SheetImport:
    """To be checked at once, or first to be told which column is which."""
    missing = missing_columns(sent.heads.columns, SHEETS[sent.kind])
    clear = sent.heads.clear and not missing
    return SheetImport(
        kind=sent.kind, state=ImportState.CHECKING if clear else ImportState.MATCHING,
        user_id=sent.user_id, area_code=area_code, round_id=round_id,
        file_name=sent.file_name[:NAME_LENGTH], file_hash=sent.sha256, kept_file=sent.sha256,
        head_row=sent.head_row, heads=[name[:MOST_LETTERS] for name in sent.heads.names],
        columns=_stored(sent.heads.columns), total_rows=sent.rows_seen,
        created_at=now, expires_at=now + KEPT,
    )  # fmt: skip


def _keep_first_cells(session: Session, import_id: int, sent: Sent) -> None:
    """Who says which column is which sees what stands there."""
    session.add(
        SheetRow(
            import_id=import_id, row_no=0, cells=sent.first_cells, given={}, faults=[],
            effect="same", before={},
        )
    )  # fmt: skip
    session.flush()


def _twin(session: Session, sent: Sent, round_id: int | None) -> int | None:
    """The same bytes of the same person, still at hand; or carried out by anybody."""
    same = (
        SheetImport.kind == sent.kind,
        SheetImport.round_id.is_not_distinct_from(round_id),
        SheetImport.file_hash == sent.sha256,
    )
    over = (ImportState.UNDONE, ImportState.DROPPED)
    mine = session.scalar(
        select(SheetImport.id)
        .where(*same, SheetImport.user_id == sent.user_id, SheetImport.state.not_in(over))
        .order_by(SheetImport.id.desc())
        .limit(1)
    )
    if mine is None and session.scalar(
        select(SheetImport.id).where(*same, SheetImport.state.in_(_CARRIED_OUT))
    ):
        raise Refused("import_applied_before")
    return mine


def _area(session: Session, reach: Reach) -> str:
    groups = select(ProducerGroup.tambon_code).where(ProducerGroup.id.in_(reach.groups))
    return common_area([*reach.areas, *session.scalars(groups)])


def _stored(columns: Mapping[int, str]) -> dict[str, str]:
    return {str(place): key for place, key in columns.items()}


def set_columns(
    session: Session, import_id: int, columns: Mapping[int, str], *, now: datetime
) -> None:
    """A person says which column is which; then it is checked.

    Refused where a needed column is missing or one is named twice; Conflict once applied.
    """
    found = lock(session, SheetImport, import_id)
    sheet = SHEETS[found.kind]
    known = {column.key for column in sheet.columns}
    chosen = {
        place: key for place, key in columns.items() if key in known and place < len(found.heads)
    }
    if len(set(chosen.values())) != len(chosen):
        raise Refused("import_column_twice")
    missing = missing_columns(chosen, sheet)
    if missing:
        column = sheet.column(missing[0])
        raise Refused(
            "import_column_missing", column_th=column.th if column else "",
            column_en=column.en if column else "",
        )  # fmt: skip
    if found.state is not ImportState.MATCHING:
        found.move(ImportState.MATCHING)
    _again(found, now)
    found.columns = _stored(chosen)
    session.flush()


def check_again(session: Session, import_id: int, *, now: datetime) -> None:
    """Look anew at what the market is like now. Conflict once it was applied."""
    _again(lock(session, SheetImport, import_id), now)
    session.flush()


def _again(found: SheetImport, now: datetime) -> None:
    if found.state is not ImportState.CHECKING:
        found.move(ImportState.CHECKING)
    found.version += 1
    found.refusal, found.moved_rows = None, 0
    found.expires_at = now + KEPT


def ask_apply(
    session: Session, import_id: int, *, version: int, good_only: bool, now: datetime
) -> None:
    """Carry out what was checked; asking twice is one effect.

    Conflict where the page shows an older check. Refused with wrong rows, unless only the good
    ones are wanted; where nothing would change; and for a file that was carried out before.
    """
    if _is(session, import_id, ImportState.APPLYING, ImportState.APPLIED):
        return  # before the lock: a worker may hold it for as long as it takes
    found = lock(session, SheetImport, import_id)
    if found.state in (ImportState.APPLYING, ImportState.APPLIED):
        return
    if found.version != version or found.state is not ImportState.CHECKED:
        raise Conflict("import_moved_on")
    if found.wrong_rows and not good_only:
        raise Refused("import_wrong_rows", rows=found.wrong_rows)
    if not found.new_rows + found.changed_rows:
        raise Refused("import_nothing_to_do")
    found.move(ImportState.APPLYING)
    found.good_only, found.refusal, found.moved_rows = good_only, None, 0
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as twin:
        raise Refused("import_applied_before") from twin
    record(
        session, actor=f"user:{found.user_id}", subject=f"import:{found.id}",
        event="import.asked", at=now, to_state=ImportState.APPLYING,
        data={"version": version, "good_only": good_only},
    )  # fmt: skip


def _is(session: Session, import_id: int, *states: ImportState) -> bool:
    state = session.scalar(select(SheetImport.state).where(SheetImport.id == import_id))
    return state in states


def ask_undo(session: Session, import_id: int, *, now: datetime) -> None:
    """Take back what was carried out; asking twice is one effect. Refused when it is too late."""
    if _is(session, import_id, ImportState.UNDOING, ImportState.UNDONE):
        return
    found = lock(session, SheetImport, import_id)
    if found.state in (ImportState.UNDOING, ImportState.UNDONE):
        return
    if found.emptied_at is not None:
        raise Refused("import_too_old")
    found.move(ImportState.UNDOING)
    found.refusal = None
    session.flush()
    record(
        session, actor=f"user:{found.user_id}", subject=f"import:{found.id}",
        event="import.undo_asked", at=now, to_state=ImportState.UNDOING,
    )  # fmt: skip


def drop_import(session: Session, import_id: int, *, now: datetime) -> None:
    """Throw a file away that was not carried out; the sweep takes its bytes. Twice is once."""
    found = lock(session, SheetImport, import_id)
    if found.state is ImportState.DROPPED:
        return
    found.move(ImportState.DROPPED)
    found.expires_at = now
    session.execute(text("DELETE FROM sheet_row WHERE import_id = :id"), {"id": import_id})
    session.flush()


def due_imports(session: Session) -> Sequence[int]:
    """Imports that somebody waits for, the oldest first."""
    due = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)
    return session.scalars(
        select(SheetImport.id).where(SheetImport.state.in_(due)).order_by(SheetImport.id).limit(100)
    ).all()
