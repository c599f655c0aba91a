"""Pieces travel as bytes and come back as they were."""

from __future__ import annotations

import pickle
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from market.matching.engine.plan import Params
from market.matching.engine.solver import WORKS, solve
from market.matching.packing import pack, unpack
from tests.matching.instances import problem


class Listening:
    """A crew that keeps what it was asked and what came out."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Any, Any]] = []

    def begin(self, phase: str, weight: int = 0) -> None:
        """Nothing to do."""

    def run(self, work: Any, tasks: Any, sizes: Any) -> list[Any]:
        """Everything here, in order."""
        results = [work(task) for task in tasks]
        self.seen += [(work.__name__, *pair) for pair in zip(tasks, results, strict=True)]
        return results


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit and type."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return bool(one == other)


@pytest.mark.parametrize("params", [Params(), Params(joint_columns=0)], ids=["joint", "sweeps"])
def test_every_task_and_answer_comes_back_as_it_was(params: Params) -> None:
    crew = Listening()
    solve(problem(lanes={"fixed_cost": [900, 0, 0]}), params=params, crew=crew)

    assert crew.seen
    for name, task, result in crew.seen:
        assert name in WORKS
        assert same(unpack(pack([task])), [task])
        assert same(unpack(pack([result])), [result])
        assert same(WORKS[name](unpack(pack(task))), result)


def test_the_same_task_is_the_same_bytes() -> None:
    value = [Params(gap=0.1), np.arange(5), (1, "ก", None, True, 0.1)]
    assert pack(value) == pack(value)
    assert same(unpack(pack(value)), value)


def test_what_no_worker_knows_is_not_sent() -> None:
    with pytest.raises(TypeError, match="Listening"):
        pack([Listening()])


@pytest.mark.parametrize("data", [b"", b"not ours", pickle.dumps([1])])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a packed piece"):
        unpack(data)


def test_an_array_of_strange_things_is_not_sent() -> None:
    with pytest.raises(TypeError):
        pack(np.array([object()]))
