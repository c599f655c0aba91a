"""What happens at the fake Stripe after a payment: refunds, disputes, payouts to the bank."""

from __future__ import annotations

from tests.fakes.stripe_world import Refusal, Thing, World, invalid


def make_refund(world: World, asked: Thing) -> Thing:
    """Money sent back. PromptPay waits until the buyer has named an account."""
    intent = world.get(asked["payment_intent"], "payment_intent")
    charge = world.things.get(intent["latest_charge"] or "")
    if charge is None or intent["status"] != "succeeded":
        raise invalid("charge_not_refundable")
    amount = int(asked.get("amount", charge["amount_captured"] - charge["amount_refunded"]))
    if not 0 < amount <= charge["amount_captured"] - charge["amount_refunded"]:
        raise invalid("charge_already_refunded", "amount")
    promptpay = charge["payment_method_details"]["type"] == "promptpay"
    if promptpay and not (asked.get("instructions_email") or intent.get("email")):
        raise invalid("parameter_missing", "instructions_email")
    charge["amount_refunded"] += amount
    refund = world.add(
        "re", "refund", amount=amount, currency=intent["currency"], payment_intent=intent["id"],
        charge=charge["id"], status="requires_action" if promptpay else "succeeded",
        metadata=asked.get("metadata", {}), failure_reason=None,
        instructions_email=asked.get("instructions_email"),
    )  # fmt: skip
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    return refund


def settle_refund(world: World, refund_id: str, status: str, reason: str | None = None) -> Thing:
    """A refund arrives, or the bank sends it back: also one that had arrived."""
    with world.lock:
        refund = world.get(refund_id, "refund")
        if status == "failed" and refund["status"] != "failed":
            world.things[refund["charge"]]["amount_refunded"] -= refund["amount"]
        refund.update(status=status, failure_reason=reason)
        world.emit("refund.failed" if status == "failed" else "refund.updated", refund)
        return refund


def open_dispute(world: World, intent_id: str, fee: int = 50000) -> Thing:
    """The buyer's bank takes the money back for now."""
    with world.lock:
        intent = world.get(intent_id, "payment_intent")
        charge = world.things[intent["latest_charge"]]
        if charge["payment_method_details"]["type"] != "card":
            raise Refusal(400, "invalid_request_error", "no_disputes_here")
        charge["disputed"] = True
        taken = {"amount": -intent["amount_received"], "fee": fee}
        dispute = world.add(
            "dp", "dispute", amount=intent["amount_received"], charge=charge["id"],
            payment_intent=intent_id, reason="product_not_received", status="needs_response",
            currency="thb", evidence_details={"due_by": world.now() + 7 * 86400},
            balance_transactions=[taken],
        )  # fmt: skip
        world.emit("charge.dispute.created", dispute)
        world.emit("charge.dispute.funds_withdrawn", dispute)
        return dispute


def close_dispute(world: World, dispute_id: str, *, won: bool) -> Thing:
    """The bank has decided."""
    with world.lock:
        dispute = world.get(dispute_id, "dispute")
        dispute["status"] = "won" if won else "lost"
        if won:
            back = {"amount": dispute["amount"], "fee": 0}
            dispute["balance_transactions"].append(back)
            world.emit("charge.dispute.funds_reinstated", dispute)
        world.emit("charge.dispute.closed", dispute)
        return dispute


def pay_to_bank(world: World, amount: int) -> Thing:
    """A payout to the market's bank account, arrived."""
    with world.lock:
        payout = world.add(
            "po", "payout", amount=amount, status="paid", arrival_date=world.now(), currency="thb"
        )
        world.emit("payout.paid", payout)
        return payout
