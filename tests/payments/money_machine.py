"""How random steps of money are run: each command whole, refused or cut off, and undone at last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from market.db import db
from market.errors import MarketError
from market.overviews.audit.money import MONEY_CHECKS
from tests.database import OuterSession
from tests.factories.matching import NOW

#: Beside the audit: whatever came in for an order, no more than its price stays with us.
CHARGED_TWICE = """
    SELECT 'order ' || c.order_id FROM charge c JOIN receipt v ON v.charge_id = c.id
     GROUP BY c.id
    HAVING sum(v.amount_satang) - coalesce((SELECT sum(f.amount_satang) FROM refund f
            WHERE f.order_id = c.order_id AND f.cause NOT LIKE 'problem:%'), 0)
           > c.amount_satang"""
ALL_CHECKS = text(
    " UNION ALL ".join(
        f"SELECT '{name.replace(chr(39), '')}' AS promise, x FROM ({query}) AS t(x)"
        for name, query in {**MONEY_CHECKS, "nobody is charged twice": CHARGED_TWICE}.items()
    )
)


class Crash(Exception):
    """The worker is gone in the middle of a command."""


class Run(RuleBasedStateMachine):
    """A machine whose steps are commands in one transaction that is rolled back at its end."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        self.usual = db.session
        db.session = db._make_scoped_session(
            {"class_": OuterSession, "bind": self.connection,
             "join_transaction_mode": "create_savepoint", "expire_on_commit": False}
        )  # fmt: skip
        self.session: Session = db.session()
        self.now: datetime = NOW
        self.crash_at = 0
        self.changed = False
        self.known_state: Any = None  # what a rule has read, until the next command

    def teardown(self) -> None:
        db.session.remove()
        db.session = self.usual
        self.outer.rollback()
        self.connection.close()
        self.context.pop()

    def do(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a command as a transaction: whole, refused or cut off at a statement."""
        crash_at, self.crash_at, self.known_state = self.crash_at, 0, None
        self.changed = True
        if crash_at:
            try:
                with self.session.begin_nested(), cut_off(self.connection, crash_at):
                    command(self.session, *args, **kwargs)
            except (Crash, MarketError):
                self.session.expire_all()
        try:
            with self.session.begin_nested():
                result = command(self.session, *args, **kwargs)
                self.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
                self.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
                return result
        except MarketError:
            self.session.expire_all()
            return None

    def pick(self, model: type[Any], number: int, *where: Any) -> Any:
        rows = self.session.scalars(
            select(model).where(*where).order_by(model.id).execution_options(populate_existing=True)
        ).all()
        return rows[number % len(rows)] if rows else None

    def books(self) -> str:
        """Every entry, for whoever reads the failure."""
        rows = self.session.execute(
            text(
                "SELECT e.cause, p.kind, p.owner, p.amount_satang FROM posting p"
                " JOIN ledger_entry e ON e.id = p.entry_id ORDER BY p.id"
            )
        )
        return "\n".join(map(str, rows))


class cut_off:
    """Raises Crash at the n-th statement."""

    def __init__(self, connection: Any, at: int) -> None:
        self.connection, self.left = connection, at

    def __enter__(self) -> None:
        event.listen(self.connection, "before_cursor_execute", self.count)

    def __exit__(self, *_: object) -> None:
        event.remove(self.connection, "before_cursor_execute", self.count)

    def count(self, _conn: Any, _cursor: Any, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            self.left -= 1
            if self.left == 0:
                raise Crash
