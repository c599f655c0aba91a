"""Work with the provider in the background. No transaction is open while it is asked.

Each function may run twice, beside itself, or after a crash at any line: rows say what is due,
the provider is asked under the row's key, and what it answers is booked under the row's lock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from market.db import transaction
from market.errors import Conflict, NotFound, Refused, Unavailable
from market.orders.rules import PayMethod
from market.payments import applying, attempts, cards, provider_refunds
from market.payments.provider import Page, Payment, Provider
from market.payments.refunding import mark_failed, sendable
from market.payments.standing import View, claim_due_attempts, view_attempt
from market.payments.states import AttemptKind
from market.payments.steps import Step, capture_satang, next_step

logger = logging.getLogger(__name__)
#: How far before its row a call may appear in the provider's lists: two clocks.
CLOCKS_DIFFER = timedelta(minutes=10)


def open_pay_page(
    charge_id: int,
    gateway: Provider,
    *,
    kind: AttemptKind,
    methods: Sequence[PayMethod],
    now: datetime,
) -> str | None:
    """The address where the buyer pays, the same in two tabs; None while it is being made.

    Refused, Conflict as ``attempts.begin_or_go_on``; Unavailable: it is asked for again later.
    """
    for _try in range(2):
        with transaction() as session:
            begun = attempts.begin_or_go_on(session, charge_id, kind, methods=methods, now=now)
            url = view_attempt(session, begun.attempt_id).pay_url
        if url and not begun.stale:
            return url
        advance_attempt(begun.attempt_id, gateway, now=now)
        if not begun.stale:
            with transaction() as session:
                return view_attempt(session, begun.attempt_id).pay_url
    raise Conflict("payment_changing")


def advance_attempt(attempt_id: int, gateway: Provider, *, now: datetime) -> None:
    """Do the attempt's next step and book the answer. Unavailable: the row stays due."""
    with transaction() as session:
        view = view_attempt(session, attempt_id)
    step = next_step(view.at, now)
    try:
        _STEPS[step](view, gateway, now)
    except Refused as refusal:
        _note_refusal(view, refusal, gateway, now)
    except NotFound:
        logger.error("attempt %s: the provider does not know it any more", attempt_id)
        _fail(attempt_id, "unknown_there", now)


def _note_refusal(view: View, refusal: Refused, gateway: Provider, now: datetime) -> None:
    """A call that will never be taken ends the attempt; a known payment is asked how it stands."""
    if view.intent_id is not None:
        take_in(gateway.find_payment(view.intent_id), gateway, now)
    else:
        _fail(view.attempt_id, str(refusal.data.get("reason") or refusal.code), now)


def _fail(attempt_id: int, failure: str, now: datetime) -> None:
    with transaction() as session:
        applying.give_up(session, attempt_id, failure, now=now)


def _open_page(view: View, gateway: Provider, now: datetime) -> None:
    take_page(view.attempt_id, gateway.open_page(view.page_request()), gateway, now)


def _charge_card(view: View, gateway: Provider, now: datetime) -> None:
    take_in(gateway.charge_card(view.card_charge()), gateway, now)


def _look_at_page(view: View, gateway: Provider, now: datetime) -> None:
    take_page(view.attempt_id, gateway.find_page(view.session_id or ""), gateway, now)


def _close_page(view: View, gateway: Provider, now: datetime) -> None:
    take_page(view.attempt_id, gateway.close_page(view.session_id or ""), gateway, now)


def _look_at_payment(view: View, gateway: Provider, now: datetime) -> None:
    take_in(gateway.find_payment(view.intent_id or ""), gateway, now)


def _capture(view: View, gateway: Provider, now: datetime) -> None:
    take_in(gateway.capture(view.intent_id or "", capture_satang(view.at)), gateway, now)


def _cancel(view: View, gateway: Provider, now: datetime) -> None:
    take_in(gateway.cancel(view.intent_id or ""), gateway, now)


