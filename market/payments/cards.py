"""Cards that buyers let us keep for one order, and charging them once it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound
from market.payments.models import Charge, GatewayCustomer, SavedCard
from market.payments.provider import CardPageRequest, Page, Setup, row_key
from market.payments.rules import ChargeState
from market.payments.states import CardState
from market.payments.tell import Trail, record_many

# One attempt for each charge whose buyer left a card and that nobody tried yet; the index on
# open attempts keeps a second one away also when two sweeps run.
_CHARGE_CARDS = text(
    """
    INSERT INTO payment_attempt (charge_id, kind, method, state, amount_satang, captured_satang,
                                 card_id, expires_at, created_at, asked)
    SELECT c.id, 'off_session', 'card', 'created', c.amount_satang - c.received_satang, 0,
           k.id, c.pay_by, :now, jsonb_build_object('number', o.number)
      FROM charge c
      JOIN orders o ON o.id = c.order_id
      JOIN saved_card k ON k.order_id = c.order_id AND k.state = 'ready'
     WHERE c.state = 'due' AND c.settled_at IS NOT NULL AND c.pay_by > :now
       AND c.amount_satang > c.received_satang
       AND NOT EXISTS (SELECT 1 FROM payment_attempt a WHERE a.charge_id = c.id
                        AND (a.card_id = k.id
                             OR a.state IN ('created', 'pending', 'authorized')))
     ORDER BY c.id
        ON CONFLICT DO NOTHING
    RETURNING id, charge_id, amount_satang
    """
)
# A card is for one order: once that is paid, or nothing is left to pay, it is used up.
_USE_UP = text(
    """
    UPDATE saved_card k SET state = 'gone'
      FROM orders o LEFT JOIN charge c ON c.order_id = o.id
     WHERE k.order_id = o.id AND k.state IN ('ready', 'asked')
       AND (c.state IN ('paid', 'void', 'expired') OR o.state = 'cancelled')
       AND NOT EXISTS (SELECT 1 FROM payment_attempt a WHERE a.card_id = k.id
                        AND a.state IN ('created', 'pending'))
    """
)
_TO_DROP = text(
    """
    SELECT id, payment_method_id FROM saved_card
     WHERE state = 'gone' AND dropped_at IS NULL AND payment_method_id IS NOT NULL
     ORDER BY id LIMIT :most
    """
)
_OWNER = text(
    """
    SELECT o.number, b.id AS buyer_id, b.name, b.email, g.customer_id
      FROM orders o JOIN buyer b ON b.id = o.buyer_id
      LEFT JOIN gateway_customer g ON g.buyer_id = b.id
     WHERE o.id = :id
    """
)


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose card it is, as the provider has to know them."""

    number: str
    buyer_id: int
    name: str
    email: str | None
    customer_id: str | None


def ask_for_card(session: Session, order_id: int, *, now: datetime) -> int:
    """The buyer wants to leave a card for an order; the row's id. Conflict once it is paid."""
    charge = session.scalars(select(Charge).where(Charge.order_id == order_id)).one_or_none()
    if charge is not None and charge.state is not ChargeState.DUE:
        raise Conflict("charge_already_paid")
    fresh = {
        "state": CardState.ASKED, "created_at": now, "session_id": None, "setup_id": None,
        "setup_url": None, "payment_method_id": None, "ready_at": None, "dropped_at": None,
    }  # fmt: skip
    statement = pg_insert(SavedCard).values(
        order_id=order_id, state=CardState.ASKED, created_at=now,
        buyer_id=owner_of(session, order_id).buyer_id,
    )  # fmt: skip
    gone = (SavedCard.state == CardState.GONE) & (
        SavedCard.dropped_at.is_not(None) | SavedCard.payment_method_id.is_(None)
    )
    session.execute(
        statement.on_conflict_do_update(index_elements=["order_id"], set_=fresh, where=gone)
    )
    return session.scalars(select(SavedCard.id).where(SavedCard.order_id == order_id)).one()


def is_ready(session: Session, card_id: int) -> bool:
    """Is the card there already?"""
    return session.get_one(SavedCard, card_id, populate_existing=True).state is CardState.READY


