"""How money can be paid, what each way can do, and which ways a round can offer. Pure.

A way that cannot keep a round's promise is not offered: cash cannot be paid up front, a hold
does not stand for weeks, a provider's method needs the provider.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class PayMethod(StrEnum):
    """How a buyer means to pay."""

    PROMPTPAY = "promptpay"  # a plain QR, with a slip or a look into the bank
    CASH = "cash"  # at the pick-up point
    TRANSFER = "transfer"  # to the bank account
    CARD = "card"  # through the provider
    STRIPE_PROMPTPAY = "stripe_promptpay"  # a QR of the provider, which tells us
    CREDIT = "credit"  # what the market owes the buyer


class Payee(StrEnum):
    """Who buyers' money goes to; a setting of the market, frozen in a round when it is planned."""

    MARKET = "market"  # the market's own bank account
    PROVIDER = "provider"  # a licensed payment provider; the market keeps only the ledger
    GROUPS = "groups"  # each group directly, one QR a group of the order


class PayPolicy(StrEnum):
    """When a round is paid for."""

    AFTER_MATCH = "after_match"  # exactly what was confirmed
    UPFRONT = "upfront"  # the ceiling with the order; what is not made goes back at once


@dataclass(frozen=True, kw_only=True)
class Capability:
    """What a way of paying can do."""

    live: bool  # needs the provider
    hold: bool = False  # authorise now, take later
    min_satang: int = 1
    max_satang: int | None = None
    at_point: bool = False  # only where the goods are picked up
    before_goods: bool = True  # can be paid before anything is made


#: Stripe: docs.stripe.com/payments/promptpay (THB, no manual capture, partial refunds),
#: docs.stripe.com/payments/place-a-hold-on-a-payment-method (7 days, one capture, in part),
#: docs.stripe.com/currencies (least amount 10 THB). A bank's app asks for a face above 50,000
#: baht and PromptPay carries at most 2,000,000 a transfer, less where the bank says so.
CAPABILITIES: dict[PayMethod, Capability] = {
    PayMethod.PROMPTPAY: Capability(live=False, max_satang=200_000_000),
    PayMethod.TRANSFER: Capability(live=False),
    PayMethod.CASH: Capability(live=False, at_point=True, before_goods=False),
    PayMethod.CARD: Capability(live=True, hold=True, min_satang=1000, max_satang=99_999_999),
    PayMethod.STRIPE_PROMPTPAY: Capability(live=True, min_satang=1000, max_satang=15_000_000),
    PayMethod.CREDIT: Capability(live=False),
}


#: What the provider calls a method of ours.
_PROVIDERS_WORDS = {"card": PayMethod.CARD, "promptpay": PayMethod.STRIPE_PROMPTPAY}


def live_methods(secret_key: str | None, words: Iterable[str]) -> frozenset[PayMethod]:
    """The provider's methods this market can take; none without a key."""
    return frozenset(_PROVIDERS_WORDS[word] for word in words) if secret_key else frozenset()


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What decides whether a way of paying is offered.

    live: the provider's methods that its account may use. amount_satang None: not known yet.
    """

    policy: PayPolicy
    payee: Payee
    live: frozenset[PayMethod]
    at_point: bool = True
    amount_satang: int | None = None


def offered(methods: Iterable[str], asking: Asking) -> tuple[PayMethod, ...]:
    """Which of a round's methods it can offer here. Store credit pays along, never alone."""
    return tuple(method for method in map(PayMethod, methods) if _can_offer(method, asking))


def _can_offer(method: PayMethod, asking: Asking) -> bool:
    can = CAPABILITIES[method]
    if method is PayMethod.CREDIT or (can.at_point and not asking.at_point):
        return False
    if asking.policy is PayPolicy.UPFRONT and (
        not can.before_goods or asking.payee is Payee.GROUPS  # who makes it is not known yet
    ):
        return False
    if can.live and (method not in asking.live or asking.payee is Payee.GROUPS):
        return False
    if asking.payee is Payee.PROVIDER and not can.live and can.before_goods:
        return False
    return _fits(can, asking.amount_satang)


def _fits(can: Capability, amount_satang: int | None) -> bool:
    if amount_satang is None:
        return True
    high = can.max_satang
    return can.min_satang <= amount_satang and (high is None or amount_satang <= high)


def hold_fits(
    method: PayMethod, *, opens_at: datetime, settled_by: datetime, hold: timedelta
) -> bool:
    """Does a hold of the first order stand until the last group has confirmed?"""
    return CAPABILITIES[method].hold and settled_by - opens_at < hold


def usual_methods(payee: Payee, live: frozenset[PayMethod], policy: PayPolicy) -> tuple[str, ...]:
    """What a new round offers when nobody chose: everything that keeps its promise."""
    asking = Asking(policy=policy, payee=payee, live=live)
    return tuple(str(method) for method in offered(CAPABILITIES, asking))
