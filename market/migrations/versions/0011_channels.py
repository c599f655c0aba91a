"""Notices climb a ladder of channels; answers by chat and text message."""

from __future__ import annotations

revision = "0011_channels"
down_revision = "0010_signals"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
