"""Money that leaves: refunds to buyers, payouts to groups, the bank's files, members' shares."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.payments.rules import PayoutState, RefundState
from market.payments.states import BankFileState, RefundWay, ShareRule


class Refund(Base):
    """Money owed back to a buyer until it went.

    way: to where it came from, as store credit, or by transfer to an account the buyer
    names (NULL until that is known). promised_by is what the buyer was promised.
    """

    __tablename__ = "refund"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))  # whose goods were bad
    cause: Mapped[str] = mapped_column(unique=True)  # "stop:batch:4:order:9"
    amount_satang: Mapped[int]
    state: Mapped[RefundState] = mapped_column(default=RefundState.DUE)
    way: Mapped[RefundWay | None]
    to_promptpay: Mapped[str | None]  # the buyer's own number, where money goes by transfer
    to_name: Mapped[str | None]
    gateway_refund_id: Mapped[str | None] = mapped_column(unique=True)
    bank_reference: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str | None]
    due_at: Mapped[datetime]
    promised_by: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    paid_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid"),
        CheckConstraint("state <> 'paid' OR way = 'credit' OR bank_reference IS NOT NULL"
                        " OR gateway_refund_id IS NOT NULL", name="paid_how"),
        CheckConstraint("way <> 'source' OR receipt_id IS NOT NULL", name="source"),
        Index("ix_refund_open", "promised_by", postgresql_where=text("state <> 'paid'")),
    )  # fmt: skip


class GroupAccount(Base):
    """Where a group's money goes. A change makes a new row; the latest confirmed one counts."""

    __tablename__ = "group_account"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    bank_code: Mapped[str]  # three digits of the Bank of Thailand's list
    account_number: Mapped[str]
    account_name: Mapped[str]
    promptpay_id: Mapped[str | None]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
    confirmed_by: Mapped[str | None]  # a second person
    confirmed_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(r"bank_code ~ '^\d{3}$'", name="bank"),
        CheckConstraint(r"account_number ~ '^\d{8,15}$'", name="number"),
        CheckConstraint("confirmed_by IS NULL OR confirmed_by <> entered_by", name="two_people"),
    )


class BankFile(Base):
    """A file of payouts for the bank, frozen when it is made; made twice it is the same file."""

    __tablename__ = "bank_file"
    id: Mapped[Id]
    layout: Mapped[str]
    state: Mapped[BankFileState] = mapped_column(default=BankFileState.MADE)
    content: Mapped[str]
    sha256: Mapped[str]
    payouts: Mapped[int]
    amount_satang: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    done_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("amount_satang > 0 AND payouts > 0", name="amount"),)


class Payout(Base):
    """What a group is owed for a round after proof of delivery; one statement a group and round."""

    __tablename__ = "payout"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    amount_satang: Mapped[int]
    state: Mapped[PayoutState] = mapped_column(default=PayoutState.DUE)
    bank_file_id: Mapped[int | None] = mapped_column(ForeignKey("bank_file.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("group_account.id"))
    bank_reference: Mapped[str | None] = mapped_column(unique=True)
    share_rule: Mapped[ShareRule | None]  # how the group splits it; NULL: not yet
    shared_by: Mapped[str | None]  # the treasurer who confirmed the members' shares
    shared_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    paid_by: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("round_id", "group_id"),
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL AND bank_reference IS NOT NULL)",
                        name="paid"),
        CheckConstraint("(shared_by IS NULL) = (shared_at IS NULL)", name="shared"),
    )  # fmt: skip


class MemberShare(Base):
    """What of a payout one member gets; the shares of a payout add up to it."""

    __tablename__ = "member_share"
    id: Mapped[Id]
    payout_id: Mapped[int] = mapped_column(ForeignKey("payout.id"))
    name: Mapped[str]
    weight: Mapped[int]  # 1 each, units made, or minutes worked
    amount_satang: Mapped[int]
    __table_args__ = (
        UniqueConstraint("payout_id", "name"),
        CheckConstraint("weight >= 0 AND amount_satang >= 0", name="amounts"),
    )
