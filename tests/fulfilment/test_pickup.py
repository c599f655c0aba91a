"""Goods arrive at a point and are handed out for a code, once, for the right money."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.errors import Conflict, Refused
from market.fulfilment.commands import (
    arrive,
    arrive_at_point,
    hand_over,
    receive_order,
    receive_parcel,
)
from market.fulfilment.models import Consignment
from market.fulfilment.rules import ConsignmentState
from market.notices.models import Notice
from market.payments.rules import ChargeState
from tests.factories.fulfilment import (
    ACTOR,
    boxes,
    make_arrived,
    make_handed_over,
    make_packed,
    make_producing,
)
from tests.factories.matching import NOW, make_point
from tests.factories.payments import (
    PRICE,
    Paying,
    add_batch,
    add_line,
    add_order,
    charge_of,
    ledger,
    make_paying,
)


def ready(session: Session, **order: bool) -> Paying:
    """One order of ten lies at the point."""
    paying = make_paying(session)
    add_order(session, paying, 10, **order)
    make_producing(session, paying)
    make_arrived(session, paying)
    return paying


def refuse(session: Session, paying: Paying, code: str, **more: object) -> str:
    before = [box.state for box in boxes(session)], ledger(session)
    point = more.pop("point_id", paying.point.id)
    with pytest.raises((Refused, Conflict)) as refusal:
        receive_order(session, point, code, actor=ACTOR, now=NOW, **more)  # type: ignore[arg-type]
    assert ([box.state for box in boxes(session)], ledger(session)) == before
    return refusal.value.code


def test_the_buyer_is_told_when_everything_has_arrived(session: Session) -> None:
    paying = ready(session)
    note = session.scalars(select(Notice).where(Notice.event == "order.ready")).first()
    assert note is not None
    assert note.payload["code"] == paying.orders[0].pickup_code


def test_an_order_is_handed_out_for_its_code(session: Session) -> None:
    paying = ready(session)
    code = paying.orders[0].pickup_code
    handed = receive_order(
        session, paying.point.id, f" {code[:3]} {code[3:]} ", actor=ACTOR, now=NOW
    )
    assert [item.units for item in handed.ready] == [10]
    assert handed.cash_satang == 0
    assert boxes(session)[0].state is ConsignmentState.RECEIVED


def test_thai_digits_are_a_code_too(session: Session) -> None:
    paying = ready(session)
    code = paying.orders[0].pickup_code.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    receive_order(session, paying.point.id, code, actor=ACTOR, now=NOW)
    assert boxes(session)[0].state is ConsignmentState.RECEIVED


def test_cash_is_taken_with_the_goods(session: Session) -> None:
    paying = ready(session, cash=True)
    handed = receive_order(
        session, paying.point.id, paying.orders[0].pickup_code, actor=ACTOR, now=NOW,
        cash_satang=10 * PRICE,
    )  # fmt: skip
    assert handed.cash_satang == 10 * PRICE
    assert charge_of(session, paying.orders[0]).state is ChargeState.PAID
    assert ledger(session) == {"cash": 10 * PRICE, "held": -10 * PRICE}


def test_another_amount_of_cash_than_is_due_is_refused(session: Session) -> None:
    paying = ready(session, cash=True)
    code = paying.orders[0].pickup_code
    assert refuse(session, paying, code, cash_satang=PRICE) == "amount_differs"


def test_a_second_time_is_refused(session: Session) -> None:
    paying = ready(session)
    receive_order(session, paying.point.id, paying.orders[0].pickup_code, actor=ACTOR, now=NOW)
    assert refuse(session, paying, paying.orders[0].pickup_code) == "already_received"


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "🙂" * 6, "1" * 10_000])
def test_what_is_no_code_is_refused(session: Session, code: str) -> None:
    assert refuse(session, ready(session), code) == "pickup_code_unreadable"


def test_nobodys_code_is_refused(session: Session) -> None:
    assert refuse(session, ready(session), "999999") == "pickup_code_unknown"


def test_a_code_of_another_point_names_that_point(session: Session) -> None:
    paying = ready(session)
    other = make_point(session, paying.group)
    code = paying.orders[0].pickup_code
    assert refuse(session, paying, code, point_id=other.id) == "pickup_other_point"


def test_before_it_arrives_nothing_is_handed_out(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    make_producing(session, paying)
    assert refuse(session, paying, order.pickup_code) == "not_arrived_yet"


def test_a_released_order_has_nothing_to_hand_out(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    lost = add_order(session, paying, 10, confirmed=0)
    make_producing(session, paying)
    make_arrived(session, paying)
    assert refuse(session, paying, lost.pickup_code) == "nothing_to_hand_out"


def two_boxes(session: Session, *, cash: bool) -> Paying:
    """An order from two groups of which only the first has arrived."""
    paying = make_paying(session)
    order = add_order(session, paying, 10, cash=cash)
    second = add_batch(session, paying)
    add_line(session, paying, order, second, 5)
    make_producing(session, paying)
    make_arrived(session, paying)
    paying.batch = second
    return paying


def test_paid_goods_may_be_taken_in_two_goes(session: Session) -> None:
    paying = two_boxes(session, cash=False)
    code = paying.orders[0].pickup_code
    assert (
        session.scalar(
            select(func.count()).select_from(Notice).where(Notice.event == "order.ready")
        )
        == 0
    )
    first = receive_order(session, paying.point.id, code, actor=ACTOR, now=NOW)
    assert (len(first.ready), len(first.waiting)) == (1, 1)
    assert refuse(session, paying, code) == "not_arrived_yet"
    make_arrived(session, paying)
    second = receive_order(session, paying.point.id, code, actor=ACTOR, now=NOW)
    assert [item.units for item in second.ready] == [5]


def test_cash_waits_until_all_is_there(session: Session) -> None:
    paying = two_boxes(session, cash=True)
    assert refuse(session, paying, paying.orders[0].pickup_code) == "cash_waits_for_all"


def test_a_box_stays_open_until_everybody_came(session: Session) -> None:
    paying = make_paying(session)
    first, second = add_order(session, paying, 5), add_order(session, paying, 5)
    make_producing(session, paying)
    make_arrived(session, paying)
    receive_order(session, paying.point.id, first.pickup_code, actor=ACTOR, now=NOW)
    assert boxes(session)[0].state is ConsignmentState.ARRIVED
    receive_order(session, paying.point.id, second.pickup_code, actor=ACTOR, now=NOW)
    assert boxes(session)[0].state is ConsignmentState.RECEIVED


def test_arriving_twice_changes_nothing_and_before_hand_over_is_refused(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    box = boxes(session)[0]
    with pytest.raises(Conflict):
        arrive(session, box.id, actor=ACTOR, now=NOW)
    make_handed_over(session, paying.batch)
    arrive(session, box.id, actor=ACTOR, now=NOW)
    arrive(session, box.id, actor=ACTOR, now=NOW)
    assert arrive_at_point(session, paying.point.id, actor=ACTOR, now=NOW) == 0


def test_goods_at_the_groups_own_place_have_arrived_when_handed_over(session: Session) -> None:
    paying = make_paying(session)
    paying.point.group_id = paying.group.id
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_handed_over(session, paying.batch)
    assert boxes(session)[0].state is ConsignmentState.ARRIVED


def test_a_parcel_has_a_number_and_is_received_by_its_buyer(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10, parcel=True)
    make_producing(session, paying)
    with pytest.raises(Refused, match="parcel_not_sent_yet"):
        receive_parcel(session, order.id, actor=ACTOR, now=NOW)
    make_packed(session, paying.batch)
    box = boxes(session)[0]
    with pytest.raises(Refused, match="tracking_unreadable"):
        hand_over(session, paying.batch.id, actor=ACTOR, now=NOW, tracking={box.id: "?"})
    hand_over(session, paying.batch.id, actor=ACTOR, now=NOW, tracking={box.id: "ef 123456 th"})
    assert session.get_one(Consignment, box.id, populate_existing=True).tracking_no == "EF123456TH"
    receive_parcel(session, order.id, actor=ACTOR, now=NOW)
    receive_parcel(session, order.id, actor=ACTOR, now=NOW)
    assert boxes(session)[0].state is ConsignmentState.RECEIVED
    assert refuse(session, paying, order.pickup_code) == "pickup_is_a_parcel"
