"""Instances and plans as files: JSON ({"tables": ...}, {"alloc": ...}) and NPZ."""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from market.matching.engine.arrays import IntArray
from market.matching.engine.checks import ProblemError, RawTables

PLAN_COLUMNS = ("line", "group", "mode", "qty")


def load_tables(path: str) -> RawTables:
    """The raw tables of a .json or .npz file. Raises ProblemError, OSError."""
    try:
        return _load_npz(path) if path.endswith(".npz") else _load_json(path)
    except (ValueError, zipfile.BadZipFile, zlib.error, EOFError, RecursionError) as error:
        if isinstance(error, ProblemError):
            raise
        why = " ".join(str(error).split())
        raise ProblemError("(file)", None, None, f"{path} cannot be read: {why}") from error


def _load_json(path: str) -> RawTables:
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    tables = content.get("tables") if isinstance(content, dict) else None
    if not isinstance(tables, dict):
        raise ProblemError("(file)", None, None, 'the file has no object "tables"')
    return tables


def _load_npz(path: str) -> RawTables:
    tables: dict[str, dict[str, Any]] = {}
    with Path(path).open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise ProblemError("(file)", None, None, f"{path} is no archive of columns")
    with np.load(path, allow_pickle=False) as archive:
        for key in archive.files:
            if key == "__meta__":
                continue
            table, _, column = key.partition(".")
            tables.setdefault(table, {})[column] = archive[key]
    return tables


def save_columns(columns: Mapping[str, IntArray], path: str) -> None:
    """Write the plan's four columns; the file appears whole or not at all."""
    temporary = f"{path}.part"
    try:
        with Path(temporary).open("wb") as out:
            if path.endswith(".npz"):
                np.savez(out, allow_pickle=False, **dict(columns))
            else:
                lists = {name: values.tolist() for name, values in columns.items()}
                out.write(json.dumps({"alloc": lists}, separators=(",", ":")).encode())
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def load_columns(path: str) -> dict[str, IntArray]:
    """Read a plan file back into its four columns. Raises OSError, ValueError, KeyError."""
    if path.endswith(".npz"):
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name].astype(np.int64) for name in PLAN_COLUMNS}
    content = json.loads(Path(path).read_text(encoding="utf-8"))["alloc"]
    return {name: np.asarray(content[name], dtype=np.int64) for name in PLAN_COLUMNS}
