"""Bringing in sheets: choose, send, match, look, carry out, undo."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, WORK_IMPORT, ring
from market.errors import MarketError, NotFound, Refused
from market.files import keep_file
from market.imports import flows
from market.imports.asker import kind_named, may_bring
from market.imports.commands import (
    Sent,
    add_import,
    ask_apply,
    ask_undo,
    check_again,
    drop_import,
    set_columns,
)
from market.imports.heads import find_heads
from market.imports.outgoing.views import XLSX
from market.imports.outgoing.views import bp as outgoing
from market.imports.queries import (
    ImportView,
    first_cells,
    import_thing,
    import_view,
    imports_of,
    reach_of_user,
    rounds_for,
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
    changes,
    column_name,
    reason_words,
    told,
)
from market.intake import row_number
from market.limits import limit_imports
from market.web import (
    allow,
    file_store,
    is_htmx,
    most_bytes,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("imports", __name__)
BLUEPRINTS = (bp, outgoing)


@bp.get("/imports")
@allow("import.list")
def index() -> Response:
    """What may be brought in, and what was lately."""
    return _index()


def _index(refusal: MarketError | None = None, chosen: str = "") -> Response:
    kinds = [kind for kind in ImportKind if may_bring(kind)]
    with reading() as session:
        listed = imports_of(session, principal().user_id or 0, principal().areas())
        rounds = {
            kind: rounds_for(session, kind, utc_now()) for kind in kinds if kind in OF_A_ROUND
        }
    return page(
        "imports/index.html", kinds=kinds, kind_words=KINDS, about=ABOUT, states=STATES,
        chips=CHIPS, rounds=rounds, listed=listed, most_rows=MOST_ROWS,
        most_mb=MOST_BYTES // 1024 // 1024, chosen=chosen,
        error=sentence(refusal), status=status_of(refusal),
    )  # fmt: skip


@bp.post("/imports/<kind>")
@most_bytes(MOST_BYTES + 64 * 1024)
@limit_imports
@allow("import.list")
def send(kind: str) -> Response:
    """A file comes: it is kept, its heads are read, and small ones are checked at once."""
    wanted = kind_named(kind)
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
    store = file_store()
    with transaction() as session:
        reach_of_user(session, user_id, kind, now)
        sha256 = keep_file(session, store, data, kind=XLSX, owner=f"user:{user_id}", now=now)
        sent = Sent(
            kind=kind, user_id=user_id, round_id=_typed(request.form.get("round")),
            file_name=name, sha256=sha256, head_row=table.rows[heads.at][0], heads=heads,
            first_cells=table.rows[heads.at + 1][1],
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
        flows.work(import_id, file_store(), utc_now)
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
        column_name=column_name, reason_words=reason_words,
        changes=changes, told=told,
        error=sentence(refusal) if refusal else _held_up(view),
        status=status_of(refusal),
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


@bp.post("/imports/<int:import_id>/columns")
@allow("import.change", import_thing)
def columns(import_id: int) -> Response:
    """Which column is which; then the file is checked."""
    chosen = {
        int(name.removeprefix("column-")): key
        for name, key in request.form.items()
        if re.fullmatch(r"column-\d{1,3}", name) and key
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
