"""Reading imports: one's own and those of one's area, their rows, what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.queries import standing_of
from market.catalogue.models import Category
from market.errors import NotFound, Refused
from market.imports.models import SheetImport
from market.imports.rules import SHOWN, ImportKind, ImportState, Reach, Row, reach_of
from market.principals import Thing

FETCHED_AT_ONCE = 1000
LISTED = 30
_ROWS = """
    SELECT row_no, cells, given, faults, effect, before, target_id, outcome, reason, reason_data
      FROM sheet_row WHERE import_id = :id
"""
_LIST = text(
    """
    SELECT i.id, i.kind, i.state, i.file_name, i.created_at, i.applied_at, i.total_rows,
           i.wrong_rows, i.user_id, u.name AS by_name, r.number AS round_number
      FROM sheet_import i JOIN "user" u ON u.id = i.user_id
      LEFT JOIN round r ON r.id = i.round_id
     WHERE i.state <> 'dropped' AND (i.user_id = :user_id OR (i.kind <> 'books' AND EXISTS (
           SELECT 1 FROM unnest(CAST(:areas AS text[])) area WHERE i.area_code LIKE area || '%')))
     ORDER BY i.id DESC LIMIT :most
    """
)
_OUTCOMES = text(
    """
    SELECT outcome, count(*) FROM sheet_row
     WHERE import_id = :id AND outcome IS NOT NULL GROUP BY 1
    """
)
_ROUNDS = text(
    """
    SELECT id, number, name_th, name_en FROM round
     WHERE state = :state AND NOT private AND (:state = 'draft' OR closes_at > :now)
     ORDER BY closes_at, id LIMIT 100
    """
)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An import in the list."""

    id: int
    kind: str
    state: str
    file_name: str
    created_at: datetime
    applied_at: datetime | None
    total_rows: int
    wrong_rows: int
    user_id: int
    by_name: str
    round_number: int | None


@dataclass(frozen=True, kw_only=True)
class RoundChoice:
    """A round that a sheet may be for."""

    id: int
    number: int
    name_th: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class ShownFault:
    """What is wrong with a row: column, what, and what stands in the cell."""

    column: str
    code: str
    data: dict[str, Any]
    said: str


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """A row on the page: its faults, or what it changes (column, old, new)."""

    no: int
    cells: tuple[str, ...]
    effect: str
    faults: tuple[ShownFault, ...]
    given: dict[str, Any]
    before: dict[str, Any]
    outcome: str | None
    reason: str | None
    reason_data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ImportView:
    """An import with what its page shows; rows only where the reader may see them."""

    id: int
    kind: ImportKind
    state: ImportState
    version: int
    user_id: int
    file_name: str
    round_number: int | None
    round_th: str
    round_en: str
    heads: tuple[str, ...]
    columns: dict[int, str]
    total_rows: int
    new_rows: int
    changed_rows: int
    same_rows: int
    wrong_rows: int
    moved_rows: int
    good_only: bool
    refusal: str | None
    created_at: datetime
    applied_at: datetime | None
    expires_at: datetime
    emptied_at: datetime | None
    outcomes: dict[str, int]
    wrong: tuple[ShownRow, ...] = ()
    good: tuple[ShownRow, ...] = ()
    kept: tuple[ShownRow, ...] = ()
    categories: dict[str, tuple[str, str]] = field(default_factory=dict)  # in Thai, in English

    @property
    def good_rows(self) -> int:
        """Rows that would change something."""
        return self.new_rows + self.changed_rows

    @property
    def done_rows(self) -> int:
        """How far carrying out, or undoing, has come."""
        names = ("applied", "refused") if self.state == "applying" else ("undone", "kept")
        return sum(self.outcomes.get(name, 0) for name in names)


def reach_of_user(session: Session, user_id: int, kind: ImportKind, now: datetime) -> Reach:
    """Where this person may bring in this kind now. Refused where nowhere."""
    reach = reach_of(standing_of(session, user_id, (), now).rights, kind)
    if not reach:
        raise Refused("import_not_yours")
    return reach


def import_thing(session: Session, import_id: int, **_view_args: Any) -> Thing:
    """Whose import it is, for the policy; household books are nobody else's. Raises NotFound."""
    found = session.get(SheetImport, import_id)
    if found is None:
        raise NotFound("not_found", what="import")
    private = found.kind is ImportKind.BOOKS
    return Thing(area=None if private else found.area_code, user_id=found.user_id)


def imports_of(session: Session, user_id: int, areas: Sequence[str]) -> tuple[Listed, ...]:
    """The latest imports of this person and of these areas. One statement."""
    found = session.execute(_LIST, {"user_id": user_id, "areas": list(areas), "most": LISTED})
    return tuple(Listed(**row._mapping) for row in found)


