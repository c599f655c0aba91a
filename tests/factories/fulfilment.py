"""A round that is being made and delivered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.fulfilment.commands import (
    arrive_at_point,
    hand_over,
    report_made,
    report_packed,
    start_making,
)
from market.fulfilment.models import Consignment
from market.matching.models import Batch
from market.payments.commands import expire_charges
from tests.factories.matching import NOW
from tests.factories.payments import Paying, raise_and_pay

ACTOR = "user:1"


def make_producing(session: Session, paying: Paying) -> None:
    """Everything is charged and paid, the round is producing."""
    raise_and_pay(session, paying)
    expire_charges(session, paying.round.id, now=paying.after_pay_by)
    assert start_making(session, paying.round.id, now=paying.after_pay_by)


def make_packed(session: Session, batch: Batch, *, units: int | None = None) -> None:
    """The batch is made (all of it unless said otherwise) and packed."""
    session.refresh(batch)
    made = batch.to_make_units if units is None else units
    report_made(session, batch.id, made, actor=ACTOR, now=NOW)
    report_packed(session, batch.id, actor=ACTOR, now=NOW)


def make_handed_over(session: Session, batch: Batch, *, now: Any = NOW) -> None:
    """The batch left the group's hands."""
    make_packed(session, batch)
    hand_over(session, batch.id, actor=ACTOR, now=now)


def make_arrived(session: Session, paying: Paying, *, now: Any = NOW) -> None:
    """The round's first batch lies at the point."""
    make_handed_over(session, paying.batch, now=now)
    arrive_at_point(session, paying.point.id, actor=ACTOR, now=now)


def boxes(session: Session) -> list[Consignment]:
    """Every consignment, read anew."""
    query = select(Consignment).order_by(Consignment.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))
