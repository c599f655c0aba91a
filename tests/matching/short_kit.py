"""A shortfall while groups answer, for the tests of what is done about it."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.matching.models import Ask, Assignment
from market.matching.resolving.asking import Wish
from market.matching.resolving.models import InsteadOffer, NeighbourOffer, ShortfallStep
from market.matching.rules import Answer
from market.notices.models import Notice
from market.orders.rules import MakerChoice
from market.places.models import Tambon
from tests.factories.accounts import make_grant, make_user
from tests.factories.matching import (
    AMPHOE,
    NOW,
    PROVINCE,
    TAMBON,
    make_group,
    make_leader,
    make_live_round,
    make_offer,
    make_order,
    make_product,
    make_round,
)
from tests.matching.test_answers import ask_of, publish, reply

HERE, ELSEWHERE = ("98",), ("97",)


def make_short(session: Session, **values):
    now = values.get("now", NOW)
    round_ = make_live_round(session) if now != NOW else make_round(session)
    product = make_product(session)
    no, room = make_group(session), make_group(session)
    make_leader(session, room)
    # The first is far cheaper to deliver from for nobody; it gets all by being named.
    make_offer(session, round_, no, product, capacity=100)
    lines = [
        make_order(session, round_, product, 10, group=no, maker=MakerChoice.FIRST)
        for _ in range(2)
    ]
    other = make_offer(session, round_, room, product, capacity=values.get("capacity", 30))
    waits = make_group(session)
    rice = make_product(session)
    make_offer(session, round_, waits, rice)
    make_order(session, round_, rice, 10, group=waits, maker=MakerChoice.ONLY)
    publish(session, round_, now)
    reply(session, ask_of(session, no), Answer.NO, now=now)
    session.flush()
    return type(
        "Short", (), {"round": round_, "product": product, "lines": lines, "offer": other,
                      "room": room, "no": no, "waits": waits, "rice": rice},
    )  # fmt: skip


def wish(short, units=20, number=1, offer=None):
    return Wish(
        round_id=short.round.id, product_id=short.product.id,
        round_offer_id=(offer or short.offer).id, units=units, number=number, words="ฝนตก",
    )  # fmt: skip


def state_of(session: Session) -> tuple[int, ...]:
    """How many asks, assignments, steps and notices there are."""
    return tuple(
        session.scalar(select(func.count()).select_from(model)) or 0
        for model in (Ask, Assignment, ShortfallStep, NeighbourOffer, InsteadOffer, Notice)
    )


def neighbours(session, short):
    """The group with room moves next door, where somebody else coordinates."""
    code = AMPHOE + "09"
    session.add(
        Tambon(code=code, amphoe_code=AMPHOE, province_code=PROVINCE, name_th="ข้าง",
               name_en="Next", postcode="98000", search="ข้าง", sort_key="ข")
    )  # fmt: skip
    session.flush()
    short.room.tambon_code = code
    asker, friend = make_user(session), make_user(session)
    make_grant(session, asker, "tambon_coordinator", area=TAMBON)
    make_grant(session, friend, "tambon_coordinator", area=code)
    session.flush()
    return asker, friend, (TAMBON,), (code,)
