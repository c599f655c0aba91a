"""Sheets brought in: checked, applied, undone; household books."""

from __future__ import annotations

revision = "0019_imports"
down_revision = "0018_reports"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
