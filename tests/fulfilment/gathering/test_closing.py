"""The end of a day at a point: counted, explained, decided; two desks and one code."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.models import Buyer
from market.accounts.rules import Role
from market.clock import bangkok_date, utc_now
from market.db import transaction
from market.errors import Conflict, NotFound, Refused
from market.fulfilment.closing.commands import close_desk, decide_left, remind_missing
from market.fulfilment.closing.rules import LONGEST_KEPT, LeftDecision, usual_keeping
from market.fulfilment.commands import receive_order
from market.fulfilment.gathering.models import DeskClosing, LeftOrder
from market.fulfilment.queries import get_desk
from market.fulfilment.rules import short_name
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import ACTOR, boxes, make_arrived, make_handed_over, make_producing
from tests.factories.matching import NOW, TAMBON
from tests.factories.payments import Paying, add_order, live_units, make_paying
from tests.factories.races import each_said
from tests.factories.shop import statements

TODAY = bangkok_date(NOW)
KEEP, GIVE = LeftDecision.KEEP, LeftDecision.GIVE_AWAY


def lying(session: Session, orders: int = 2, **more: bool) -> Paying:
    """Orders whose goods lie at the point."""
    paying = make_paying(session)
    for _ in range(orders):
        add_order(session, paying, 10, **more)
    make_producing(session, paying)
    make_arrived(session, paying)
    return paying


def test_a_day_is_closed_once_and_a_difference_is_explained(session: Session) -> None:
    paying = lying(session)
    with pytest.raises(Refused, match="closing_words_missing"):
        close_desk(session, paying.point.id, 1, "", actor=ACTOR, now=NOW)
    for _twice in range(2):
        assert close_desk(session, paying.point.id, 1, "แมวเอาไป", actor=ACTOR, now=NOW) == 2
    with pytest.raises(Conflict, match="closing_done"):
        close_desk(session, paying.point.id, 2, "", actor=ACTOR, now=NOW)
    assert len(session.scalars(select(DeskClosing)).all()) == 1
    assert (
        close_desk(session, paying.point.id, 2, "", actor=ACTOR, now=NOW + timedelta(days=1)) == 2
    )


def test_what_is_given_away_is_not_handed_out(session: Session) -> None:
    paying = lying(session)
    first, second = paying.orders
    until = usual_keeping(TODAY, fresh=False)
    decided = {first.id: (GIVE, None), second.id: (KEEP, until)}
    assert decide_left(session, paying.point.id, decided, actor=ACTOR, now=NOW) == 2
    assert (
        decide_left(session, paying.point.id, {second.id: (KEEP, until)}, actor=ACTOR, now=NOW) == 0
    )
    with pytest.raises(Refused, match="goods_given_away"):
        receive_order(session, paying.point.id, first.pickup_code, actor=ACTOR, now=NOW)
    assert [p.number for p in get_desk(session, paying.point.id).people] == [second.number]
    receive_order(session, paying.point.id, second.pickup_code, actor=ACTOR, now=NOW)
    assert get_desk(session, paying.point.id).people == ()
    with pytest.raises(NotFound):  # fetched by now
        decide_left(session, paying.point.id, {second.id: (GIVE, None)}, actor=ACTOR, now=NOW)


@pytest.mark.parametrize("until", [None, TODAY - timedelta(days=1),
                                   TODAY + LONGEST_KEPT + timedelta(days=1)])  # fmt: skip
def test_nothing_is_kept_for_ever_or_until_yesterday(session: Session, until) -> None:
    paying = lying(session, 1)
    with pytest.raises(Refused, match="left_until_out_of_range"):
        decide_left(session, paying.point.id, {paying.orders[0].id: (KEEP, until)},
                    actor=ACTOR, now=NOW)  # fmt: skip
    assert session.scalars(select(LeftOrder)).all() == []


def test_who_is_missing_is_reminded_once_a_day(session: Session) -> None:
    paying = lying(session)
    receive_order(session, paying.point.id, paying.orders[0].pickup_code, actor=ACTOR, now=NOW)
    assert remind_missing(session, paying.point.id, actor=ACTOR, now=NOW) == 1
    assert remind_missing(session, paying.point.id, actor=ACTOR, now=NOW) == 0
    tomorrow = NOW + timedelta(days=1)
    assert remind_missing(session, paying.point.id, actor=ACTOR, now=tomorrow) == 1


def test_a_desk_of_many_orders_is_as_many_statements(session: Session) -> None:
    paying = lying(session, 30)
    with statements() as seen:
        desk = get_desk(session, paying.point.id)
    assert len(desk.people) == 30
    assert len(seen) == 3
    found = get_desk(session, paying.point.id, paying.orders[3].number)
    assert [person.number for person in found.people] == [paying.orders[3].number]
    assert get_desk(session, paying.point.id, "%").people  # no sign of LIKE
    session.get_one(Buyer, paying.orders[3].buyer_id).phone = "+66899887766"
    session.flush()
    assert len(get_desk(session, paying.point.id, "0899887", by_phone=True).people) == 1
    assert get_desk(session, paying.point.id, "0899887").people == (), "digits tell nothing"


def test_people_are_found_by_what_is_shown_of_their_names_and_by_nothing_else(
    session: Session,
) -> None:
    paying = lying(session, 4)
    names = ("มาลี ใจดี", "John  van O'Neil ", "นาง-สาว 9 ๑๒", "สมหญิง เสาร์แก้ว")
    for order, name in zip(paying.orders, names, strict=True):
        session.get_one(Buyer, order.buyer_id).name = name
    session.flush()

    def found(typed: str) -> set[str]:
        return {person.name for person in get_desk(session, paying.point.id, typed).people}

    for name in names:
        assert name in found(short_name(name)), "as it stands on the page"
        assert name in found(name), "as a buyer says it"
    assert found("มาลี ใจร้าย") == {"มาลี ใจดี"}  # the initial is shown, and no more of it
    for hidden in ("ใจดี", "ดี", "neil", "van", "แก้ว"):
        assert found(hidden) == set()


def test_the_pages_of_a_day(app: Flask, session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10, cash=True)
    make_producing(session, paying)
    make_handed_over(session, paying.batch)
    user, member = make_user(session), make_user(session)
    make_grant(session, user, Role.TAMBON_COORDINATOR, area=TAMBON)
    make_grant(session, member, Role.MEMBER, group=paying.group.id)
    paying.point.group_id = None
    desk, where = browser_of(app, user), f"/points/{paying.point.id}"
    box, order = boxes(session)[0], paying.orders[0]
    sent = {"consignment_id": box.id}
    assert desk.post(f"{where}/missing", data=sent).status_code == 303
    assert "chip-silent" in desk.get(f"{where}/desk").text
    assert desk.post(f"{where}/missing", data={"consignment_id": box.id + 1}).status_code == 404
    desk.post(f"{where}/arrive")
    wrong = {"kept": "1", "code": order.pickup_code, "cash": "1"}
    assert desk.post(f"{where}/receive", data=wrong).status_code == 303
    assert order.pickup_code in desk.get(f"{where}/desk").text  # said why not
    assert desk.post(f"{where}/remind").status_code == 303
    assert desk.get(f"{where}/closing").status_code == 200
    assert desk.post(f"{where}/closing", data={"counted": "๗"}).status_code == 422
    assert desk.post(f"{where}/left", data={f"left-{order.id}": "burn"}).status_code == 422
    keep = {f"left-{order.id}": "keep", f"until-{order.id}": bangkok_date(utc_now()).isoformat()}
    assert desk.post(f"{where}/left", data=keep).status_code == 303
    right = {**wrong, "cash": str(live_units(session, order) * 70)}
    for _twice in range(2):
        assert desk.post(f"{where}/receive", data=right).status_code == 303
    assert boxes(session)[0].state == "received"
    assert desk.post(f"{where}/closing", data={"counted": "๐"}).status_code == 303


def test_two_desks_with_one_code_hand_out_once(committed: Flask) -> None:
    with transaction() as session:
        paying = lying(session, 1)
        code, point = paying.orders[0].pickup_code, paying.point.id

    def hand_out(session: Session) -> None:
        receive_order(session, point, code, actor=ACTOR, now=NOW)

    assert each_said(committed, hand_out, hand_out) == ["already_received", "done"]
    with transaction() as session:
        counted = text("SELECT count(*) FROM audit_event WHERE event = 'order.received'")
        assert session.scalar(counted) == 1
