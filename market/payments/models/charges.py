"""What a buyer owes, to whom, and the money that came in for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.orders.rules import PayMethod
from market.payments.rules import ChargeState


class Charge(Base):
    """What a buyer owes for an order: goods plus delivery fee.

    After the match that is the confirmed part; where a round is paid up front it is the
    ceiling, raised with the order, and what was not confirmed goes back. received_satang
    counts what its receipts brought, never more than the amount.
    """

    __tablename__ = "charge"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    method: Mapped[PayMethod]
    goods_satang: Mapped[int]
    fee_satang: Mapped[int]
    amount_satang: Mapped[int]
    received_satang: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    state: Mapped[ChargeState] = mapped_column(default=ChargeState.DUE)
    pay_by: Mapped[datetime]
    raised_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]  # since then it is about what was confirmed
    deposit_satang: Mapped[int | None]  # of the amount, to be paid first; then pay_by moves on
    balance_by: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("goods_satang >= 0 AND fee_satang >= 0", name="parts"),
        CheckConstraint("amount_satang = goods_satang + fee_satang", name="adds_up"),
        CheckConstraint("received_satang BETWEEN 0 AND amount_satang", name="received"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid"),
        CheckConstraint("state <> 'paid' OR received_satang = amount_satang", name="paid_whole"),
        CheckConstraint("deposit_satang > 0", name="deposit"),
        CheckConstraint("(deposit_satang IS NULL) = (balance_by IS NULL)", name="balance"),
        Index("ix_charge_due", "pay_by", postgresql_where=text("state = 'due'")),
    )

    @property
    def deposit_is_missing(self) -> bool:
        """Is the part that has to come first not there yet?"""
        first = min(self.deposit_satang or 0, self.amount_satang)
        return self.received_satang < first

    @property
    def asked_satang(self) -> int:
        """What is to be paid next: what is missing of the deposit, then of the whole."""
        first = min(self.deposit_satang or 0, self.amount_satang)
        whole = first if self.received_satang < first else self.amount_satang
        return whole - self.received_satang

    def move_on(self) -> bool:
        """Once the deposit is there the rest has its own time to be paid by; True from then on."""
        if self.balance_by is None or self.deposit_is_missing:
            return False
        self.pay_by = self.balance_by
        return True


#: SQL: a receipt's (x) reference as the bank gave it. A line of a statement without one is known
#: by a mark of our own that says nothing to people.
TOLD_REFERENCE = "CASE WHEN left(x.bank_reference, 1) <> '~' THEN x.bank_reference END"

#: ``Charge.asked_satang`` of the charge called c, in SQL.
ASKED_SATANG = """(CASE WHEN c.received_satang < least(c.deposit_satang, c.amount_satang)
        THEN least(c.deposit_satang, c.amount_satang) ELSE c.amount_satang END
        - c.received_satang)"""


class ChargeShare(Base):
    """Where groups are paid directly: what of a charge goes to whom (group NULL: the market)."""

    __tablename__ = "charge_share"
    id: Mapped[Id]
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"), index=True)
    amount_satang: Mapped[int]
    received_satang: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    __table_args__ = (
        UniqueConstraint("charge_id", "group_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("amount_satang >= 0", name="amount"),
        CheckConstraint("received_satang BETWEEN 0 AND amount_satang", name="received"),
    )


class Receipt(Base):
    """Money that came in, however it came. A bank reference is used once, ever.

    What a charge could not take (too late, twice, too much) is excess_satang: it is owed back.
    """

    __tablename__ = "receipt"
    id: Mapped[Id]
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), index=True)
    method: Mapped[PayMethod]
    bank_reference: Mapped[str | None] = mapped_column(unique=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("payment_attempt.id"), unique=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))  # paid directly
    amount_satang: Mapped[int]
    excess_satang: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    gateway_fee_satang: Mapped[int | None]  # what the provider kept, once it says so
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("excess_satang BETWEEN 0 AND amount_satang", name="excess"),
        CheckConstraint("method NOT IN ('promptpay', 'transfer') OR bank_reference IS NOT NULL",
                        name="reference"),
        CheckConstraint("method NOT IN ('card', 'stripe_promptpay') OR attempt_id IS NOT NULL",
                        name="attempt"),
        # A line of the bank's statement looks for money of its amount.
        Index("ix_receipt_amount", "amount_satang"),
    )  # fmt: skip
