"""Buyers are told of other goods for a line, or that it is made after all: once, with a link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping
from sqlalchemy.orm import Session

from market.accounts.commands import issue_links
from market.accounts.rules import LinkPurpose, NewLink
from market.notices.commands import notify_many
from market.notices.rules import NewNotice
from market.rounds.models import Round

LINK_FOR = timedelta(days=30)
_NOT_TOLD = ("id", "order_id", "buyer_id")


def subject_of(offer_id: int) -> str:
    """What all notices about one offer of other goods are about."""
    return f"instead:{offer_id}"


def tell_buyers_of(
    session: Session, round_: Round, event: str, rows: Sequence[RowMapping], now: datetime
) -> None:
    """One notice a row, with a link to its order.

    rows: id of the offer, order_id, buyer_id, and all that the event's words need.
    """
    links = [
        NewLink(purpose=LinkPurpose.ORDER, expires_at=round_.pay_by + LINK_FOR,
                round_id=round_.id, order_id=row["order_id"])
        for row in rows
    ]  # fmt: skip
    tokens = issue_links(session, links, now=now)
    notices = [
        NewNotice(
            event=event, subject=subject_of(row["id"]), buyer_id=row["buyer_id"],
            payload={name: value for name, value in row.items() if name not in _NOT_TOLD}
            | {"link": f"/l/{token}"},
        )
        for row, token in zip(rows, tokens, strict=True)
    ]  # fmt: skip
    notify_many(session, notices, now)
