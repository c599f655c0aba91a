"""The archive a person takes away: a page to read, the same as JSON, a table for each part."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from market.overviews.my_data.queries import Part
from market.payments.layouts import BOM, csv_lines

Page = Callable[[Sequence[Part]], str]


def build(parts: Sequence[Part], page: Page) -> bytes:
    """A ZIP with index.html (by ``page``), data.json and tables/<part>.csv."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", page(parts))
        archive.writestr("data.json", _json(parts))
        for part in parts:
            rows = [tuple(map(plain, row)) for row in part.rows]
            lines = csv_lines([part.headings, *rows])
            archive.writestr(f"tables/{part.name}.csv", BOM + "".join(lines))
    return packed.getvalue()


def plain(value: Any) -> Any:
    """A value as text or number that every program reads; moments in ISO 8601, UTC."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value


def _json(parts: Sequence[Part]) -> str:
    tables = {
        part.name: [dict(zip(part.headings, row, strict=True)) for row in part.rows]
        for part in parts
    }
    return json.dumps(tables, ensure_ascii=False, indent=2, default=plain)
