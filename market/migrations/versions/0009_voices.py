"""After the goods came: reviews, thanks, invitations; makers' photos, promises; calls noted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_voices"
down_revision = "0008_made_to_order"

TABLES = (
    "review_quiet", "review_invite", "thanks", "review_report", "review_photo", "review",
    "batch_photo", "promise",
)  # fmt: skip
FUNCTIONS = ("review_needs_goods", "thanks_needs_goods")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.add_column("problem_report", sa.Column("call_note", sa.Text()))
    _promises()
    _batch_photos()
    _reviews()
    _review_parts()
    _thanks()
    _invitations()
    _guards()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_column("problem_report", "call_note")


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _key(name: str, target: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), sa.ForeignKey(target), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _file() -> sa.Column:
    return sa.Column("file_hash", sa.Text(), sa.ForeignKey("stored_file.sha256"), nullable=False)


def _promises() -> None:
    """The first row of a batch is frozen when it is to be made; a later one changes it."""
    op.create_table(
        "promise",
        _id(),
        _key("batch_id", "batch.id"),
        sa.Column("due_on", sa.Date(), nullable=False),
        _text("reason", nullable=True),
        _text("note", nullable=True),
        _moment("said_at"),
        _text("said_by"),
        sa.PrimaryKeyConstraint("id", name="pk_promise"),
    )
    op.create_index("ix_promise_batch_id", "promise", ["batch_id", "id"])
    op.create_index(
        "uq_promise_first", "promise", ["batch_id"], unique=True,
        postgresql_where=sa.text("reason IS NULL"),
    )  # fmt: skip
    op.execute(
        "INSERT INTO promise (batch_id, due_on, said_at, said_by)"
        " SELECT b.id, r.delivery_on[b.delivery_index + 1], r.pay_by, 'system'"
        "   FROM batch b JOIN round r ON r.id = b.round_id WHERE b.lot_code IS NOT NULL"
    )
    op.execute(
        "CREATE TRIGGER promise_append_only BEFORE UPDATE OR DELETE ON promise"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def _batch_photos() -> None:
    op.create_table(
        "batch_photo",
        _id(),
        _key("batch_id", "batch.id"),
        _text("step"),
        _file(),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        _moment("sent_at"),
        _text("sent_by"),
        _moment("hidden_at", nullable=True),
        sa.CheckConstraint("step IN ('made', 'packed', 'handed_over')", name="ck_batch_photo_step"),
        sa.CheckConstraint("width > 0 AND height > 0", name="ck_batch_photo_size"),
        sa.PrimaryKeyConstraint("id", name="pk_batch_photo"),
        sa.UniqueConstraint("batch_id", "file_hash", name="uq_batch_photo_batch_id_file_hash"),
    )


def _reviews() -> None:
    op.create_table(
        "review",
        _id(),
        _key("line_id", "order_line.id"),
        _key("batch_id", "batch.id"),
        _key("product_id", "product.id"),
        _key("group_id", "producer_group.id"),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        _text("words"),
        sa.Column("show_name", sa.Boolean(), nullable=False),
        _moment("sent_at"),
        _moment("edited_at", nullable=True),
        _text("reply", nullable=True),
        _moment("replied_at", nullable=True),
        _text("replied_by", nullable=True),
        _moment("hidden_at", nullable=True),
        _text("hidden_by", nullable=True),
        _text("hidden_reason", nullable=True),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="ck_review_score"),
        sa.CheckConstraint("length(words) <= 1000", name="ck_review_words"),
        sa.CheckConstraint("length(reply) BETWEEN 1 AND 1000", name="ck_review_reply"),
        sa.CheckConstraint(
            "(reply IS NULL) = (replied_at IS NULL) AND (reply IS NULL) = (replied_by IS NULL)",
            name="ck_review_replied",
        ),
        sa.CheckConstraint(
            "(hidden_at IS NULL) = (hidden_reason IS NULL)"
            " AND (hidden_at IS NULL) = (hidden_by IS NULL)",
            name="ck_review_hidden",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
        sa.UniqueConstraint("line_id", name="uq_review_line_id"),
    )
    seen = sa.text("hidden_at IS NULL")
    op.create_index("ix_review_product", "review", ["product_id", "id"], postgresql_where=seen)
    op.create_index("ix_review_group", "review", ["group_id", "id"])


def _review_parts() -> None:
    op.create_table(
        "review_photo",
        _id(),
        _key("review_id", "review.id"),
        _file(),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name="ck_review_photo_size"),
        sa.PrimaryKeyConstraint("id", name="pk_review_photo"),
        sa.UniqueConstraint("review_id", "file_hash", name="uq_review_photo_review_id_file_hash"),
    )
    op.create_table(
        "review_report",
        _id(),
        _key("review_id", "review.id"),
        _text("words"),
        _moment("told_at"),
        _text("told_by"),
        _moment("done_at", nullable=True),
        sa.CheckConstraint("length(words) <= 500", name="ck_review_report_words"),
        sa.PrimaryKeyConstraint("id", name="pk_review_report"),
        sa.UniqueConstraint("review_id", "told_by", name="uq_review_report_review_id_told_by"),
    )
    op.create_index(
        "ix_review_report_waiting", "review_report", ["told_at"],
        postgresql_where=sa.text("done_at IS NULL"),
    )  # fmt: skip


def _thanks() -> None:
    op.create_table(
        "thanks",
        _id(),
        _key("order_id", "orders.id"),
        _key("group_id", "producer_group.id"),
        _text("words"),
        sa.Column("file_hash", sa.Text(), sa.ForeignKey("stored_file.sha256")),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("show_name", sa.Boolean(), nullable=False),
        _moment("sent_at"),
        _moment("seen_at", nullable=True),
        _moment("hidden_at", nullable=True),
        _text("hidden_by", nullable=True),
        _text("hidden_reason", nullable=True),
        sa.CheckConstraint("words <> '' OR file_hash IS NOT NULL", name="ck_thanks_something"),
        sa.CheckConstraint("length(words) <= 500", name="ck_thanks_words"),
        sa.CheckConstraint(
            "(hidden_at IS NULL) = (hidden_reason IS NULL)"
            " AND (hidden_at IS NULL) = (hidden_by IS NULL)",
            name="ck_thanks_hidden",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_thanks"),
        sa.UniqueConstraint("order_id", "group_id", name="uq_thanks_order_id_group_id"),
    )
    op.create_index("ix_thanks_group", "thanks", ["group_id", "id"])


def _invitations() -> None:
    op.create_table(
        "review_invite",
        sa.Column("order_id", sa.BigInteger(), sa.ForeignKey("orders.id"), nullable=False),
        _moment("sent_at"),
        sa.PrimaryKeyConstraint("order_id", name="pk_review_invite"),
    )
    op.create_table(
        "review_quiet",
        sa.Column("buyer_id", sa.BigInteger(), sa.ForeignKey("buyer.id"), nullable=False),
        _moment("since"),
        sa.PrimaryKeyConstraint("buyer_id", name="pk_review_quiet"),
    )


def _guards() -> None:
    """Words about goods come from whoever received them, whatever the program above believes."""
    op.execute(
        """
        CREATE FUNCTION review_needs_goods() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (
                SELECT 1 FROM order_line l
                  JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
                  JOIN assignment a ON a.line_id = l.id AND a.received_units > 0
                  JOIN batch b ON b.id = a.batch_id
                 WHERE l.id = NEW.line_id AND b.id = NEW.batch_id
                   AND b.product_id = NEW.product_id AND b.group_id = NEW.group_id) THEN
                RAISE EXCEPTION 'line % received nothing of batch %', NEW.line_id, NEW.batch_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'review_needs_goods';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER review_needs_goods BEFORE INSERT OR UPDATE OF line_id, batch_id,"
        " product_id, group_id ON review FOR EACH ROW EXECUTE FUNCTION review_needs_goods()"
    )
    op.execute(
        """
        CREATE FUNCTION thanks_needs_goods() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (
                SELECT 1 FROM order_line l
                  JOIN assignment a ON a.line_id = l.id AND a.received_units > 0
                  JOIN batch b ON b.id = a.batch_id
                 WHERE l.order_id = NEW.order_id AND b.group_id = NEW.group_id) THEN
                RAISE EXCEPTION 'order % received nothing of group %', NEW.order_id, NEW.group_id
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'thanks_needs_goods';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER thanks_needs_goods BEFORE INSERT OR UPDATE OF order_id, group_id ON thanks"
        " FOR EACH ROW EXECUTE FUNCTION thanks_needs_goods()"
    )
