"""A match as bytes: the problem in the engine's file format, the plan with the rows it means.

Pure: numpy and the engine's problem only, so the web process may read a plan without loading
the solver.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from market.matching.engine.problem import Problem
from market.matching.engine.tables import COLUMNS

Ints = npt.NDArray[np.int64]
PLAN_COLUMNS = ("line", "group", "mode", "qty")
ID_COLUMNS = ("line_ids", "group_ids", "product_ids", "offer_ids", "whole", "dropped")


@dataclass(frozen=True, kw_only=True)
class StoredPlan:
    """Rows of a plan (frozen units included) and the database id behind each row number.

    whole: lines (row numbers) whose buyer takes all or nothing; dropped: those of them that were
    taken out because not all could be had.
    """

    line: Ints
    group: Ints
    mode: Ints
    qty: Ints
    line_ids: Ints
    group_ids: Ints
    product_ids: Ints
    offer_ids: Ints
    whole: Ints
    dropped: Ints


def without_lines(problem: Problem, lines: Ints) -> Problem:
    """The problem with these lines asking for nothing; the row numbers stay."""
    if len(lines) == 0:
        return problem
    out = np.zeros(len(problem.lines.qty), dtype=bool)
    out[lines] = True
    kept = ~out[problem.frozen.line]
    frozen = {name: values[kept] for name, values in vars(problem.frozen).items()}
    return replace(
        problem,
        lines=replace(problem.lines, qty=np.where(out, 0, problem.lines.qty)),
        frozen=replace(problem.frozen, **frozen),
    )


def pack_problem(problem: Problem) -> bytes:
    """The problem as NPZ; `python -m market.matching` reads such a file."""
    return _pack(
        {
            f"{table}.{column}": getattr(getattr(problem, table), column)
            for table, columns in COLUMNS.items()
            for column in columns
        }
    )


def unpack_problem(data: bytes) -> Problem:
    """The problem behind ``pack_problem``'s bytes. Raises ProblemError, ValueError."""
    tables: dict[str, dict[str, Ints]] = {}
    for name, values in _unpack(data).items():
        table, _, column = name.partition(".")
        tables.setdefault(table, {})[column] = values
    return Problem.from_tables(tables)


def pack_plan(plan: StoredPlan) -> bytes:
    """The plan as NPZ; its first four columns are the engine's plan file."""
    return _pack({name: getattr(plan, name) for name in PLAN_COLUMNS + ID_COLUMNS})


def unpack_plan(data: bytes) -> StoredPlan:
    """The plan behind ``pack_plan``'s bytes. Raises ValueError, KeyError."""
    columns = _unpack(data)
    return StoredPlan(**{name: columns[name] for name in PLAN_COLUMNS + ID_COLUMNS})


def _pack(columns: Mapping[str, Ints]) -> bytes:
    """As numpy.savez_compressed, in the narrowest types and packed faster."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, values in columns.items():
            column = io.BytesIO()
            np.lib.format.write_array(column, _narrow(values), allow_pickle=False)
            # A ZipInfo carries no clock: the same plan is the same bytes.
            entry = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(entry, column.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return out.getvalue()


def _narrow(values: Ints) -> npt.NDArray[np.signedinteger[Any]]:
    if len(values) == 0:
        return values
    ends = (np.min_scalar_type(-1 - abs(int(end))) for end in (values.min(), values.max()))
    return values.astype(np.result_type(*ends))


def _unpack(data: bytes) -> dict[str, Ints]:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name].astype(np.int64) for name in archive.files}
