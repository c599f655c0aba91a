"""What the search and the calendar need."""

from __future__ import annotations

revision = "0004_finding"
down_revision = "0003_photos"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
