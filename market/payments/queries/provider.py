"""Reads for the pay page's box of the provider: what is open, what went wrong, which card."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.payments.methods import Asking, PayMethod, hold_fits, offered
from market.payments.models import ASKED_SATANG
from market.payments.states import AttemptKind
from market.rounds.methods import Payee, PayPolicy

# The latest attempt tells how it stands; an open one is always the latest.
_BOX = text(
    f"""
    SELECT o.id AS order_id, o.number, o.state AS order_state, o.pay_method,
           o.point_id IS NOT NULL AS at_point, c.id AS charge_id, c.state AS charge_state,
           {ASKED_SATANG} AS left_satang, c.pay_by,
           c.settled_at IS NOT NULL AS settled,
           r.state AS round_state, r.pay_policy, r.payee, r.pay_methods, r.opens_at,
           r.pay_by AS settled_by,
           a.id AS attempt_id, a.kind, a.state AS attempt_state, a.failure, a.amount_satang,
           k.state AS card_state, k.brand, k.last4,
           (SELECT coalesce(sum(f.amount_satang), 0) FROM refund f WHERE f.order_id = o.id
             AND f.state = 'sending' AND f.failure = 'waits_for_buyer') AS asked_satang
      FROM orders o
      JOIN round r ON r.id = o.round_id
      LEFT JOIN charge c ON c.order_id = o.id
      LEFT JOIN saved_card k ON k.order_id = o.id
      LEFT JOIN LATERAL (SELECT * FROM payment_attempt p WHERE p.charge_id = c.id
                          ORDER BY p.id DESC LIMIT 1) a ON true
     WHERE o.number = :number
    """  # noqa: S608 - only our own fragment is put in
)
OPEN = ("created", "pending", "authorized")


@dataclass(frozen=True, kw_only=True)
class ProviderBox:
    """What a buyer can do at the provider about one order, and how it stands there.

    methods: what its page would offer; empty where it cannot be paid there.
    """

    order_id: int
    charge_id: int | None
    due: bool
    left_satang: int
    pay_by: datetime | None
    methods: tuple[PayMethod, ...]
    chosen: bool  # the buyer chose one of them when ordering
    kind: AttemptKind
    attempt_kind: str | None
    attempt_state: str | None
    failure: str | None
    held_satang: int
    may_keep_card: bool
    card_state: str | None
    brand: str | None
    last4: str | None
    late: bool  # paid there, but after the goods had gone to others
    asked_satang: int  # of refunds for which the provider asked the buyer by e-mail
    tag: str

    @property
    def waits(self) -> bool:
        """May the page change by itself soon?"""
        return self.due and self.attempt_state in OPEN


def provider_box(
    session: Session, number: str, live: Iterable[PayMethod], hold_hours: int
) -> ProviderBox:
    """The box of an order; one statement. ``live``: what the provider's account takes."""
    row = session.execute(_BOX, {"number": number}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="order")
    asking = Asking(
        policy=PayPolicy(row.pay_policy), payee=Payee(row.payee), live=frozenset(live),
        at_point=row.at_point, amount_satang=row.left_satang,
    )  # fmt: skip
    methods = tuple(m for m in offered(row.pay_methods, asking) if m in asking.live)
    # One value: a line a field.
    return ProviderBox(
        order_id=row.order_id,
        charge_id=row.charge_id,
        due=row.charge_state == "due",
        left_satang=row.left_satang or 0,
        pay_by=row.pay_by,
        methods=methods,
        chosen=row.pay_method in methods,
        kind=_kind(row, methods, timedelta(hours=hold_hours)),
        attempt_kind=row.kind,
        attempt_state=row.attempt_state,
        failure=row.failure,
        held_satang=row.amount_satang or 0,
        may_keep_card=PayMethod.CARD in methods and _before_the_charge(row),
        card_state=row.card_state,
        brand=row.brand,
        last4=row.last4,
        late=row.attempt_state == "succeeded" and row.charge_state in ("expired", "void"),
        asked_satang=int(row.asked_satang),
        tag=_tag(row.charge_state, row.left_satang, row.attempt_id, row.attempt_state, row.failure),
    )  # fmt: skip


def _kind(row: Any, methods: Collection[PayMethod], hold: timedelta) -> AttemptKind:
    """Held where a card's hold surely stands until the round is settled, else taken at once."""
    upfront = PayPolicy(row.pay_policy) is PayPolicy.UPFRONT and not row.settled
    fits = upfront and PayMethod.CARD in methods and hold_fits(
        PayMethod.CARD, opens_at=row.opens_at, settled_by=row.settled_by, hold=hold
    )  # fmt: skip
    return AttemptKind.HOLD if fits else AttemptKind.CHECKOUT


def _before_the_charge(row: Any) -> bool:
    """May a card be kept now, for what the match will cost?"""
    goes_on = row.order_state == "placed" and row.round_state not in ("completed", "cancelled")
    after_match = PayPolicy(row.pay_policy) is PayPolicy.AFTER_MATCH
    return goes_on and after_match and row.charge_id is None


def _tag(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
