"""Terminal commands that cross subjects: audit, and playing a round."""

from __future__ import annotations

from flask import Flask

from market.overviews.audit.cli import audit
from market.overviews.play.cli import rounds


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(audit)
    app.cli.add_command(rounds)
