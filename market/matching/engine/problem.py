"""A matching problem: the tables of one round as arrays, checked when it is made."""

import hashlib
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from market.matching.engine.arrays import IntArray, group_rows, order_rows
from market.matching.engine.checks import ProblemError, RawTables, clean_tables
from market.matching.engine.files import load_tables
from market.matching.engine.plan import save_plan
from market.matching.engine.tables import (
    Frozen,
    Groups,
    Lanes,
    Lines,
    Offers,
    Post,
    Products,
    Zones,
)

__all__ = ["Problem", "ProblemError", "load_problem", "problem_hash", "save_plan"]


@dataclass(frozen=True)
class Problem:
    """One round to match. Ids of zones, products, groups and lines are row numbers.

    Money is satang, weight grams, dates are indexes; every column is int64.
    """

    zones: Zones
    products: Products
    groups: Groups
    offers: Offers
    lanes: Lanes
    post: Post
    lines: Lines
    frozen: Frozen

    @classmethod
    def from_tables(cls, tables: RawTables) -> Self:
        """Check and convert tables of columns. Raises ProblemError (table, column, row)."""
        clean = clean_tables(tables)
        return cls(
            zones=Zones(**clean["zones"]),
            products=Products(**clean["products"]),
            groups=Groups(**clean["groups"]),
            offers=Offers(**clean["offers"]),
            lanes=Lanes(**clean["lanes"]),
            post=Post(**clean["post"]),
            lines=Lines(**clean["lines"]),
            frozen=Frozen(**clean["frozen"]),
        )

    def with_entitlements(self, entitlements: IntArray) -> Self:
        """The same round with other entitlements (satang a group)."""
        return replace(self, groups=replace(self.groups, entitlement=entitlements))


def load_problem(path: str) -> Problem:
    """Read a .json or .npz instance. Raises ProblemError, OSError."""
    return Problem.from_tables(load_tables(path))


def problem_hash(problem: Problem) -> str:
    """A fingerprint (sha256) that does not depend on the order of rows without an id."""
    digest = hashlib.sha256()
    line_columns = astuple_arrays(problem.lines)
    _, rank = group_rows(*line_columns)
    frozen = problem.frozen
    free = (problem.offers, problem.lanes, problem.post, problem.lines)
    for table in (problem.zones, problem.products, problem.groups):
        _add(digest, astuple_arrays(table))
    for table_free in free:
        _add(digest, _sorted(astuple_arrays(table_free)))
    _add(digest, _sorted((rank[frozen.line], frozen.group, frozen.mode, frozen.qty)))
    return digest.hexdigest()


def astuple_arrays(table: object) -> tuple[IntArray, ...]:
    """The columns of a table, in their declared order."""
    return tuple(vars(table).values())


def _sorted(columns: tuple[IntArray, ...]) -> tuple[IntArray, ...]:
    order = order_rows(*columns)
    return tuple(column[order] for column in columns)


def _add(digest: "hashlib._Hash", columns: tuple[IntArray, ...]) -> None:
    for column in columns:
        digest.update(len(column).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
