"""What people look for, want and wait for."""

from __future__ import annotations

revision = "0010_signals"
down_revision = "0009_voices"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
