"""A request that is written, sent and answered, in the small world of matching."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.catalogue.models import Certificate, Offer, ProducerGroup, Product
from market.clock import bangkok_date
from market.made_to_order.commands import (
    Choice,
    Offered,
    PayWay,
    Sender,
    Terms,
    Voice,
    agree,
    offer_answer,
    send_request,
    start_draft,
)
from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.rules import BuyerKind
from market.places.models import PickupPoint
from tests.factories.accounts import make_user
from tests.factories.matching import (
    NOW,
    TAMBON,
    make_group,
    make_leader,
    make_point,
    make_product,
)

TERMS = Terms(answer_hours=48, deposit_basis_points=3000)
NEEDED_ON = bangkok_date(NOW) + timedelta(days=21)
READY_ON = bangkok_date(NOW) + timedelta(days=15)
WAY = PayWay()


@dataclass
class Asked:
    """A sent request, the groups that were asked, and who sent it."""

    request: GoodsRequest
    point: PickupPoint
    product: Product
    groups: list[ProducerGroup] = field(default_factory=list)
    user: Any = None


def make_standing(
    session: Session, group: ProducerGroup, product: Product, *, price: int = 3500,
    capacity: int = 200, lot: int = 10, lead: int = 3, certificates: tuple[str, ...] = (),
    expires_on: date | None = None,
) -> Offer:  # fmt: skip
    """What a group offers at any time."""
    offer = Offer(
        code=f"S-{group.id}-{product.id}", group_id=group.id, product_id=product.id,
        round_cycle="weekly", season_months=list(range(1, 13)), own_use=True,
        capacity_units=capacity, min_batch_units=lot, lot_units=lot, price_satang=price,
        unit_cost_satang=2500, middleman_satang=2000, max_per_order=capacity, minutes_per_unit=0,
        lead_days=lead,
    )  # fmt: skip
    session.add(offer)
    session.flush()
    session.add_all(
        Certificate(offer_id=offer.id, kind=kind, number="1", expires_on=expires_on)
        for kind in certificates
    )
    session.flush()
    return offer


def written(point: PickupPoint, **values: Any) -> dict[str, Any]:
    """Every answer of a school that wants 300 kg of rice."""
    fields: dict[str, Any] = {
        "words": "ข้าวหอมมะลิใหม่สำหรับโรงเรียน", "category_key": "test", "units": 300,
        "unit_th": "กก.", "unit_en": "kg", "ship_weight_g": 1000, "needed_on": NEEDED_ON,
        "point_id": point.id, "tambon_code": TAMBON, "max_price_satang": 4500, "standards": [],
        "buyer_kind": BuyerKind.SCHOOL, "org_name": "โรงเรียนบ้านทดสอบ", "name": "ครูมาลี",
        "phone": "+66812345678", "email": "school@market.example",
    }  # fmt: skip
    return fields | values


def make_asked(
    session: Session, groups: int = 2, *, now: datetime = NOW, capacity: int = 200, **values: Any
) -> Asked:
    """Sent by somebody who is signed in; so many groups are found and asked."""
    product = make_product(session, name_th="ข้าวหอมมะลิ", unit_th="กก.", unit_en="kg")
    makers = [make_group(session) for _ in range(groups)]
    point = make_point(session, *makers)
    for group in makers:
        make_leader(session, group)
        make_standing(session, group, product, capacity=capacity)
    user = make_user(session)
    request_id, _token = start_draft(session, written(point, **values), now=now)
    sender = Sender(actor=f"user:{user.id}", user_id=user.id)
    send_request(session, request_id, sender, TERMS, now=now)
    request = session.get_one(GoodsRequest, request_id)
    return Asked(request=request, point=point, product=product, groups=makers, user=user)


def say_yes(
    session: Session, asked: Asked, number: int, *, units: int, price: int,
    ready_on: date = READY_ON, now: datetime = NOW + timedelta(hours=1),
) -> None:  # fmt: skip
    """The group answers that it can."""
    answer = Offered(price_satang=price, units=units, ready_on=ready_on)
    offer_answer(
        session, asked.request.id, asked.groups[number].id, answer, Voice(actor="user:1"), now=now
    )


def choose(
    session: Session, asked: Asked, units: dict[int, int], expected: int,
    now: datetime = NOW + timedelta(hours=2),
) -> str:  # fmt: skip
    """The buyer takes these units (by the number of the group); the order's number."""
    by_group = {asked.groups[number].id: count for number, count in units.items()}
    choice = Choice(units=by_group, expected_satang=expected)
    return agree(session, asked.request.id, choice, WAY, actor=f"user:{asked.user.id}", now=now)


def make_agreed(session: Session, **values: Any) -> tuple[Asked, str]:
    """Two groups make 200 and 100 kg, at 40 and 42 baht."""
    asked = make_asked(session, **values)
    say_yes(session, asked, 0, units=200, price=4000)
    say_yes(session, asked, 1, units=150, price=4200)
    return asked, choose(session, asked, {0: 200, 1: 100}, 1_220_000)


def invites_of(session: Session, asked: Asked) -> list[RequestInvite]:
    """As they are now, in order of asking."""
    query = select(RequestInvite).where(RequestInvite.request_id == asked.request.id)
    return list(
        session.scalars(query.order_by(RequestInvite.id).execution_options(populate_existing=True))
    )
