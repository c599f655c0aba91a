"""CPU seconds of a solve and of the solvers within; only reported, nothing depends on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, process_time

_spent = {"solver": 0.0, "elsewhere": 0.0}


@contextmanager
def solving() -> Iterator[None]:
    """Count the block as time inside a solver."""
    started = process_time()
    try:
        yield
    finally:
        add_spent(process_time() - started)


def add_spent(solver: float, *, elsewhere: float = 0.0) -> None:
    """Count seconds inside a solver; elsewhere: seconds of another process that worked for us."""
    _spent["solver"] += solver
    _spent["elsewhere"] += elsewhere


def spent() -> float:
    """Seconds inside the solvers so far, of this process and those that worked for it."""
    return _spent["solver"]


class Clock:
    """CPU seconds of each phase, its workers included, and wall seconds of each."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}
        self._solver = spent()
        self._last = self._now()

    @property
    def solver(self) -> float:
        """Seconds inside the solvers since the clock was started."""
        return round(spent() - self._solver, 4)

    def lap(self, phase: str) -> None:
        """A phase ends here."""
        now = self._now()
        self.cpu[phase], self.wall[phase] = (
            round(b - a, 4) for a, b in zip(self._last, now, strict=True)
        )
        self._last = now

    def _now(self) -> tuple[float, float]:
        return process_time() + _spent["elsewhere"], perf_counter()
