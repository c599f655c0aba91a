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


def _copied(session: Session, statement: sql.Composed) -> list[bytes]:
    session.flush()  # hand-written SQL does not see what is still pending
    raw = session.connection().connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("arrays are read with psycopg")
    command = sql.SQL("COPY ({}) TO STDOUT (FORMAT binary)").format(statement)
    with raw.cursor() as cursor, cursor.copy(command) as copy:
        return [bytes(block) for block in copy]


def _rows(data: bytes, columns: int) -> npt.NDArray[Any]:
    fields = [
        (f"{kind}{at}", form)
        for at in range(columns)
        for kind, form in (("n", ">i4"), ("v", ">i8"))
    ]
    record = np.dtype([("fields", ">i2"), *fields])
    body = len(data) - _HEADER_BYTES - len(_TRAILER)
    if not data.startswith(_SIGNATURE) or body % record.itemsize:
        raise ValueError("a column is not a bigint, or is null")
    rows = np.frombuffer(data, dtype=record, count=body // record.itemsize, offset=_HEADER_BYTES)
    if any((rows[f"n{at}"] != 8).any() for at in range(columns)):
        raise ValueError("a column is not a bigint, or is null")
    return rows
