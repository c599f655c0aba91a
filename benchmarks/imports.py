"""A sheet of 10,000 new products: checked, carried out and undone, beside one of 100.

Seconds of one machine mean nothing on another: what counts is that the statements stay the
same, and that a hundred times the rows cost no more than a hundred times the time.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Flask
from sqlalchemy import event, select

from benchmarks.serving import settings
from config import Config
from market.accounts.rules import Role
from market.app import create_app
from market.clock import utc_now
from market.db import db, transaction
from market.files import keep_file, store_of
from market.imports.commands import Sent, add_import, ask_apply, ask_undo
from market.imports.flows import work
from market.imports.heads import find_heads
from market.imports.models import SheetImport
from market.imports.reading import peek_table
from market.imports.rules import ImportKind
from market.imports.sheets import PRODUCTS
from tests.factories.accounts import make_grant, make_user
from tests.factories.sheets import xlsx

FEW, MANY = 100, 10_000
HEADS = [column.th for column in PRODUCTS.columns]
VALUES = [column.examples[0] for column in PRODUCTS.columns]


def run() -> bool:
    """Print seconds and statements of each step; False where the statements grow."""
    app = create_app(Config.from_env(settings()))
    with app.app_context():
        few, many = _walk(app, FEW), _walk(app, MANY)
    good = True
    for step in few:
        same = few[step][1] == many[step][1]
        good = good and same and many[step][0] <= max(few[step][0], 0.05) * MANY / FEW
        print(
            f"imports: {step} {FEW} rows {few[step][0]:.2f} s in {few[step][1]} statements,"
            f" {MANY} rows {many[step][0]:.2f} s in {many[step][1]}"
        )
    return good


def _walk(app: Flask, rows: int) -> dict[str, tuple[float, int]]:
    """Seconds and statements of each step."""
    data = xlsx(HEADS, *([f"BENCH{n}", *VALUES[1:3], "rice", *VALUES[4:]] for n in range(rows)))
    import_id = _send(app, data)
    took = {"check": _work(app, import_id)}
    with transaction() as session:
        version = session.scalar(select(SheetImport.version).where(SheetImport.id == import_id))
        ask_apply(session, import_id, version=version or 0, good_only=False, now=utc_now())
    took["apply"] = _work(app, import_id)
    with transaction() as session:
        ask_undo(session, import_id, now=utc_now())
    took["undo"] = _work(app, import_id)
    with transaction() as session:
        assert session.get_one(SheetImport, import_id).state == "undone"
    return took


def _send(app: Flask, data: bytes) -> int:
    table, _more = peek_table(data, 20)
    heads = find_heads(table.rows, PRODUCTS)
    with transaction() as session:
        user = make_user(session, email=f"bench-{time.time_ns()}@talad.example")
        user.fs_uniquifier = f"bench-{time.time_ns()}"
        make_grant(session, user, Role.MARKETING, area="")
        store = store_of(app.extensions["market_config"])
        sha256 = keep_file(session, store, data, kind="x", owner="bench", now=utc_now())
        return add_import(
            session,
            Sent(
                kind=ImportKind.PRODUCTS, user_id=user.id, round_id=None, file_name="bench.xlsx",
                sha256=sha256, head_row=1, heads=heads, first_cells=[], rows_seen=0,
            ),
            now=utc_now(),
        )  # fmt: skip


def _work(app: Flask, import_id: int) -> tuple[float, int]:
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    start = time.perf_counter()
    try:
        work(import_id, store_of(app.extensions["market_config"]), utc_now)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return time.perf_counter() - start, len(said)
