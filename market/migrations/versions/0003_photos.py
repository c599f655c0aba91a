"""Photos of goods, groups, places and work, in their widths."""

from __future__ import annotations

revision = "0003_photos"
down_revision = "0002_guards"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
