"""Consents, sign-in by LINE, data taken away and deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_people"
down_revision = "0006_ordering"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("user", sa.Column("deleted_at", MOMENT, nullable=True))
    op.add_column("buyer", sa.Column("forgotten_at", MOMENT, nullable=True))
    op.drop_constraint(op.f("ck_buyer_reachable"), "buyer", type_="check")
    op.create_check_constraint(
        op.f("ck_buyer_reachable"),
        "buyer",
        "phone IS NOT NULL OR email IS NOT NULL OR forgotten_at IS NOT NULL",
    )
    _add_identity()
    _add_consent_event()
    _add_data_export()
    _add_account_deletion()
    _let_papers_forget()
    _add_thai_order()


def _add_thai_order() -> None:
    """As market.thai.sort_key, for names that have no key stored beside them. Not by a collation
    of ICU: not every PostgreSQL is built with it.
    """
    op.execute(
        r"""
        CREATE FUNCTION thai_order(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        AS $$
            SELECT regexp_replace(k, '[\u0e47-\u0e4e]', '', 'g') || chr(1)
                || regexp_replace(k, '[^\u0e47-\u0e4e]', '', 'g')
              FROM (SELECT regexp_replace(
                               regexp_replace(
                                   translate(lower($1), '๐๑๒๓๔๕๖๗๘๙-.,''"/()', '0123456789'),
                                   '(?<=[\u0e01-\u0e4e]) (?=[\u0e01-\u0e4e])', '', 'g'),
                               '([\u0e40-\u0e44])([\u0e01-\u0e2e])', '\2\1', 'g') AS k) key
        $$
        """
    )


def _add_identity() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("linked_at", MOMENT, nullable=False),
        sa.CheckConstraint("provider IN ('line')", name=op.f("ck_identity_provider")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_identity_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("provider", "subject", name=op.f("uq_identity_provider_subject")),
        sa.UniqueConstraint("user_id", "provider", name=op.f("uq_identity_user_id_provider")),
    )


def _add_consent_event() -> None:
    op.create_table(
        "consent_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("words_version", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('news', 'review_name', 'photo')", name=op.f("ck_consent_event_kind")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_consent_event_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_event")),
    )
    op.create_index("ix_consent_event_user", "consent_event", ["user_id", "kind", "id"])
    op.execute(
        "CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON consent_event"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    # What stands now; whoever has said nothing has no row, and nothing is given.
    op.execute(
        "CREATE VIEW consent_now AS SELECT DISTINCT ON (user_id, kind)"
        " user_id, kind, given, words_version, place, at"
        " FROM consent_event ORDER BY user_id, kind, id DESC"
    )


def _add_data_export() -> None:
    op.create_table(
        "data_export",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("parts_done", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("parts_total", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("tries", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("ready_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'ready', 'failed', 'expired')", name=op.f("ck_data_export_state")
        ),
        sa.CheckConstraint(
            "(state = 'ready') = (sha256 IS NOT NULL)", name=op.f("ck_data_export_file")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_data_export_user_id")),
        sa.ForeignKeyConstraint(
            ["sha256"], ["stored_file.sha256"], name=op.f("fk_data_export_sha256")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_export")),
    )
    op.create_index("ix_data_export_user", "data_export", ["user_id", "id"])
    op.create_index(
        "uq_data_export_asked",
        "data_export",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    op.create_index(
        "ix_data_export_due",
        "data_export",
        ["state", "expires_at"],
        postgresql_where=sa.text("state IN ('asked', 'ready')"),
    )


def _add_account_deletion() -> None:
    op.create_table(
        "account_deletion",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("cancelled_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "cancelled_at IS NULL OR done_at IS NULL", name=op.f("ck_account_deletion_one_end")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_account_deletion_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_deletion")),
    )
    op.create_index(
        "uq_account_deletion_open",
        "account_deletion",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("cancelled_at IS NULL AND done_at IS NULL"),
    )
    op.create_index(
        "ix_account_deletion_due",
        "account_deletion",
        ["due_at"],
        postgresql_where=sa.text("cancelled_at IS NULL AND done_at IS NULL"),
    )


def _let_papers_forget() -> None:
    """The one change a paper allows: its buyer's name becomes a dash, all else as it was."""
    op.execute(
        """
        CREATE FUNCTION refuse_change_but_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE'
               AND to_jsonb(NEW) - 'content' = to_jsonb(OLD) - 'content'
               AND NEW.content = jsonb_set(OLD.content, '{buyer}', '"–"', false) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is append-only: add a correcting row instead', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute("DROP TRIGGER paper_append_only ON paper")
    op.execute(
        "CREATE TRIGGER paper_append_only BEFORE UPDATE OR DELETE ON paper"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change_but_forgetting()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION thai_order(text)")
    op.execute("DROP TRIGGER paper_append_only ON paper")
    op.execute(
        "CREATE TRIGGER paper_append_only BEFORE UPDATE OR DELETE ON paper"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute("DROP FUNCTION refuse_change_but_forgetting()")
    for table in ("account_deletion", "data_export"):
        op.drop_table(table)
    op.execute("DROP VIEW consent_now")
    op.drop_table("consent_event")
    op.drop_table("identity")
    op.drop_constraint(op.f("ck_buyer_reachable"), "buyer", type_="check")
    # NOT VALID: buyers who were forgotten stay so.
    op.execute(
        "ALTER TABLE buyer ADD CONSTRAINT ck_buyer_reachable"
        " CHECK (phone IS NOT NULL OR email IS NOT NULL) NOT VALID"
    )
    op.drop_column("buyer", "forgotten_at")
    op.drop_column("user", "deleted_at")
