"""What Stripe is asked for, in its words. Knows its types only while they are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from market.payments.provider import (
    CURRENCY,
    CardCharge,
    CardPageRequest,
    PageRequest,
    RefundRequest,
)
from market.payments.stripe_words import TYPES, epoch

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCreateParams, RefundCreateParams
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItem

#: A payment is read together with its fee.
PAYMENT_PARTS = ["latest_charge.balance_transaction"]


def page_params(request: PageRequest, back_url: str) -> SessionCreateParams:
    """What a pay page is asked for: one line, our id on the session and on the payment.

    ``allowed_payment_method_types`` because ``payment_method_types`` was removed in API version
    2026-09-30 (changelog, "Removes the payment method types parameter").
    """
    metadata = {"attempt_id": str(request.attempt_id), "order": request.order_number}
    params: SessionCreateParams = {
        "mode": "payment",
        "allowed_payment_method_types": [TYPES[method] for method in request.methods],
        "line_items": [_whole_order(request)],
        "client_reference_id": request.order_number,
        "metadata": metadata,
        "payment_intent_data": {
            "metadata": metadata,
            "description": request.order_number,
            "capture_method": "manual" if request.hold else "automatic",
        },
        "expires_at": epoch(request.expires_at),
        "locale": "th",
        "success_url": back_url,
        "cancel_url": back_url,
    }
    if request.email:
        params["customer_email"] = request.email
    return params


def _whole_order(request: PageRequest) -> SessionCreateParamsLineItem:
    """The page's only line: the buyer knows the goods from our own page."""
    return {
        "quantity": 1,
        "price_data": {
            "currency": CURRENCY,
            "unit_amount": request.amount_satang,
            "product_data": {"name": f"ตลาดลอยฟ้า {request.order_number}"},
        },
    }


def card_page_params(request: CardPageRequest, back_url: str) -> SessionCreateParams:
    """What a page is asked for that only keeps a card."""
    metadata = {"card_id": str(request.card_id), "order": request.order_number}
    return {
        "mode": "setup",
        "currency": CURRENCY,
        "allowed_payment_method_types": ["card"],
        "customer": request.customer_id,
        "client_reference_id": request.order_number,
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
        "locale": "th",
        "success_url": back_url,
        "cancel_url": back_url,
    }


def card_charge_params(charge: CardCharge) -> PaymentIntentCreateParams:
    """A payment by a kept card, confirmed at once, with nobody at the screen."""
    return {
        "amount": charge.amount_satang,
        "currency": CURRENCY,
        "customer": charge.customer_id,
        "payment_method": charge.payment_method_id,
        "allowed_payment_method_types": ["card"],
        "off_session": True,
        "confirm": True,
        "description": charge.order_number,
        "metadata": {"attempt_id": str(charge.attempt_id), "order": charge.order_number},
        "expand": PAYMENT_PARTS,
    }


def refund_params(request: RefundRequest) -> RefundCreateParams:
    """Money back. ``email``: where Stripe asks the buyer of a PromptPay payment where to."""
    params: RefundCreateParams = {
        "payment_intent": request.intent_id,
        "amount": request.amount_satang,
        "reason": "requested_by_customer",
        "metadata": {"refund_id": str(request.refund_id), "key": request.key},
    }
    if request.email:
        params["instructions_email"] = request.email
    return params
