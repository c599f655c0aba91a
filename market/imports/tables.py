"""Many rows in one statement: COPY into the staging rows, and sets of JSON into tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.db import Base
from market.imports.rules import Row

_COPY = (
    "COPY sheet_row (import_id, row_no, cells, given, faults, effect, before, target_id) FROM STDIN"
)
_OUTCOMES = text(
    """
    UPDATE sheet_row r
       SET outcome = d.outcome, target_id = coalesce(d.target_id, r.target_id),
           reason = d.reason, reason_data = d.reason_data
      FROM jsonb_to_recordset(CAST(:rows AS jsonb))
           AS d (row_no bigint, outcome text, target_id bigint, reason text, reason_data jsonb)
     WHERE r.import_id = :import_id AND r.row_no = d.row_no
    """
)


def write_rows(session: Session, import_id: int, rows: Iterable[Row]) -> None:
    """Put the judged rows of a check in place of an earlier check's. Two statements."""
    session.execute(text("DELETE FROM sheet_row WHERE import_id = :id"), {"id": import_id})
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row((
                import_id, row.no, _json(row.cells), _json(row.given),
                _json([fault.stored() for fault in row.faults]), row.effect,
                _json(row.before), row.target_id,
            ))  # fmt: skip


def write_outcomes(session: Session, import_id: int, rows: Iterable[Row]) -> None:
    """Note what became of rows. One statement."""
    noted = [
        {"row_no": row.no, "outcome": row.outcome, "target_id": row.target_id,
         "reason": row.reason, "reason_data": row.reason_data}
        for row in rows
    ]  # fmt: skip
    session.execute(_OUTCOMES, {"import_id": import_id, "rows": _json(noted)})


def insert_set(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns. One statement; who exists is an error."""
    if not rows:
        return
    columns = ", ".join(f'"{name}"' for name in rows[0])
    name = table.__tablename__
    session.execute(
        text(
            f"INSERT INTO {name} ({columns}) SELECT {columns}"  # noqa: S608 - our own names
            f" FROM jsonb_populate_recordset(NULL::{name}, CAST(:rows AS jsonb))"
        ),
        {"rows": _json(rows)},
    )


def update_set(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> None:
    """Set ``columns`` of the rows with these ids. One statement."""
    if not rows:
        return
    name = table.__tablename__
    changes = ", ".join(f'"{column}" = d."{column}"' for column in columns)
    session.execute(
        text(
            f"UPDATE {name} t SET {changes}"  # noqa: S608 - our own names
            f" FROM jsonb_populate_recordset(NULL::{name}, CAST(:rows AS jsonb)) AS d"
            " WHERE t.id = d.id"
        ),
        {"rows": _json(rows)},
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
