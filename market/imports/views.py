"""Bringing in sheets: choose, send, match, look, carry out, undo."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import browsing, reading, transaction
from market.doorbell import SEND_NOTICES, WORK_IMPORT, ring
from market.errors import MarketError, NotFound, Refused
from market.files import keep_file, store_of
from market.imports import flows, list_queries, workbook
from market.imports.commands import (
    Sent,
    add_import,
    ask_apply,
    ask_undo,
    check_again,
    drop_import,
    reach_of_user,
    set_columns,
)
from market.imports.heads import find_heads
from market.imports.queries import (
    ImportView,
    ShownRow,
    first_cells,
    import_thing,
    import_view,
    imports_of,
    rounds_for,
    stream_rows,
)
from market.imports.reading import peek_table
from market.imports.rules import (
    AT_ONCE,
    DUE,
    LOOKED_AT,
    MOST_BYTES,
    MOST_ROWS,
    OF_A_ROUND,
    ImportKind,
    at_once,
)
from market.imports.sheets import SHEETS
from market.imports.words import (
    ABOUT,
    CHIPS,
    KINDS,
    STATES,
    column_name,
    fault_words,
    reason_words,
)
from market.intake import row_number
from market.limits import limit_imports
from market.web import (
    Denied,
    allow,
    can,
    is_htmx,
    language,
    most_bytes,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("imports", __name__)
BLUEPRINTS = (bp,)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/imports")
@allow("import.list")
def index() -> Response:
    """What may be brought in, and what was lately."""
    return _index()


def _index(refusal: MarketError | None = None, chosen: str = "") -> Response:
    kinds = [kind for kind in ImportKind if _may(kind)]
    with reading() as session:
        listed = imports_of(session, principal().user_id or 0, principal().areas())
        rounds = {
            kind: rounds_for(session, kind, utc_now()) for kind in kinds if kind in OF_A_ROUND
        }
    return page(
        "imports/index.html", kinds=kinds, kind_words=KINDS, about=ABOUT, states=STATES,
        chips=CHIPS, rounds=rounds, listed=listed, most_rows=MOST_ROWS,
        most_mb=MOST_BYTES // 1024 // 1024, chosen=chosen,
        error=sentence(refusal) if refusal else None, status=status_of(refusal) if refusal else 200,
    )  # fmt: skip


def _may(kind: ImportKind) -> bool:
    return can(f"import.{kind}", area="")


def _kind(name: str) -> ImportKind:
    """A kind that the asker may bring in. Denied for others, NotFound for none at all."""
    if name not in set(ImportKind):
        raise NotFound("not_found", what="kind")
    kind = ImportKind(name)
    if not _may(kind):
        raise Denied
    return kind


@bp.get("/imports/template/<kind>.<suffix>")
@allow("import.list")
def template(kind: str, suffix: str) -> Response:
    """An empty sheet of a kind: XLSX with pick lists, or CSV."""
    wanted, thai = _kind(kind), language() == "th"
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


@bp.post("/imports/<kind>")
@most_bytes(MOST_BYTES + 64 * 1024)
@limit_imports
@allow("import.list")
def send(kind: str) -> Response:
    """A file comes: it is kept, its heads are read, and small ones are checked at once."""
    wanted = _kind(kind)
    file = request.files.get("sheet")
    data = file.read() if file else b""
    try:
        if not data:
            raise Refused("import_no_file")
        import_id, few = _keep(wanted, data, (file.filename or "") if file else "")
    except MarketError as refusal:
        return _index(refusal, wanted)
    _start(import_id, wait=few)
    return see_other("imports.show", import_id=import_id)


def _keep(kind: ImportKind, data: bytes, name: str) -> tuple[int, bool]:
    """Keep the file and note it; returns its id, and whether it is short."""
    table, more = peek_table(data, AT_ONCE + LOOKED_AT)
    heads = find_heads(table.rows, SHEETS[kind])
    if heads.at + 1 >= len(table.rows):
        raise Refused("import_too_few_rows")
    user_id, now = principal().user_id or 0, utc_now()
    store = store_of(current_app.extensions["market_config"])
    with transaction() as session:
        reach_of_user(session, user_id, kind, now)
        sha256 = keep_file(session, store, data, kind=XLSX, owner=f"user:{user_id}", now=now)
        sent = Sent(
            kind=kind, user_id=user_id, round_id=_typed(request.form.get("round")),
            file_name=name, sha256=sha256, head_row=table.rows[heads.at][0], heads=heads,
            rows_seen=AT_ONCE + 1 if more else len(table.rows) - heads.at - 1,
        )  # fmt: skip
        import_id = add_import(session, sent, now=now)
    return import_id, not more


def _typed(text: str | None) -> int | None:
    try:
        return row_number(text or "")
    except ValueError:
        return None


def _start(import_id: int, *, wait: bool) -> None:
    """Do it now, or have a worker do it."""
    if wait:
        flows.work(import_id, store_of(current_app.extensions["market_config"]), utc_now)
        ring(SEND_NOTICES)
    else:
        ring(WORK_IMPORT, import_id)


@bp.get("/imports/<int:import_id>")
@allow("import.see", import_thing)
def show(import_id: int) -> Response:
    """Where an import stands, and what comes next."""
    return _show(import_id)


def _show(import_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        view = import_view(session, import_id)
        cells = first_cells(session, import_id)
    return page(
        "imports/show.html", view=view, kind_words=KINDS, states=STATES, chips=CHIPS,
        sheet=SHEETS[view.kind], cells=cells, mine=view.user_id == principal().user_id,
        column_name=column_name, fault_words=fault_words, reason_words=reason_words,
        changes=changes, as_shown=as_shown,
        error=sentence(refusal) if refusal else _held_up(view),
        status=status_of(refusal) if refusal else 200,
    )  # fmt: skip


@bp.get("/imports/<int:import_id>/progress")
@allow("import.see", import_thing)
def progress(import_id: int) -> Response:
    """The part of the page that renews itself; the whole page when the wait is over."""
    if not is_htmx():
        return see_other("imports.show", import_id=import_id)
    with reading() as session:
        view = import_view(session, import_id)
    if view.state not in DUE:
        return Response(headers={"HX-Refresh": "true"})
    return page("imports/_progress.html", view=view)


def _held_up(view: ImportView) -> str | None:
    return sentence(Refused(view.refusal)) if view.refusal else None


def changes(view: ImportView, row: ShownRow) -> list[tuple[str, str, str]]:
    """What a row changes: column, old, new. Of books no old value is ever told."""
    keys = [column.key for column in SHEETS[view.kind].columns]
    extra = {"makers_satang": _("to the makers")} if view.kind is ImportKind.OFFERS else {}
    if row.effect == "changed":
        keys = [key for key in (*keys, "category_key") if key in row.before]
    found = [
        (column_name(view.kind, key), as_shown(key, row.before.get(key)), as_shown(key, value))
        for key in keys
        if (value := row.given.get(key)) is not None
    ]
    return found + [
        (str(words), "", as_shown(key, row.given[key]))
        for key, words in extra.items()
        if key in row.given
    ]


def as_shown(key: str, value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if key.endswith("_satang"):
        return f"{value / 100:,.2f}".removesuffix(".00")
    if isinstance(value, bool):
        return str(_("Yes")) if value else str(_("No"))
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return str(value)


@bp.post("/imports/<int:import_id>/columns")
@allow("import.change", import_thing)
def columns(import_id: int) -> Response:
    """Which column is which; then the file is checked."""
    chosen = {
        int(name.removeprefix("column-")): key
        for name, key in request.form.items()
        if name.startswith("column-") and name.removeprefix("column-").isdecimal() and key
    }

    def act(session: Any) -> None:
        set_columns(session, import_id, chosen, now=utc_now())

    return _do(import_id, act)


@bp.post("/imports/<int:import_id>/check")
@allow("import.change", import_thing)
def check(import_id: int) -> Response:
    """Check it anew."""
    return _do(import_id, lambda session: check_again(session, import_id, now=utc_now()))


@bp.post("/imports/<int:import_id>/apply")
@allow("import.change", import_thing)
def carry_out(import_id: int) -> Response:
    """Carry out what this page shows: all of it, or the good rows only."""
    good_only = request.form.get("good_only") == "1"
    version = _typed(request.form.get("version")) or 0

    def act(session: Any) -> None:
        ask_apply(session, import_id, version=version, good_only=good_only, now=utc_now())

    return _do(import_id, act)


@bp.post("/imports/<int:import_id>/undo")
@allow("import.change", import_thing)
def undo(import_id: int) -> Response:
    """Take it all back, as far as nobody changed it since."""
    return _do(import_id, lambda session: ask_undo(session, import_id, now=utc_now()))


@bp.post("/imports/<int:import_id>/drop")
@allow("import.change", import_thing)
def drop(import_id: int) -> Response:
    """Throw the file away."""
    try:
        with transaction() as session:
            drop_import(session, import_id, now=utc_now())
    except NotFound:
        raise
    except MarketError as refusal:
        return _show(import_id, refusal)
    say(_("Thrown away. Nothing was changed."))
    return see_other("imports.index")


def _do(import_id: int, act: Callable[[Any], None]) -> Response:
    """Move it along; short ones are worked on while their sender waits."""
    try:
        with transaction() as session:
            act(session)
            view = import_view(session, import_id)
    except NotFound:
        raise
    except MarketError as refusal:
        return _show(import_id, refusal)
    _start(import_id, wait=at_once(view.kind, view.total_rows))
    return see_other("imports.show", import_id=import_id)


@bp.get("/imports/<int:import_id>/errors.xlsx")
@allow("import.see", import_thing)
def errors(import_id: int) -> Response:
    """The whole sheet with what is wrong beside each row."""
    with browsing() as session:
        view = import_view(session, import_id)

    def words(row: ShownRow) -> str:
        said = [
            f"{column_name(view.kind, fault.column)}: {fault_words(fault.code, fault.data)}"
            for fault in row.faults
        ]
        if row.outcome in ("refused", "kept"):
            said.append(reason_words(row))
        return "; ".join(said)

    def write(path: Path) -> None:
        with browsing() as session:
            rows = stream_rows(session, import_id) if view.wrong or view.kept or view.good else ()
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
