"""Photos of goods, groups, places and work, in their widths."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_photos"
down_revision = "0002_guards"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "photo",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("alt_th", sa.Text(), server_default="", nullable=False),
        sa.Column("alt_en", sa.Text(), server_default="", nullable=False),
        sa.Column("caption", sa.Text(), server_default="", nullable=False),
        sa.Column("people_seen", sa.Boolean(), nullable=True),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("placeholder", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "shown_at IS NULL OR (purpose IS NOT NULL AND alt_th <> ''"
            " AND people_seen IS NOT NULL AND (NOT people_seen OR consent_at IS NOT NULL))",
            name=op.f("ck_photo_finished"),
        ),
        sa.CheckConstraint(
            "purpose IN ('product', 'group', 'place', 'step', 'batch')",
            name=op.f("ck_photo_purpose"),
        ),
        sa.CheckConstraint(
            "(purpose IS NOT DISTINCT FROM 'product') = (product_id IS NOT NULL)",
            name=op.f("ck_photo_product"),
        ),
        sa.CheckConstraint("width >= 320 AND height >= 320", name=op.f("ck_photo_size")),
        sa.CheckConstraint("octet_length(placeholder) < 400", name=op.f("ck_photo_placeholder")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_photo_group_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_photo_product_id")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_photo_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("group_id", "sha256", name=op.f("uq_photo_group_id_sha256")),
    )
    op.create_index("ix_photo_group_id", "photo", ["group_id", "position", "id"])
    op.create_index(
        "ix_photo_product_id",
        "photo",
        ["product_id", "position", "id"],
        postgresql_where=sa.text("shown_at IS NOT NULL"),
    )
    op.create_index("ix_photo_sha256", "photo", ["sha256"])
    op.create_table(
        "photo_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("ext", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("width IN (320, 640, 1280)", name=op.f("ck_photo_file_width")),
        sa.CheckConstraint("ext IN ('webp', 'avif')", name=op.f("ck_photo_file_ext")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_photo_file_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["file_sha256"], ["stored_file.sha256"], name=op.f("fk_photo_file_file_sha256")
        ),
        sa.PrimaryKeyConstraint("sha256", "width", "ext", name=op.f("pk_photo_file")),
    )


def downgrade() -> None:
    op.drop_table("photo_file")
    op.drop_table("photo")
