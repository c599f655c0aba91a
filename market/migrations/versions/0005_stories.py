"""Stories, steps of making, people, questions and answers of the communities; checked papers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_stories"
down_revision = "0004_finding"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "story",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("source_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("source_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("body_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("body_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_story_group_id")
        ),
        sa.UniqueConstraint("group_id", name=op.f("uq_story_group_id")),
        sa.CheckConstraint(
            "published_at IS NULL OR body_th <> ''", name=op.f("ck_story_published")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
    )
    op.create_table(
        "making_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("words_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("words_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("minutes", sa.BigInteger(), nullable=True),
        sa.Column(
            "icon",
            sa.Enum(
                "gather",
                "wash",
                "sort",
                "hands",
                "heat",
                "dry",
                "rest",
                "weave",
                "mix",
                "check",
                "pack",
                name="stepicon",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
            server_default=sa.text("'hands'"),
        ),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_making_step_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_making_step_product_id")
        ),
        sa.UniqueConstraint(
            "group_id",
            "product_id",
            "number",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_making_step_group_id_product_id_number"),
        ),
        sa.CheckConstraint("number > 0 AND minutes > 0", name=op.f("ck_making_step_positive")),
        sa.CheckConstraint(
            "published_at IS NULL OR words_th <> ''", name=op.f("ck_making_step_published")
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], ondelete="SET NULL", name=op.f("fk_making_step_photo_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_making_step")),
    )
    op.create_table(
        "portrait",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("name_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("name_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("role_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("role_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("words_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("words_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column(
            "consent",
            sa.Enum(
                "not_asked",
                "written",
                "spoken",
                name="consent",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
            server_default=sa.text("'not_asked'"),
        ),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_portrait_group_id")
        ),
        sa.CheckConstraint(
            "published_at IS NULL OR (name_th <> '' AND consent IN ('written', 'spoken') AND consent_at IS NOT NULL)",
            name=op.f("ck_portrait_published"),
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], ondelete="SET NULL", name=op.f("fk_portrait_photo_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portrait")),
    )
    op.create_table(
        "capital",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "resource",
                "social",
                "economic",
                "cultural",
                name="capitalkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
            server_default=sa.text("'resource'"),
        ),
        sa.Column("name_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("name_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("words_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("words_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("owner_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("owner_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_capital_group_id")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_capital_product_id")),
        sa.CheckConstraint(
            "published_at IS NULL OR name_th <> ''", name=op.f("ck_capital_published")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capital")),
    )
    op.create_table(
        "article",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("title_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("title_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("author", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("source_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("source_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("body_th", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("body_en", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("photo_id", sa.BigInteger(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_article_group_id")
        ),
        sa.CheckConstraint(
            "published_at IS NULL OR (title_th <> '' AND author <> '' AND body_th <> '')",
            name=op.f("ck_article_published"),
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photo.id"], ondelete="SET NULL", name=op.f("fk_article_photo_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
    )
    op.create_table(
        "question",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("reports", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_question_group_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_question_product_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_question_user_id")),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_question_buyer_id")),
        sa.CheckConstraint("words <> ''", name=op.f("ck_question_words")),
        sa.CheckConstraint(
            "user_id IS NOT NULL OR buyer_id IS NOT NULL", name=op.f("ck_question_asker")
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by IS NULL)",
            name=op.f("ck_question_answered"),
        ),
        sa.CheckConstraint(
            "(hidden_at IS NULL) = (hidden_reason IS NULL)", name=op.f("ck_question_hidden")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    for table in ("portrait", "capital", "article"):
        op.create_index(f"ix_{table}_group_id", table, ["group_id"])
    op.create_index("ix_making_step_product", "making_step", ["product_id", "group_id"])
    op.create_index(
        "ix_article_published",
        "article",
        ["published_at"],
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index("ix_question_group", "question", ["group_id", "answered_at"])
    op.create_index("ix_question_product", "question", ["product_id"])
    op.add_column("certificate", sa.Column("issuer", sa.Text()))
    op.add_column("certificate", sa.Column("issued_on", sa.Date()))
    op.add_column("certificate", sa.Column("checked_by", sa.Text()))
    op.add_column("certificate", sa.Column("checked_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_certificate_checked"),
        "certificate",
        "(checked_by IS NULL) = (checked_at IS NULL)"
        " AND (checked_at IS NULL OR (number IS NOT NULL AND issuer IS NOT NULL))",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_certificate_checked"), "certificate")
    for column in ("checked_at", "checked_by", "issued_on", "issuer"):
        op.drop_column("certificate", column)
    for table in ("question", "article", "capital", "portrait", "making_step", "story"):
        op.drop_table(table)
