"""Standing orders, baskets of several people, gifts."""

from __future__ import annotations

revision = "0006_ordering"
down_revision = "0005_stories"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
