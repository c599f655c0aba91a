"""Stripe's state, as far as a market meets it: money, cards, holds, refunds, disputes, fees.

Written from Stripe's API reference (version 2026-10-28.endive). What the reference refuses is
refused here too, so that a test that passes means something.
"""

from __future__ import annotations

import copy
import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Any

Thing = dict[str, Any]
LEAST_SATANG = 1000  # ten baht
HOLD_SECONDS = 7 * 86400
#: What cards do: when their owner is there, and when the owner is away.
CARDS = {
    "ok": (None, None),
    "declined": ("card_declined", "card_declined"),
    "expires": (None, "expired_card"),
    "asks": (None, "authentication_required"),
    "poor": (None, "insufficient_funds"),
}


class Refusal(Exception):
    """An answer that is an error, as Stripe words it."""

    def __init__(self, status: int, kind: str, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": code, **more}}


def invalid(code: str, param: str | None = None) -> Refusal:
    """A request that Stripe does not take."""
    return Refusal(400, "invalid_request_error", code, param=param)


@dataclass
class World:
    """Everything Stripe knows. Safe to use from several threads."""

    livemode: bool = False
    things: dict[str, Thing] = field(default_factory=dict)
    events: list[Thing] = field(default_factory=list)
    cards: dict[str, str] = field(default_factory=dict)  # payment method -> a key of CARDS
    shift_seconds: int = 0
    fees_come_late: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: Any = field(default_factory=lambda: itertools.count(1))

    def now(self) -> int:
        """The clock, which tests may move."""
        return int(time.time()) + self.shift_seconds

    def add(self, prefix: str, kind: str, **fields: Any) -> Thing:
        """A new object."""
        thing = {
            "id": f"{prefix}_{next(self._ids):08d}", "object": kind, "created": self.now(),
            "livemode": self.livemode, **fields,
        }  # fmt: skip
        self.things[thing["id"]] = thing
        return thing

    def get(self, thing_id: str, kind: str) -> Thing:
        """An object by its id."""
        thing = self.things.get(thing_id)
        if thing is None or thing["object"] != kind:
            raise Refusal(404, "invalid_request_error", "resource_missing", param="id")
        return thing

    def all(self, kind: str) -> list[Thing]:
        """Every object of a kind, the newest first."""
        return [thing for thing in reversed(self.things.values()) if thing["object"] == kind]

    def emit(self, kind: str, thing: Thing) -> Thing:
        """An event with the object as it is now."""
        event = self.add(
            "evt", "event", type=kind, api_version="2026-10-28.endive",
            data={"object": copy.deepcopy(thing)},
        )  # fmt: skip
        self.events.append(event)
        return event

    # -- what the market asks for

    def make_session(self, asked: Thing) -> Thing:
        """A Checkout Session for a payment or for keeping a card."""
        if "payment_method_types" in asked:
            raise invalid("payment_method_types_no_longer_supported", "payment_method_types")
        expires_at = int(asked.get("expires_at", self.now() + 86400))
        if not self.now() + 1800 <= expires_at <= self.now() + 86400:
            raise invalid("parameter_invalid", "expires_at")
        payment = asked["mode"] == "payment"
        amount = self._amount_of(asked) if payment else None
        session = self.add(
            "cs", "checkout.session", mode=asked["mode"], status="open", amount_total=amount,
            payment_status="unpaid" if payment else "no_payment_required", currency="thb",
            metadata=asked.get("metadata", {}), expires_at=expires_at, payment_intent=None,
            setup_intent=None, customer=asked.get("customer"), url=None,
            client_reference_id=asked.get("client_reference_id"),
            success_url=asked["success_url"], cancel_url=asked["cancel_url"],
            payment_method_types=asked["allowed_payment_method_types"],
            asked=asked,
        )  # fmt: skip
        if not payment:
            session["setup_intent"] = self._make_setup(session)["id"]
        return session

    def _amount_of(self, asked: Thing) -> int:
        (line,) = asked["line_items"]
        if (
            line["price_data"]["currency"] != "thb"
            and "promptpay" in asked["allowed_payment_method_types"]
        ):
            raise invalid("invalid_currency")
        return self._checked(int(line["price_data"]["unit_amount"]) * int(line["quantity"]))

    def _checked(self, amount: int) -> int:
        if amount < LEAST_SATANG:
            raise invalid("amount_too_small", "amount")
        return amount

    def _make_setup(self, session: Thing) -> Thing:
        data = session["asked"].get("setup_intent_data", {})
        return self.add(
            "seti", "setup_intent", status="requires_payment_method", payment_method=None,
            customer=session["customer"], metadata=data.get("metadata", {}),
        )  # fmt: skip

    def expire_session(self, session_id: str) -> Thing:
        """Close an open page."""
        session = self.get(session_id, "checkout.session")
        if session["status"] != "open":
            raise invalid("checkout_session_not_open")
        session.update(status="expired", url=None)
        self.emit("checkout.session.expired", session)
        return session

    def make_intent(self, asked: Thing) -> Thing:
        """An off-session payment of a kept card."""
        if "payment_method_types" in asked:
            raise invalid("payment_method_types_no_longer_supported", "payment_method_types")
        method = self.get(asked["payment_method"], "payment_method")
        if method["customer"] != asked["customer"]:
            raise invalid("payment_method_unexpected_state")
        intent = self._new_intent(self._checked(int(asked["amount"])), asked, "automatic")
        self._charge_card(intent, method, CARDS[self.cards[method["id"]]][1])
        if intent["last_payment_error"]:
            error = intent["last_payment_error"]
            raise Refusal(402, "card_error", error["code"], payment_intent=copy.deepcopy(intent),
                          decline_code=error.get("decline_code"))  # fmt: skip
        return intent

    def _new_intent(self, amount: int, asked: Thing, capture: str) -> Thing:
        intent = self.add(
            "pi", "payment_intent", amount=amount, amount_received=0, amount_capturable=0,
            currency=asked.get("currency", "thb"), status="requires_payment_method",
            metadata=asked.get("metadata", {}), latest_charge=None, last_payment_error=None,
            capture_method=capture, customer=asked.get("customer"), payment_method=None,
        )  # fmt: skip
        self.emit("payment_intent.created", intent)
        return intent

    def _charge_card(self, intent: Thing, method: Thing, error: str | None) -> None:
        intent["payment_method"] = method["id"]
        if error:
            code = "card_declined" if error in ("card_declined", "insufficient_funds") else error
            intent["last_payment_error"] = {"type": "card_error", "code": code} | (
                {"decline_code": error} if error == "insufficient_funds" else {}
            )
            intent["status"] = "requires_payment_method"
            self.emit("payment_intent.payment_failed", intent)
            return
        intent["last_payment_error"] = None
        hold = intent["capture_method"] == "manual"
        self._add_charge(intent, "card", captured=not hold)
        if hold:
            intent.update(status="requires_capture", amount_capturable=intent["amount"])
            self.emit("payment_intent.amount_capturable_updated", intent)
        else:
            self._succeed(intent, intent["amount"])

    def _add_charge(self, intent: Thing, kind: str, *, captured: bool) -> Thing:
        details: Thing = {"type": kind}
        if kind == "card":
            details["card"] = {"last4": "4242", "brand": "visa"}
            if not captured:
                details["card"]["capture_before"] = self.now() + HOLD_SECONDS
        charge = self.add(
            "ch", "charge", amount=intent["amount"], amount_captured=0, amount_refunded=0,
            captured=captured, payment_intent=intent["id"], payment_method_details=details,
            balance_transaction=None, currency=intent["currency"], disputed=False,
        )  # fmt: skip
        intent["latest_charge"] = charge["id"]
        return charge

    def _succeed(self, intent: Thing, amount: int) -> None:
        charge = self.things[intent["latest_charge"]]
        intent.update(status="succeeded", amount_received=amount, amount_capturable=0)
        charge.update(captured=True, amount_captured=amount)
        if not self.fees_come_late:
            self._add_fee(charge)
        self.emit("payment_intent.succeeded", intent)
        self.emit("charge.succeeded", charge)

    def _add_fee(self, charge: Thing) -> None:
        card = charge["payment_method_details"]["type"] == "card"
        amount = charge["amount_captured"]
        before_vat = amount * 365 // 10000 + 1000 if card else amount * 165 // 10000
        charge["balance_transaction"] = self.add(
            "txn", "balance_transaction", amount=amount, fee=before_vat * 107 // 100
        )["id"]

    def settle_fees(self) -> None:
        """Late fees become known."""
        for charge in self.all("charge"):
            if charge["captured"] and charge["balance_transaction"] is None:
                self._add_fee(charge)
                self.emit("charge.updated", charge)

    def capture(self, intent_id: str, amount: int | None) -> Thing:
        """Take a hold, whole or in part; the rest is released."""
        intent = self.get(intent_id, "payment_intent")
        if intent["status"] != "requires_capture":
            raise invalid("payment_intent_unexpected_state")
        taken = intent["amount_capturable"] if amount is None else amount
        if not 0 < taken <= intent["amount_capturable"]:
            raise invalid("amount_too_large", "amount_to_capture")
        self._succeed(intent, taken)
        return intent

    def cancel(self, intent_id: str) -> Thing:
        """Give up a payment, release a hold."""
        intent = self.get(intent_id, "payment_intent")
        if intent["status"] in ("succeeded", "canceled", "processing"):
            raise invalid("payment_intent_unexpected_state")
        intent.update(status="canceled", amount_capturable=0)
        self.emit("payment_intent.canceled", intent)
        return intent

    # -- what buyers, banks and people with the dashboard do

    def buyer_pays(self, session_id: str, method: str = "card", card: str = "ok") -> Thing:
        """Somebody pays on the hosted page. Declined leaves the page open."""
        with self.lock:
            session = self.get(session_id, "checkout.session")
            if session["status"] != "open" or session["expires_at"] <= self.now():
                raise invalid("checkout_session_not_open")
            data = session["asked"].get("payment_intent_data", {})
            if session["payment_intent"] is None:
                asked = {"metadata": data.get("metadata", {}), "currency": session["currency"]}
                capture = data.get("capture_method", "automatic")
                made = self._new_intent(session["amount_total"], asked, capture)
                session["payment_intent"] = made["id"]
            intent = self.things[session["payment_intent"]]
            if method == "promptpay":
                intent["last_payment_error"] = None
                self._add_charge(intent, "promptpay", captured=True)
                self._succeed(intent, intent["amount"])
            else:
                self._charge_card(intent, self.keep_card(None, card), CARDS[card][0])
            if intent["last_payment_error"] is None:
                session.update(status="complete", payment_status="paid", url=None)
                self.emit("checkout.session.completed", session)
            return intent

    def buyer_keeps_card(self, session_id: str, card: str = "ok") -> Thing:
        """Somebody leaves a card on the setup page."""
        with self.lock:
            session = self.get(session_id, "checkout.session")
            setup = self.things[session["setup_intent"]]
            method = self.keep_card(session["customer"], card)
            setup.update(status="succeeded", payment_method=method["id"])
            session.update(status="complete", url=None)
            self.emit("setup_intent.succeeded", setup)
            self.emit("checkout.session.completed", session)
            return setup

    def keep_card(self, customer: str | None, card: str) -> Thing:
        """A card, perhaps of a customer."""
        method = self.add(
            "pm", "payment_method", type="card", customer=customer,
            card={"brand": "visa", "last4": "4242"},
        )  # fmt: skip
        self.cards[method["id"]] = card
        return method
