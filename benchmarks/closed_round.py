"""A closed round of made-up orders in a database of its own, put there in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from flask import Flask
from psycopg import sql

from benchmarks.matching import make_round
from config import Config
from market import local
from market.app import create_app
from market.db import db

ROUND_ID = 1
ORDERS_A_GROUP = 15
#: Tables of the made-up problem that become rows; the rest says nothing a database keeps.
TABLES = ("zones", "groups", "products", "offers", "lanes", "lines")


@contextmanager
def empty_market(env: Mapping[str, str], name: str) -> Iterator[Flask]:
    """An application on an empty database called ``name``, dropped afterwards."""
    from flask_migrate import upgrade

    server = env["DATABASE_URL"].replace("+psycopg", "").rsplit("/", 1)[0]
    _anew(server, name, make=True)
    app = create_app(Config.from_env(dict(env) | {"DATABASE_URL": f"{server}/{name}"}))
    try:
        with app.app_context():
            upgrade(directory=str(local.ROOT / "market" / "migrations"))
            yield app
            db.session.remove()
            db.engine.dispose()
    finally:
        _anew(server, name, make=False)


def _anew(server: str, name: str, *, make: bool) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        database = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
        if make:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(database))


def fill(connection: psycopg.Connection[Any], orders: int, *, now: datetime, whole: float) -> None:
    """A round closed a minute ago with so many orders; ``whole``: share of all-or-nothing lines."""
    problem = make_round(max(2, orders // ORDERS_A_GROUP), seed=7)
    with connection.cursor() as cursor:
        for table in TABLES:
            _stage(cursor, table, vars(getattr(problem, table)))
        values = {"id": ROUND_ID, "now": now, "whole": whole} | {
            f"after_{days}": (now + timedelta(days=days)).date() for days in (10, 12)
        }
        for statement in (Path(__file__).parent / "closed_round.sql").read_text().split(";\n"):
            if statement.strip():
                cursor.execute(statement.encode(), values)
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")


def _stage(cursor: psycopg.Cursor[Any], table: str, columns: Mapping[str, Any]) -> None:
    """The table as made up, with its row number."""
    name = sql.Identifier(f"made_{table}")
    fields = sql.SQL(", ").join(
        sql.SQL("{} bigint").format(sql.Identifier(f"{column}_")) for column in ("row", *columns)
    )
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} ({})").format(name, fields))
    rows = np.stack([np.arange(len(next(iter(columns.values())))), *columns.values()], axis=1)
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
        for row in rows.tolist():
            copy.write_row(row)
