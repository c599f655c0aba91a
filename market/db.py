"""The database: one Base, one session, one way to commit.

Only this file touches ``db.session``. Commands and queries are handed a session and
never commit; the edge (a view, a task, a terminal command) or a flow opens
``transaction()``, and only its end commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, Enum, Identity, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, registry

from market.errors import NotFound

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]


class Base(DeclarativeBase):
    """Every table's parent: text is TEXT, whole numbers are BIGINT, moments carry their zone."""

    # On the registry, not on the class: Flask-SQLAlchemy copies the class's attributes.
    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={
            str: Text,
            int: BigInteger,
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB,
            list[Any]: JSONB,
            # States are readable words in the database, checked there, and easy to extend.
            StrEnum: Enum(
                StrEnum,
                native_enum=False,
                length=40,
                create_constraint=True,
                values_callable=lambda kind: [member.value for member in kind],
            ),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(db=db, directory="market/migrations", compare_type=True)

T = TypeVar("T", bound=Base)


@contextmanager
def transaction() -> Iterator[Session]:
    """One database transaction: commits at the end, rolls back on any error.

    Deferred constraints are checked before the commit, so a broken one is raised
    here, inside the caller's reach, and not from within COMMIT.
    """
    session = db.session()
    try:
        yield session
        session.flush()
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def reading() -> Iterator[Session]:
    """The session for reads. Nothing is committed; the request's end gives the connection back."""
    yield db.session()


@contextmanager
def snapshot() -> Iterator[Session]:
    """Reads that all see the same moment, however many statements they are.

    No transaction may be open. (A session on a connection, as in tests, is in its caller's.)
    """
    session = db.session()
    if isinstance(session.get_bind(), Engine):
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    yield session
    session.commit()


def beside() -> Callable[[], AbstractContextManager[Session]]:
    """What opens short transactions for another thread, on connections of its own."""
    engine = db.engine

    @contextmanager
    def transaction_beside() -> Iterator[Session]:
        with Session(engine) as session, session.begin():
            yield session

    return transaction_beside


@contextmanager
def browsing() -> Iterator[Session]:
    """Reads of pages that many ask for; nothing may be written here.

    They end with COMMIT: at ROLLBACK the driver forgets its prepared statements, and
    planning anew is half of what such a page costs the database.
    """
    session = db.session()
    yield session
    session.commit()


def lock(session: Session, model: type[T], row_id: int) -> T:
    """The row, locked FOR NO KEY UPDATE and read anew. Raises NotFound.

    No key, because ids never change: a plain FOR UPDATE would also stop every insert that
    refers to the row, and two of those in other orders are a deadlock.
    """
    row = session.get(model, row_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound("not_found", what=model.__tablename__)
    return row
