"""The way from browsers to the application under test, on a port of its own; it can be cut."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

SHUTDOWN_SECONDS = 0.05  # how often the server looks whether it is to stop


class Line:
    """The way to the market. Cut, nothing comes through: from no page and no page's worker."""

    def __init__(self, app: Flask) -> None:
        self.app, self.is_cut = app, False

    def __call__(self, environ: Any, start: Any) -> Any:
        """One request."""
        if self.is_cut:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        return self.app(environ, start)


@contextmanager
def answering(app: Any, port: int = 0) -> Iterator[str]:
    """Serve the application; its address."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(SHUTDOWN_SECONDS,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
