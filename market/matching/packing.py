"""A piece of a match as bytes, for a worker elsewhere, and its answer back. No pickle.

The solver's dataclasses are written by name and field, their arrays as raw bytes, so what is
read is exactly what was written. Imports the solver.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from market.matching.engine.graph import Graph, Piece
from market.matching.engine.model import Wanted
from market.matching.engine.plan import Params
from market.matching.engine.shares import Joint
from market.matching.engine.supply import Loads, Supply

KINDS = {kind.__name__: kind for kind in (Piece, Graph, Params, Wanted, Supply, Loads, Joint)}
_PLAIN = (type(None), bool, int, float, str)


def pack(value: Any) -> bytes:
    """Dataclasses of the solver, arrays, lists, tuples and plain values as bytes.

    Raises TypeError for anything else.
    """
    arrays: list[bytes] = []
    head = json.dumps(_describe(value, arrays), separators=(",", ":")).encode()
    return zlib.compress(b"".join([len(head).to_bytes(8), head, *arrays]), 1)


def unpack(data: bytes) -> Any:
    """What ``pack`` was given. Raises ValueError, KeyError, TypeError for other bytes."""
    try:
        raw = zlib.decompress(data)
    except zlib.error as error:
        raise ValueError(f"not a packed piece: {error}") from error
    end = 8 + int.from_bytes(raw[:8])
    return _build(json.loads(raw[8:end]), _Reader(raw, end))


class _Reader:
    """The arrays' bytes, one after the other."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw, self._at = raw, at

    def array(self, dtype: str, shape: list[int]) -> np.ndarray[Any, Any]:
        kind = np.dtype(dtype)
        count = int(np.prod(shape))
        found = np.frombuffer(self._raw, kind, count, self._at)
        self._at += count * kind.itemsize
        return found.reshape(shape).copy()


def _describe(value: Any, arrays: list[bytes]) -> Any:
    """JSON of the value; a list is [what it is, ...], everything else stands for itself."""
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        arrays.append(np.ascontiguousarray(value).tobytes())
        return ["array", value.dtype.str, list(value.shape)]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [type(value).__name__, *(_describe(item, arrays) for item in value)]
    name = type(value).__name__
    if KINDS.get(name) is not type(value) or not is_dataclass(value):
        raise TypeError(f"a {name} is not known to other workers")
    return [name, *(_describe(getattr(value, field.name), arrays) for field in fields(value))]


def _build(told: Any, reader: _Reader) -> Any:
    if not isinstance(told, list):
        return told
    name, *rest = told
    if name == "array":
        return reader.array(*rest)
    parts = [_build(item, reader) for item in rest]
    if name in ("list", "tuple"):
        return parts if name == "list" else tuple(parts)
    return KINDS[name](*parts)
