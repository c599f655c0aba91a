"""What makers show and promise: pictures, a later day, and the buyer who does not wait."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.errors import Conflict, Refused
from market.fulfilment.commands import (
    NewPromise,
    give_up_late,
    hand_over,
    promise_later,
    report_packed,
)
from market.fulfilment.models import BatchPhoto, Promise
from market.fulfilment.picturing import MOST_PHOTOS
from market.matching.models import Assignment
from market.matching.rules import AnswerReason, BatchState
from market.overviews.audit.queries import broken_promises
from market.payments.models import Refund
from tests.factories.accounts import browser_of
from tests.factories.fulfilment import make_handed_over, make_packed, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import PRICE, Paying, add_order, make_paying, state_of

GROUP = "user:1"


def producing(session: Session, *units: int) -> Paying:
    paying = make_paying(session)
    for wanted in units or (10,):
        add_order(session, paying, wanted)
    make_producing(session, paying)
    return paying


def later(session: Session, paying: Paying, days: int = 3) -> None:
    promise = NewPromise(due_on=day_of(paying, days), reason=AnswerReason.RAIN, note="ฝนตกหนัก")
    promise_later(session, paying.batch.id, promise, actor=GROUP, now=NOW)


def day_of(paying: Paying, days: int):
    return paying.round.delivery_on[0] + timedelta(days=days)


def promises(session: Session) -> list[Promise]:
    return list(session.scalars(select(Promise).order_by(Promise.id)))


def test_what_was_promised_is_frozen_when_the_group_starts(session):
    paying = producing(session)

    first = promises(session)

    assert [(p.batch_id, p.due_on, p.reason) for p in first] == [
        (paying.batch.id, paying.round.delivery_on[0], None)
    ]
    for change in ("UPDATE promise SET due_on = due_on + 1", "DELETE FROM promise"):
        with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
            session.execute(text(change))


def test_a_later_day_is_said_with_its_reason_and_buyers_are_told_once(session):
    paying = producing(session, 10, 10)

    later(session, paying)
    later(session, paying)

    said = promises(session)
    assert [p.reason for p in said] == [None, "rain"]
    told = session.execute(
        text("SELECT payload FROM notice WHERE event = 'order.delayed' AND channel = 'inapp'")
    ).all()
    assert len(told) == 2
    assert {row.payload["due_on"] for row in told} == {day_of(paying, 3).isoformat()}
    assert {row.payload["note"] for row in told} == {"ฝนตกหนัก"}


@pytest.mark.parametrize("days", [0, -1, 400])
def test_a_promise_moves_only_to_a_later_day_that_is_near(session, days):
    paying = producing(session)
    with pytest.raises(Refused, match="promise_not_later"):
        later(session, paying, days)
    assert len(promises(session)) == 1


def test_goods_that_left_are_not_promised_again(session):
    paying = producing(session)
    make_handed_over(session, paying.batch)
    with pytest.raises(Conflict):
        later(session, paying)


def test_who_does_not_wait_gets_the_money_and_the_group_makes_fewer(session):
    paying = producing(session, 10, 20)
    number = paying.orders[0].number
    with pytest.raises(Refused, match="promise_stands"):
        give_up_late(session, number, paying.batch.id, actor="buyer:1", now=NOW)
    later(session, paying)
    before = broken_promises(session)

    for _twice in range(2):
        give_up_late(session, number, paying.batch.id, actor="buyer:1", now=NOW)

    refund = session.scalars(select(Refund)).one()
    assert (refund.order_id, refund.amount_satang) == (paying.orders[0].id, 10 * PRICE)
    assert refund.cause.startswith("late:batch:")
    assert broken_promises(session) == before, "the books stay as whole as they were"
    session.refresh(paying.batch)
    assert (paying.batch.state, paying.batch.to_make_units) == (BatchState.TO_MAKE, 20)
    live = select(Assignment.live_units).order_by(Assignment.line_id)
    assert session.scalars(live).all() == [0, 20]


def test_a_batch_that_nobody_waits_for_is_stopped(session):
    paying = producing(session, 10)
    later(session, paying)
    give_up_late(session, paying.orders[0].number, paying.batch.id, actor="b", now=NOW)
    assert state_of(session, paying.batch) == BatchState.STOPPED


def test_packed_goods_may_be_given_up_and_the_rest_goes_on(session):
    paying = producing(session, 10, 20)
    later(session, paying)
    make_packed(session, paying.batch)
    give_up_late(session, paying.orders[0].number, paying.batch.id, actor="b", now=NOW)
    report_packed(session, paying.batch.id, actor=GROUP, now=NOW)
    hand_over(session, paying.batch.id, actor=GROUP, now=NOW)
    units = session.scalars(text("SELECT units FROM consignment WHERE state <> 'cancelled'")).all()
    assert units == [20]


def picture(colour: str = "red") -> tuple[BytesIO, str]:
    data = BytesIO()
    Image.new("RGB", (1600, 1200), colour).save(data, "JPEG")
    data.seek(0)
    return data, "work.jpg"


def test_a_group_shows_its_work_and_buyers_see_it(app: Flask, session: Session):
    paying = producing(session)
    leader, where = browser_of(app, paying.leader), f"/batches/{paying.batch.id}/photos"
    for _twice in range(2):  # the phone sent it again
        assert leader.post(where, data={"picture": picture()}).status_code == 303
    made = session.scalars(select(BatchPhoto)).one()
    assert (made.step, made.width, made.height) == ("made", 800, 600)
    url = f"/batches/photos/{made.id}"
    assert app.test_client().get(url).status_code == 200

    make_packed(session, paying.batch)
    leader.post(where, data={"picture": picture("blue")})
    packed = session.scalars(select(BatchPhoto).where(BatchPhoto.step == "packed")).one()
    buyer = browser_of(app, buyer_ids=[paying.orders[0].buyer_id])
    stranger = browser_of(app, producing(session).leader)
    private = f"/batches/photos/{packed.id}"
    assert [who.get(private).status_code for who in (buyer, leader)] == [200, 200]
    assert [who.get(private).status_code for who in (app.test_client(), stranger)] == [404, 404]
    assert private in buyer.get(f"/orders/{paying.orders[0].number}").text

    assert leader.post(f"{where}/{packed.id}/hide").status_code == 303
    assert buyer.get(private).status_code == 404
    assert stranger.post(f"{where}/{made.id}/hide").status_code == 403


def test_what_is_no_picture_or_one_too_many_is_refused(app: Flask, session: Session):
    paying = producing(session)
    leader, where = browser_of(app, paying.leader), f"/batches/{paying.batch.id}/photos"
    for data in (b"", b"<svg/>", b"\xff\xd8\xff" + b"0" * 100):
        answer = leader.post(where, data={"picture": (BytesIO(data), "x.jpg")})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    for n in range(MOST_PHOTOS):
        leader.post(where, data={"picture": picture(f"#0000{n:02x}")})
    colours = session.scalars(select(BatchPhoto)).all()
    assert len(colours) <= MOST_PHOTOS
    assert leader.post(where).status_code == 422


def test_a_leader_promises_a_later_day_on_the_phone(app: Flask, session: Session):
    paying = producing(session)
    leader, where = browser_of(app, paying.leader), f"/batches/{paying.batch.id}/later"
    shown = leader.get(where)
    assert shown.status_code == 200
    days = max(bangkok_date(NOW), paying.round.delivery_on[0])
    for form in (
        {},
        {"reason": "rain", "due_on": "x"},
        {"reason": "zzz", "due_on": "2999-01-01"},
    ):
        assert leader.post(where, data=form).status_code == 422
    day = shown.text.split('<option value="')[1].split('"')[0]
    assert day > days.isoformat()
    assert leader.post(where, data={"reason": "people", "due_on": day}).status_code == 303
    buyer = browser_of(app, buyer_ids=[paying.orders[0].buyer_id])
    page = buyer.get(f"/orders/{paying.orders[0].number}")
    assert f"/late/{paying.batch.id}" in page.text
    done = buyer.post(f"/orders/{paying.orders[0].number}/late/{paying.batch.id}")
    assert done.status_code == 303
    assert state_of(session, paying.batch) == BatchState.STOPPED


def test_after_the_hand_over_the_page_of_a_later_day_asks_nothing(app: Flask, session: Session):
    paying = producing(session)
    leader = browser_of(app, paying.leader, language="en")
    where = f"/batches/{paying.batch.id}/later"
    assert 'name="due_on"' in leader.get(where).text
    make_handed_over(session, paying.batch)
    day = day_of(paying, 9).isoformat()

    shown = leader.get(where)
    refused = leader.post(where, data={"reason": "rain", "due_on": day})

    assert shown.status_code == 200
    assert "The boxes have left the group" in shown.text
    assert 'name="due_on"' not in shown.text
    assert refused.status_code == 409
    assert 'name="due_on"' not in refused.text
    assert len(promises(session)) == 1
