"""Text leaves the server compressed: phones on a weak signal pay for every byte.

The web server does not compress, so this does, with the standard library. Pages that a
browser may keep (they carry an ETag) and static files are compressed once and remembered;
for the others a random file name in the header hides the exact length from somebody who
watches the line and makes a victim's browser ask again and again (the BREACH attack).
"""

from __future__ import annotations

import gzip
import secrets
from functools import lru_cache

from flask import Flask, Response, request

LEAST_BYTES = 1024  # below this the header costs more than it saves
LEVEL = 5
KEPT_LEVEL = 9
_TEXT = frozenset(
    {
        "text/html", "text/css", "text/plain", "text/javascript", "application/javascript",
        "application/json", "image/svg+xml", "text/csv",
    }
)  # fmt: skip
_NAMED = 0x08  # the header flag for a file name
_HEADER_BYTES = 10


def init_app(app: Flask) -> None:
    """Compress what this application answers. Register before other after-request work."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """The response with its text compressed, if the reader takes that."""
    if response.mimetype not in _TEXT:
        return response
    response.vary.add("Accept-Encoding")
    if not _worthwhile(response):
        return response
    body = _body(response)
    if len(body) < LEAST_BYTES:
        return response
    etag, _weak = response.get_etag()
    response.set_data(kept(body) if etag else named(gzip.compress(body, LEVEL, mtime=0)))
    response.headers["Content-Encoding"] = "gzip"
    if etag:
        # The same words in another coating: only a weak tag may name both.
        response.set_etag(etag, weak=True)
    return response


def _body(response: Response) -> bytes:
    """The whole answer in memory; a file that was to be sent is closed."""
    source = response.response
    response.direct_passthrough = False
    body: bytes = response.get_data()
    if hasattr(source, "close"):
        source.close()
    return body


def _worthwhile(response: Response) -> bool:
    return (
        response.status_code not in (204, 206, 304)
        and "Content-Encoding" not in response.headers
        and "Content-Range" not in response.headers
        and not response.cache_control.no_transform
        and request.accept_encodings["gzip"] > 0
    )


@lru_cache(maxsize=128)
def kept(body: bytes) -> bytes:
    """Compressed once for all who get the same bytes, so as small as it gets."""
    return gzip.compress(body, KEPT_LEVEL, mtime=0)


def named(packed: bytes) -> bytes:
    """The same gzip stream with a file name of random length in its header."""
    name = b"x" * secrets.randbelow(64) + b"\0"
    flagged = packed[:3] + bytes([packed[3] | _NAMED])
    return flagged + packed[4:_HEADER_BYTES] + name + packed[_HEADER_BYTES:]
