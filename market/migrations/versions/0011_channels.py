"""Notices climb a ladder of channels; answers by chat and text message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011_channels"
down_revision = "0010_signals"

AT = sa.DateTime(timezone=True)
CHANNEL = sa.String(40)
KINDS = ("ask", "tell", "keep")
CHANNELS = ("inapp", "email", "push", "line", "sms", "call")
STATES = ("due", "sending", "sent", "failed")
NEW = ("chat_event", "notice_words", "channel_health", "channel_budget", "channel_month",
       "chat_code", "chat_contact", "push_subscription", "contact_way")  # fmt: skip


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _notice()
    _people()
    _money()
    _words()
    op.create_table(
        "chat_event",
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "event_key", name=op.f("pk_chat_event")),
    )


def _notice() -> None:
    op.add_column("notice", sa.Column("kind", sa.Text(), nullable=False, server_default="tell"))
    op.add_column("notice", sa.Column("over_at", AT))
    op.add_column("notice", sa.Column("cost_satang", sa.BigInteger()))
    op.add_column("notice", sa.Column("carried_by", sa.BigInteger()))
    _values("kind", KINDS)
    _values("channel", CHANNELS)
    _values("noticestate", (*STATES, "spare", "skipped"), "state")
    op.create_index(
        "ix_notice_subject", "notice", ["subject"],
        postgresql_where=sa.text("state IN ('due', 'spare')"),
    )  # fmt: skip
    op.create_index(
        "ix_notice_failed", "notice", ["created_at"], postgresql_where=sa.text("state = 'failed'")
    )
    op.create_index("ix_notice_created", "notice", ["created_at"])


def _values(name: str, values: tuple[str, ...], column: str = "") -> None:
    """The values a column of notice may have; old rows fit the wider list."""
    known = ", ".join(f"'{value}'" for value in values)
    op.execute(f"ALTER TABLE notice DROP CONSTRAINT IF EXISTS ck_notice_{name}")
    op.execute(
        f"ALTER TABLE notice ADD CONSTRAINT ck_notice_{name} CHECK ({column or name} IN ({known}))"
    )


def _people() -> None:
    op.create_table(
        "contact_way",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("position", sa.BigInteger()),
        sa.CheckConstraint("position BETWEEN 1 AND 9", name=op.f("ck_contact_way_position")),
        _user("contact_way"),
        sa.PrimaryKeyConstraint("user_id", "channel", name=op.f("pk_contact_way")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        _user("push_subscription"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
    )
    op.create_index(op.f("ix_push_subscription_user_id"), "push_subscription", ["user_id"])
    op.create_table(
        "chat_contact",
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("met_at", AT, nullable=False),
        sa.Column("left_at", AT),
        _user("chat_contact"),
        sa.PrimaryKeyConstraint("channel", "subject", name=op.f("pk_chat_contact")),
        sa.UniqueConstraint("user_id", "channel", name=op.f("uq_chat_contact_user_id_channel")),
    )
    op.create_table(
        "chat_code",
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        _user("chat_code"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_chat_code")),
        sa.UniqueConstraint("user_id", name=op.f("uq_chat_code_user_id")),
    )


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["user.id"], name=op.f(f"fk_{table}_user_id_user"), ondelete="CASCADE"
    )


def _money() -> None:
    op.create_table(
        "channel_month",
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("satang", sa.BigInteger(), nullable=False, server_default="0"),
        sa.CheckConstraint("messages >= 0 AND satang >= 0", name=op.f("ck_channel_month_used")),
        sa.PrimaryKeyConstraint("channel", "month", name=op.f("pk_channel_month")),
    )
    op.create_table(
        "channel_budget",
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("message_satang", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("month_satang", sa.BigInteger()),
        sa.Column("month_messages", sa.BigInteger()),
        sa.Column("reserve_percent", sa.BigInteger(), nullable=False, server_default="20"),
        sa.CheckConstraint(
            "message_satang >= 0 AND month_satang >= 0 AND month_messages >= 0"
            " AND reserve_percent BETWEEN 0 AND 100",
            name=op.f("ck_channel_budget_amounts"),
        ),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_budget")),
    )
    op.create_table(
        "channel_health",
        sa.Column("channel", CHANNEL, nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("away_until", AT),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_health")),
    )


def _words() -> None:
    op.create_table(
        "notice_words",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, server_default=""),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", AT, nullable=False),
        sa.Column("withdrawn_at", AT),
        sa.CheckConstraint("form IN ('mail', 'short')", name=op.f("ck_notice_words_form")),
        sa.CheckConstraint("language IN ('th', 'en')", name=op.f("ck_notice_words_language")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_words")),
    )
    op.create_index(
        "uq_notice_words_used", "notice_words", ["event", "form", "language"], unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in NEW:
        op.drop_table(table)
    for index in ("ix_notice_created", "ix_notice_failed", "ix_notice_subject"):
        op.drop_index(index, table_name="notice")
    op.execute(
        "DELETE FROM notice WHERE channel NOT IN ('inapp', 'email')"
        " OR state IN ('spare', 'skipped')"
    )
    op.execute("ALTER TABLE notice DROP CONSTRAINT ck_notice_kind")
    _values("channel", ("inapp", "email"))
    _values("noticestate", STATES, "state")
    for column in ("carried_by", "cost_satang", "over_at", "kind"):
        op.drop_column("notice", column)
