"""Alembic's entry: migrations run inside the app's context, one transaction each."""

from __future__ import annotations

from alembic import context
from flask import current_app

import market.models  # noqa: F401
from market.db import Base


def run() -> None:
    """Upgrade over the app's engine, or over a connection that a test hands in."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
