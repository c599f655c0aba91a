"""Many rows into a table with COPY: no statement and no object a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, cast

import numpy as np
from psycopg import sql
from sqlalchemy.orm import Session

from market.matching.queries.problem_copy import Ints, driver, pack_rows

_ROWS_A_BLOCK = 5_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Append rows to a table; no value may be None."""
    session.flush()  # the rows may refer to what is still pending
    with driver(session).cursor() as cursor, cursor.copy(_into(table, columns, "text")) as copy:
        lines = map(_line, rows)
        while block := "".join(islice(lines, _ROWS_A_BLOCK)):
            copy.write(block)


def _line(row: Sequence[object]) -> str:
    words = [v.translate(_ESCAPES) if isinstance(v, str) else str(v) for v in row]
    return "\t".join(words) + "\n"


def stage_columns(session: Session, table: str, columns: Mapping[str, Ints]) -> None:
    """Put arrays of one length into a temporary table of bigints, gone after the transaction."""
    session.flush()
    fields = sql.SQL(", ").join(sql.SQL("{} bigint").format(sql.Identifier(c)) for c in columns)
    name = sql.Identifier(table)
    with driver(session).cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(name))
        cursor.execute(sql.SQL("CREATE TEMP TABLE {} ({}) ON COMMIT DROP").format(name, fields))
        with cursor.copy(_into(table, list(columns), "binary")) as copy:
            copy.write(pack_rows([np.asarray(values) for values in columns.values()]))
        cursor.execute(sql.SQL("ANALYZE {}").format(name))


def _into(table: str, columns: Sequence[str], form: str) -> Any:
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(cast(Any, form)),
    )