def rounds_for(session: Session, kind: ImportKind, now: datetime) -> tuple[RoundChoice, ...]:
    """Rounds that a sheet of this kind may be for: planned ones, or open ones."""
    state = "draft" if kind is ImportKind.OFFERS else "open"
    found = session.execute(_ROUNDS, {"state": state, "now": now})
    return tuple(RoundChoice(**row._mapping) for row in found)


def _categories(session: Session) -> dict[str, tuple[str, str]]:
    rows = session.execute(select(Category.key, Category.name_th, Category.name_en))
    return {key: (name_th, name_en) for key, name_th, name_en in rows}


#: What the page shows of the row itself.
_AS_THEY_ARE = (
    "id", "kind", "state", "version", "user_id", "file_name", "total_rows", "new_rows",
    "changed_rows", "same_rows", "wrong_rows", "moved_rows", "good_only", "refusal",
    "created_at", "applied_at", "expires_at", "emptied_at",
)  # fmt: skip


def import_view(session: Session, import_id: int) -> ImportView:
    """One import with its first rows of each sort; never more than fifty of a sort."""
    found = session.get(SheetImport, import_id)
    if found is None:
        raise NotFound("not_found", what="import")
    round_ = session.execute(
        text("SELECT number, name_th, name_en FROM round WHERE id = :id"), {"id": found.round_id}
    ).one_or_none()
    outcomes = {name: n for name, n in session.execute(_OUTCOMES, {"id": import_id}).all()}
    hidden = found.kind is ImportKind.BOOKS and found.state is not ImportState.CHECKED
    return ImportView(
        **{name: getattr(found, name) for name in _AS_THEY_ARE},
        heads=tuple(found.heads),
        columns={int(place): key for place, key in found.columns.items()},
        round_number=round_.number if round_ else None,
        round_th=round_.name_th if round_ else "",
        round_en=round_.name_en if round_ else "",
        outcomes=outcomes,
        categories=_categories(session) if found.kind is ImportKind.PRODUCTS else {},
        wrong=() if hidden else _shown(session, found, "effect = 'wrong'"),
        good=() if hidden else _shown(session, found, "effect IN ('new', 'changed')"),
        kept=_shown(session, found, "outcome IN ('refused', 'kept')"),
    )


def _shown(session: Session, found: SheetImport, which: str) -> tuple[ShownRow, ...]:
    rows = session.execute(
        text(f"{_ROWS} AND {which} ORDER BY row_no LIMIT {SHOWN}"),
        {"id": found.id},
    )
    places = {key: int(place) for place, key in found.columns.items()}
    return tuple(_show(row, places) for row in rows)


def _show(row: Any, places: dict[str, int]) -> ShownRow:
    return ShownRow(
        no=row.row_no, cells=tuple(row.cells), effect=row.effect, given=row.given,
        before=row.before, outcome=row.outcome, reason=row.reason,
        reason_data=row.reason_data or {},
        faults=tuple(
            ShownFault(
                column=column, code=code, data=data,
                said=row.cells[places[column]] if places.get(column, 999) < len(row.cells) else "",
            )
            for column, code, data in row.faults
        ),
    )  # fmt: skip


def load_rows(session: Session, import_id: int, only: Sequence[int] | None = None) -> list[Row]:
    """Staged rows for working on them, all or those with these numbers. One statement."""
    some = "" if only is None else " AND row_no = ANY(:only)"
    found = session.execute(
        text(_ROWS + some + " ORDER BY row_no"), {"id": import_id, "only": list(only or ())}
    )
    return [
        Row(
            no=row.row_no, cells=row.cells, given=row.given, effect=row.effect,
            before=row.before, target_id=row.target_id, outcome=row.outcome, reason=row.reason,
            reason_data=row.reason_data,
        )
        for row in found
    ]  # fmt: skip


def stream_rows(session: Session, import_id: int) -> Iterator[ShownRow]:
    """Every row with its faults, through a cursor on the server."""
    found = session.get(SheetImport, import_id)
    if found is None:
        raise NotFound("not_found", what="import")
    places = {key: int(place) for place, key in found.columns.items()}
    rows = session.execute(
        text(_ROWS + " ORDER BY row_no"),
        {"id": import_id},
        execution_options={"yield_per": FETCHED_AT_ONCE},
    )
    for row in rows:
        yield _show(row, places)


def first_cells(session: Session, import_id: int) -> dict[int, str]:
    """What stands below each head in the first row, where it was checked before."""
    row = session.execute(
        text("SELECT cells FROM sheet_row WHERE import_id = :id ORDER BY row_no LIMIT 1"),
        {"id": import_id},
    ).one_or_none()
    return dict(enumerate(row.cells)) if row else {}
