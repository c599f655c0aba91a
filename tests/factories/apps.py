"""A second application in the process, with other settings."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from config import Config
from market.app import create_app
from market.db import db
from market.limits import limiter


class Compiled(BytecodeCache):
    """What each template was compiled to, for every application of this process."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket; the library looks whether the template is still the same."""
        if bucket.key in self.code:
            bucket.bytecode_from_string(self.code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is in the bucket."""
        self.code[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@contextmanager
def another_app(usual: Flask, config: Config, **changes: object) -> Iterator[Flask]:
    """An application with changed settings; afterwards its connections are closed.

    The limiter is one per process, so the usual application takes it back.
    """
    other = create_app(dataclasses.replace(config, **changes))  # type: ignore[arg-type]
    other.config["WTF_CSRF_ENABLED"] = False
    other.jinja_env.bytecode_cache = COMPILED
    try:
        yield other
    finally:
        with other.app_context():
            for engine in db.engines.values():
                engine.dispose()
        limiter.init_app(usual)
