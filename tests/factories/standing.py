"""Rows that are made once for a module; what each test changes on top of them is taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from tests.database import outer_transaction, session_on

Made = TypeVar("Made")


@contextmanager
def standing(app: Flask, make: Callable[[Session], Made]) -> Iterator[tuple[Connection, Made]]:
    """The connection that sees what ``make`` made, and that; rolled back at the end.

    Other connections see none of it and wait for its locks: all tests of the module stand on it.
    """
    with app.app_context(), outer_transaction() as connection:
        with session_on(connection) as session:
            made = make(session)
            session.commit()  # into the transaction around it
        yield connection, made


@contextmanager
def on_top(app: Flask, connection: Connection) -> Iterator[Session]:
    """A session on what stands; its commits are savepoints, and all of it is taken back."""
    with app.app_context():
        before = connection.begin_nested()
        try:
            with session_on(connection) as session:
                yield session
        finally:
            before.rollback()
