"""What becomes of an institution's lines, and how its order ends by that.

A line is one request made to order, and those that follow it for what a group failed to make.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from market.accounts.models import AuditEvent
from market.campaigns.institutions.models import InstitutionLine, InstitutionOrder
from market.campaigns.institutions.rules import BulkState
from market.clock import bangkok_date
from market.made_to_order.models import GoodsRequest
from market.made_to_order.rules import RequestState
from market.matching.models import Assignment
from market.orders.models import OrderLine
from market.rounds.models import Round
from market.rounds.rules import RoundState

OVER = (RequestState.LAPSED, RequestState.WITHDRAWN, RequestState.EXPIRED)
ROUND_OVER = (RoundState.COMPLETED, RoundState.CANCELLED)


@dataclass(frozen=True, kw_only=True)
class Fate:
    """A request of a line. round_state once it is agreed; made_units: what stands of it."""

    request_id: int
    state: RequestState
    round_state: RoundState | None
    units: int
    made_units: int


def fates_of(session: Session, order_id: int) -> dict[int, tuple[Fate, ...]]:
    """The requests of an order's lines by line, the first first. One statement."""
    chain = _chain(InstitutionLine.order_id == order_id)
    rows = session.execute(
        select(
            chain.c.line_id, GoodsRequest.id.label("request_id"), GoodsRequest.state,
            Round.state.label("round_state"), GoodsRequest.units, _made().label("made_units"),
        )
        .join(GoodsRequest, GoodsRequest.id == chain.c.request_id)
        .outerjoin(Round, Round.id == GoodsRequest.round_id)
        .order_by(GoodsRequest.id)
    )  # fmt: skip
    found: dict[int, list[Fate]] = defaultdict(list)
    for row in rows:
        values = dict(row._mapping)
        line_id = values.pop("line_id")
        found[line_id].append(Fate(**values | {"made_units": int(row.made_units)}))
    return {line_id: tuple(fates) for line_id, fates in found.items()}


def end_orders(session: Session, *, now: datetime) -> int:
    """End the orders whose lines are all over: closed where something was made, else declined.

    Looking twice ends once. How many ended.
    """
    sums = _sums(now)
    ended = session.execute(
        update(InstitutionOrder)
        .where(
            InstitutionOrder.id == sums.c.order_id,
            sums.c.over,
            InstitutionOrder.state == BulkState.ASKED,
        )
        .values(
            state=case((sums.c.made, BulkState.CLOSED.value), else_=BulkState.DECLINED.value),
            ended_at=now,
        )
        .returning(InstitutionOrder.id, InstitutionOrder.state)
        .execution_options(synchronize_session=False)
    ).all()
    trail = {"actor": "system", "at": now, "from_state": BulkState.ASKED.value, "data": {}}
    events = [
        trail | {"subject": f"institution_order:{order_id}", "event": f"bulk.{state}",
                 "to_state": state.value}
        for order_id, state in ended
    ]  # fmt: skip
    if events:
        session.execute(insert(AuditEvent), events)
    return len(ended)


def _sums(now: datetime) -> Any:
    """By order: is every line over, and was anything made?"""
    asked = select(InstitutionOrder.id).where(InstitutionOrder.state == BulkState.ASKED)
    chain = _chain(InstitutionLine.order_id.in_(asked))
    over = case(
        (chain.c.request_id.is_(None), chain.c.needed_on < bangkok_date(now)),
        (GoodsRequest.state == RequestState.AGREED, Round.state.in_(ROUND_OVER)),
        else_=GoodsRequest.state.in_(OVER),
    )
    made = and_(Round.state == RoundState.COMPLETED, _made() > 0)
    return (
        select(
            chain.c.order_id,
            func.bool_and(func.coalesce(over, False)).label("over"),
            func.bool_or(func.coalesce(made, False)).label("made"),
        )
        .outerjoin(GoodsRequest, GoodsRequest.id == chain.c.request_id)
        .outerjoin(Round, Round.id == GoodsRequest.round_id)
        .group_by(chain.c.order_id)
        .subquery()
    )


def _chain(which: ColumnElement[bool]) -> Any:
    """Lines with their request, and again with each request that follows it."""
    chain = (
        select(
            InstitutionLine.order_id, InstitutionLine.id.label("line_id"),
            InstitutionLine.request_id, InstitutionLine.needed_on,
        )
        .where(which)
        .cte("chain", recursive=True)
    )  # fmt: skip
    rest = aliased(GoodsRequest)
    return chain.union_all(
        select(chain.c.order_id, chain.c.line_id, rest.id, chain.c.needed_on).join(
            rest, rest.follows_id == chain.c.request_id
        )
    )


def _made() -> ColumnElement[int]:
    return (
        select(func.coalesce(func.sum(Assignment.live_units), 0))
        .join(OrderLine, OrderLine.id == Assignment.line_id)
        .where(OrderLine.order_id == GoodsRequest.order_id)
        .correlate(GoodsRequest)
        .scalar_subquery()
    )
