"""Messages of the provider: each says only where to look; what is found there is booked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from market.db import transaction
from market.errors import MarketError, NotFound
from market.payments import attempts, cards, disputes, messages, provider_refunds
from market.payments.provider import Message, Payment, Provider
from market.payments.provider_flows import take_in, take_page
from market.payments.states import AttemptState
from market.payments.to_bank import note_to_bank

logger = logging.getLogger(__name__)


def work_messages(gateway: Provider, *, now: datetime) -> int:
    """Look into every message that is due; how many were understood."""
    done = 0
    while True:
        with transaction() as session:
            claimed = messages.claim_messages(session, now=now)
        if not claimed:
            return done
        done += sum(_work_message(message, gateway, now) for message in claimed)


def _work_message(message: Message, gateway: Provider, now: datetime) -> bool:
    """One message. One that fails must not hold up the others."""
    try:
        note = look_into(message, gateway, now)
    except MarketError as failure:
        logger.warning("message %s: %s %s", message.id, failure.code, failure.data)
        return _again(message, failure.code, now)
    except Exception as failure:  # a mistake of ours: a person sees the message when it stays
        logger.exception("message %s cannot be booked", message.id)
        return _again(message, type(failure).__name__, now)
    with transaction() as session:
        messages.finish_message(session, message.id, now=now, note=note)
    return True


def _again(message: Message, error: str, now: datetime) -> bool:
    with transaction() as session:
        messages.retry_message(session, message.id, error, now=now)
    return False


def look_into(message: Message, gateway: Provider, now: datetime) -> str | None:
    """Fetch what the message is about and book it; a word where it is of no concern.

    NotFound: our row may not be there yet, so it is tried again.
    """
    if message.livemode is not gateway.livemode:
        return "other_mode"
    look = next((look for start, look in _LOOKS if message.kind.startswith(start)), None)
    if look is None:
        return "not_ours"
    if not look(message.object_id, gateway, now):
        raise NotFound("not_found", what="payment_attempt")
    return None


def _look_session(session_id: str, gateway: Provider, now: datetime) -> bool:
    page = gateway.find_page(session_id)
    if page.setup_id is not None:
        return _look_setup(page.setup_id, gateway, now)
    if page.row_id is None:
        return page.intent_id is None  # a page of somebody else on the same account
    with transaction() as session:
        ours = attempts.is_page_of(session, page.row_id, session_id)
    if ours:
        take_page(page.row_id, page, gateway, now)
    return ours


def _look_payment(intent_id: str, gateway: Provider, now: datetime) -> bool:
    return _take_or_show(gateway.find_payment(intent_id), gateway, now)


def _look_charge(charge_id: str, gateway: Provider, now: datetime) -> bool:
    payment = gateway.payment_of_charge(charge_id)
    for sent in gateway.refunds_of(payment.intent_id):
        with transaction() as session:
            provider_refunds.note_refund(session, sent, now=now)
    return _take_or_show(payment, gateway, now)


def _take_or_show(payment: Payment, gateway: Provider, now: datetime) -> bool:
    """An unfinished payment that nobody here knows needs no row; money does."""
    return take_in(payment, gateway, now) or payment.state is not AttemptState.SUCCEEDED


def _look_setup(setup_id: str, gateway: Provider, now: datetime) -> bool:
    setup = gateway.find_setup(setup_id)
    with transaction() as session:
        return cards.note_setup(session, setup, now=now)


def _look_refund(refund_id: str, gateway: Provider, now: datetime) -> bool:
    sent = gateway.find_refund(refund_id)
    with transaction() as session:
        return provider_refunds.note_refund(session, sent, now=now)


def _look_dispute(dispute_id: str, gateway: Provider, now: datetime) -> bool:
    told = gateway.find_dispute(dispute_id)
    with transaction() as session:
        return disputes.note_dispute(session, told, now=now)


def _look_to_bank(payout_id: str, gateway: Provider, now: datetime) -> bool:
    payout = gateway.find_to_bank(payout_id)
    with transaction() as session:
        note_to_bank(session, payout, now=now)
    return True


_LOOKS: tuple[tuple[str, Callable[[str, Provider, datetime], bool]], ...] = (
    ("checkout.session.", _look_session),
    ("payment_intent.", _look_payment),
    ("setup_intent.", _look_setup),
    ("charge.dispute.", _look_dispute),
    ("charge.refund.", _look_refund),
    ("refund.", _look_refund),
    ("charge.", _look_charge),
    ("payout.", _look_to_bank),
)
