"""Reads for the provider's flows: how an attempt stands, and which rows are to be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.orders.rules import PayMethod
from market.payments.models import ASKED_SATANG
from market.payments.provider import CardCharge, PageRequest, row_key
from market.payments.rules import ChargeState
from market.payments.states import AttemptKind, AttemptState
from market.payments.steps import Standing

#: An open attempt is looked at in case its message never came: often while it is young, then
#: at half its age, at last this seldom.
LOOK_FIRST, LOOK_EVERY = timedelta(minutes=1), timedelta(minutes=10)
FEES_LAST_DAYS = 14

_VIEW = text(
    f"""
    SELECT a.id, a.kind, a.state, a.amount_satang, a.session_id, a.intent_id, a.created_at,
           a.capture_before, a.expires_at, a.asked, a.pay_url, c.state AS charge_state,
           {ASKED_SATANG} AS left_satang,
           c.settled_at IS NOT NULL AS settled, k.payment_method_id, g.customer_id,
           EXISTS (SELECT 1 FROM receipt r WHERE r.attempt_id = a.id
                    AND r.gateway_fee_satang IS NOT NULL) AS fee_known
      FROM payment_attempt a
      JOIN charge c ON c.id = a.charge_id
      JOIN orders o ON o.id = c.order_id
      LEFT JOIN saved_card k ON k.id = a.card_id
      LEFT JOIN gateway_customer g ON g.buyer_id = o.buyer_id
     WHERE a.id = :id
    """  # noqa: S608 - only our own fragment is put in
)
# Claimed by writing the moment, so that two sweeps do not ask for the same. Holds of settled
# charges and pages of charges that are no longer due do not wait their turn.
_CLAIM_DUE = text(
    """
    UPDATE payment_attempt SET checked_at = :now
     WHERE id IN (
        SELECT a.id FROM payment_attempt a JOIN charge c ON c.id = a.charge_id
         WHERE (a.state IN ('created', 'pending', 'authorized')
                AND (a.checked_at IS NULL
                     OR a.checked_at + LEAST(CAST(:seldom AS interval), GREATEST(
                            CAST(:first AS interval), (a.checked_at - a.created_at) / 2)) < :now
                     OR (a.checked_at < :soon AND (c.state <> 'due'
                         OR (a.state = 'authorized' AND c.settled_at IS NOT NULL)))))
            OR (a.state = 'succeeded' AND a.settled_at > :fees_since AND a.checked_at < :before
                AND EXISTS (SELECT 1 FROM receipt r WHERE r.attempt_id = a.id
                             AND r.gateway_fee_satang IS NULL))
         ORDER BY a.id LIMIT :most FOR NO KEY UPDATE OF a SKIP LOCKED)
    RETURNING id
    """
)


@dataclass(frozen=True, kw_only=True)
class View:
    """An attempt with what its calls are made of."""

    attempt_id: int
    at: Standing
    session_id: str | None
    intent_id: str | None
    pay_url: str | None
    row: Any

    def page_request(self) -> PageRequest:
        """The pay page, the same each time it is asked for."""
        asked = self.row.asked
        return PageRequest(
            key=row_key("attempt", self.attempt_id, self.at.created_at),
            attempt_id=self.attempt_id,
            order_number=asked["number"],
            amount_satang=self.at.amount_satang,
            methods=tuple(PayMethod(method) for method in asked["methods"]),
            hold=self.at.kind is AttemptKind.HOLD,
            email=asked.get("email"),
            expires_at=self.row.expires_at,
        )

    def card_charge(self) -> CardCharge:
        """The kept card's charge, the same each time it is asked for."""
        return CardCharge(
            key=row_key("attempt", self.attempt_id, self.at.created_at),
            attempt_id=self.attempt_id,
            order_number=self.row.asked["number"],
            amount_satang=self.at.amount_satang,
            customer_id=self.row.customer_id,
            payment_method_id=self.row.payment_method_id,
        )


def view_attempt(session: Session, attempt_id: int) -> View:
    """The attempt as it stands. Raises NotFound."""
    row = session.execute(_VIEW, {"id": attempt_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="payment_attempt")
    at = Standing(
        kind=AttemptKind(row.kind),
        state=AttemptState(row.state),
        amount_satang=row.amount_satang,
        has_session=row.session_id is not None,
        has_intent=row.intent_id is not None,
        created_at=row.created_at,
        capture_before=row.capture_before,
        fee_known=row.fee_known,
        charge_state=ChargeState(row.charge_state),
        left_satang=row.left_satang,
        settled=row.settled,
    )
    return View(
        attempt_id=row.id, at=at, session_id=row.session_id, intent_id=row.intent_id,
        pay_url=row.pay_url, row=row,
    )  # fmt: skip


def claim_due_attempts(session: Session, *, now: datetime, most: int = 500) -> list[int]:
    """Attempts to look at now, claimed for a while."""
    return list(
        session.scalars(
            _CLAIM_DUE,
            {
                "now": now, "before": now - LOOK_EVERY, "soon": now - LOOK_FIRST,
                "first": LOOK_FIRST, "seldom": LOOK_EVERY,
                "fees_since": now - timedelta(days=FEES_LAST_DAYS), "most": most,
            },
        )
    )  # fmt: skip
