"""A refund on its way: which way it goes, that it was sent, that it arrived or failed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, Refused
from market.orders.models import Order
from market.orders.rules import PayMethod
from market.payments.ledger import (
    debit_credit,
    is_posted,
    need_in_bank,
    post_entry,
    reverse_entry,
)
from market.payments.models import Receipt, Refund
from market.payments.references import checked_destination, checked_reference
from market.payments.rules import AccountKind, RefundState
from market.payments.sources import AT_ONCE_PROMISE
from market.payments.states import RefundWay
from market.payments.tell import News, tell_buyers

OPEN = (RefundState.DUE, RefundState.NEEDS_DETAILS, RefundState.FAILED)
#: A refund that was being sent when its worker died is asked for again under the same key.
SEND_AGAIN_AFTER = timedelta(minutes=10)


def choose_way(
    session: Session,
    refund_id: int,
    way: RefundWay,
    *,
    promptpay: str | None = None,
    name: str | None = None,
    actor: str,
    now: datetime,
) -> None:
    """The buyer says how the money comes back; store credit is theirs at once.

    Refused where it cannot or must not go that way; Conflict once it is on its way or has arrived.
    """
    refund = lock(session, Refund, refund_id)
    if refund.state is RefundState.PAID and refund.way is way:
        return
    if refund.state not in OPEN:
        raise Conflict("refund_on_its_way")
    _refuse_way(session, refund, way)
    if way is RefundWay.CREDIT:
        mark_refunded(session, refund_id, credit=True, actor=actor, now=now)
        return
    before = refund.state
    if way is RefundWay.BANK:
        where = checked_destination(promptpay, name)
        refund.to_promptpay, refund.to_name = where.promptpay, where.name
    refund.way, refund.state, refund.failure = way, RefundState.DUE, None
    if refund.promised_by is not None:  # nobody could send it before the buyer said where to
        refund.promised_by = max(refund.promised_by, now + AT_ONCE_PROMISE)
    session.flush()
    record(
        session, actor=actor, subject=f"refund:{refund_id}", event="refund.way", at=now,
        from_state=str(before), to_state="due", data={"way": str(way)},
    )  # fmt: skip


def _refuse_way(session: Session, refund: Refund, way: RefundWay) -> None:
    """A card's money goes back to the card unless that failed: else a stolen card is turned into
    cash, and its owner's bank takes the same money from the market again. What a group was paid
    directly is not the market's to give as credit.
    """
    receipt = session.get(Receipt, refund.receipt_id) if refund.receipt_id else None
    if way is RefundWay.SOURCE and (receipt is None or receipt.attempt_id is None):
        raise Refused("refund_not_to_source")
    if receipt is None:
        return
    to_source = refund.state is RefundState.DUE and refund.way is RefundWay.SOURCE
    if way is RefundWay.BANK and to_source and receipt.method is PayMethod.CARD:
        raise Refused("refund_to_card_first")
    if way is RefundWay.CREDIT and receipt.group_id is not None:
        raise Refused("refund_with_group")


def sendable(session: Session, limit: int = 50, *, now: datetime | None = None) -> list[int]:
    """Refunds that the provider has to be asked for, oldest promise first; ``now`` also those
    whose worker seems to have died.
    """
    waits = Refund.state == RefundState.DUE
    if now is not None:
        stuck = and_(
            Refund.state == RefundState.SENDING,
            Refund.gateway_refund_id.is_(None),
            Refund.sent_at < now - SEND_AGAIN_AFTER,
        )
        waits = or_(waits, stuck)
    query = (
        select(Refund.id)
        .where(Refund.way == RefundWay.SOURCE, waits)
        .order_by(Refund.promised_by, Refund.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def start_sending(
    session: Session,
    refund_id: int,
    *,
    now: datetime,
    gateway_refund_id: str | None = None,
    actor: str = "system",
) -> bool:
    """The provider is being asked, or has taken it on (with its id). False when it is not due."""
    refund = lock(session, Refund, refund_id)
    if refund.way is not RefundWay.SOURCE or refund.state not in (
        RefundState.DUE, RefundState.SENDING, RefundState.NEEDS_DETAILS,
    ):  # fmt: skip
        return False
    before, refund.state = refund.state, RefundState.SENDING
    refund.sent_at = now
    refund.gateway_refund_id = gateway_refund_id or refund.gateway_refund_id
    session.flush()
    if before is not RefundState.SENDING:
        record(
            session, actor=actor, subject=f"refund:{refund_id}", event="refund.sending", at=now,
            from_state=str(before), to_state="sending",
        )  # fmt: skip
    return True


def mark_failed(
    session: Session,
    refund_id: int,
    failure: str,
    *,
    needs_details: bool = False,
    actor: str = "system",
    now: datetime,
) -> None:
    """The provider could not: the buyer is asked for another way, a person sees it.

    A provider may take back even what it said was done: then the books are put right too.
    """
    refund = lock(session, Refund, refund_id)
    if refund.failure == failure or not _may_fail(refund):
        return
    before = refund.state
    if before is RefundState.PAID:
        reverse_entry(session, _cause_of(session, refund), failure, at=now)
        refund.paid_at = refund.paid_by = None
    refund.state = RefundState.NEEDS_DETAILS if needs_details else RefundState.FAILED
    refund.failure, refund.gateway_refund_id = failure, None
    session.flush()
    record(
        session, actor=actor, subject=f"refund:{refund_id}", event="refund.failed", at=now,
        from_state=str(before), to_state=str(refund.state), reason=failure,
    )  # fmt: skip
    news = News(
        order_id=refund.order_id, event="refund.details", subject=f"refund:{refund_id}:{failure}",
        page="orders", data={"amount_satang": refund.amount_satang},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def _may_fail(refund: Refund) -> bool:
    return refund.state is not RefundState.PAID or refund.gateway_refund_id is not None


def _cause_of(session: Session, refund: Refund) -> str:
    """The entry that says this refund is paid now; sent again, its reference is part of it."""
    again = f"refund-paid:{refund.id}:{refund.gateway_refund_id}"
    return again if is_posted(session, again) else f"refund-paid:{refund.id}"


def record_refund(
    session: Session, refund_id: int, *, bank_reference: str, actor: str, now: datetime
) -> None:
    """The treasurer sent the money back. The same reference again changes nothing.

    Refused when the reference was used or the bank has too little; Conflict when paid already.
    """
    mark_refunded(
        session, refund_id, bank_reference=checked_reference(bank_reference), actor=actor, now=now
    )


def mark_refunded(
    session: Session,
    refund_id: int,
    *,
    gateway_refund_id: str | None = None,
    bank_reference: str | None = None,
    credit: bool = False,
    group_id: int | None = None,
    actor: str,
    now: datetime,
) -> None:
    """The money is with the buyer: by the provider, by a transfer, or as store credit.

    group_id where that group made the transfer itself, of money it was paid directly.
    """
    refund = lock(session, Refund, refund_id)
    if refund.state is RefundState.PAID:
        _refuse_unless_same(refund, gateway_refund_id, bank_reference, credit)
        return
    if refund.state is RefundState.SENDING and gateway_refund_id is None:
        raise Conflict("refund_on_its_way")
    if bank_reference and group_id is None:
        need_in_bank(session, refund.amount_satang)
    before = refund.state
    refund.way = _way(gateway_refund_id, bank_reference)
    _mark_paid(session, refund, gateway_refund_id, bank_reference, actor, now)
    order = session.get_one(Order, refund.order_id)
    paid_from = _paid_from(order, gateway_refund_id, bank_reference, group_id)
    memo = gateway_refund_id or bank_reference or "store credit"
    _post_paid(session, refund, paid_from, round_id=order.round_id, memo=memo, now=now)
    record(
        session, actor=actor, subject=f"refund:{refund_id}", event="refund.paid", at=now,
        from_state=str(before), to_state="paid",
        data={"way": str(refund.way), "bank_reference": bank_reference},
    )  # fmt: skip
    news = News(
        order_id=refund.order_id, event="refund.paid", subject=f"refund:{refund_id}",
        data={"amount_satang": refund.amount_satang, "way": str(refund.way)},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def _post_paid(
    session: Session, refund: Refund, paid_from: tuple[AccountKind, str], *, round_id: int,
    memo: str, now: datetime,
) -> None:  # fmt: skip
    """What was owed back to the order's buyer has left the account it was paid from."""
    (account, whose), owed = paid_from, f"order:{refund.order_id}"
    legs = debit_credit(
        AccountKind.REFUND, account, refund.amount_satang, debit_owner=owed, credit_owner=whose
    )
    cause = f"refund-paid:{refund.id}"
    if is_posted(session, cause):  # it had failed after all, and goes out again
        cause = f"{cause}:{memo}"
    post_entry(session, cause, legs, at=now, memo=memo, round_id=round_id)


