"""Round templates, repetition, copies, days without work."""

from __future__ import annotations

revision = "0015_planning"
down_revision = "0014_gathering"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
