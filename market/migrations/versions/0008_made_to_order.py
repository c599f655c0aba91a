"""Goods asked for that are on no shelf, and the groups' answers."""

from __future__ import annotations

revision = "0008_made_to_order"
down_revision = "0007_people"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
