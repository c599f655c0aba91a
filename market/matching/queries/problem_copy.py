"""Whole numbers from the database straight into arrays, without a Python object for any of them.

COPY's binary format gives every bigint the same width, so a result is one structured array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

Ints = npt.NDArray[np.int64]

_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_HEADER_BYTES = len(_SIGNATURE) + 8  # then flags and the length of an extension, both zero
_TRAILER = b"\xff\xff"


def fetch_columns(
    session: Session, columns: Sequence[str], query: str, values: Mapping[str, Any]
) -> dict[str, Ints]:
    """The rows of ``query`` as one int64 array a column, in the query's order.

    Every column of the query must be bigint and never null. values: for the query's
    ``{name}`` places, quoted here. Raises ValueError where a column is not so.
    """
    statement = sql.SQL(cast(Any, query)).format(
        **{name: sql.Literal(value) for name, value in values.items()}
    )
    data = b"".join(_copied(session, statement))
    rows = _rows(data, len(columns))
    return {name: rows[f"v{at}"].astype(np.int64) for at, name in enumerate(columns)}


def driver(session: Session) -> psycopg.Connection[Any]:
    """The connection below the session, inside the session's transaction."""
    raw = session.connection().connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("arrays need psycopg")
    return raw


def pack_rows(columns: Sequence[Ints]) -> bytes:
    """Columns of one length as COPY's binary format wants them."""
    rows = np.zeros(len(columns[0]), dtype=_record(len(columns)))
    rows["fields"] = len(columns)
    for at, values in enumerate(columns):
        rows[f"n{at}"], rows[f"v{at}"] = 8, values
    return _SIGNATURE + bytes(8) + rows.tobytes() + _TRAILER


def _copied(session: Session, statement: sql.Composed) -> list[bytes]:
    session.flush()  # hand-written SQL does not see what is still pending
    command = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(statement)
    with driver(session).cursor() as cursor, cursor.copy(command) as copy:
        return [bytes(block) for block in copy]


def _record(columns: int) -> np.dtype[Any]:
    fields = ((f"n{at}", f"v{at}") for at in range(columns))
    pairs = [pair for n, v in fields for pair in ((n, ">i4"), (v, ">i8"))]
    return np.dtype([("fields", ">i2"), *pairs])


def _rows(data: bytes, columns: int) -> npt.NDArray[Any]:
    record = _record(columns)
    body = len(data) - _HEADER_BYTES - len(_TRAILER)
    if not data.startswith(_SIGNATURE) or body % record.itemsize:
        raise ValueError("a column is not a bigint, or is null")
    rows = np.frombuffer(data, dtype=record, count=body // record.itemsize, offset=_HEADER_BYTES)
    if any((rows[f"n{at}"] != 8).any() for at in range(columns)):
        raise ValueError("a column is not a bigint, or is null")
    return rows
