"""Reviews, thanks and traces after the goods came."""

from __future__ import annotations

revision = "0009_voices"
down_revision = "0008_made_to_order"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
