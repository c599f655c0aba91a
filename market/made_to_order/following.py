"""A group that was chosen made less than it promised: others are asked for the rest, unasked.

The money of what is not made is owed back or charged no more by the rules of every order; the
rest is a request of its own that follows the first, with the same answers and a shorter time.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_date
from market.made_to_order.asking import find_rest
from market.made_to_order.drafting import earliest_day
from market.made_to_order.models import GoodsRequest
from market.made_to_order.rules import RequestState, timetable
from market.made_to_order.telling import tell_buyer
from market.matching.models import Assignment, Batch
from market.orders.models import OrderLine
from market.rounds.models import Round
from market.rounds.rules import RoundState

REST_ANSWER_HOURS = 24
MAKING = (RoundState.PRODUCING, RoundState.DELIVERING)
#: Answers of the first request: they are not the rest's.
_COPIED = (
    "buyer_id", "buyer_kind", "org_name", "tax_id", "name", "phone", "email", "words",
    "category_key", "product_id", "picture_hash", "unit_th", "unit_en", "ship_weight_g",
    "max_price_satang", "standards", "needed_on", "point_id", "tambon_code", "address",
    "address_note", "deposit_basis_points", "sample",
)  # fmt: skip


def ask_for_rest(session: Session, request: GoodsRequest, *, now: datetime) -> int | None:
    """The id of the request that follows a locked, agreed one; None where nothing is missing,
    it was asked for before, or there is no time left to make it.
    """
    missing = _missing_units(session, request)
    if missing <= 0 or _has_rest(session, request.id):
        return None
    if request.needed_on is None or request.needed_on < earliest_day(REST_ANSWER_HOURS, now):
        return None
    rest = _copy(request, missing, now)
    session.add(rest)
    session.flush()
    record(
        session, actor="system", subject=f"request:{rest.id}", event="request.asked", at=now,
        to_state=RequestState.ASKED, reason="rest",
        data={"follows_id": request.id, "units": missing},
    )  # fmt: skip
    find_rest(session, rest, without=_failed(session, request), now=now)
    tell_buyer(session, rest, "rest", now=now, data={"days": _days_left(rest, now)})
    return rest.id


def _missing_units(session: Session, request: GoodsRequest) -> int:
    round_ = session.get(Round, request.round_id, populate_existing=True)
    if round_ is None or round_.state not in MAKING:
        return 0
    ordered, live = session.execute(
        select(func.max(OrderLine.units), func.coalesce(func.sum(Assignment.live_units), 0))
        .outerjoin(Assignment, Assignment.line_id == OrderLine.id)
        .where(OrderLine.order_id == request.order_id)
    ).one()
    return int(ordered or 0) - int(live)


def _has_rest(session: Session, request_id: int) -> bool:
    query = select(GoodsRequest.id).where(GoodsRequest.follows_id == request_id)
    return session.scalar(query) is not None


def _copy(request: GoodsRequest, units: int, now: datetime) -> GoodsRequest:
    times = timetable(now, REST_ANSWER_HOURS)
    return GoodsRequest(
        **{name: getattr(request, name) for name in _COPIED}, units=units,
        state=RequestState.ASKED, follows_id=request.id, created_at=now, asked_at=now,
        answer_by=times.answer_by, choose_by=times.choose_by,
    )  # fmt: skip


def _failed(session: Session, request: GoodsRequest) -> frozenset[int]:
    """Groups that did not make what they had promised."""
    query = (
        select(Batch.group_id)
        .join(Assignment, Assignment.batch_id == Batch.id)
        .where(Batch.round_id == request.round_id, Assignment.live_units < Assignment.units)
    )
    return frozenset(session.scalars(query))


def _days_left(rest: GoodsRequest, now: datetime) -> int:
    return 0 if rest.needed_on is None else (rest.needed_on - bangkok_date(now)).days
