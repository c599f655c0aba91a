"""Channels by kind of goods, campaigns, orders of institutions."""

from __future__ import annotations

revision = "0016_campaigns"
down_revision = "0015_planning"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
