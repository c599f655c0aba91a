"""What no page takes, whoever sends it; refused before any view sees it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from flask import Flask, current_app, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.routing import IntegerConverter, Map

from market.errors import NotFound, Refused

MOST = 2**63 - 1  # no id of the database is higher


def row_number(typed: str) -> int:
    """A number of an address or a form that a row may have. Raises ValueError for any other."""
    number = int(typed)
    if not 0 <= number <= MOST:
        raise ValueError("no row has this number")
    return number


class RowId(IntegerConverter):
    """``<int:...>`` in an address: a number that a row may have, or the page is not found."""

    def __init__(self, map: Map, **bounds: Any) -> None:
        super().__init__(map, **({"max": MOST} | bounds))


def take_large(app: Flask) -> None:
    """Before anything reads a form: some pages take more than ``MAX_CONTENT_LENGTH``."""

    @app.before_request
    def set_limit() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        most: int | None = getattr(view, "market_most_bytes", None)
        if most is not None:
            request.max_content_length = most


def init_app(app: Flask) -> None:
    """Before the blueprints, whose addresses are read with these converters."""
    app.url_map.converters["int"] = RowId
    app.before_request(refuse_unstorable)
    app.before_request(refuse_other_kinds)


def refuse_unstorable() -> None:
    """PostgreSQL text holds no NUL: nothing that exists is called by one, or can be."""
    if "\x00" in unquote(request.path):
        raise NotFound("not_found")
    if any("\x00" in name + value for name, value in request.form.items(multi=True)):
        raise Refused("cannot_be_kept")
    if any("\x00" in (file.filename or "") for _name, file in request.files.items(multi=True)):
        raise Refused("cannot_be_kept")


def refuse_other_kinds() -> None:
    """Pages send forms; JSON comes from programs only.

    The sign-in library would read JSON as well, and trip over some of it.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if request.is_json and not hasattr(view, "market_machine"):
        raise UnsupportedMediaType
