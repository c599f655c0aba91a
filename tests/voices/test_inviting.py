"""Buyers are asked once, some days after they have everything, by day, as they wish."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.fulfilment.commands import receive_order
from market.voices.commands import invite_buyers, stop_inviting
from market.voices.rules import INVITE_AFTER, INVITE_UNTIL
from tests.factories.fulfilment import make_arrived, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import add_order, make_paying
from tests.voices.test_reviews import arrived, received, write

DAY = NOW.replace(hour=5)  # noon in Bangkok
LATER = DAY + INVITE_AFTER + timedelta(days=1)


def invited(session: Session) -> list[dict]:
    rows = session.execute(
        text("SELECT payload FROM notice WHERE event = 'review.invite' AND channel = 'inapp'")
    )
    return [row.payload for row in rows]


def test_a_buyer_is_asked_once_some_days_after_receiving(session):
    received(session)

    assert invite_buyers(session, now=DAY + timedelta(days=1)) == 0
    assert [invite_buyers(session, now=LATER) for _twice in range(2)] == [1, 0]
    assert invite_buyers(session, now=LATER + timedelta(days=10)) == 0

    assert len(invited(session)) == 1


def test_several_orders_of_a_buyer_are_one_letter(session):
    paying = make_paying(session)
    for _order in range(3):
        add_order(session, paying, 10)
    first = paying.orders[0]
    for order in paying.orders:
        order.buyer_id = first.buyer_id
    make_producing(session, paying)
    make_arrived(session, paying)
    for order in paying.orders:
        receive_order(session, paying.point.id, order.pickup_code, actor="user:1", now=NOW)

    assert invite_buyers(session, now=LATER) == 1

    assert [payload["orders"] for payload in invited(session)] == [3]
    assert session.scalar(text("SELECT count(*) FROM review_invite")) == 3


@pytest.mark.parametrize("hour", [0, 1, 12, 17])  # 7:00, 8:00, 19:00 and midnight in Bangkok
def test_nobody_is_asked_in_the_evening_or_at_night(session, hour):
    received(session)
    assert invite_buyers(session, now=LATER.replace(hour=hour)) == 0
    assert invite_buyers(session, now=LATER) == 1


def test_whoever_wants_quiet_or_has_spoken_or_waits_is_not_asked(session):
    quiet, spoken = received(session), received(session)
    arrived(session)
    stop_inviting(session, quiet.orders[0].buyer_id, now=NOW)
    stop_inviting(session, quiet.orders[0].buyer_id, now=NOW)
    write(session, spoken)

    assert invite_buyers(session, now=LATER) == 0


def test_nobody_is_asked_after_a_month(session):
    received(session)
    assert invite_buyers(session, now=DAY + INVITE_UNTIL + timedelta(days=1)) == 0
