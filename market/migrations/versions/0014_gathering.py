"""Gathering, trucks and their stops, the pick-up desk."""

from __future__ import annotations

revision = "0014_gathering"
down_revision = "0013_resolver"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
