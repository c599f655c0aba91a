"""Frozen figures of rounds, reports made of them, and who gets them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018_reports"
down_revision = "0017_mentoring"
TABLES = (
    "report_sending", "report_recipient", "report_schedule", "report_job", "report_line",
    "report_order", "report_thing", "report_snapshot",
)  # fmt: skip
MOMENT = sa.DateTime(timezone=True)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _big(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null, server_default=default)


def _words(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null, server_default=default)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _snapshots()
    _jobs()
    _schedules()
    _trigger()


def _snapshots() -> None:
    op.create_table(
        "report_snapshot",
        _id(),
        _big("round_id"),
        _words("stage"),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        _words("state", default="due"),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("frozen_at", MOMENT, nullable=True),
        _big("orders", default="0"),
        _big("lines", default="0"),
        _words("signature", default=""),
        sa.CheckConstraint(
            "stage IN ('open', 'closed', 'confirming', 'paying', 'producing', 'delivering', 'completed',"
            " 'cancelled')",
            name=op.f("ck_report_snapshot_stage"),
        ),
        sa.CheckConstraint(
            "state IN ('due', 'frozen', 'dropped')", name=op.f("ck_report_snapshot_state")
        ),
        sa.CheckConstraint(
            "(state = 'due') = (frozen_at IS NULL)", name=op.f("ck_report_snapshot_frozen")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_report_snapshot_round_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_snapshot")),
        sa.UniqueConstraint(
            "round_id", "stage", "version", name=op.f("uq_report_snapshot_round_id_stage_version")
        ),
    )
    op.create_index(
        "uq_report_snapshot_due", "report_snapshot", ["round_id", "stage"], unique=True,
        postgresql_where=sa.text("state = 'due'"),
    )  # fmt: skip
    op.create_table(
        "report_thing",
        _big("snapshot_id"),
        _words("kind"),
        _big("ref_id"),
        _words("code"),
        _words("name_th"),
        _words("name_en"),
        _words("unit_th", default=""),
        _words("unit_en", default=""),
        _words("place_th", default=""),
        _words("place_en", default=""),
        _words("area_code", default=""),
        _big("weight_g", default="0"),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["report_snapshot.id"], name=op.f("fk_report_thing_snapshot_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "kind", "ref_id", name=op.f("pk_report_thing")),
    )  # fmt: skip
    op.create_table(
        "report_order",
        _big("snapshot_id"),
        _big("order_id"),
        _words("number"),
        _words("buyer"),
        _words("phone", null=True),
        _big("point_id", null=True),
        _words("tambon_code"),
        _words("place_th"),
        _words("place_en"),
        _words("address", null=True),
        sa.Column("delivery_on", sa.Date(), nullable=False),
        _words("pickup_code"),
        _words("pay_method"),
        _big("fee_satang"),
        sa.Column("placed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["report_snapshot.id"], name=op.f("fk_report_order_snapshot_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "order_id", name=op.f("pk_report_order")),
    )  # fmt: skip
    op.create_index("ix_report_order_order_id", "report_order", ["order_id"])
    op.create_table(
        "report_line",
        _big("snapshot_id"),
        _big("line_id"),
        _big("batch_id", default="0"),
        _big("order_id"),
        _big("product_id"),
        _big("group_id", null=True),
        _big("wanted_units"),
        _big("given_units"),
        _big("received_units", default="0"),
        _big("unit_satang"),
        _big("amount_satang"),
        _words("reason", null=True),
        sa.CheckConstraint(
            "wanted_units >= given_units AND given_units >= received_units"
            " AND received_units >= 0",
            name=op.f("ck_report_line_units"),
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["report_snapshot.id"], name=op.f("fk_report_line_snapshot_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "line_id", "batch_id", name=op.f("pk_report_line")),
    )  # fmt: skip
    op.create_index("ix_report_line_group", "report_line", ["snapshot_id", "group_id"])


def _jobs() -> None:
    op.create_table(
        "report_job",
        _id(),
        _words("fingerprint"),
        _words("report"),
        _words("format"),
        _words("language", default="th"),
        _big("round_id", null=True),
        _big("snapshot_id", null=True),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("month_on", sa.Date(), nullable=True),
        sa.Column("areas", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("group_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        _big("asked_by"),
        sa.Column("asked_at", MOMENT, nullable=False),
        _words("state", default="asked"),
        _big("rows_done", default="0"),
        _big("rows_expected", default="0"),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        _words("sha256", null=True),
        sa.Column("ready_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'ready', 'failed', 'expired')", name=op.f("ck_report_job_state")
        ),
        sa.CheckConstraint(
            "(state = 'ready') = (sha256 IS NOT NULL)", name=op.f("ck_report_job_file")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user.id"], name=op.f("fk_report_job_asked_by"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_report_job_round_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["report_snapshot.id"], name=op.f("fk_report_job_snapshot_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_report_job_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_job")),
    )  # fmt: skip
    op.create_index(
        "uq_report_job_live", "report_job", ["fingerprint"], unique=True,
        postgresql_where=sa.text("state IN ('asked', 'ready')"),
    )  # fmt: skip
    op.create_index(
        "ix_report_job_due", "report_job", ["state", "expires_at"],
        postgresql_where=sa.text("state IN ('asked', 'ready')"),
    )  # fmt: skip
    op.create_index("ix_report_job_asked_by", "report_job", ["asked_by", "id"])


def _schedules() -> None:
    op.create_table(
        "report_schedule",
        _id(),
        _big("user_id"),
        _words("report"),
        _words("format"),
        _words("occasion"),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "occasion IN ('closed', 'confirmed', 'delivery_day', 'monthly')",
            name=op.f("ck_report_schedule_occasion"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_report_schedule_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedule")),
    )
    op.create_index(
        "uq_report_schedule_live", "report_schedule", ["user_id", "report", "format", "occasion"],
        unique=True, postgresql_where=sa.text("stopped_at IS NULL"),
    )  # fmt: skip
    op.create_table(
        "report_recipient",
        _big("schedule_id"),
        _big("user_id"),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["report_schedule.id"], name=op.f("fk_report_recipient_schedule_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_report_recipient_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule_id", "user_id", name=op.f("pk_report_recipient")),
    )  # fmt: skip
    op.create_index("ix_report_recipient_user_id", "report_recipient", ["user_id"])
    op.create_table(
        "report_sending",
        _big("schedule_id"),
        _big("user_id"),
        _words("occurrence"),
        _big("job_id", null=True),
        sa.Column("sent_at", MOMENT, nullable=False),
        _words("outcome"),
        sa.CheckConstraint(
            "outcome IN ('told', 'no_right')", name=op.f("ck_report_sending_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id", "user_id"],
            ["report_recipient.schedule_id", "report_recipient.user_id"],
            name=op.f("fk_report_sending_schedule_id_user_id"), ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["report_job.id"], name=op.f("fk_report_sending_job_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint(
            "schedule_id", "user_id", "occurrence", name=op.f("pk_report_sending")
        ),
    )  # fmt: skip


def _trigger() -> None:
    # Rounds that are under way already: their present state is due.
    op.execute(
        "INSERT INTO report_snapshot (round_id, stage, version, due_at)"
        " SELECT id, CASE state WHEN 'matched' THEN 'closed' ELSE state END, 1, now() FROM round"
        " WHERE state NOT IN ('draft', 'open')"
    )
    # Due in the same transaction as the state: a crash after it loses nothing.
    op.execute(
        """
        CREATE FUNCTION report_is_due() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO report_snapshot (round_id, stage, version, due_at)
            SELECT NEW.id, NEW.state, coalesce(max(version), 0) + 1, now()
              FROM report_snapshot WHERE round_id = NEW.id AND stage = NEW.state
            ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER round_report_due AFTER INSERT OR UPDATE OF state ON round FOR EACH ROW"
        " WHEN (NEW.state IN ('closed', 'confirming', 'paying', 'producing', 'delivering',"
        " 'completed', 'cancelled')) EXECUTE FUNCTION report_is_due()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER round_report_due ON round")
    op.execute("DROP FUNCTION report_is_due()")
    for table in TABLES:
        op.drop_table(table)
