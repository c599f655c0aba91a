"""Sheets brought in: checked, applied, undone; household books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019_imports"
down_revision = "0018_reports"

KINDS = "kind IN ('products', 'offers', 'orders', 'books')"
STATES = (
    "state IN ('matching', 'checking', 'checked', 'applying', 'applied', 'undoing', 'undone',"
    " 'dropped')"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _imports()
    _rows()
    _households()
    _entries()


def _imports() -> None:
    op.create_table(
        "sheet_import",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("kept_file", sa.Text(), nullable=True),
        sa.Column("head_row", sa.BigInteger(), nullable=False),
        sa.Column("heads", postgresql.JSONB(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("total_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("new_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("changed_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("same_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("wrong_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("moved_rows", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("good_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("emptied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(KINDS, name=op.f("ck_sheet_import_kind")),
        sa.CheckConstraint(STATES, name=op.f("ck_sheet_import_state")),
        sa.CheckConstraint(
            "area_code ~ '^(\\d{2}|\\d{4}|\\d{6})?$'", name=op.f("ck_sheet_import_area_code")
        ),
        sa.CheckConstraint(
            "(kind IN ('offers', 'orders')) = (round_id IS NOT NULL)",
            name=op.f("ck_sheet_import_of_a_round"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sheet_import_user_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_sheet_import_round_id")),
        sa.ForeignKeyConstraint(
            ["kept_file"], ["stored_file.sha256"], name=op.f("fk_sheet_import_kept_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_import")),
    )
    op.create_index("ix_sheet_import_user_id", "sheet_import", ["user_id"])
    op.create_index("ix_sheet_import_round_id", "sheet_import", ["round_id"])
    op.create_index("ix_sheet_import_kept_file", "sheet_import", ["kept_file"])
    op.create_index(
        "ix_sheet_import_due",
        "sheet_import",
        ["id"],
        postgresql_where=sa.text("state IN ('checking', 'applying', 'undoing')"),
    )
    op.create_index(
        "ix_sheet_import_over",
        "sheet_import",
        ["expires_at"],
        postgresql_where=sa.text("emptied_at IS NULL"),
    )
    # What was carried out is carried out once, whoever sends the file again.
    op.create_index(
        "uq_sheet_import_applied",
        "sheet_import",
        ["kind", "round_id", "file_hash"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("state IN ('applying', 'applied', 'undoing')"),
    )


def _rows() -> None:
    op.create_table(
        "sheet_row",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("row_no", sa.BigInteger(), nullable=False),
        sa.Column("cells", postgresql.JSONB(), nullable=False),
        sa.Column("given", postgresql.JSONB(), nullable=False),
        sa.Column("faults", postgresql.JSONB(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_data", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "effect IN ('new', 'changed', 'same', 'wrong')", name=op.f("ck_sheet_row_effect")
        ),
        sa.CheckConstraint(
            "outcome IN ('applied', 'refused', 'undone', 'kept')",
            name=op.f("ck_sheet_row_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["sheet_import.id"],
            name=op.f("fk_sheet_row_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("import_id", "row_no", name=op.f("pk_sheet_row")),
    )
    op.create_index("ix_sheet_row_effect", "sheet_row", ["import_id", "effect", "row_no"])


def _households() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("consent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("char_length(code) BETWEEN 1 AND 40", name=op.f("ck_household_code")),
        sa.ForeignKeyConstraint(
            ["tambon_code"], ["tambon.code"], name=op.f("fk_household_tambon_code")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_household_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("tambon_code", "code", name=op.f("uq_household_tambon_code_code")),
    )
    op.create_index("ix_household_user_id", "household", ["user_id"])
    op.create_index("ix_household_phone", "household", ["phone"])


def _entries() -> None:
    op.create_table(
        "household_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("amount_satang", sa.BigInteger(), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_satang >= 0", name=op.f("ck_household_entry_amount")),
        sa.CheckConstraint(
            "month = date_trunc('month', month)::date", name=op.f("ck_household_entry_month")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"],
            ["household.id"],
            name=op.f("fk_household_entry_household_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_entry")),
        sa.UniqueConstraint(
            "household_id",
            "month",
            "category",
            name=op.f("uq_household_entry_household_id_month_category"),
        ),
    )


def downgrade() -> None:
    for table in ("household_entry", "household", "sheet_row", "sheet_import"):
        op.drop_table(table)
