"""Readiness, visits, contacts and flags of groups and tambons."""

from __future__ import annotations

revision = "0017_mentoring"
down_revision = "0016_campaigns"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
