"""A file somebody brought, and its rows as they were checked and carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.errors import Conflict
from market.imports.rules import MOVES, ImportKind, ImportState


class SheetImport(Base):
    """One file: what it is, whose area it is about, and how far it has come.

    version counts the checks: what is applied is what the reader of that check saw. The file
    and the rows go at expires_at; what was carried out stays carried out.
    """

    __tablename__ = "sheet_import"
    id: Mapped[Id]
    kind: Mapped[ImportKind]
    state: Mapped[ImportState]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    area_code: Mapped[str]  # of all its rows; '' is the country
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    file_name: Mapped[str]
    file_hash: Mapped[str]
    kept_file: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"), index=True)
    head_row: Mapped[int]
    heads: Mapped[list[Any]]
    columns: Mapped[dict[str, Any]]  # place in the file ("0", "1", ...) -> column
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    total_rows: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    new_rows: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    changed_rows: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    same_rows: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    wrong_rows: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    moved_rows: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    good_only: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    refusal: Mapped[str | None]  # code of what held up the whole file
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    emptied_at: Mapped[datetime | None]  # its file and rows are gone
    __table_args__ = (
        CheckConstraint(r"area_code ~ '^(\d{2}|\d{4}|\d{6})?$'", name="area_code"),
        CheckConstraint(
            "(kind IN ('offers', 'orders')) = (round_id IS NOT NULL)", name="of_a_round"
        ),
        Index("ix_sheet_import_due", "id",
              postgresql_where=text("state IN ('checking', 'applying', 'undoing')")),
        Index("ix_sheet_import_over", "expires_at", postgresql_where=text("emptied_at IS NULL")),
        Index("uq_sheet_import_applied", "kind", "round_id", "file_hash", unique=True,
              postgresql_nulls_not_distinct=True,
              postgresql_where=text("state IN ('applying', 'applied', 'undoing')")),
    )  # fmt: skip

    def move(self, target: ImportState) -> ImportState:
        """Go along a drawn arrow; returns the state left. Raises Conflict where there is none."""
        if target not in MOVES[self.state]:
            raise Conflict("import_moved_on")
        source, self.state = self.state, target
        return source


class SheetRow(Base):
    """A row of the file: as it was written, as it was read, what it changes, what became of it.

    before holds the old values of what it changes, so that it can be undone.
    """

    __tablename__ = "sheet_row"
    import_id: Mapped[int] = mapped_column(
        ForeignKey("sheet_import.id", ondelete="CASCADE"), primary_key=True
    )
    row_no: Mapped[int] = mapped_column(primary_key=True)  # as the spreadsheet counts
    cells: Mapped[list[Any]]
    given: Mapped[dict[str, Any]]
    faults: Mapped[list[Any]]
    effect: Mapped[str]
    before: Mapped[dict[str, Any]]
    target_id: Mapped[int | None]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    reason_data: Mapped[dict[str, Any] | None]
    __table_args__ = (
        CheckConstraint("effect IN ('new', 'changed', 'same', 'wrong')", name="effect"),
        CheckConstraint("outcome IN ('applied', 'refused', 'undone', 'kept')", name="outcome"),
        Index("ix_sheet_row_effect", "import_id", "effect", "row_no"),
    )
