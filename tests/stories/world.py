"""A small world for stories: two rice groups, a pick-up point they reach, an open round, people."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.rules import NewGrant, Role
from market.accounts.sample import NewSampleUser, create_sample_users
from market.clock import utc_now
from tests.factories.catalogue import make_group, make_product
from tests.factories.places import make_lane, make_point, make_post, make_tambon
from tests.factories.rounds import make_round, offer_in_round, times

PASSWORD = "ผ้าผืนฟ้า-2569"
_CODE = text("SELECT code FROM product WHERE id = :id")


@dataclass(frozen=True)
class World:
    """The ids a story needs."""

    round_id: int
    product_id: int
    product_code: str
    first_group_id: int
    second_group_id: int
    point_id: int


def make_world(session: Session) -> World:
    """Rice from two groups at one point; leaders, a coordinator and a treasurer who can sign in."""
    now = utc_now()
    make_tambon(session, "320502")
    make_post(session)
    first = make_group(session, name="กลุ่มข้าวทมอ")
    second = make_group(session, name="กลุ่มข้าวสระคู", tambon_code="320101")
    product_id = make_product(session, name="ข้าวหอมมะลิอินทรีย์")
    point = make_point(session)
    for group in (first, second):
        make_lane(session, group, point)
    round_id = make_round(session, now=now, timetable=times(now))
    offer_in_round(session, round_id, first, product_id, capacity=60, min_batch=10, lot=10)
    offer_in_round(
        session, round_id, second, product_id, capacity=60, min_batch=10, lot=5, price_satang=7500
    )
    people = [
        _person("first", Role.GROUP_LEADER, group_id=first),
        _person("second", Role.GROUP_LEADER, group_id=second),
        _person("coordinator", Role.PROVINCE_COORDINATOR, area_code=""),
        _person("treasurer", Role.FINANCE, area_code=""),
    ]
    create_sample_users(session, people, password=PASSWORD, now=now)
    code = session.scalar(_CODE, {"id": product_id})
    assert isinstance(code, str)
    return World(round_id, product_id, code, first, second, point)


def _person(
    name: str, role: Role, *, area_code: str | None = None, group_id: int | None = None
) -> NewSampleUser:
    grant = NewGrant(role, area_code=area_code, group_id=group_id)
    return NewSampleUser(email=f"{name}@talad.example", name=name, grants=(grant,))
