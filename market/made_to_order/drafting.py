"""A request while it is written: kept answer by answer, so that nothing is lost on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import SignedLink
from market.accounts.rules import hash_token, new_token
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.made_to_order.models import GoodsRequest
from market.made_to_order.rules import DRAFT_KEPT, FURTHEST_DAYS, RequestState, timetable
from market.places.models import PickupPoint

#: What a buyer may write, question by question.
WRITTEN = frozenset({
    "words", "category_key", "product_id", "picture_hash", "units", "unit_th", "unit_en",
    "ship_weight_g", "needed_on", "point_id", "tambon_code", "address", "address_note",
    "max_price_satang", "standards", "buyer_kind", "org_name", "tax_id", "name", "phone", "email",
})  # fmt: skip
#: The questions in their order, and what must be known after each.
NEEDED: dict[str, tuple[str, ...]] = {
    "what": ("words",),
    "like": (),
    "amount": ("units", "unit_th"),
    "when": ("needed_on",),
    "where": ("tambon_code",),
    "price": ("max_price_satang",),
    "standards": (),
    "who": ("buyer_kind", "name", "phone"),
}


def start_draft(session: Session, values: Mapping[str, Any], *, now: datetime) -> tuple[int, str]:
    """A new draft; returns its id and the token that the browser keeps."""
    token = new_token()
    draft = GoodsRequest(
        state=RequestState.DRAFT, draft_hash=hash_token(token), created_at=now, **_known(values)
    )
    session.add(draft)
    session.flush()
    record(
        session, actor="guest", subject=f"request:{draft.id}", event="request.draft", at=now,
        to_state=RequestState.DRAFT,
    )  # fmt: skip
    return draft.id, token


#: What another request may take over: all but the day.
_TAKEN_OVER = WRITTEN - {"needed_on"}


def write_anew(session: Session, request_id: int, *, now: datetime) -> tuple[int, str]:
    """A draft with the answers of an earlier request; as ``start_draft``."""
    before = lock(session, GoodsRequest, request_id)
    values = {name: getattr(before, name) for name in _TAKEN_OVER}
    return start_draft(session, values, now=now)


def write_draft(session: Session, request_id: int, values: Mapping[str, Any]) -> None:
    """Answer a question, or answer it anew. Conflict once the request was sent; a letter on its
    way proves nothing any more when what it stands for has changed.
    """
    draft = lock(session, GoodsRequest, request_id)
    if draft.state is RequestState.PROVING:
        draft.move(RequestState.DRAFT)
    if draft.state is not RequestState.DRAFT:
        raise Conflict("request_was_sent")
    for name, value in _known(values).items():
        setattr(draft, name, value)
    session.flush()


def draft_id_of(session: Session, token: str) -> int | None:
    """The draft that this browser writes; None where it was sent, or never was."""
    return session.scalar(
        select(GoodsRequest.id).where(
            GoodsRequest.draft_hash == hash_token(token),
            GoodsRequest.state.in_((RequestState.DRAFT, RequestState.PROVING)),
        )
    )


def first_gap(draft: Any) -> str | None:
    """The first question that still has to be answered."""
    for step, names in NEEDED.items():
        if any(getattr(draft, name) is None for name in names):
            return step
    return None


def check_day(needed_on: date, *, answer_hours: int, now: datetime) -> None:
    """Refused for a day before groups could answer, be chosen, be paid and make it; and for one
    too far away.
    """
    earliest = earliest_day(answer_hours, now)
    if needed_on < earliest:
        raise Refused("needed_too_soon", earliest_on=earliest.isoformat())
    if (needed_on - bangkok_date(now)).days > FURTHEST_DAYS:
        raise Refused("needed_too_late")


def earliest_day(answer_hours: int, now: datetime) -> date:
    """A day after the deposit is there at the latest."""
    last = bangkok_date(timetable(now, answer_hours).deposit_by)
    return date.fromordinal(last.toordinal() + 1)


def point_place(session: Session, point_id: int) -> tuple[str, int | None]:
    """A point's tambon and the weekday on which it is open. Raises NotFound."""
    row = session.execute(
        select(PickupPoint.tambon_code, PickupPoint.weekday).where(
            PickupPoint.id == point_id, PickupPoint.active
        )
    ).one_or_none()
    if row is None:
        raise NotFound("point_not_found")
    return row.tambon_code, row.weekday


def weekday_of(session: Session, request: GoodsRequest) -> int | None:
    """The weekday on which the goods can be fetched; None: any day, or a parcel."""
    return None if request.point_id is None else point_place(session, request.point_id)[1]


def drop_old_drafts(session: Session, *, now: datetime) -> None:
    """Forget what nobody sent, or nobody proved, and the links to it."""
    old = select(GoodsRequest.id).where(
        GoodsRequest.state.in_((RequestState.DRAFT, RequestState.PROVING)),
        GoodsRequest.created_at < now - DRAFT_KEPT,
        GoodsRequest.asked_at.is_(None),
    )
    session.execute(delete(SignedLink).where(SignedLink.request_id.in_(old)))
    session.execute(delete(GoodsRequest).where(GoodsRequest.id.in_(old)))


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    if not set(values) <= WRITTEN:
        raise ValueError("not part of a request")
    return dict(values)
