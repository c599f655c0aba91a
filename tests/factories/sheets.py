"""Sheets as people send them."""

import csv
from io import BytesIO, StringIO

import xlsxwriter
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.imports.models import SheetImport


def xlsx(*rows: list) -> bytes:
    """A workbook of these rows."""
    out = BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                page.write(at, place, cell)
    return out.getvalue()


def csv_text(*rows: list, mark: str = ",") -> str:
    """The rows as CSV."""
    out = StringIO()
    csv.writer(out, delimiter=mark).writerows(rows)
    return out.getvalue()


def send(browser: FlaskClient, kind: str, data: bytes, name: str = "ของ.xlsx", **fields: object):
    """Send a sheet; the import's id, or the answer that refused it."""
    answer = browser.post(f"/imports/{kind}", data={"sheet": (BytesIO(data), name), **fields})
    return int(answer.location.rsplit("/", 1)[1]) if answer.status_code == 303 else answer


def stands(session: Session, import_id: int) -> SheetImport:
    """The import as it is now."""
    return session.get_one(SheetImport, import_id, populate_existing=True)


def counts(session: Session, import_id: int) -> tuple[str, int, int, int, int]:
    """State, and how many rows are new, changed, the same, wrong."""
    found = stands(session, import_id)
    return (
        found.state.value, found.new_rows, found.changed_rows, found.same_rows, found.wrong_rows,
    )  # fmt: skip


def carry_out(browser: FlaskClient, import_id: int, version: int = 1, **fields: object):
    """Press the button that carries out."""
    return browser.post(f"/imports/{import_id}/apply", data={"version": version, **fields})
