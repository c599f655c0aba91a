"""News of money and units for buyers: their order's page or, for a guest, a signed link to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from market.accounts.commands import issue_links
from market.accounts.models import AuditEvent
from market.accounts.rules import LinkPurpose, NewLink
from market.notices.commands import notify_many
from market.notices.rules import NewNotice

LINK_DAYS = 60

_ORDERS = text(
    """
    SELECT o.id, o.number, o.buyer_id, b.user_id, b.name, r.id AS round_id,
           r.name_th AS round_th, r.name_en AS round_en
      FROM orders o JOIN buyer b ON b.id = o.buyer_id JOIN round r ON r.id = o.round_id
     WHERE o.id = ANY(:ids)
    """
)


@dataclass(frozen=True, kw_only=True)
class News:
    """One event for the buyer of an order; told once for its ``subject``."""

    order_id: int
    event: str
    subject: str
    page: str = "orders"  # or "pay"
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Trail:
    """One row of the audit trail."""

    subject: str
    event: str
    from_state: str | None = None
    to_state: str | None = None
    reason: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record_many(session: Session, rows: Sequence[Trail], *, actor: str, at: datetime) -> None:
    """Many rows of the audit trail in one statement."""
    if rows:
        session.execute(
            insert(AuditEvent),
            [{**vars(row), "data": dict(row.data), "actor": actor, "at": at} for row in rows],
        )


def tell_buyers(session: Session, news: Sequence[News], *, now: datetime) -> None:
    """Write the notices of ``news``: three statements however many there are."""
    if not news:
        return
    rows = session.execute(_ORDERS, {"ids": sorted({item.order_id for item in news})})
    orders = {row.id: row for row in rows}
    guests = sorted(order_id for order_id, row in orders.items() if row.user_id is None)
    links = [
        NewLink(
            purpose=LinkPurpose.ORDER,
            order_id=order_id,
            round_id=orders[order_id].round_id,
            expires_at=now + timedelta(days=LINK_DAYS),
        )
        for order_id in guests
    ]
    tokens = dict(zip(guests, issue_links(session, links, now=now), strict=True))
    notify_many(session, [_notice(item, orders[item.order_id], tokens) for item in news], now)


def _notice(item: News, order: Any, tokens: Mapping[int, str]) -> NewNotice:
    token = tokens.get(item.order_id)
    return NewNotice(
        event=item.event,
        subject=item.subject,
        buyer_id=order.buyer_id,
        payload={
            "number": order.number,
            "name": order.name,
            "round_th": order.round_th,
            "round_en": order.round_en,
            "link": f"/l/{token}" if token else f"/{item.page}/{order.number}",
            **item.data,
        },
    )
