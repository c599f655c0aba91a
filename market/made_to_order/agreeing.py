"""The buyer chooses: answers become an order, with its deposit, in one transaction.

The request is locked first, then the groups' answers by id: whoever withdraws at the same
moment is either seen here or finds the request agreed. What was agreed is frozen in the round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_moment
from market.db import lock
from market.errors import Conflict, Refused
from market.made_to_order.drafting import weekday_of
from market.made_to_order.goods import make_goods
from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.queries.choosing import Sum, lanes_to, sum_of
from market.made_to_order.rules import (
    DEPOSIT_WITHIN,
    Answered,
    InviteState,
    RequestState,
    Share,
    choice_fault,
    delivery_day,
)
from market.made_to_order.telling import shortened, tell_groups
from market.matching.commands.agreed import Promise, confirm_agreed
from market.matching.rules import Mode
from market.orders.agreed import AgreedOrder, place_agreed
from market.orders.models import Order, OrderLine
from market.orders.rules import PayMethod
from market.payments.deposits import Deposit, raise_deposit
from market.rounds.models import Round, RoundOffer
from market.rounds.private import AgreedOffer, PrivateRound, add_agreed_offers, open_private

BALANCE_AT = time(18, 0)  # Thai time, on the day before the goods come


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Units by group, and the total that the buyer saw, delivery included."""

    units: Mapping[int, int]
    expected_satang: int


@dataclass(frozen=True, kw_only=True)
class PayWay:
    """Where the money of agreed orders goes, and how it is paid."""

    payee: str = "market"
    methods: tuple[PayMethod, ...] = (PayMethod.PROMPTPAY,)


def agree(
    session: Session, request_id: int, choice: Choice, way: PayWay, *, actor: str, now: datetime
) -> str:
    """Take these answers: the number of the order that is made of them.

    The same choice again is the same order. Refused when the time is over or the units do not
    fit the answers; Conflict when something else was agreed, an answer was taken back, or the
    total is not what the buyer saw.
    """
    request = lock(session, GoodsRequest, request_id)
    invites = _locked_invites(session, request_id)
    if request.state is RequestState.AGREED:
        return _known_order(session, request, invites, choice)
    if request.state is not RequestState.ASKED:
        raise Refused("request_is_over")
    if request.choose_by is None or now >= request.choose_by:
        raise Refused("choose_too_late")
    chosen = _chosen(request, invites, choice)
    total = sum_of(session, request, [_share(i, choice.units[i.group_id]) for i in chosen])
    if total.total_satang != choice.expected_satang:
        raise Conflict("request_total_changed")
    for invite in chosen:
        invite.state, invite.chosen_units = InviteState.CHOSEN, choice.units[invite.group_id]
        invite.version += 1
    session.flush()
    order = _make(session, request, chosen, total, way, actor, now)
    _close(session, request, invites, order, actor, now)
    return order.number


