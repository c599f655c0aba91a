"""The group's desk: who makes how many, the steps of the work, boxes packed and loaded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012_group_desk"
down_revision = "0011_channels"
STEPS = "'ingredients', 'made', 'own_use', 'packed', 'labelled', 'handed_over'"
STEPS_BEFORE = "'made', 'packed', 'handed_over'"
BOX_COLUMNS = ("packed_at", "packed_by", "loaded_at", "loaded_by")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "member_part",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("units >= 0", name=op.f("ck_member_part_units")),
        sa.CheckConstraint("char_length(name) BETWEEN 1 AND 80", name=op.f("ck_member_part_name")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_member_part_batch_id_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", "name", name=op.f("pk_member_part")),
    )
    op.create_table(
        "batch_tick",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticked_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "step IN ('ingredients', 'own_use', 'labelled')", name=op.f("ck_batch_tick_step")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batch.id"], name=op.f("fk_batch_tick_batch_id_batch")
        ),
        sa.PrimaryKeyConstraint("batch_id", "step", name=op.f("pk_batch_tick")),
    )
    for name in BOX_COLUMNS:
        kind = sa.DateTime(timezone=True) if name.endswith("_at") else sa.Text()
        op.add_column("consignment", sa.Column(name, kind, nullable=True))
    _allow_photos_of(STEPS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DELETE FROM batch_photo WHERE step IN ('ingredients', 'own_use', 'labelled')")
    _allow_photos_of(STEPS_BEFORE)
    for name in BOX_COLUMNS:
        op.drop_column("consignment", name)
    op.drop_table("batch_tick")
    op.drop_table("member_part")


def _allow_photos_of(steps: str) -> None:
    # 0009 gave the name without saying that it was whole, so the convention came before it.
    for name in ("ck_batch_photo_ck_batch_photo_step", "ck_batch_photo_step"):
        op.execute(f"ALTER TABLE batch_photo DROP CONSTRAINT IF EXISTS {name}")
    op.create_check_constraint(op.f("ck_batch_photo_step"), "batch_photo", f"step IN ({steps})")
