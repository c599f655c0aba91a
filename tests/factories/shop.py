"""A round full of goods for the storefront, and a counter of statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from market.clock import utc_now
from tests.factories.catalogue import make_group, make_product
from tests.factories.rounds import make_round, offer_in_round


def fill_round(session: Session, goods: int, **terms: object) -> int:
    """A round that is open now with so many goods of one group; returns its id."""
    round_id = make_round(session, now=utc_now())
    group_id = make_group(session)
    for _ in range(goods):
        offer_in_round(session, round_id, group_id, make_product(session), **terms)
    return round_id


def order(session: Session, offer_id: int, units: int) -> None:
    """Units of a round's offer are taken, as by orders."""
    session.execute(
        text("UPDATE round_offer SET reserved_units = :units WHERE id = :id"),
        {"units": units, "id": offer_id},
    )
    session.expire_all()


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements sent to the database meanwhile; savepoints belong to the tests."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO")):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def plans() -> Iterator[list[str]]:
    """How the database would carry out the SELECTs sent meanwhile."""
    seen: list[str] = []

    def explain(connection, _cursor, statement, parameters, *_rest) -> None:  # type: ignore[no-untyped-def]
        if statement.lstrip().startswith(("SELECT", "WITH")):
            cursor = connection.connection.cursor()
            cursor.execute("EXPLAIN " + statement, parameters)
            seen.append("\n".join(row[0] for row in cursor.fetchall()))

    event.listen(Engine, "before_cursor_execute", explain)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", explain)
