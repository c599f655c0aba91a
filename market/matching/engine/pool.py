"""Running many independent pieces, here or on several processes; the answers come in order."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from importlib import import_module
from multiprocessing import get_context
from time import process_time
from types import TracebackType
from typing import Protocol, TypeVar

from market.matching.engine.meter import add_spent, spent

Task = TypeVar("Task")
Result = TypeVar("Result")

_CHUNK = 64
_TINY = 16  # columns


class Crew(Protocol):
    """Who solves the pieces, and is told how far the solve is; see ``Pool``."""

    def begin(self, phase: str, weight: int = 0) -> None:
        """The solve comes to a phase; weight: of all the tasks it will run there."""

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task], sizes: Sequence[int]
    ) -> list[Result]:
        """work(task) for each task, in the order of the tasks; sizes: their weights."""


class Pool(AbstractContextManager["Pool"]):
    """Workers for pieces. With one worker nothing is started and all runs in this process."""

    def __init__(self, workers: int) -> None:
        self._executor = (
            ProcessPoolExecutor(workers, mp_context=get_context("spawn")) if workers > 1 else None
        )
        if self._executor is not None:  # they load the solvers while the network is built
            for _ in range(workers):
                self._executor.submit(_load_solvers)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def begin(self, phase: str, weight: int = 0) -> None:
        """Nobody asks a pool how far it is."""

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task], sizes: Sequence[int]
    ) -> list[Result]:
        """work(task) for each task, big ones first; results in the order of the tasks.

        The tiny ones are quicker done than sent: they stay here.
        """
        if self._executor is None or len(tasks) < 2:
            return [work(task) for task in tasks]
        sent = [number for number, size in enumerate(sizes) if size >= _TINY]
        order = sorted(sent, key=lambda number: (-sizes[number], number))
        futures = []
        for chunk in chunks(order, sizes):
            batch = [tasks[number] for number in chunk]
            futures.append((chunk, self._executor.submit(_run_batch, work, batch)))
        found = {number: work(tasks[number]) for number, size in enumerate(sizes) if size < _TINY}
        for chunk, future in futures:
            found.update(zip(chunk, _counted(future.result()), strict=True))
        return [found[number] for number in range(len(tasks))]


def chunks(order: Sequence[int], sizes: Sequence[int], weight: int = 2_000) -> Iterable[list[int]]:
    """Large pieces travel alone, small ones together."""
    chunk: list[int] = []
    held = 0
    for number in order:
        chunk.append(number)
        held += sizes[number]
        if held >= weight or len(chunk) >= _CHUNK:
            yield chunk
            chunk, held = [], 0
    if chunk:
        yield chunk


def _load_solvers() -> None:
    import_module("market.matching.engine.shares")


def _run_batch(
    work: Callable[[Task], Result], batch: list[Task]
) -> tuple[list[Result], float, float]:
    started, before = process_time(), spent()
    results = [work(task) for task in batch]
    return results, process_time() - started, spent() - before


def _counted(batch: tuple[list[Result], float, float]) -> list[Result]:
    results, cpu_seconds, solver_seconds = batch
    add_spent(solver_seconds, elsewhere=cpu_seconds)
    return results
