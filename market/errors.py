"""The four kinds of error. Each carries a code and plain data; the edge puts it into words.

The kind alone decides the page's status and whether a worker tries again, so no
error below the edge knows about HTTP, Celery or languages.
"""

from __future__ import annotations

from typing import Any, ClassVar


class MarketError(Exception):
    """Something the market says no to. ``data`` holds only JSON-able values."""

    kind: ClassVar[str] = "refused"

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code, data)
        self.code = code
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling: Celery sends exceptions between processes."""
        return (_rebuild, (type(self), self.code, self.data))


class Refused(MarketError):
    """A rule says no. Web: 422. Worker: give up."""

    kind = "refused"


class Conflict(MarketError):
    """The row has moved on since the reader saw it. Web: 409. Worker: give up."""

    kind = "conflict"


class Unavailable(MarketError):
    """Something outside does not answer. Web: 503. Worker: try again."""

    kind = "unavailable"


class NotFound(MarketError):
    """No such thing, or none that this person may know of. Web: 404. Worker: give up."""

    kind = "not_found"


def _rebuild(cls: type[MarketError], code: str, data: dict[str, Any]) -> MarketError:
    return cls(code, **data)
