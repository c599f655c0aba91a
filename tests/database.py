"""The tests' databases: made and emptied, and sessions in a transaction that is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from flask_sqlalchemy.session import Session as AppSession
from psycopg import sql
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.orm import Session

from market.db import db

KEPT_TABLES = {"alembic_version"}
MOST_BYTES = 100_000_000  # of a database whose rows are deleted; without any it has 18


def forget_power_cuts(admin_url: str) -> None:
    """A server of the tests' own waits for no disk: tests survive a power cut by being run again.

    On a slow disk a checkpoint (one comes with each new database) held up whoever committed for
    seconds, longer than the market waits for a lock.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")


def make_database(admin_url: str, database: str) -> None:
    """An empty database; those of runs that were killed are dropped first."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]+$'"
        )
        for (name,) in names.fetchall():
            if not Path(f"/proc/{name.removeprefix('test_')}").exists() or name == database:
                connection.execute(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
                )
    db_run(admin_url, sql.SQL("CREATE DATABASE {} TEMPLATE template0"), database)


def db_run(url: str, statement: sql.SQL, name: str) -> None:
    """Run one statement about the thing called `name`."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.format(sql.Identifier(name)))


class OuterSession(AppSession):
    """Flask-SQLAlchemy's session ignores the connection a test binds it to; this one does not."""

    def get_bind(
        self, mapper: Any = None, clause: Any = None, bind: Any = None, **rest: Any
    ) -> Any:
        """The test's connection first, then what the app would take."""
        return bind or self.bind or super().get_bind(mapper, clause, bind, **rest)

    def commit(self) -> None:
        """Each real transaction starts with deferred constraints; here one lasts the whole test.

        Sent past SQLAlchemy, so that tests that count statements do not see it.
        """
        super().commit()
        connection: Any = self.bind
        connection.connection.driver_connection.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def outer_transaction() -> Iterator[Connection]:
    """A connection in a transaction that is rolled back."""
    with db.engine.connect() as connection:
        outer = connection.begin()
        try:
            yield connection
        finally:
            outer.rollback()


@contextmanager
def session_on(connection: Connection) -> Iterator[Session]:
    """The application's session on this connection; its commits are savepoints there."""
    usual = db.session
    db.session = db._make_scoped_session(
        {
            "class_": OuterSession,
            "bind": connection,
            "join_transaction_mode": "create_savepoint",
            "expire_on_commit": False,
        }
    )
    try:
        yield db.session()
    finally:
        db.session.remove()
        db.session = usual


def keep_plans_steady(connection: Connection) -> None:
    """No vacuum or analyse by itself while tests run.

    One that comes between two tests finds a table full of rows rolled back, writes down that it
    has none, and every plan after it expects one row: a copy of 3,000 offers took minutes.
    """
    connection.exec_driver_sql(
        "DO $$ DECLARE t text; BEGIN FOR t IN SELECT format('%%I', tablename) FROM pg_tables"
        " WHERE schemaname = 'public' LOOP"
        " EXECUTE 'ALTER TABLE ' || t || ' SET (autovacuum_enabled = off)'; END LOOP; END $$"
    )


def empty_tables() -> None:
    """Every table without rows, every number from one; append-only guards are off there.

    Only what holds rows is emptied: TRUNCATE makes new files for each of 160 tables and their
    indexes, which took longer than most tests. It comes when what is left of deleted rows is much.
    """
    with sweeper(db.engine.url).begin() as connection:
        for name in filled_tables(connection):
            connection.exec_driver_sql(f'DELETE FROM "{name}"')
        connection.exec_driver_sql(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, start_value,"
            " false) FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        )
        size = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar()
        if size and size > MOST_BYTES:
            names = ", ".join(f'"{name}"' for name in all_tables(connection))
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")


@cache
def sweeper(url: URL) -> Engine:
    """Connections without triggers for this database, where plans are kept from test to test.

    To turn triggers off and on again in one of the application's made the server plan all that it
    had prepared there anew: 60 ms a test.
    """
    return create_engine(
        url, pool_size=1, connect_args={"options": "-c session_replication_role=replica"}
    )


def filled_tables(connection: Connection) -> list[str]:
    """The tables that hold rows."""
    names = all_tables(connection)
    found = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)
    return list(connection.exec_driver_sql(" UNION ALL ".join(found)).scalars())


def all_tables(connection: Connection) -> list[str]:
    """Every table of the market, those of the migrations left out."""
    names = connection.exec_driver_sql(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ).scalars()
    return [name for name in names if name not in KEPT_TABLES]
