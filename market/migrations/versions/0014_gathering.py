"""Gathering, trucks and their stops, the pick-up desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014_gathering"
down_revision = "0013_resolver"
TABLES = ("left_order", "desk_closing", "box_case", "trip_box", "trip_stop", "trip")
BOUND = "group_id IS NOT NULL OR order_id IS NOT NULL OR request_id IS NOT NULL"
PURPOSES = ("answer", "order", "request", "request_answer")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    _trips()
    _boxes()
    _closings()
    op.add_column("signed_link", sa.Column("trip_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_signed_link_trip_id"), "signed_link", "trip", ["trip_id"], ["id"]
    )
    op.create_index(op.f("ix_signed_link_trip_id"), "signed_link", ["trip_id"])
    _links(BOUND + " OR trip_id IS NOT NULL", *PURPOSES, "trip")


def downgrade() -> None:
    op.execute("DELETE FROM signed_link WHERE trip_id IS NOT NULL")
    _links(BOUND, *PURPOSES)
    op.drop_column("signed_link", "trip_id")
    for table in TABLES:
        op.drop_table(table)


def _links(bound: str, *purposes: str) -> None:
    for name in ("bound", "linkpurpose"):
        op.drop_constraint(op.f(f"ck_signed_link_{name}"), "signed_link", type_="check")
    op.create_check_constraint(op.f("ck_signed_link_bound"), "signed_link", bound)
    listed = ", ".join(f"'{word}'" for word in purposes)
    op.create_check_constraint(
        op.f("ck_signed_link_linkpurpose"), "signed_link", f"purpose IN ({listed})"
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _key(table: str, column: str, target: str, **more: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, **more)


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _moment(name: str, *, needed: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def _trips() -> None:
    op.create_table(
        "trip",
        _id(),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("delivery_on", sa.Date(), nullable=False),
        _moment("starts_at", needed=True),
        sa.Column("vehicle", sa.Text(), nullable=False),
        sa.Column("capacity_g", sa.BigInteger(), nullable=False),
        sa.Column("driver_name", sa.Text(), nullable=False),
        sa.Column("driver_phone", sa.Text(), nullable=True),
        sa.Column("state", _words("tripstate", "draft", "locked", "done", "cancelled"),
                  nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        _moment("created_at", needed=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        _moment("locked_at"),
        _moment("done_at"),
        sa.CheckConstraint(r"area_code ~ '^(\d{2}|\d{4}|\d{6})?$'", name=op.f("ck_trip_area")),
        sa.CheckConstraint("capacity_g > 0", name=op.f("ck_trip_capacity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trip")),
    )  # fmt: skip
    op.create_index(op.f("ix_trip_delivery_on"), "trip", ["delivery_on"])
    op.create_table(
        "trip_stop",
        _id(),
        sa.Column("trip_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("point_id", sa.BigInteger(), nullable=True),
        _moment("done_at"),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(group_id IS NULL) <> (point_id IS NULL)", name=op.f("ck_trip_stop_one_place")
        ),
        _key("trip_stop", "trip_id", "trip.id", ondelete="CASCADE"),
        _key("trip_stop", "group_id", "producer_group.id"),
        _key("trip_stop", "point_id", "pickup_point.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trip_stop")),
        sa.UniqueConstraint("trip_id", "group_id", name=op.f("uq_trip_stop_trip_id_group_id")),
        sa.UniqueConstraint("trip_id", "point_id", name=op.f("uq_trip_stop_trip_id_point_id")),
        sa.UniqueConstraint("trip_id", "position", name=op.f("uq_trip_stop_trip_id_position"),
                            deferrable=True, initially="IMMEDIATE"),
    )  # fmt: skip


def _boxes() -> None:
    op.create_table(
        "trip_box",
        sa.Column("consignment_id", sa.BigInteger(), nullable=False),
        sa.Column("trip_id", sa.BigInteger(), nullable=False),
        _moment("collected_at"),
        sa.Column("collected_by", sa.Text(), nullable=True),
        _moment("delivered_at"),
        sa.Column("delivered_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "delivered_at IS NULL OR collected_at IS NOT NULL", name=op.f("ck_trip_box_in_order")
        ),
        _key("trip_box", "consignment_id", "consignment.id"),
        _key("trip_box", "trip_id", "trip.id"),
        # A box goes on one trip.
        sa.PrimaryKeyConstraint("consignment_id", name=op.f("pk_trip_box")),
    )
    op.create_index(op.f("ix_trip_box_trip_id"), "trip_box", ["trip_id"])
    op.create_table(
        "box_case",
        _id(),
        sa.Column("consignment_id", sa.BigInteger(), nullable=False),
        sa.Column("trip_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", _words("boxproblem", "missing", "short", "broken"), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("before_hand_over", sa.Boolean(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=True),
        _moment("found_at", needed=True),
        sa.Column("found_by", sa.Text(), nullable=False),
        sa.Column("outcome", _words("caseoutcome", "found", "paid_back", "settled"), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        _moment("closed_at"),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.CheckConstraint("units > 0", name=op.f("ck_box_case_units")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_box_case_end")),
        _key("box_case", "consignment_id", "consignment.id"),
        _key("box_case", "trip_id", "trip.id"),
        _key("box_case", "file_hash", "stored_file.sha256"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_case")),
    )
    op.create_index(op.f("ix_box_case_trip_id"), "box_case", ["trip_id"])
    op.create_index(
        "uq_box_case_open", "box_case", ["consignment_id", "kind"], unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )  # fmt: skip


def _closings() -> None:
    op.create_table(
        "desk_closing",
        _id(),
        sa.Column("point_id", sa.BigInteger(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("expected_bags", sa.BigInteger(), nullable=False),
        sa.Column("counted_bags", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        _moment("closed_at", needed=True),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "expected_bags >= 0 AND counted_bags >= 0", name=op.f("ck_desk_closing_counts")
        ),
        sa.CheckConstraint("expected_bags = counted_bags OR words <> ''",
                           name=op.f("ck_desk_closing_explained")),
        _key("desk_closing", "point_id", "pickup_point.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_closing")),
        sa.UniqueConstraint("point_id", "closed_on",
                            name=op.f("uq_desk_closing_point_id_closed_on")),
    )  # fmt: skip
    op.create_table(
        "left_order",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("point_id", sa.BigInteger(), nullable=False),
        sa.Column("decision", _words("leftdecision", "keep", "give_away"), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=True),
        _moment("decided_at", needed=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(decision = 'keep') = (keep_until IS NOT NULL)", name=op.f("ck_left_order_until")
        ),
        _key("left_order", "order_id", "orders.id"),
        _key("left_order", "point_id", "pickup_point.id"),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_left_order")),
    )
    op.create_index(op.f("ix_left_order_point_id"), "left_order", ["point_id"])
