"""Static files by content hash, so that browsers may keep them for a year."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

YEAR_SECONDS = 31_536_000
PARTS_OF_PAGES = frozenset({"text/css", "text/javascript", "font/woff2"})
PAGE_HEADERS = (
    "Content-Security-Policy", "Permissions-Policy", "Referrer-Policy", "X-Frame-Options",
    "Content-Disposition",
)  # fmt: skip


@lru_cache(maxsize=512)
def _digest(path: str, _changed_ns: int) -> str:
    return hashlib.blake2b(Path(path).read_bytes(), digest_size=5).hexdigest()


def static_url(name: str) -> str:
    """``/static/css/base.css?v=1a2b3c``: changes whenever the file does."""
    # By hand in half the time: every page names fifteen files.
    path = f"{current_app.static_folder}/{name}"
    version = _digest(path, os.stat(path).st_mtime_ns)
    return f"{current_app.static_url_path}/{quote(name)}?v={version}"


class QuietSessions(SecureCookieSessionInterface):
    """What anybody's cache may keep carries nobody's cookie, and is the same for everybody."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Refresh the cookie, except beside a photo or a static file."""
        if session.modified or not response.cache_control.public:
            super().save_session(app, session, response)


def init_app(app: Flask) -> None:
    """Before the extension that adds headers for pages to everything."""
    app.after_request(lighten)


def lighten(response: Response) -> Response:
    """Style, scripts and letters without the headers that mean something for pages only.

    They weigh 450 bytes a file, which counts on a weak signal. Drawings keep theirs: opened by
    themselves they are pages.
    """
    if request.endpoint == "static" and response.mimetype in PARTS_OF_PAGES:
        for name in PAGE_HEADERS:
            response.headers.pop(name, None)
    return response
