"""What the list of goods can be narrowed by: one letter a dimension, one tag a value. Pure.

A product has tags (``crice``, ``p32``, ``b2``, ``d2026-12-04``); a choice counts the products
that have its tag and fit the filters of all other dimensions.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Any

from market.overviews.shop.rows import Choice, Counts, Wanted

#: Letters of the dimensions; the place of a letter is its bit in ``missed``.
LETTERS = "cpkswmbdor"
CATEGORY, PROVINCE, PAPER, STORAGE, WAY, SEASON, BAND, READY, OPEN, ROUND = tuple(LETTERS)
#: The dearest price of each band but the last, satang; whole baht, as an address has them.
BANDS = (5_000, 10_000, 20_000, 50_000)
SORTS = ("near", "batch", "new", "price")


def bit(letter: str) -> int:
    """The bit of a dimension."""
    return 1 << LETTERS.index(letter)


def band_edges(band: int) -> tuple[int | None, int | None]:
    """The lowest and the highest price of a band, satang; None where it is open."""
    low = BANDS[band - 1] + 1 if band > 0 else None
    high = BANDS[band] if band < len(BANDS) else None
    return low, high


def picked(wanted: Wanted) -> list[str]:
    """Tags of what is chosen: shown even where nothing has them."""
    pairs = (
        (CATEGORY, wanted.category), (PROVINCE, wanted.province), (PAPER, wanted.paper),
        (STORAGE, wanted.storage), (WAY, wanted.way),
        (READY, wanted.ready_by.isoformat() if wanted.ready_by else ""),
        (ROUND, str(wanted.round_id or "")),
    )  # fmt: skip
    return [letter + value for letter, value in pairs if value]


@lru_cache(maxsize=256)
def counts_of(told: str) -> Counts:
    """The counts, told as JSON, as the page shows them: each list in its order."""
    rows: list[dict[str, Any]] = json.loads(told)
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["place"] or 0, row["sort_key"] or "", row["tag"])):
        found[row["tag"][0]].append(row)
    listed = {letter: tuple(_choice(row) for row in found[letter]) for letter in LETTERS}
    return Counts(
        categories=_named(listed[CATEGORY]),
        provinces=_named(listed[PROVINCE]),
        rounds=_named(listed[ROUND]),
        papers=listed[PAPER],
        storages=listed[STORAGE],
        ways=listed[WAY],
        bands=listed[BAND],
        dates=_cumulated(listed[READY]),
        in_season=sum(choice.count for choice in listed[SEASON]),
        open=sum(choice.count for choice in listed[OPEN]),
    )


def _choice(row: Mapping[str, Any]) -> Choice:
    return Choice(
        key=row["tag"][1:],
        name_th=row["name_th"] or "",
        name_en=row["name_en"] or "",
        count=row["goods"],
    )


def _named(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Only what exists: an address may name anything."""
    return tuple(choice for choice in choices if choice.name_th)


def _cumulated(dates: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Who wants it by a day is also served by an earlier one."""
    sums = accumulate(choice.count for choice in dates)
    return tuple(Choice(key=day.key, count=goods) for day, goods in zip(dates, sums, strict=True))
