"""Which one thing a group does next, and its list to make by member. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol


class Made(Protocol):
    """A batch on the list to make, with its parts."""

    @property
    def batch(self) -> Any: ...
    @property
    def parts(self) -> Sequence[Any]: ...


def next_task(desk: Any) -> str | None:
    """``ask`` before ``batch`` (goods that wait for hands) before ``offer`` (a round that is
    being planned); None where nothing waits. Questions with a deadline come first.
    """
    if desk.asks:
        return "ask"
    if any(batch.in_hand for batch in desk.batches):
        return "batch"
    return "offer" if desk.drafts else None


def short_name(name: str) -> str:
    """The group's name as its members say it, for a narrow header: without the kind of body."""
    return name.removeprefix("วิสาหกิจชุมชน").strip() or name


def by_member(made: Sequence[Made]) -> list[tuple[str, list[tuple[Any, int]]]]:
    """Name -> (batch, units), in the order of the names' first mention; nobody with nothing."""
    found: dict[str, list[tuple[Any, int]]] = defaultdict(list)
    for item in made:
        for part in item.parts:
            if part.units:
                found[part.name].append((item.batch, part.units))
    return list(found.items())
