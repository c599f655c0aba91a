"""What Stripe says, in our words. Knows its types only while they are checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from market.orders.rules import PayMethod
from market.payments.provider import (
    Disputed,
    Page,
    Payment,
    RefundOutcome,
    SentBack,
    Setup,
    ToBank,
)
from market.payments.states import AttemptState, CardState, DisputeState

if TYPE_CHECKING:
    import stripe
    from stripe.checkout import Session

TYPES: dict[PayMethod, str] = {
    PayMethod.CARD: "card",
    PayMethod.STRIPE_PROMPTPAY: "promptpay",
}
_METHODS = {there: here for here, there in TYPES.items()}
_ATTEMPT_STATES = {
    "succeeded": AttemptState.SUCCEEDED,
    "requires_capture": AttemptState.AUTHORIZED,
    "canceled": AttemptState.CANCELLED,
}
_REFUND_OUTCOMES = {
    "succeeded": RefundOutcome.DONE,
    "requires_action": RefundOutcome.NEEDS_DETAILS,
    "failed": RefundOutcome.FAILED,
    "canceled": RefundOutcome.FAILED,
}
# "prevented" and "warning_closed" end without money having moved.
_DISPUTES_WON = ("won", "warning_closed", "prevented")


def page_of(session: Session) -> Page:
    """A Checkout Session."""
    metadata = plain(session.metadata)
    return Page(
        session_id=session.id,
        url=session.url,
        open=session.status == "open",
        expired=session.status == "expired",
        row_id=_row_id(metadata, "card_id" if session.mode == "setup" else "attempt_id"),
        intent_id=id_of(session.payment_intent),
        setup_id=id_of(session.setup_intent),
        expires_at=moment(session.expires_at),
    )


def payment_of(intent: stripe.PaymentIntent) -> Payment:
    """A PaymentIntent whose latest charge is expanded, where there is one."""
    charge = plain(intent.latest_charge)
    method = plain(charge.get("payment_method_details"))
    before = plain(method.get("card")).get("capture_before")
    return Payment(
        intent_id=intent.id,
        attempt_id=_row_id(plain(intent.metadata), "attempt_id"),
        state=_ATTEMPT_STATES.get(intent.status, AttemptState.PENDING),
        amount_satang=intent.amount,
        received_satang=intent.amount_received,
        currency=intent.currency,
        livemode=intent.livemode,
        method=_METHODS.get(method.get("type") or ""),
        failure=_failure(plain(intent.last_payment_error)),
        capture_before=moment(before) if before else None,
        fee_satang=plain(charge.get("balance_transaction")).get("fee"),
        created_at=moment(intent.created),
    )


def setup_of(intent: stripe.SetupIntent) -> Setup:
    """A SetupIntent whose payment method is expanded."""
    method = plain(intent.payment_method)
    card = plain(method.get("card"))
    state = {"succeeded": CardState.READY, "canceled": CardState.GONE}.get(
        intent.status, CardState.ASKED
    )
    return Setup(
        setup_id=intent.id,
        card_id=_row_id(plain(intent.metadata), "card_id"),
        state=state,
        payment_method_id=method.get("id") if state is CardState.READY else None,
        brand=card.get("brand"),
        last4=card.get("last4"),
    )


def sent_back_of(refund: stripe.Refund) -> SentBack:
    """A Refund."""
    return SentBack(
        gateway_refund_id=refund.id,
        refund_id=_row_id(plain(refund.metadata), "refund_id"),
        key=plain(refund.metadata).get("key"),
        intent_id=id_of(refund.payment_intent),
        amount_satang=refund.amount,
        currency=refund.currency,
        outcome=_REFUND_OUTCOMES.get(refund.status or "", RefundOutcome.PENDING),
        failure=plain(refund).get("failure_reason"),
        created_at=moment(refund.created),
    )


def disputed_of(dispute: stripe.Dispute) -> Disputed:
    """A Dispute. What was withdrawn is what its balance transactions add up to now."""
    moves = [plain(move) for move in dispute.balance_transactions]
    due_by = plain(dispute.evidence_details).get("due_by")
    return Disputed(
        gateway_id=dispute.id,
        intent_id=id_of(dispute.payment_intent),
        amount_satang=dispute.amount,
        withdrawn_satang=-sum(move["amount"] for move in moves),
        fee_satang=sum(move["fee"] for move in moves),
        reason=dispute.reason,
        state=_dispute_state(dispute.status),
        evidence_by=moment(due_by) if due_by else None,
        created_at=moment(dispute.created),
    )


def to_bank_of(payout: stripe.Payout) -> ToBank:
    """A payout to the market's bank account."""
    return ToBank(
        gateway_id=payout.id,
        amount_satang=payout.amount,
        arrived=payout.status == "paid",
        failed=payout.status in ("failed", "canceled"),
        created_at=moment(payout.created),
    )


def plain(thing: Any) -> dict[str, Any]:
    """A vendor's object as a plain dict; an id that was not expanded, or nothing, as an empty one.

    The library's objects are no dicts any more: they have no ``get``.
    """
    if thing is None or isinstance(thing, str):
        return {}
    return thing if isinstance(thing, dict) else dict(thing.to_dict())


def id_of(thing: Any) -> str | None:
    """The id of what may be an id, an object or nothing."""
    return thing if thing is None or isinstance(thing, str) else str(thing.id)


def epoch(at: datetime) -> int:
    """A moment as Stripe writes it: whole seconds."""
    return int(at.timestamp())


def moment(seconds: int) -> datetime:
    """Stripe's seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def _row_id(metadata: dict[str, Any], name: str) -> int | None:
    """Our row's id. Anybody with the dashboard can write metadata: only a number passes."""
    value = str(metadata.get(name, ""))
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def _failure(error: dict[str, Any]) -> str | None:
    code: str | None = error.get("code")
    return (error.get("decline_code") or code) if code == "card_declined" else code


def _dispute_state(status: str) -> DisputeState:
    if status in _DISPUTES_WON:
        return DisputeState.WON
    return DisputeState.LOST if status == "lost" else DisputeState.OPEN