def _way(gateway_refund_id: str | None, bank_reference: str | None) -> RefundWay:
    if gateway_refund_id:
        return RefundWay.SOURCE
    return RefundWay.BANK if bank_reference else RefundWay.CREDIT


def _paid_from(
    order: Order, gateway_refund_id: str | None, bank_reference: str | None, group_id: int | None
) -> tuple[AccountKind, str]:
    if gateway_refund_id:
        return AccountKind.PROVIDER, ""
    if group_id is not None:
        return AccountKind.WITH_GROUP, f"group:{group_id}"
    if bank_reference:
        return AccountKind.BANK, ""
    return AccountKind.CREDIT, f"buyer:{order.buyer_id}"


def _refuse_unless_same(
    refund: Refund, gateway_refund_id: str | None, bank_reference: str | None, credit: bool
) -> None:
    same = (
        (credit and refund.way is RefundWay.CREDIT)
        or (gateway_refund_id is not None and refund.gateway_refund_id == gateway_refund_id)
        or (bank_reference is not None and refund.bank_reference == bank_reference)
    )
    if not same:
        raise Conflict(
            "already_paid_out", reference=refund.bank_reference or refund.gateway_refund_id or "-"
        )


def _mark_paid(
    session: Session,
    refund: Refund,
    gateway_refund_id: str | None,
    bank_reference: str | None,
    actor: str,
    now: datetime,
) -> None:
    """Write the reference; Refused when another row has it, also one that commits meanwhile."""
    try:
        # Inside the savepoint: begin_nested writes what was changed before it first.
        with session.begin_nested():
            refund.state = RefundState.PAID
            refund.gateway_refund_id = gateway_refund_id
            refund.bank_reference = bank_reference
            refund.paid_at, refund.paid_by = now, actor
            session.flush()
    except IntegrityError as taken:
        reference = bank_reference or gateway_refund_id
        raise Refused("bank_reference_used", reference=reference) from taken
