"""Sending a request: proven, frozen, and the groups that could make it asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import find_or_create_buyer, record
from market.accounts.models import SignedLink
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, Refused
from market.made_to_order.drafting import check_day, first_gap, weekday_of
from market.made_to_order.fitting.rules import Fit, FitReason, Wish, best_fits, judge
from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.queries.finding import find_makers, kind_of, nearest_goods
from market.made_to_order.rules import (
    DEPOSIT_WITHIN,
    InviteState,
    RequestState,
    last_ready_on,
    timetable,
)
from market.made_to_order.telling import tell_buyer, tell_groups


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is frozen when a request is sent: hours to answer, the deposit in basis points."""

    answer_hours: int
    deposit_basis_points: int


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Whose the request becomes; user_id None: a guest, known by nothing but a letter."""

    actor: str
    user_id: int | None = None


def ask_proof(session: Session, request_id: int, *, now: datetime) -> None:
    """A letter goes to the e-mail of a guest's request; its link sends the request.

    Refused where something is missing. Again: another letter, to the address that stands there.
    """
    request = lock(session, GoodsRequest, request_id)
    if request.state not in (RequestState.DRAFT, RequestState.PROVING):
        raise Conflict("request_was_sent")
    _refuse_gaps(request)
    if not request.email:
        raise Refused("request_needs_email")
    request.buyer_id = _buyer(session, request, None, now)
    if request.state is RequestState.DRAFT:
        request.move(RequestState.PROVING)
    session.flush()
    _revoke_links(session, request.id, now)
    tell_buyer(session, request, "prove", now=now, mark=f":{request.version}")


def _revoke_links(session: Session, request_id: int, now: datetime) -> None:
    """An older letter may have gone to another address, and proves nothing about this one."""
    session.execute(
        update(SignedLink)
        .where(SignedLink.request_id == request_id, SignedLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def send_request(
    session: Session, request_id: int, sender: Sender, terms: Terms, *, now: datetime,
    among: Collection[int] | None = None,
) -> int:  # fmt: skip
    """Ask the groups; how many. A request that was sent before stays as it is.

    among: exactly these are asked, chosen by a person. Refused where an answer is missing or the
    day is too near by now.
    """
    request = lock(session, GoodsRequest, request_id)
    if request.state not in (RequestState.DRAFT, RequestState.PROVING):
        return 0
    if sender.user_id is None and request.state is not RequestState.PROVING:
        raise Refused("request_needs_proof")
    _refuse_gaps(request)
    _freeze(session, request, sender, terms, now)
    if among is None:
        return len(invite_found(session, request, now=now))
    return len(_invite(session, request, _chosen(session, request, among), now, sender.actor))


def vouch_request(session: Session, request_id: int) -> None:
    """The market enters a request for somebody it knows: no letter has to prove who asks."""
    request = lock(session, GoodsRequest, request_id)
    _refuse_gaps(request)
    if request.state is RequestState.DRAFT:
        request.move(RequestState.PROVING)
    session.flush()


def _freeze(
    session: Session, request: GoodsRequest, sender: Sender, terms: Terms, now: datetime
) -> None:
    if request.needed_on is not None:
        check_day(request.needed_on, answer_hours=terms.answer_hours, now=now)
    if sender.user_id is not None or request.buyer_id is None:
        request.buyer_id = _buyer(session, request, sender.user_id, now)
    times = timetable(now, terms.answer_hours)
    request.asked_at, request.answer_by = now, times.answer_by
    request.choose_by = times.choose_by
    request.deposit_basis_points = terms.deposit_basis_points
    before = request.move(RequestState.ASKED)
    session.flush()
    record(
        session, actor=sender.actor, subject=f"request:{request.id}", event="request.asked",
        at=now, from_state=before, to_state=RequestState.ASKED,
        data={"units": request.units, "deposit_basis_points": terms.deposit_basis_points},
    )  # fmt: skip


def invite_found(session: Session, request: GoodsRequest, *, now: datetime) -> Sequence[int]:
    """Ask the groups that fit a locked request and were not asked yet; their ids."""
    return find_rest(session, request, without=frozenset(), now=now)


def find_rest(
    session: Session, request: GoodsRequest, *, without: Collection[int], now: datetime
) -> Sequence[int]:
    """As ``invite_found``, but these groups are not asked."""
    makers = [m for m in find_makers(session, request) if m.group_id not in without]
    return _invite(session, request, best_fits(_wish(session, request), makers), now)


def _chosen(session: Session, request: GoodsRequest, among: Collection[int]) -> list[Fit]:
    """Those of the groups that sell just these goods and can bring them, whatever the rules say."""
    wish = _wish(session, request)
    makers = (
        maker
        for maker in find_makers(session, request)
        if maker.group_id in among and maker.product_id == request.product_id
    )
    fits = [judge(wish, maker) for maker in makers if maker.own_lane or maker.parcel]
    return [replace(fit, reasons=(*fit.reasons, FitReason.ADDED)) for fit in fits]


def _wish(session: Session, request: GoodsRequest) -> Wish:
    if request.choose_by is None or request.needed_on is None:
        raise Refused("request_incomplete", step="when")
    begins_on = bangkok_date(request.choose_by + DEPOSIT_WITHIN)
    ready_on = last_ready_on(request.needed_on, weekday_of(session, request))
    return Wish(
        units=request.units or 0,
        max_price_satang=request.max_price_satang or 0,
        standards=frozenset(request.standards),
        days_to_make=(ready_on - begins_on).days,
        product_id=request.product_id,
        category_key=request.category_key or kind_of(session, request.product_id),
    )


def add_group(
    session: Session, request_id: int, group_id: int, *, actor: str, now: datetime
) -> None:
    """The market asks one more group, whatever the rules found. Twice asks once.

    Refused where the group makes nothing at all, or no way leads from it to the buyer.
    """
    request = lock(session, GoodsRequest, request_id)
    if request.state is not RequestState.ASKED or now >= (request.answer_by or now):
        raise Refused("request_is_over")
    maker = nearest_goods(session, request, group_id)
    if maker is None:
        raise Refused("group_has_no_goods")
    if not (maker.own_lane or maker.parcel):
        raise Refused("group_cannot_reach")
    fit = Fit(maker=maker, score=0, reasons=(FitReason.ADDED,))
    if _invite(session, request, [fit], now, added_by=actor):
        record(
            session, actor=actor, subject=f"request:{request_id}", event="request.group_added",
            at=now, data={"group_id": group_id},
        )  # fmt: skip


def _invite(
    session: Session, request: GoodsRequest, fits: Sequence[Fit], now: datetime,
    added_by: str | None = None,
) -> Sequence[int]:  # fmt: skip
    if not fits:
        return ()
    rows = [
        {
            "request_id": request.id, "group_id": fit.maker.group_id, "score": fit.score,
            "state": InviteState.WAITING, "product_id": fit.maker.product_id, "asked_at": now,
            "reasons": [str(reason) for reason in fit.reasons], "added_by": added_by,
            "lot_units": fit.maker.lot_units if fit.maker.lot_units <= (request.units or 0) else 1,
        }
        for fit in fits
    ]  # fmt: skip
    asked = session.scalars(
        pg_insert(RequestInvite)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["request_id", "group_id"])
        .returning(RequestInvite.group_id)
    ).all()
    tell_groups(session, request, "asked", asked, now=now)
    return asked


def _buyer(session: Session, request: GoodsRequest, user_id: int | None, now: datetime) -> int:
    name = request.org_name or request.name or ""
    return find_or_create_buyer(
        session, user_id=user_id, name=name if user_id is None else request.name or "",
        phone=request.phone, email=request.email, now=now,
        known=() if request.buyer_id is None else (request.buyer_id,),
    )  # fmt: skip


def _refuse_gaps(request: GoodsRequest) -> None:
    gap = first_gap(request)
    if gap is not None:
        raise Refused("request_incomplete", step=gap)
