"""Whole numbers between the database and arrays, without a Python object for any of them.

A column comes as one binary array and goes as a column of COPY's binary format: bigints have the
same width everywhere, so both are structured arrays to numpy.
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

_BIGINTS = 1016  # the type number of bigint[]
_ELEMENT = np.dtype([("n", ">i4"), ("v", ">i8")])
_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_NO_FLAGS = bytes(8)  # and no extension
_TRAILER = b"\xff\xff"


def fetch_columns(
    session: Session, columns: Sequence[str], query: str, values: Mapping[str, Any]
) -> dict[str, Ints]:
    """The rows of ``query`` as one int64 array a column, in the query's order.

    Every column of the query must be bigint and never null. values: for the query's
    ``{name}`` places, quoted here. Raises ValueError where a column is not so.
    """
    session.flush()  # hand-written SQL does not see what is still pending
    inner = sql.SQL(cast(Any, query)).format(
        **{name: sql.Literal(value) for name, value in values.items()}
    )
    names = [sql.Identifier(name) for name in columns]
    arrays = sql.SQL(", ").join(
        sql.SQL("coalesce(array_agg({0}), '{{}}')").format(n) for n in names
    )
    statement = sql.SQL("SELECT {} FROM ({}) AS q ({})").format(
        arrays, inner, sql.SQL(", ").join(names)
    )
    with driver(session).cursor() as cursor:
        result = cursor.execute(statement, binary=True).pgresult
        if result is None:
            raise ValueError("the query gave no rows")
        found = [(result.ftype(at), result.get_value(0, at)) for at in range(len(columns))]
    return {name: _bigints(*typed) for name, typed in zip(columns, found, strict=True)}


def _bigints(type_number: int, data: bytes | None) -> Ints:
    """The values of a one-dimensional bigint[] in PostgreSQL's binary form."""
    sides, nulls = np.frombuffer(data or bytes(8), dtype=">i4", count=2)
    if type_number != _BIGINTS or data is None or nulls:
        raise ValueError("a column is not a bigint, or is null")
    header = 12 + 8 * int(sides)  # sides, nulls, type; then length and first index of each side
    return np.frombuffer(data, dtype=_ELEMENT, offset=header)["v"].astype(np.int64)


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
    return _SIGNATURE + _NO_FLAGS + rows.tobytes() + _TRAILER


def _record(columns: int) -> np.dtype[Any]:
    fields = ((f"n{at}", f"v{at}") for at in range(columns))
    pairs = [pair for n, v in fields for pair in ((n, ">i4"), (v, ">i8"))]
    return np.dtype([("fields", ">i2"), *pairs])
