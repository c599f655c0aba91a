"""Frozen figures of rounds, reports made of them, and who gets them."""

from __future__ import annotations

revision = "0018_reports"
down_revision = "0017_mentoring"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
