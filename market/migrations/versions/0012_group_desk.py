"""The group's desk: shares by member, checklist, unsent answers."""

from __future__ import annotations

revision = "0012_group_desk"
down_revision = "0011_channels"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
