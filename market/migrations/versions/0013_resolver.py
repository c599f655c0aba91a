"""What a coordinator does about a shortfall, and the notes of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013_resolver"
down_revision = "0012_group_desk"
TABLES = ("instead_offer", "neighbour_offer", "shortfall_step", "call_note")
RUN_STATES = ("running", "solved", "published", "failed", "cancelled", "superseded")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _run_states((*RUN_STATES, "beside"))
    op.create_table(
        "call_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("ask_id", sa.BigInteger(), nullable=True),
        sa.Column("person", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "reached",
                "no_answer",
                "later",
                "wrong_number",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("call_again_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_by", sa.Text(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ask_id IS NULL OR (outcome = 'reached' AND words <> '')",
            name=op.f("ck_call_note_answered"),
        ),
        sa.CheckConstraint(
            "length(person) <= 120 AND length(phone) <= 40 AND length(words) <= 1000",
            name=op.f("ck_call_note_words"),
        ),
        sa.ForeignKeyConstraint(["ask_id"], ["ask.id"], name=op.f("fk_call_note_ask_id")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["producer_group.id"], name=op.f("fk_call_note_group_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_call_note_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_note")),
        sa.UniqueConstraint("ask_id", name=op.f("uq_call_note_ask_id")),
    )
    op.create_index(
        "ix_call_note_group",
        "call_note",
        ["group_id", sa.literal_column("called_at DESC")],
        unique=False,
    )
    op.create_index(op.f("ix_call_note_round_id"), "call_note", ["round_id"], unique=False)
    op.create_table(
        "shortfall_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "ask",
                "neighbour",
                "instead",
                name="stepkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'ask') = (run_id IS NOT NULL)", name=op.f("ck_shortfall_step_run")
        ),
        sa.CheckConstraint("length(words) <= 500", name=op.f("ck_shortfall_step_words")),
        sa.CheckConstraint("units > 0 AND number > 0", name=op.f("ck_shortfall_step_positive")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_shortfall_step_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_shortfall_step_round_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_offer_id"], ["round_offer.id"], name=op.f("fk_shortfall_step_round_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["match_run.id"], name=op.f("fk_shortfall_step_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortfall_step")),
        sa.UniqueConstraint(
            "round_id",
            "product_id",
            "number",
            name=op.f("uq_shortfall_step_round_id_product_id_number"),
        ),
        sa.UniqueConstraint("run_id", name=op.f("uq_shortfall_step_run_id")),
    )
    op.create_table(
        "neighbour_offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "lapsed",
                name="offerstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL)", name=op.f("ck_neighbour_offer_answered")
        ),
        sa.CheckConstraint("length(reply) <= 500", name=op.f("ck_neighbour_offer_reply")),
        sa.CheckConstraint("units > 0", name=op.f("ck_neighbour_offer_units")),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_neighbour_offer_round_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_offer_id"], ["round_offer.id"], name=op.f("fk_neighbour_offer_round_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["shortfall_step.id"], name=op.f("fk_neighbour_offer_step_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_neighbour_offer")),
        sa.UniqueConstraint("step_id", name=op.f("uq_neighbour_offer_step_id")),
    )
    op.create_index(
        op.f("ix_neighbour_offer_round_id"), "neighbour_offer", ["round_id"], unique=False
    )
    op.create_index(
        "uq_neighbour_offer_open",
        "neighbour_offer",
        ["round_offer_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "instead_offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("round_offer_id", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("price_satang", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "lapsed",
                name="offerstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("new_line_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (new_line_id IS NOT NULL)",
            name=op.f("ck_instead_offer_accepted"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL)", name=op.f("ck_instead_offer_answered")
        ),
        sa.CheckConstraint(
            "units > 0 AND price_satang > 0", name=op.f("ck_instead_offer_positive")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name=op.f("fk_instead_offer_line_id")
        ),
        sa.ForeignKeyConstraint(
            ["new_line_id"], ["order_line.id"], name=op.f("fk_instead_offer_new_line_id")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_instead_offer_round_id")),
        sa.ForeignKeyConstraint(
            ["round_offer_id"], ["round_offer.id"], name=op.f("fk_instead_offer_round_offer_id")
        ),
        sa.ForeignKeyConstraint(
            ["step_id"], ["shortfall_step.id"], name=op.f("fk_instead_offer_step_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instead_offer")),
        sa.UniqueConstraint("new_line_id", name=op.f("uq_instead_offer_new_line_id")),
    )
    op.create_index(op.f("ix_instead_offer_round_id"), "instead_offer", ["round_id"], unique=False)
    op.create_index(
        "uq_instead_offer_line",
        "instead_offer",
        ["line_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'accepted')"),
    )
    op.create_index(op.f("ix_instead_offer_step_id"), "instead_offer", ["step_id"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    for table in TABLES:
        op.drop_table(table)
    op.execute("UPDATE match_run SET state = 'published' WHERE state = 'beside'")
    _run_states(RUN_STATES)


def _run_states(words: tuple[str, ...]) -> None:
    """A run that a coordinator adds beside a match has a state of its own."""
    named = ", ".join(f"'{word}'" for word in words)
    op.execute("ALTER TABLE match_run DROP CONSTRAINT ck_match_run_runstate")
    op.execute(
        "ALTER TABLE match_run ADD CONSTRAINT ck_match_run_runstate"
        f" CHECK (state IN ({named})) NOT VALID"
    )
    op.execute("ALTER TABLE match_run VALIDATE CONSTRAINT ck_match_run_runstate")
