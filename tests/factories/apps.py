"""A second application in the process, with other settings."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from config import Config
from market.app import create_app
from market.db import db
from market.limits import limiter


@contextmanager
def another_app(usual: Flask, config: Config, **changes: object) -> Iterator[Flask]:
    """An application with changed settings; afterwards its connections are closed.

    The limiter is one per process, so the usual application takes it back.
    """
    other = create_app(dataclasses.replace(config, **changes))  # type: ignore[arg-type]
    other.config["WTF_CSRF_ENABLED"] = False
    other.jinja_env.bytecode_cache = usual.jinja_env.bytecode_cache
    try:
        yield other
    finally:
        with other.app_context():
            for engine in db.engines.values():
                engine.dispose()
        limiter.init_app(usual)