def _search(view: View, gateway: Provider, now: datetime) -> None:
    """A call of which we never heard: found in the provider's lists, or it was never made."""
    since = view.at.created_at - CLOCKS_DIFFER
    if view.at.kind is not AttemptKind.OFF_SESSION:
        for page in gateway.list_pages(since):
            if page.row_id == view.attempt_id:
                take_page(view.attempt_id, page, gateway, now)
                return
    for payment in gateway.list_payments(since):
        if payment.attempt_id == view.attempt_id:
            take_in(payment, gateway, now)
            return
    _fail(view.attempt_id, "never_reached", now)


def _wait(_view: View, _gateway: Provider, _now: datetime) -> None:
    """Nothing to ask."""


def take_page(attempt_id: int, page: Page, gateway: Provider, now: datetime) -> None:
    """Book a page: the payment first, so that a paid page never counts as expired."""
    payment = gateway.find_payment(page.intent_id) if page.intent_id else None
    if payment is not None:
        take_in(payment, gateway, now)
    with transaction() as session:
        attempts.note_page(session, attempt_id, page, now=now)


def take_in(payment: Payment, gateway: Provider, now: datetime) -> bool:
    """Book a payment; a hold that nobody waits for any more is released. False: unknown."""
    with transaction() as session:
        known = applying.apply_payment(session, payment, now=now)
        unwanted = known and applying.is_unwanted_hold(session, payment)
    if unwanted:
        gateway.cancel(payment.intent_id)
    return known


_STEPS: dict[Step, Callable[[View, Provider, datetime], None]] = {
    Step.OPEN_PAGE: _open_page,
    Step.CHARGE_CARD: _charge_card,
    Step.SEARCH: _search,
    Step.LOOK_AT_PAGE: _look_at_page,
    Step.LOOK_AT_PAYMENT: _look_at_payment,
    Step.CLOSE_PAGE: _close_page,
    Step.CAPTURE: _capture,
    Step.CANCEL: _cancel,
    Step.WAIT: _wait,
}


def due_attempts(*, now: datetime) -> list[int]:
    """Charges with a kept card get their attempt; attempts to look at now, claimed."""
    with transaction() as session:
        begun = cards.start_card_charges(session, now=now)
    with transaction() as session:
        return sorted({*begun, *claim_due_attempts(session, now=now)})


def send_refunds(gateway: Provider, *, now: datetime) -> int:
    """Ask the provider for every refund that is due; how many were asked for."""
    with transaction() as session:
        due = sendable(session, now=now)
    return sum(_send_refund(refund_id, gateway, now) for refund_id in due)


def _send_refund(refund_id: int, gateway: Provider, now: datetime) -> bool:
    with transaction() as session:
        request = provider_refunds.begin_refund(session, refund_id, now=now)
    if request is None:
        return False
    try:
        sent = gateway.refund(request)
    except Unavailable as away:
        logger.warning("refund %s is asked for again later: %s", refund_id, away.data)
        return False
    except (Refused, NotFound) as refusal:
        with transaction() as session:
            mark_failed(
                session, refund_id, str(refusal.data.get("reason") or refusal.code), now=now
            )
        return False
    with transaction() as session:
        return provider_refunds.note_refund(session, sent, now=now)


def drop_cards(gateway: Provider, *, now: datetime) -> None:
    """Cards that are used up or taken back are forgotten by the provider too."""
    with transaction() as session:
        gone = cards.cards_to_drop(session)
    for card_id, method_id in gone.items():
        gateway.drop_card(method_id)
        with transaction() as session:
            cards.note_dropped(session, card_id, now=now)


def open_card_page(order_id: int, gateway: Provider, *, now: datetime) -> str | None:
    """Where the buyer leaves a card for an order; None once one is there."""
    with transaction() as session:
        card_id = cards.ask_for_card(session, order_id, now=now)
        if cards.is_ready(session, card_id):
            return None
        owner = cards.owner_of(session, order_id)
    customer_id = owner.customer_id or gateway.make_customer(
        owner.buyer_id, owner.name, owner.email
    )
    with transaction() as session:
        kept = cards.note_customer(session, owner.buyer_id, customer_id, now=now)
        request = cards.card_page_request(session, card_id, kept)
    page = gateway.open_card_page(request)
    with transaction() as session:
        cards.note_card_page(session, card_id, page)
    return page.url
