"""Goods asked for that are on no shelf, the groups' answers, and orders paid with a deposit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0008_made_to_order"
down_revision = "0007_people"

REQUEST_STATES = ("draft", "proving", "asked", "agreed", "lapsed", "withdrawn", "expired")
INVITE_STATES = ("waiting", "offered", "cannot", "silent", "withdrawn", "chosen", "passed")
BUYER_KINDS = ("person", "hospital", "school", "shop", "other")
COMPLETE = (
    "state IN ('draft', 'withdrawn') OR (words IS NOT NULL AND units IS NOT NULL"
    " AND unit_th IS NOT NULL AND unit_en IS NOT NULL AND max_price_satang IS NOT NULL"
    " AND needed_on IS NOT NULL AND tambon_code IS NOT NULL AND buyer_kind IS NOT NULL"
    " AND name IS NOT NULL AND phone IS NOT NULL"
    " AND (point_id IS NULL) = (address IS NOT NULL))"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _requests()
    _invites()
    _questions()
    _around()


def downgrade() -> None:
    op.execute("DELETE FROM signed_link WHERE request_id IS NOT NULL")
    op.drop_index("ix_signed_link_request_id", "signed_link")
    _purposes("answer", "order")
    op.drop_constraint(op.f("ck_signed_link_bound"), "signed_link", type_="check")
    op.drop_column("signed_link", "request_id")
    op.create_check_constraint(
        op.f("ck_signed_link_bound"), "signed_link", "group_id IS NOT NULL OR order_id IS NOT NULL"
    )
    for constraint in ("deposit", "balance"):
        op.drop_constraint(op.f(f"ck_charge_{constraint}"), "charge", type_="check")
    op.drop_column("charge", "balance_by")
    op.drop_column("charge", "deposit_satang")
    op.drop_column("round", "private")
    for table in ("request_question", "request_invite", "goods_request"):
        op.drop_table(table)


def _words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=True) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=True) for name in names]


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _requests() -> None:
    name = "goods_request"
    op.create_table(
        name,
        _id(),
        sa.Column("state", _words("requeststate", REQUEST_STATES), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        *_texts("draft_hash", "org_name", "tax_id", "name", "phone", "email", "words",
                "category_key", "picture_hash", "unit_th", "unit_en", "tambon_code",
                "address", "address_note", "closed_reason"),
        *_numbers("buyer_id", "product_id", "units", "max_price_satang", "point_id", "order_id",
                  "round_id", "follows_id"),
        sa.Column("buyer_kind", _words("buyerkind", BUYER_KINDS), nullable=True),
        sa.Column("ship_weight_g", sa.BigInteger(), server_default="1000", nullable=False),
        sa.Column("standards", pg.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("needed_on", sa.Date(), nullable=True),
        sa.Column("deposit_basis_points", sa.BigInteger(), nullable=True),
        sa.Column("sample", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _moment("created_at", nullable=False),
        *map(_moment, ("asked_at", "answer_by", "choose_by", "ready_told_at", "agreed_at",
                       "closed_at")),
        _key(name, "buyer_id", "buyer.id"),
        _key(name, "category_key", "category.key"),
        _key(name, "product_id", "product.id"),
        _key(name, "picture_hash", "stored_file.sha256"),
        _key(name, "tambon_code", "tambon.code"),
        _key(name, "point_id", "pickup_point.id"),
        _key(name, "order_id", "orders.id"),
        _key(name, "round_id", "round.id"),
        _key(name, "follows_id", "goods_request.id"),
        *(sa.UniqueConstraint(column, name=op.f(f"uq_{name}_{column}"))
          for column in ("draft_hash", "order_id", "round_id", "follows_id")),
        sa.CheckConstraint(COMPLETE, name=op.f(f"ck_{name}_complete")),
        sa.CheckConstraint(
            "state IN ('draft', 'proving', 'withdrawn') OR (buyer_id IS NOT NULL"
            " AND asked_at IS NOT NULL AND answer_by > asked_at AND choose_by > answer_by"
            " AND deposit_basis_points IS NOT NULL)", name=op.f(f"ck_{name}_asked")),
        sa.CheckConstraint(
            "(state IN ('agreed', 'lapsed')) = (order_id IS NOT NULL AND round_id IS NOT NULL)",
            name=op.f(f"ck_{name}_agreed")),
        sa.CheckConstraint("units BETWEEN 1 AND 100000 AND ship_weight_g BETWEEN 1 AND 1000000",
                           name=op.f(f"ck_{name}_units")),
        sa.CheckConstraint("max_price_satang > 0", name=op.f(f"ck_{name}_price")),
        sa.CheckConstraint("deposit_basis_points BETWEEN 0 AND 10000",
                           name=op.f(f"ck_{name}_deposit")),
    )  # fmt: skip
    op.create_index("ix_goods_request_buyer", name, ["buyer_id"])
    op.create_index("ix_goods_request_due", name, ["answer_by"],
                    postgresql_where=sa.text("state = 'asked'"))  # fmt: skip
    op.create_index("ix_goods_request_agreed", name, ["id"],
                    postgresql_where=sa.text("state = 'agreed'"))  # fmt: skip


def _invites() -> None:
    name = "request_invite"
    op.create_table(
        name,
        _id(),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _words("invitestate", INVITE_STATES), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("score", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reasons", pg.JSONB(), server_default="[]", nullable=False),
        sa.Column("lot_units", sa.BigInteger(), server_default="1", nullable=False),
        *_numbers("product_id", "price_satang", "units", "chosen_units"),
        sa.Column("ready_on", sa.Date(), nullable=True),
        *_texts("words", "cannot_reason", "answered_by", "call_note", "added_by"),
        sa.Column("on_behalf", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _moment("asked_at", nullable=False),
        *map(_moment, ("reminded_at", "answered_at")),
        _key(name, "request_id", "goods_request.id"),
        _key(name, "group_id", "producer_group.id"),
        _key(name, "product_id", "product.id"),
        sa.UniqueConstraint("request_id", "group_id", name=op.f(f"uq_{name}_request_id")),
        sa.CheckConstraint(
            "state NOT IN ('offered', 'chosen', 'passed') OR (price_satang > 0 AND units > 0"
            " AND ready_on IS NOT NULL)", name=op.f(f"ck_{name}_answer")),
        sa.CheckConstraint("lot_units > 0 AND units % lot_units = 0", name=op.f(f"ck_{name}_lots")),
        sa.CheckConstraint(
            "(state = 'chosen') = (chosen_units IS NOT NULL) AND chosen_units > 0"
            " AND chosen_units <= units AND chosen_units % lot_units = 0",
            name=op.f(f"ck_{name}_chosen")),
        sa.CheckConstraint("NOT on_behalf OR call_note IS NOT NULL",
                           name=op.f(f"ck_{name}_call_note")),
    )  # fmt: skip
    op.create_index("ix_request_invite_group", name, ["group_id", "state"])


def _questions() -> None:
    name = "request_question"
    op.create_table(
        name,
        _id(),
        sa.Column("invite_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        _moment("asked_at", nullable=False),
        *_texts("answer"),
        _moment("answered_at"),
        _key(name, "invite_id", "request_invite.id"),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f(f"ck_{name}_answered")
        ),
    )
    op.create_index("ix_request_question_invite_id", name, ["invite_id"])


def _around() -> None:
    """A round of its own, a part paid first, and links to a request."""
    op.add_column(
        "round",
        sa.Column("private", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("charge", sa.Column("deposit_satang", sa.BigInteger(), nullable=True))
    op.add_column("charge", _moment("balance_by"))
    op.create_check_constraint(op.f("ck_charge_deposit"), "charge", "deposit_satang > 0")
    op.create_check_constraint(
        op.f("ck_charge_balance"), "charge", "(deposit_satang IS NULL) = (balance_by IS NULL)"
    )
    op.add_column("signed_link", sa.Column("request_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_signed_link_request_id"), "signed_link", "goods_request", ["request_id"], ["id"]
    )
    op.create_index("ix_signed_link_request_id", "signed_link", ["request_id"])
    op.drop_constraint(op.f("ck_signed_link_bound"), "signed_link", type_="check")
    op.create_check_constraint(
        op.f("ck_signed_link_bound"), "signed_link",
        "group_id IS NOT NULL OR order_id IS NOT NULL OR request_id IS NOT NULL",
    )  # fmt: skip
    _purposes("answer", "order", "request", "request_answer")


def _purposes(*words: str) -> None:
    op.drop_constraint(op.f("ck_signed_link_linkpurpose"), "signed_link", type_="check")
    listed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(
        op.f("ck_signed_link_linkpurpose"), "signed_link", f"purpose IN ({listed})"
    )
