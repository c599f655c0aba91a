"""Where the next rounds go to and how they can be paid, as the latest round has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.orders.checkout_queries import PointChoice, points_for
from market.orders.rules import DraftLine, PayMethod
from market.rounds.methods import Asking, Payee, PayPolicy, offered
from market.rounds.queries import payment_of
from market.rounds.rules import Cycle

_LATEST = text(
    """
    SELECT id, delivery_on, pay_methods, pay_policy, payee FROM round
     WHERE cycle = :cycle AND state <> 'cancelled' AND NOT private
     ORDER BY state = 'open' DESC, opens_at DESC LIMIT 1
    """
)


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Where to and how to pay, as the latest round has it: the next ones will hardly differ."""

    points: tuple[PointChoice, ...] = ()
    methods: tuple[PayMethod, ...] = (PayMethod.PROMPTPAY,)


def ways_of(
    session: Session, cycle: Cycle, lines: Sequence[DraftLine], live: frozenset[PayMethod]
) -> Ways:
    """The points that every line reaches, and the ways to pay. Two statements."""
    row = session.execute(_LATEST, {"cycle": cycle.value}).one_or_none()
    if row is None:
        return Ways()
    asking = Asking(policy=PayPolicy(row.pay_policy), payee=Payee(row.payee), live=live)
    return Ways(
        points=points_for(session, row.id, lines, row.delivery_on),
        methods=offered(row.pay_methods, asking),
    )


def ways_of_round(
    session: Session, round_id: int, live: frozenset[PayMethod]
) -> tuple[PayMethod, ...]:
    """How an order of a round that is picked up can be paid. One statement."""
    payment = payment_of(session, round_id)
    asking = Asking(policy=payment.policy, payee=payment.payee, live=live)
    return offered(payment.methods, asking)
