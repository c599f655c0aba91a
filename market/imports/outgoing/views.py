"""Sheets that go out: templates to fill in, and what was sent with its errors beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Response, current_app
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import browsing, reading
from market.errors import NotFound
from market.imports import list_queries, workbook
from market.imports.asker import kind_named
from market.imports.queries import ShownRow, import_thing, import_view, reach_of_user, stream_rows
from market.imports.sheets import SHEETS
from market.imports.words import column_name, fault_words, reason_words
from market.web import allow, language, principal

bp = Blueprint("sheets", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/imports/template/<kind>.<suffix>")
@allow("import.list")
def template(kind: str, suffix: str) -> Response:
    """An empty sheet of a kind: XLSX with pick lists, or CSV."""
    wanted, thai = kind_named(kind), language() == "th"
    if suffix not in ("xlsx", "csv"):
        raise NotFound("not_found", what="template")
    if suffix == "csv":
        return _file(
            workbook.csv_template(SHEETS[wanted], thai=thai).encode(),
            f"{wanted}.csv",
            "text/csv; charset=utf-8",
        )
    with reading() as session:
        reach = reach_of_user(session, principal().user_id or 0, wanted, utc_now())
        lists = list_queries.pick_lists(session, wanted, reach, thai=thai)
    notes = (
        str(_("Fill in one row for each thing. Dark heads must be filled in.")),
        str(_("An empty cell leaves what is there as it is.")),
        str(_("Thai digits, commas and Buddhist years are fine. Examples stand below.")),
    )

    def write(path: Path) -> None:
        workbook.write_template(path, SHEETS[wanted], lists, thai=thai, notes=notes)

    return _written(write, f"{wanted}.xlsx")


@bp.get("/imports/<int:import_id>/errors.xlsx")
@allow("import.see", import_thing)
def errors(import_id: int) -> Response:
    """The whole sheet with what is wrong beside each row."""
    with browsing() as session:
        view = import_view(session, import_id)

    def words(row: ShownRow) -> str:
        said = [
            f"{column_name(view.kind, fault.column)}: {fault_words(view.kind, fault)}"
            for fault in row.faults
        ]
        if row.outcome in ("refused", "kept"):
            said.append(reason_words(row))
        return "; ".join(said)

    def write(path: Path) -> None:
        with browsing() as session:
            rows = stream_rows(session, import_id) if view.wrong or view.kept or view.good else ()
            done = view.state in ("applied", "undone")  # then only what was left out
            rows = (row for row in rows if not done or row.outcome not in ("applied", "undone"))
            workbook.write_errors(path, view.heads, rows, words, view.columns)

    return _written(write, f"import-{import_id}.xlsx")


def _written(write: Callable[[Path], None], name: str) -> Response:
    """A workbook that ``write`` makes in a file of its own, gone when it has been sent."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.xlsx"
        write(path)
        return _file(path.read_bytes(), name, XLSX)


def _file(data: bytes, name: str, kind: str) -> Response:
    answer = current_app.response_class(data, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
