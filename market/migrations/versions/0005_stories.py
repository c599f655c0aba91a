"""Stories, steps of making, people, questions and answers of the communities."""

from __future__ import annotations

revision = "0005_stories"
down_revision = "0004_finding"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
