"""What each subject keeps about a person: how it is told, forgotten, and what holds that up.

A subject says it in its ``personal.py`` as SQL over its own tables, so that accounts never looks
right; ``overviews/my_data`` runs them all. Every statement may name ``:user_id``, ``:now``, and the
tables ``my_buyers`` and ``my_orders`` (one column, ids) that stand before it. A dash stands where
a name stood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Before every statement: the person's buyers and orders.
MINE = """
    WITH my_buyers AS (SELECT unnest(CAST(:buyers AS bigint[])) AS id),
         my_orders AS (SELECT id FROM orders WHERE buyer_id IN (TABLE my_buyers))
"""


@dataclass(frozen=True)
class Told:
    """One part of what a person may take away."""

    name: str  # the file's name, and the key in data.json
    title: Any  # what readers see, lazily translated
    rows: str  # SELECT; its column names are the headings


@dataclass(frozen=True)
class Hold:
    """Why somebody cannot be forgotten yet: the sentence's code, and a SELECT that counts."""

    code: str
    count: str


@dataclass(frozen=True, kw_only=True)
class Personal:
    """All of one subject."""

    told: tuple[Told, ...] = ()
    forgets: tuple[str, ...] = ()  # in this order, each safe to run twice
    files: tuple[str, ...] = ()  # SELECTs of the hashes of files that go with the person
    holds: tuple[Hold, ...] = ()
    #: Tables with people in them, by what becomes of those; a test asks for every other one.
    keeps: Mapping[str, str] = field(default_factory=dict)
