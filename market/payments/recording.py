"""Money that a person saw: a transfer in the bank, cash counted at a pick-up point."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.money import format_baht
from market.orders.models import Order
from market.orders.rules import PayMethod
from market.payments.models import Charge, ChargeShare, Receipt
from market.payments.receiving import Incoming, Received, receive
from market.payments.references import checked_reference
from market.payments.rules import AccountKind, ChargeState

BY_BANK = (PayMethod.PROMPTPAY, PayMethod.TRANSFER)


def record_receipt(
    session: Session,
    charge_id: int,
    *,
    bank_reference: str,
    amount_satang: int,
    actor: str,
    now: datetime,
    group_id: int | None = None,
    sure: bool = False,
) -> None:
    """A person saw this transfer in the bank (or the group in its own): the charge is paid.

    Refused when the amount is not exactly what is open, when the reference cannot be one or
    paid something else, or when the charge has expired; Conflict when it is paid already.
    The same reference again for the same charge changes nothing. ``sure``: the person has
    looked twice, the money is there; it is taken, and what is too much is owed back.
    """
    charge = lock(session, Charge, charge_id)
    reference = checked_reference(bank_reference)
    if _is_known(session, charge_id, reference):
        return
    if not sure:
        _refuse_unless_due(charge, BY_BANK)
        _refuse_other_amount(_open_satang(session, charge, group_id, amount_satang), amount_satang)
    receive_transfer(
        session, charge_id, reference, amount_satang, group_id=group_id, actor=actor, now=now
    )


def receive_transfer(
    session: Session,
    charge_id: int,
    reference: str,
    amount_satang: int,
    *,
    group_id: int | None = None,
    actor: str,
    now: datetime,
) -> Received:
    """Money that is in the bank for certain: a bank line, a verified slip. Never refused."""
    charge = lock(session, Charge, charge_id)
    direct = group_id is not None
    money = Incoming(
        method=charge.method if charge.method in BY_BANK else PayMethod.TRANSFER,
        amount_satang=amount_satang,
        account=AccountKind.WITH_GROUP if direct else AccountKind.BANK,
        owner=f"group:{group_id}" if direct else "",
        bank_reference=reference,
        group_id=group_id,
    )
    return receive(session, charge_id, money, actor=actor, now=now)


def take_cash(
    session: Session,
    order_id: int,
    *,
    actor: str,
    now: datetime,
    amount_satang: int | None = None,
) -> int:
    """Cash was counted at the pick-up point: the order's charge is paid. Returns the satang.

    ``amount_satang`` is what the desk saw on its screen; another amount is refused.
    """
    order = lock(session, Order, order_id)
    charge_id = session.scalar(select(Charge.id).where(Charge.order_id == order_id))
    if charge_id is None:
        raise NotFound("not_found", what="charge")
    charge = lock(session, Charge, charge_id)
    _refuse_unless_due(charge, (PayMethod.CASH,))
    left = charge.amount_satang - charge.received_satang
    _refuse_other_amount(left, left if amount_satang is None else amount_satang)
    money = Incoming(
        method=PayMethod.CASH, amount_satang=left, account=AccountKind.CASH,
        owner=f"point:{order.point_id}",
    )  # fmt: skip
    receive(session, charge_id, money, actor=actor, now=now)
    return left


def _is_known(session: Session, charge_id: int, reference: str) -> bool:
    known = select(Receipt.id).where(
        Receipt.charge_id == charge_id, Receipt.bank_reference == reference
    )
    return session.execute(known).first() is not None


def _open_satang(session: Session, charge: Charge, group_id: int | None, given: int) -> int:
    """What this charge, or the part of it that goes to one group, still waits for. Who is asked
    for a deposit may pay everything at once.
    """
    if group_id is None:
        left = charge.amount_satang - charge.received_satang
        return left if given == left else charge.asked_satang
    share = session.scalars(
        select(ChargeShare)
        .where(ChargeShare.charge_id == charge.id, ChargeShare.group_id == group_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if share is None:
        raise NotFound("not_found", what="charge_share")
    return share.amount_satang - share.received_satang


def _refuse_unless_due(charge: Charge, methods: tuple[PayMethod, ...]) -> None:
    if charge.state is ChargeState.PAID:
        raise Conflict("charge_already_paid")
    if charge.state is not ChargeState.DUE:
        raise Refused("charge_expired", state=str(charge.state))
    if charge.method not in methods:
        raise Refused("charge_other_method", method=str(charge.method))


def _refuse_other_amount(due_satang: int, given_satang: int) -> None:
    if given_satang != due_satang:
        raise Refused(
            "amount_differs",
            due_satang=due_satang,
            given_satang=given_satang,
            due=format_baht(due_satang),
            given=format_baht(given_satang),
        )
