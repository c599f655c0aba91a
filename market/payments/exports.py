"""A round's books as files: one table as CSV, or all of them as a workbook.

Rows are read through a cursor on the server and written one by one, so that a round of any size
costs the same memory. Every cell is safe to open in a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import BANGKOK
from market.payments.layouts import BOM, baht, csv_lines, safe_cell

FETCHED_AT_ONCE = 1000

#: Table -> the columns in which satang become baht, and the statement. Columns name themselves.
TABLES: dict[str, str] = {
    "charges": """
        SELECT o.number AS order_number, b.name AS buyer, c.method, c.state,
               c.goods_satang, c.fee_satang, c.amount_satang, c.received_satang, c.raised_at,
               c.pay_by, c.paid_at
          FROM charge c JOIN orders o ON o.id = c.order_id JOIN buyer b ON b.id = o.buyer_id
         WHERE c.round_id = :round_id ORDER BY c.id""",
    "receipts": """
        SELECT x.id AS receipt, o.number AS order_number, x.method, x.bank_reference,
               x.amount_satang, x.excess_satang, x.gateway_fee_satang, g.code AS paid_to_group,
               x.recorded_at, x.recorded_by
          FROM receipt x JOIN charge c ON c.id = x.charge_id JOIN orders o ON o.id = c.order_id
          LEFT JOIN producer_group g ON g.id = x.group_id
         WHERE c.round_id = :round_id ORDER BY x.id""",
    "refunds": """
        SELECT f.id AS refund, o.number AS order_number, b.name AS buyer, f.cause, f.state, f.way,
               f.amount_satang, coalesce(f.bank_reference, f.gateway_refund_id) AS reference,
               f.due_at, f.promised_by, f.paid_at
          FROM refund f JOIN orders o ON o.id = f.order_id JOIN buyer b ON b.id = o.buyer_id
         WHERE o.round_id = :round_id ORDER BY f.id""",
    "payouts": """
        SELECT y.id AS payout, g.code AS group_code, g.name_th AS group_name, y.state,
               y.amount_satang, y.bank_file_id AS bank_file, y.bank_reference, y.due_at, y.paid_at,
               p.number AS statement
          FROM payout y JOIN producer_group g ON g.id = y.group_id
          LEFT JOIN paper p ON p.kind = 'statement' AND p.subject = 'payout:' || y.id
         WHERE y.round_id = :round_id ORDER BY y.id""",
    "parts": """
        SELECT g.code AS group_code, d.name_th AS product, s.part,
               sum(s.amount_satang)::bigint AS amount_satang
          FROM price_part s JOIN assignment a ON a.id = s.assignment_id
          JOIN batch t ON t.id = a.batch_id JOIN producer_group g ON g.id = t.group_id
          JOIN product d ON d.id = t.product_id
         WHERE t.round_id = :round_id
         GROUP BY g.code, d.id, s.part ORDER BY g.code, d.id, s.part""",
    "ledger": """
        SELECT e.id AS entry, e.at, e.cause, e.memo, p.kind AS account, p.owner, p.amount_satang
          FROM posting p JOIN ledger_entry e ON e.id = p.entry_id
         WHERE e.round_id = :round_id ORDER BY e.id, p.id""",
}


def csv_of(session: Session, table: str, round_id: int) -> Iterator[str]:
    """A table as lines of CSV, with the mark that Excel wants. KeyError for an unknown table."""
    yield BOM
    yield from csv_lines(_rows(session, table, round_id, as_text=True))


def write_workbook(session: Session, round_id: int, path: Path) -> None:
    """Every table on a sheet of its own; amounts are numbers with two decimals."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        money = book.add_format({"num_format": "#,##0.00"})
        bold = book.add_format({"bold": True})
        for table in TABLES:
            sheet = book.add_worksheet(table)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, 12, 18)
            for at, row in enumerate(_rows(session, table, round_id, as_text=False)):
                for place, value in enumerate(row):
                    _write(sheet, at, place, value, bold if at == 0 else money)


def _write(sheet: Any, at: int, place: int, value: object, style: Any) -> None:
    if isinstance(value, float):
        sheet.write_number(at, place, value, style)
    elif isinstance(value, int):
        sheet.write_number(at, place, value)
    elif value is not None:
        sheet.write_string(at, place, safe_cell(value), style if at == 0 else None)


def _rows(
    session: Session, table: str, round_id: int, *, as_text: bool
) -> Iterator[Sequence[object]]:
    """The headings, then each row; satang as baht, moments in Thailand."""
    found = session.execute(
        text(TABLES[table]),
        {"round_id": round_id},
        execution_options={"yield_per": FETCHED_AT_ONCE},
    )
    names = list(found.keys())
    yield [name.replace("_satang", "_baht") for name in names]
    for row in found:
        yield [_value(name, value, as_text) for name, value in zip(names, row, strict=True)]


def _value(name: str, value: Any, as_text: bool) -> object:
    if isinstance(value, datetime):
        return value.astimezone(BANGKOK).strftime("%Y-%m-%d %H:%M")
    if name.endswith("_satang") and value is not None:
        return baht(value) if as_text else value / 100  # exact to 2**53 satang
    return value
