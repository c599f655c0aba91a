"""Terminal commands that cross subjects: audit, and playing a round."""

from __future__ import annotations

from flask import Flask

from market.overviews.audit.cli import audit


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(audit)
