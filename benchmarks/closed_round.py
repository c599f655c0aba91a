"""A closed round of made-up orders in a database of its own, put there in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from flask import Flask
from psycopg import sql

from benchmarks.matching_rounds import SIZES, make_round
from config import Config
from market import local
from market.app import create_app
from market.db import db
from market.matching.engine.problem import Problem
from market.matching.queries.problem_copy import pack_rows

ROUND_ID = 1
ORDERS_A_GROUP = 17
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


def fill(
    connection: psycopg.Connection[Any], problem: Problem, *, now: datetime, whole: float
) -> None:
    """The problem as a round closed a minute ago; ``whole``: share of all-or-nothing lines."""
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


def made_up(size: str) -> Problem:
    """A round of a size that the engine's benchmark knows by name, or of about so many orders."""
    if size in SIZES:
        groups, zones, products = SIZES[size]
        return make_round(groups, 7, zones, products)
    return make_round(max(2, int(size) // ORDERS_A_GROUP), seed=7)


def certified(problem: Problem) -> Problem:
    """Without the offers that lack a paper: they never join a round."""
    offers, needs = problem.offers, problem.products.cert
    held = (needs[offers.product] & ~problem.groups.cert[offers.group]) == 0
    kept = {name: column[held] for name, column in vars(offers).items()}
    return replace(problem, offers=replace(offers, **kept))


def _stage(cursor: psycopg.Cursor[Any], table: str, columns: Mapping[str, Any]) -> None:
    """The table as made up, with its row number."""
    name = sql.Identifier(f"made_{table}")
    fields = sql.SQL(", ").join(
        sql.SQL("{} bigint").format(sql.Identifier(f"{column}_")) for column in ("row", *columns)
    )
    cursor.execute(sql.SQL("CREATE TEMP TABLE {} ({})").format(name, fields))
    rows = np.arange(len(next(iter(columns.values()))))
    with cursor.copy(sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(name)) as copy:
        copy.write(pack_rows([rows, *columns.values()]))
    cursor.execute(sql.SQL("ANALYZE {}").format(name))