def owner_of(session: Session, order_id: int) -> Owner:
    """The buyer of an order. Raises NotFound."""
    row = session.execute(_OWNER, {"id": order_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="order")
    return Owner(**row._mapping)


def note_customer(session: Session, buyer_id: int, customer_id: str, *, now: datetime) -> str:
    """Keep a buyer's id there; returns the one that was kept first."""
    session.execute(
        pg_insert(GatewayCustomer)
        .values(buyer_id=buyer_id, customer_id=customer_id, created_at=now)
        .on_conflict_do_nothing()
    )
    kept = select(GatewayCustomer.customer_id).where(GatewayCustomer.buyer_id == buyer_id)
    return session.scalars(kept).one()


def card_page_request(session: Session, card_id: int, customer_id: str) -> CardPageRequest:
    """The page on which the card is left, the same each time it is asked for."""
    card = session.get_one(SavedCard, card_id)
    return CardPageRequest(
        key=row_key("card", card.id, card.created_at),
        card_id=card.id,
        order_number=owner_of(session, card.order_id).number,
        customer_id=customer_id,
    )


def note_card_page(session: Session, card_id: int, page: Page) -> None:
    """The page exists."""
    card = lock(session, SavedCard, card_id)
    card.session_id, card.setup_id, card.setup_url = page.session_id, page.setup_id, page.url
    if page.expired and card.state is CardState.ASKED:
        card.state = CardState.GONE
    session.flush()


def note_setup(session: Session, setup: Setup, *, now: datetime) -> bool:
    """A card was left, or it was given up. False: no order of ours asked for it."""
    card_id = session.scalar(select(SavedCard.id).where(SavedCard.setup_id == setup.setup_id))
    if card_id is None and setup.card_id is not None:
        card_id = session.scalar(
            select(SavedCard.id).where(SavedCard.id == setup.card_id, SavedCard.setup_id.is_(None))
        )
    if card_id is None:
        return False
    card = lock(session, SavedCard, card_id)
    card.setup_id = setup.setup_id
    if card.state is CardState.ASKED and setup.state is not CardState.ASKED:
        _settle(session, card, setup, now)
    session.flush()
    return True


def _settle(session: Session, card: SavedCard, setup: Setup, now: datetime) -> None:
    card.payment_method_id, card.brand, card.last4 = (
        setup.payment_method_id, setup.brand, setup.last4,
    )  # fmt: skip
    card.ready_at = now if setup.state is CardState.READY else None
    card.state, card.setup_url = setup.state, None
    record(
        session, actor="provider", subject=f"card:{card.id}", event="card.moved", at=now,
        from_state="asked", to_state=str(setup.state), data={"order_id": card.order_id},
    )  # fmt: skip


def forget_card(session: Session, order_id: int, *, actor: str, now: datetime) -> None:
    """The buyer takes the card back: it is not charged any more. Again: nothing changes."""
    card_id = session.scalar(select(SavedCard.id).where(SavedCard.order_id == order_id))
    if card_id is None:
        return
    card = lock(session, SavedCard, card_id)
    if card.state is CardState.GONE:
        return
    source, card.state, card.setup_url = card.state, CardState.GONE, None
    session.flush()
    record(
        session, actor=actor, subject=f"card:{card_id}", event="card.forgotten", at=now,
        from_state=str(source), to_state="gone", data={"order_id": order_id},
    )  # fmt: skip


def start_card_charges(session: Session, *, now: datetime) -> list[int]:
    """An attempt for every confirmed charge whose buyer left a card; their ids."""
    rows = session.execute(_CHARGE_CARDS, {"now": now}).all()
    trail = [
        Trail(subject=f"attempt:{row.id}", event="attempt.moved", to_state="created",
              data={"charge_id": row.charge_id, "amount_satang": row.amount_satang})
        for row in rows
    ]  # fmt: skip
    record_many(session, trail, actor="system", at=now)
    return [row.id for row in rows]


def cards_to_drop(session: Session, most: int = 100) -> Mapping[int, str]:
    """Used up and forgotten cards that the provider still keeps: our id to its id."""
    session.execute(_USE_UP)
    rows: Any = session.execute(_TO_DROP, {"most": most})
    return {row.id: row.payment_method_id for row in rows}


def note_dropped(session: Session, card_id: int, *, now: datetime) -> None:
    """The provider has forgotten it."""
    lock(session, SavedCard, card_id).dropped_at = now
