"""Run every benchmark there is, or those that are named, and print their ratios."""

from __future__ import annotations

import importlib
import importlib.util
import sys

ALL = ("pages", "orders", "matching", "money", "clone", "lcp")
NAMED_ONLY = ("rounds", "reports", "imports")  # slow: large rounds from the database and back


def main(names: list[str]) -> int:
    """Each part has ``run() -> bool``: it prints its ratios and says whether they suffice."""
    known = ALL + NAMED_ONLY
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(
            f"There is no benchmark called {', '.join(unknown)}. Choose from: {', '.join(known)}."
        )
        return 2
    good = True
    for name in names or ALL:
        if importlib.util.find_spec(f"benchmarks.{name}") is None:
            print(f"{name}: not there yet")
            continue
        # None is what a benchmark without a target of its own returns.
        good = importlib.import_module(f"benchmarks.{name}").run() is not False and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
