"""The places in words that the market edits: ``{amount}``, ``{goods}``, ``{answer_by}``.

A place is a plain name; what stands in it is ready to read. Nothing is computed in edited words,
so that whoever edits them can break nothing but the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from market.errors import Refused
from market.filters import FILTERS, NO_BREAK
from market.web import language

_PLACE = re.compile(r"\{([^{}]*)\}")
_SATANG = "_satang"
_HIDDEN = frozenset({"payload", "link"})


def places_of(data: Mapping[str, Any]) -> dict[str, str]:
    """What a notice can say, by name, in the reader's language and form.

    ``x_th`` and ``x_en`` are ``x``; satang are baht; moments and days are written out; a list of
    goods is one line.
    """
    mine = f"_{language()}"
    found: dict[str, str] = {}
    for key, value in data.items():
        name = key.removesuffix(mine).removesuffix(_SATANG)
        if key not in _HIDDEN and not name.endswith(("_th", "_en", "_id")):
            text = _shown(key, value)
            if text is not None:
                found[name] = text.replace(NO_BREAK, " ")  # which a short message has no letter for
    return found


def _shown(key: str, value: Any) -> str | None:
    if isinstance(value, bool) or value is None or isinstance(value, Mapping):
        return None
    if isinstance(value, datetime):
        return str(FILTERS["as_datetime"](value))
    if isinstance(value, date):
        return str(FILTERS["as_date"](value))
    if isinstance(value, int):
        return str(FILTERS["as_money"](value)) if key.endswith(_SATANG) else f"{value:,}"
    if isinstance(value, str):
        return value
    return _goods(value) if isinstance(value, Sequence) else None


def _goods(rows: Sequence[Any]) -> str | None:
    """ "rice 52 bags, soap 20 bars" of rows with a name, a number and a unit, or of names."""
    lines = [_one(row) if isinstance(row, Mapping) else str(row) for row in rows]
    return ", ".join(line for line in lines if line) or None


def _one(row: Mapping[str, Any]) -> str:
    lang = language()
    name = row.get(f"name_{lang}") or row.get(f"product_{lang}") or ""
    units = next((row[key] for key in ("units", "got", "ordered") if key in row), None)
    shown = f"{units:,}" if isinstance(units, int) else ""
    return " ".join(part for part in (name, shown, row.get(f"unit_{lang}") or "") if part)


def fill(words: str, places: Mapping[str, str]) -> str:
    """The words with what stands in their places.

    Raises Refused for a place that this notice does not have, and for a brace that opens or
    closes none.
    """
    for name in _PLACE.findall(words):
        if name not in places:
            raise Refused("place_not_known", place=name, places=", ".join(sorted(places)))
    if re.search(r"[{}]", _PLACE.sub("", words)):
        raise Refused("place_not_closed")
    return _PLACE.sub(lambda found: places[found[1]], words)
