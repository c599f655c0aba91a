"""Standing orders, baskets of several people, gifts, saved addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_ordering"
down_revision = "0005_stories"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    # What the buyer saw when the goods went into the basket, to say when it is different now.
    op.add_column("cart_line", sa.Column("seen_satang", sa.BigInteger(), nullable=True))
    _saved_addresses()
    _standing_orders()
    _gifts()
    _shared_baskets()


def downgrade() -> None:
    for table in (
        "shared_line", "shared_friend", "shared_basket", "gift", "standing_run",
        "standing_line", "standing_order", "saved_address",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("cart_line", "seen_satang")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _ref(name: str, target: str, table: str, *, nullable: bool = False, **how: str) -> list[object]:
    """A column that refers to another table, and its foreign key."""
    key = sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_{table}_{name}"), **how)
    kind = sa.Text() if target.endswith(".code") else sa.BigInteger()
    return [sa.Column(name, kind, nullable=nullable), key]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _choice(name: str, kind: str, *words: str, default: str | None = None) -> sa.Column[str]:
    values = sa.Enum(*words, name=kind, native_enum=False, create_constraint=True, length=40)
    return sa.Column(name, values, nullable=False, server_default=default)


def _makers() -> list[sa.Column[str]]:
    return [
        _choice("maker", "makerchoice", "only", "first", "any"),
        _choice("shortage", "shortagechoice", "fewer", "nothing", default="fewer"),
    ]


def _saved_addresses() -> None:
    table = "saved_address"
    words = ("house_no", "moo", "village", "soi", "road", "note")
    op.create_table(
        table,
        _id(),
        *_ref("user_id", "user.id", table, ondelete="CASCADE"),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        *_ref("tambon_code", "tambon.code", table),
        *[sa.Column(word, sa.Text(), nullable=False, server_default="") for word in words],
        sa.Column("usual", sa.Boolean(), nullable=False, server_default=sa.false()),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_address")),
        sa.CheckConstraint("house_no <> ''", name=op.f("ck_saved_address_house_no")),
    )
    op.create_index("ix_saved_address_user", table, ["user_id", "id"])
    op.create_index(
        "uq_saved_address_usual", table, ["user_id"], unique=True, postgresql_where=sa.text("usual")
    )


def _standing_orders() -> None:
    table = "standing_order"
    op.create_table(
        table,
        _id(),
        *_ref("user_id", "user.id", table),
        *_ref("buyer_id", "buyer.id", table),
        _choice("state", "standingstate", "active", "paused", "ended", default="active"),
        _choice("cycle", "cycle", "weekly", "biweekly", "monthly"),
        sa.Column("every", sa.SmallInteger(), nullable=False, server_default="1"),
        sa.Column("skip_next", sa.Boolean(), nullable=False, server_default=sa.false()),
        _choice(
            "pay_method",
            "paymethod",
            "promptpay",
            "transfer",
            "card",
            "stripe_promptpay",
            "cash",
            "credit",
        ),
        *_ref("point_id", "pickup_point.id", table, nullable=True),
        *_ref("tambon_code", "tambon.code", table, nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("address_note", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"),
        _moment("created_at"),
        _moment("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_order")),
        sa.CheckConstraint("every IN (1, 2)", name=op.f("ck_standing_order_every")),
        sa.CheckConstraint(
            "(point_id IS NULL) = (tambon_code IS NOT NULL)"
            " AND (point_id IS NULL) = (address IS NOT NULL)",
            name=op.f("ck_standing_order_point_or_address"),
        ),
        sa.CheckConstraint(
            "point_id IS NOT NULL OR pay_method <> 'cash'",
            name=op.f("ck_standing_order_cash_at_point"),
        ),
    )
    op.create_index("ix_standing_order_user", table, ["user_id", "id"])
    op.create_index(
        "ix_standing_order_active", table, ["cycle"], postgresql_where=sa.text("state = 'active'")
    )
    _standing_lines()
    _standing_runs()


def _standing_lines() -> None:
    table = "standing_line"
    op.create_table(
        table,
        _id(),
        *_ref("standing_id", "standing_order.id", table, ondelete="CASCADE"),
        *_ref("product_id", "product.id", table),
        *_ref("group_id", "producer_group.id", table, nullable=True),
        *_makers(),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_satang", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_line")),
        sa.UniqueConstraint(
            "standing_id", "product_id", name=op.f("uq_standing_line_standing_id_product_id")
        ),
        sa.CheckConstraint("units BETWEEN 1 AND 100000", name=op.f("ck_standing_line_units")),
        sa.CheckConstraint("ceiling_satang > 0", name=op.f("ck_standing_line_ceiling")),
        sa.CheckConstraint(
            "(maker = 'any') = (group_id IS NULL)", name=op.f("ck_standing_line_maker")
        ),
    )


def _standing_runs() -> None:
    table = "standing_run"
    empty = {"nullable": False}
    op.create_table(
        table,
        _id(),
        *_ref("standing_id", "standing_order.id", table),
        *_ref("round_id", "round.id", table),
        _choice(
            "state",
            "runstate",
            "due",
            "placed",
            "part",
            "failed",
            "skipped",
            "resting",
            default="due",
        ),
        *_ref("order_id", "orders.id", table, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(), server_default=sa.text("'{}'"), **empty),
        sa.Column("missed", postgresql.JSONB(), server_default=sa.text("'[]'"), **empty),
        _moment("created_at"),
        _moment("settled_at", nullable=True),
        _moment("claimed_until", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_run")),
        sa.UniqueConstraint(
            "standing_id", "round_id", name=op.f("uq_standing_run_standing_id_round_id")
        ),
        sa.UniqueConstraint("order_id", name=op.f("uq_standing_run_order_id")),
        sa.CheckConstraint(
            "(state IN ('placed', 'part')) = (order_id IS NOT NULL)",
            name=op.f("ck_standing_run_order"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (reason IS NOT NULL)", name=op.f("ck_standing_run_reason")
        ),
    )
    op.create_index("ix_standing_run_round", table, ["round_id"])
    op.create_index("ix_standing_run_due", table, ["id"], postgresql_where=sa.text("state = 'due'"))


def _gifts() -> None:
    table = "gift"
    op.create_table(
        table,
        *_ref("order_id", "orders.id", table),
        sa.Column("words", sa.Text(), nullable=False, server_default=""),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_gift")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_gift_token_hash")),
        sa.CheckConstraint("length(words) <= 300", name=op.f("ck_gift_words")),
    )


def _shared_baskets() -> None:
    table = "shared_basket"
    op.create_table(
        table,
        _id(),
        *_ref("round_id", "round.id", table),
        *_ref("point_id", "pickup_point.id", table),
        *_ref("user_id", "user.id", table, nullable=True),
        sa.Column("owner_hash", sa.Text(), nullable=True),
        sa.Column("host_name", sa.Text(), nullable=False),
        _choice("state", "basketstate", "open", "closed", "ordered", default="open"),
        sa.Column("serial", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("token_hash", sa.Text(), nullable=False),
        *_ref("order_id", "orders.id", table, nullable=True),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_basket")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_shared_basket_token_hash")),
        sa.UniqueConstraint("order_id", name=op.f("uq_shared_basket_order_id")),
        sa.CheckConstraint(
            "(user_id IS NULL) <> (owner_hash IS NULL)", name=op.f("ck_shared_basket_one_host")
        ),
        sa.CheckConstraint(
            "(state = 'ordered') = (order_id IS NOT NULL)", name=op.f("ck_shared_basket_ordered")
        ),
    )
    op.create_index("ix_shared_basket_user", table, ["user_id"])
    op.create_index("ix_shared_basket_owner", table, ["owner_hash"])
    table = "shared_friend"
    op.create_table(
        table,
        _id(),
        *_ref("basket_id", "shared_basket.id", table, ondelete="CASCADE"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_friend")),
        sa.UniqueConstraint(
            "basket_id", "key_hash", name=op.f("uq_shared_friend_basket_id_key_hash")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_shared_friend_name")),
    )
    table = "shared_line"
    op.create_table(
        table,
        _id(),
        *_ref("friend_id", "shared_friend.id", table, ondelete="CASCADE"),
        *_ref("product_id", "product.id", table),
        sa.Column("units", sa.BigInteger(), nullable=False),
        _moment("added_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_line")),
        sa.UniqueConstraint(
            "friend_id", "product_id", name=op.f("uq_shared_line_friend_id_product_id")
        ),
        sa.CheckConstraint("units BETWEEN 1 AND 100000", name=op.f("ck_shared_line_units")),
    )
