"""Readiness, visits, contacts and flags of groups and tambons; figures of rounds by area."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_mentoring"
down_revision = "0016_campaigns"
TABLES = (
    "figure_run", "round_figure", "flag", "officer", "group_contact", "visit_photo", "visit",
    "readiness_decision", "readiness_check",
)  # fmt: skip


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.create_table(
        "readiness_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "point",
            sa.Enum(
                "own_use",
                "same_quality",
                "papers",
                "cost_known",
                "capacity",
                "organisation",
                "trial_round",
                "story",
                "second_contact",
                "authority",
                name="point",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=True),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticked_by", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("length(note) <= 1000", name=op.f("ck_readiness_check_note")),
        sa.ForeignKeyConstraint(
            ["file_hash"], ["stored_file.sha256"], name=op.f("fk_readiness_check_file_hash")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_readiness_check_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_check")),
        sa.UniqueConstraint("group_id", "point", name=op.f("uq_readiness_check_group_id_point")),
    )
    op.create_table(
        "readiness_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("from_level", sa.SmallInteger(), nullable=False),
        sa.Column("to_level", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "from_level IN (1, 2) AND to_level = 3 - from_level",
            name=op.f("ck_readiness_decision_levels"),
        ),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 1000", name=op.f("ck_readiness_decision_reason")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 10", name=op.f("ck_readiness_decision_score")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_readiness_decision_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_decision")),
    )
    op.create_index(
        "ix_readiness_decision_group", "readiness_decision", ["group_id", "id"], unique=False
    )
    op.create_table(
        "visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "done",
                "cancelled",
                name="visitstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("planned_by", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("looked_at", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("advice", sa.Text(), server_default="", nullable=False),
        sa.Column("next_step", sa.Text(), server_default="", nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("next_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(next_step = '') = (next_on IS NULL)", name=op.f("ck_visit_next_step")),
        sa.CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL) AND (done_at IS NULL) = (done_by IS NULL)",
            name=op.f("ck_visit_done"),
        ),
        sa.CheckConstraint(
            "length(purpose) <= 200 AND length(advice) <= 2000 AND length(next_step) <= 500",
            name=op.f("ck_visit_lengths"),
        ),
        sa.CheckConstraint(
            "next_done_at IS NULL OR next_on IS NOT NULL", name=op.f("ck_visit_next_done")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_visit_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_group", "visit", ["group_id", "id"], unique=False)
    op.create_index(
        "ix_visit_planned",
        "visit",
        ["planned_on"],
        unique=False,
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_index(
        "uq_visit_planned",
        "visit",
        ["group_id", "planned_on"],
        unique=True,
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_table(
        "visit_photo",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_visit_photo_size")),
        sa.ForeignKeyConstraint(
            ["file_hash"], ["stored_file.sha256"], name=op.f("fk_visit_photo_file_hash")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_photo_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_photo")),
        sa.UniqueConstraint(
            "visit_id", "file_hash", name=op.f("uq_visit_photo_visit_id_file_hash")
        ),
    )
    op.create_table(
        "group_contact",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("part", sa.Text(), server_default="", nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 200 AND length(part) <= 100",
            name=op.f("ck_group_contact_name"),
        ),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_group_contact_dates")),
        sa.CheckConstraint(
            "phone IS NOT NULL OR to_on IS NOT NULL", name=op.f("ck_group_contact_reachable")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_group_contact_group_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_contact")),
    )
    op.create_index(op.f("ix_group_contact_group_id"), "group_contact", ["group_id"], unique=False)
    op.create_index(
        "uq_group_contact_phone",
        "group_contact",
        ["group_id", "phone"],
        unique=True,
        postgresql_where=sa.text("to_on IS NULL"),
    )
    op.create_table(
        "officer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("after_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirm_note", sa.Text(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 200 AND length(office) <= 200",
            name=op.f("ck_officer_name"),
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL) AND (confirmed_at IS NULL) = (confirm_note IS NULL)",
            name=op.f("ck_officer_confirmed"),
        ),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_officer_dates")),
        sa.CheckConstraint(
            "phone IS NOT NULL OR to_on IS NOT NULL", name=op.f("ck_officer_reachable")
        ),
        sa.ForeignKeyConstraint(["after_id"], ["officer.id"], name=op.f("fk_officer_after_id")),
        sa.ForeignKeyConstraint(
            ["tambon_code"], ["tambon.code"], name=op.f("fk_officer_tambon_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("after_id", name=op.f("uq_officer_after_id")),
    )
    op.create_index(op.f("ix_officer_tambon_code"), "officer", ["tambon_code"], unique=False)
    op.create_index(
        "uq_officer_now",
        "officer",
        ["tambon_code"],
        unique=True,
        postgresql_where=sa.text("to_on IS NULL"),
    )
    op.create_table(
        "flag",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "silent",
                "paper_lapsed",
                "officer_changed",
                "no_organisation",
                "not_offered",
                "paper_lapsing",
                "no_contact",
                name="flagkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("thing", sa.Text(), nullable=False),
        sa.Column("tambon_code", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "data",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(seen_at IS NULL) = (seen_by IS NULL) AND (seen_at IS NULL) = (note IS NULL)",
            name=op.f("ck_flag_seen"),
        ),
        sa.CheckConstraint("length(note) BETWEEN 1 AND 1000", name=op.f("ck_flag_note")),
        sa.CheckConstraint("opened_at <= closed_at", name=op.f("ck_flag_dates")),
        sa.ForeignKeyConstraint(["group_id"], ["producer_group.id"], name=op.f("fk_flag_group_id")),
        sa.ForeignKeyConstraint(["tambon_code"], ["tambon.code"], name=op.f("fk_flag_tambon_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flag")),
    )
    op.create_index(
        "ix_flag_area",
        "flag",
        ["tambon_code"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_flag_group_id"), "flag", ["group_id"], unique=False)
    op.create_index(
        "uq_flag_open",
        "flag",
        ["kind", "thing"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "round_figure",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("groups", sa.BigInteger(), nullable=False),
        sa.Column("households", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.BigInteger(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.Column("asked_units", sa.BigInteger(), nullable=False),
        sa.Column("filled_units", sa.BigInteger(), nullable=False),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("on_time", sa.BigInteger(), nullable=False),
        sa.Column("goods_satang", sa.BigInteger(), nullable=False),
        sa.Column("makers_satang", sa.BigInteger(), nullable=False),
        sa.Column("surplus_satang", sa.BigInteger(), nullable=False),
        sa.Column("buyers", sa.BigInteger(), nullable=False),
        sa.Column("came_again", sa.BigInteger(), nullable=False),
        sa.Column("shared", sa.BigInteger(), nullable=False),
        sa.Column("due_satang", sa.BigInteger(), nullable=False),
        sa.Column("got_satang", sa.BigInteger(), nullable=False),
        sa.Column("fair_satang", sa.BigInteger(), nullable=False),
        sa.Column("low_permille", sa.BigInteger(), nullable=True),
        sa.Column("middle_permille", sa.BigInteger(), nullable=True),
        sa.Column("high_permille", sa.BigInteger(), nullable=True),
        sa.Column("hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "area_code ~ '^(\\d{2}|\\d{6})?$'", name=op.f("ck_round_figure_area_code")
        ),
        sa.CheckConstraint(
            "answered BETWEEN 0 AND asks AND filled_units BETWEEN 0 AND asked_units"
            " AND on_time BETWEEN 0 AND batches AND came_again BETWEEN 0 AND buyers"
            " AND fair_satang BETWEEN 0 AND due_satang AND got_satang >= 0",
            name=op.f("ck_round_figure_parts"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_round_figure_group_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_figure_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_figure")),
        sa.UniqueConstraint(
            "round_id",
            "area_code",
            "group_id",
            name="uq_round_figure_once",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_round_figure_area", "round_figure", ["area_code", "round_id"], unique=False)
    op.create_index("ix_round_figure_group", "round_figure", ["group_id", "round_id"], unique=False)
    op.create_table(
        "figure_run",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("summed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_figure_run_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_figure_run")),
    )
    op.execute(
        "CREATE TRIGGER readiness_decision_append_only BEFORE UPDATE OR DELETE"
        " ON readiness_decision FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