def _locked_invites(session: Session, request_id: int) -> Sequence[RequestInvite]:
    return session.scalars(
        select(RequestInvite)
        .where(RequestInvite.request_id == request_id)
        .order_by(RequestInvite.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _known_order(
    session: Session, request: GoodsRequest, invites: Sequence[RequestInvite], choice: Choice
) -> str:
    agreed = {i.group_id: i.chosen_units for i in invites if i.state is InviteState.CHOSEN}
    if agreed != dict(choice.units):
        raise Conflict("request_agreed_otherwise")
    return session.scalars(select(Order.number).where(Order.id == request.order_id)).one()


def _chosen(
    request: GoodsRequest, invites: Sequence[RequestInvite], choice: Choice
) -> list[RequestInvite]:
    offered = [invite for invite in invites if invite.state is InviteState.OFFERED]
    fault = choice_fault(
        {i.group_id: answered(i) for i in offered}, choice.units, request.units or 0
    )
    if fault is not None:
        code, _group = fault
        raise (Conflict if code == "answer_is_gone" else Refused)(code)
    return [invite for invite in offered if invite.group_id in choice.units]


def _share(invite: RequestInvite, units: int) -> Share:
    return Share(group_id=invite.group_id, units=units, price_satang=invite.price_satang or 0)


def answered(invite: RequestInvite) -> Answered:
    """A group's yes as the rules see it."""
    if invite.ready_on is None:
        raise Refused("request_is_over")
    return Answered(
        group_id=invite.group_id, units=invite.units or 0, lot_units=invite.lot_units,
        price_satang=invite.price_satang or 0, ready_on=invite.ready_on,
    )  # fmt: skip


def _make(
    session: Session, request: GoodsRequest, chosen: list[RequestInvite], total: Sum, way: PayWay,
    actor: str, now: datetime,
) -> Order:  # fmt: skip
    product_id, goods = make_goods(session, request, chosen)
    round_ = _round(session, request, chosen, way, actor, now)
    offers = add_agreed_offers(
        session,
        round_.id,
        [_terms(invite, product_id, goods[invite.group_id]) for invite in chosen],
    )
    order, line = _order(session, request, round_, product_id, total, way, actor, now)
    _confirm(session, request, chosen, offers, line, actor, now)
    raise_deposit(session, order, _deposit(round_, total), actor=actor, now=now)
    request.order_id, request.round_id = order.id, round_.id
    return order


def _round(
    session: Session, request: GoodsRequest, chosen: Sequence[RequestInvite], way: PayWay,
    actor: str, now: datetime,
) -> Round:  # fmt: skip
    ready_on = max(answered(invite).ready_on for invite in chosen)
    name = shortened(request.words or "")
    new = PrivateRound(
        serial=request.id, name_th=f"ตามสั่ง: {name}", name_en=f"Made to order: {name}",
        asked_at=request.asked_at or now, pay_by=now + DEPOSIT_WITHIN,
        delivery_on=delivery_day(ready_on, weekday_of(session, request)), payee=way.payee,
        pay_methods=tuple(str(method) for method in way.methods), sample=request.sample,
    )  # fmt: skip
    return open_private(session, new, actor=actor, now=now)


def _terms(invite: RequestInvite, product_id: int, offer: Row[Any]) -> AgreedOffer:
    made = offer._mapping
    return AgreedOffer(
        offer_id=made["id"], group_id=invite.group_id, product_id=product_id,
        units=invite.chosen_units or 0, lot_units=invite.lot_units,
        price_satang=invite.price_satang or 0, unit_cost_satang=made["unit_cost_satang"],
        lead_days=made["lead_days"],
    )  # fmt: skip


def _order(
    session: Session, request: GoodsRequest, round_: Round, product_id: int, total: Sum,
    way: PayWay, actor: str, now: datetime,
) -> tuple[Order, OrderLine]:  # fmt: skip
    by_parcel = request.point_id is None
    agreed = AgreedOrder(
        round_id=round_.id, round_number=round_.number, buyer_id=request.buyer_id or 0,
        key=f"request:{request.id}", pay_method=way.methods[0], product_id=product_id,
        units=total.units, ceiling_satang=total.dearest_satang, fee_satang=total.fee_satang,
        tambon_code=request.tambon_code or "", point_id=request.point_id,
        recipient=(request.org_name or request.name) if by_parcel else None,
        phone=request.phone if by_parcel else None, address=request.address,
        address_note=request.address_note if by_parcel else None,
    )  # fmt: skip
    return place_agreed(session, agreed, actor=actor, now=now)


def _confirm(
    session: Session, request: GoodsRequest, chosen: Sequence[RequestInvite],
    offers: Sequence[RoundOffer], line: OrderLine, actor: str, now: datetime,
) -> None:  # fmt: skip
    lanes = lanes_to(session, request.point_id, [invite.group_id for invite in chosen])
    promises = [
        Promise(
            offer=offer, mode=Mode.LANE if invite.group_id in lanes else Mode.POST,
            answered_at=invite.answered_at or now, answered_by=invite.answered_by or actor,
            on_behalf=invite.on_behalf, note=invite.call_note,
        )
        for invite, offer in zip(chosen, offers, strict=True)
    ]  # fmt: skip
    confirm_agreed(session, line.id, promises, actor=actor, now=now)


def _deposit(round_: Round, total: Sum) -> Deposit:
    day_before = round_.delivery_on[0] - timedelta(days=1)
    return Deposit(
        goods_satang=total.goods_satang, deposit_satang=total.deposit_satang,
        deposit_by=round_.pay_by,
        balance_by=max(bangkok_moment(day_before, BALANCE_AT), round_.pay_by),
    )  # fmt: skip


def _close(
    session: Session, request: GoodsRequest, invites: Sequence[RequestInvite], order: Order,
    actor: str, now: datetime,
) -> None:  # fmt: skip
    before = request.move(RequestState.AGREED)
    request.agreed_at = now
    for invite in invites:
        if invite.state is InviteState.OFFERED:
            invite.state = InviteState.PASSED
            invite.version += 1
    session.flush()
    chosen = {i.group_id: i.chosen_units for i in invites if i.state is InviteState.CHOSEN}
    record(
        session, actor=actor, subject=f"request:{request.id}", event="request.agreed", at=now,
        from_state=before, to_state=RequestState.AGREED,
        data={"order_id": order.id, "units": {str(k): v for k, v in chosen.items()}},
    )  # fmt: skip
    tell_groups(
        session, request, "chosen", list(chosen), now=now,
        each={group_id: {"chosen": units} for group_id, units in chosen.items()},
    )  # fmt: skip
    passed = [i.group_id for i in invites if i.state in (InviteState.PASSED, InviteState.WAITING)]
    tell_groups(session, request, "passed", passed, now=now)
