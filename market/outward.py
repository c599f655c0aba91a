"""Requests to services that a setting names. A redirect is not followed: it would carry our key
to an address that nobody set.
"""

from __future__ import annotations

from typing import Any
from urllib.request import HTTPRedirectHandler, Request, build_opener


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_asked: Any) -> None:
        """None: the answer stands as the error that it is."""


_opener = build_opener(_Stay)


def ask(request: Request, *, seconds: float) -> Any:
    """The answer, to be read in a ``with``. Raises HTTPError for all but 2xx, OSError."""
    return _opener.open(request, timeout=seconds)
