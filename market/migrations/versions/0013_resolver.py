"""What a coordinator does about a shortfall, and the notes of calls."""

from __future__ import annotations

revision = "0013_resolver"
down_revision = "0012_group_desk"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
