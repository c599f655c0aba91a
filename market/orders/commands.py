"""Placing, changing and cancelling orders. Nothing here commits; refusals change nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.notices.commands import notify
from market.orders.holds import Room, holds_of, lock_room, seat_in, write_holds
from market.orders.models import Order, OrderLine
from market.orders.placing import (
    OrderDraft,
    Placed,
    check_lines,
    not_enough,
    place_order,
    wish_for,
)
from market.orders.queries import Quote, quote_order, read_market
from market.orders.rules import DraftLine, OrderState
from market.orders.seating import Hold, trim
from market.rounds.rules import RoundState, is_open

__all__ = ["OrderDraft", "Placed", "cancel_order", "change_lines", "place_order"]

_ROUND = text("SELECT id, state, closes_at, delivery_on FROM round WHERE id = :round_id FOR SHARE")


def cancel_order(session: Session, order_id: int, *, actor: str, now: datetime) -> None:
    """Take an order back before the cut-off; its units are free again at once.

    Cancelling twice is one effect. Raises Refused after the cut-off.
    """
    round_, order = _locked(session, order_id)
    if order.state is OrderState.CANCELLED:
        return
    _still_open(round_, now)
    lines = session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
    quote = _requote(session, order, lines, round_.delivery_on)
    room = lock_room(session, order.round_id, quote.offers)
    write_holds(session, room, given_back=holds_of(session, order_id))
    order.state, order.cancelled_at = OrderState.CANCELLED, now
    order.version += 1
    session.execute(
        update(OrderLine)
        .where(OrderLine.order_id == order_id)
        .values(released_at=now, released_reason="cancelled")
    )
    record(
        session, actor=actor, subject=f"order:{order_id}", event="order.cancelled", at=now,
        from_state=OrderState.PLACED, to_state=OrderState.CANCELLED,
    )  # fmt: skip
    notify(
        session, event="order.cancelled", subject=f"order:{order_id}", now=now,
        buyer_id=order.buyer_id,
        payload={"number": order.number, "link": f"/orders/{order.number}"},
    )  # fmt: skip


def change_lines(
    session: Session,
    order_id: int,
    units_by_line: Mapping[int, int],
    *,
    version: int,
    actor: str,
    now: datetime,
) -> None:
    """Set the units of lines (0 removes one); the rest of the order stays as it is.

    version is the order's as the buyer saw it: Conflict where it has moved on. Units that
    are given up are free at once; more units are held or all is refused. Raises Refused
    after the cut-off, where not enough is left, or where nothing would remain.
    """
    round_, order = _locked(session, order_id)
    if order.version != version or order.state is not OrderState.PLACED:
        raise Conflict("order_changed")
    _still_open(round_, now)
    if order.funded_at is not None:
        raise Refused("order_is_paid")
    lines = _lines_of(session, order_id)
    wanted = _wanted(lines, units_by_line)
    kept = [lines[line_id] for line_id, units in wanted.items() if units]
    before = {line_id: line.units for line_id, line in lines.items()}
    quote = _requote(session, order, list(lines.values()), round_.delivery_on)
    for line in kept:
        line.units = wanted[line.id]
    changed = _requote(session, order, kept, round_.delivery_on)
    check_lines(changed)
    room = lock_room(session, order.round_id, quote.offers)
    _rehold(session, room, changed, _line_ids(kept), before, wanted, holds_of(session, order_id))
    _store(session, order, lines, wanted, changed.fee_satang)
    record(
        session, actor=actor, subject=f"order:{order_id}", event="order.changed", at=now,
        data={"before": before, "after": wanted},
    )  # fmt: skip


def _locked(session: Session, order_id: int) -> tuple[Any, Order]:
    """The round FOR SHARE, then the order: the one lock order."""
    round_id = session.scalar(select(Order.round_id).where(Order.id == order_id))
    if round_id is None:
        raise NotFound("order_not_found")
    round_ = session.execute(_ROUND, {"round_id": round_id}).one()
    return round_, lock(session, Order, order_id)


def _lines_of(session: Session, order_id: int) -> dict[int, OrderLine]:
    """By their ids, as they are now."""
    lines = session.scalars(
        select(OrderLine)
        .where(OrderLine.order_id == order_id)
        .execution_options(populate_existing=True)
    )
    return {line.id: line for line in lines}


def _still_open(round_: Any, now: datetime) -> None:
    if not is_open(RoundState(round_.state), round_.closes_at, now):
        raise Refused("too_late_to_change", closes_at=round_.closes_at.isoformat())


def _wanted(lines: Mapping[int, OrderLine], units_by_line: Mapping[int, int]) -> dict[int, int]:
    if not set(units_by_line) <= set(lines):
        raise Conflict("order_changed")
    wanted = {line_id: line.units for line_id, line in lines.items()} | dict(units_by_line)
    if any(units < 0 for units in wanted.values()):
        raise Refused("number_out_of_range", low=0, high=100_000)
    if not any(wanted.values()):
        raise Refused("order_would_be_empty")
    return wanted


def _requote(
    session: Session, order: Order, lines: Sequence[OrderLine], delivery_on: Sequence[Any]
) -> Quote:
    market = read_market(
        session,
        order.round_id,
        {line.product_id for line in lines},
        point_id=order.point_id,
        tambon_code=order.tambon_code,
    )
    drafts = [
        DraftLine(
            product_id=line.product_id,
            units=line.units,
            maker=line.maker,
            group_id=line.group_id,
            shortage=line.shortage,
        )
        for line in lines
    ]
    return quote_order(market, drafts, delivery_on, index=order.delivery_index)


def _line_ids(lines: Sequence[OrderLine]) -> dict[int, int]:
    return {line.product_id: line.id for line in lines}


def _rehold(
    session: Session,
    room: Room,
    quote: Quote,
    line_ids: Mapping[int, int],
    before: Mapping[int, int],
    wanted: Mapping[int, int],
    held: Sequence[Hold],
) -> None:
    """Give back what is no longer wanted, then hold what is wanted besides."""
    by_line: dict[int, list[Hold]] = defaultdict(list)
    for hold in held:
        by_line[hold.line].append(hold)
    fewer = tuple(
        part
        for line_id, units in wanted.items()
        for part in trim(by_line[line_id], max(0, before[line_id] - units))
    )
    write_holds(session, room, given_back=fewer)
    more = [
        wish_for(quoted, line_id, wanted[line_id] - before[line_id])
        for quoted in quote.lines
        if wanted[line_id := line_ids[quoted.line.product_id]] > before[line_id]
    ]
    room = lock_room(session, room.round_id, quote.offers)  # reads what was given back
    seating = seat_in(session, room, more)
    if seating.refusals:
        products = {line_id: product_id for product_id, line_id in line_ids.items()}
        raise not_enough(quote.goods, seating.refusals[0], products)
    write_holds(session, room, taken=seating.taken, given_back=seating.given_back)


def _store(
    session: Session,
    order: Order,
    lines: Mapping[int, OrderLine],
    wanted: Mapping[int, int],
    fee_satang: int,
) -> None:
    gone = [line_id for line_id, units in wanted.items() if not units]
    for line_id in gone:
        session.expunge(lines[line_id])
    if gone:
        session.execute(delete(OrderLine).where(OrderLine.id.in_(gone)))
    order.delivery_fee_satang = fee_satang
    order.version += 1
    session.flush()
