"""Pages of making and handing over, walked as leader, desk and buyer."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.matching.rules import BatchState
from market.payments.rules import ChargeState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import boxes, make_arrived, make_handed_over, make_producing
from tests.factories.matching import TAMBON
from tests.factories.payments import (
    Paying,
    add_order,
    charge_of,
    make_paying,
    state_of,
)


def producing(session: Session, **order: bool) -> Paying:
    paying = make_paying(session)
    add_order(session, paying, 10, **order)
    make_producing(session, paying)
    return paying


def desk_of(app: Flask, session: Session) -> FlaskClient:
    user = make_user(session)
    make_grant(session, user, Role.TAMBON_COORDINATOR, area=TAMBON)
    return browser_of(app, user)


def test_a_leader_takes_a_batch_to_its_hand_over(app: Flask, session: Session) -> None:
    paying = producing(session, parcel=True)
    browser, where = browser_of(app, paying.leader), f"/batches/{paying.batch.id}"
    shown = browser.get(where)
    assert shown.status_code == 200
    assert 'class="big">10' in shown.text
    assert " style=" not in shown.text
    assert browser.post(f"{where}/made", data={"units": "๑๐"}).status_code == 303
    assert browser.get(f"{where}/labels").text.count('class="sheet-label"') == 1
    assert browser.post(f"{where}/packed").status_code == 303
    box = boxes(session)[0]
    assert f"tracking-{box.id}" in browser.get(f"{where}/hand-over").text
    bad = browser.post(f"{where}/handed-over", data={f"tracking-{box.id}": "?"})
    assert bad.status_code == 422
    done = browser.post(f"{where}/handed-over", data={f"tracking-{box.id}": "EF123456TH"})
    assert done.status_code == 303
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER
    assert "EF123456TH" in browser.get(f"{where}/hand-over").text


def test_bad_numbers_are_refused_and_change_nothing(app: Flask, session: Session) -> None:
    paying = producing(session)
    browser, where = browser_of(app, paying.leader), f"/batches/{paying.batch.id}"
    for units in ("", "-1", "11", "1e3", "x" * 10_000, "🙂", "9" * 12):
        assert browser.post(f"{where}/made", data={"units": units}).status_code == 422
    assert browser.post(f"{where}/packed").status_code == 409
    assert browser.post(f"{where}/handed-over").status_code == 409
    assert state_of(session, paying.batch) == BatchState.TO_MAKE


def test_a_neighbour_sees_no_batch(app: Flask, session: Session) -> None:
    paying, other = producing(session), producing(session)
    browser = browser_of(app, other.leader)
    for path in ("", "/labels"):
        assert browser.get(f"/batches/{paying.batch.id}{path}").status_code == 403
    for path in ("made", "packed", "handed-over"):
        assert browser.post(f"/batches/{paying.batch.id}/{path}").status_code == 403
    assert app.test_client().get(f"/batches/{paying.batch.id}").status_code == 302
    assert app.test_client().get("/batches/99999999").status_code == 302


def test_the_desk_marks_boxes_and_hands_out(app: Flask, session: Session) -> None:
    paying = producing(session, cash=True)
    make_handed_over(session, paying.batch)
    browser, where = desk_of(app, session), f"/points/{paying.point.id}"
    assert browser.get(f"{where}/desk").status_code == 200
    part = {"HX-Request": "true"}
    part["If-None-Match"] = browser.get(f"{where}/desk", headers=part).headers["ETag"]
    assert browser.get(f"{where}/desk", headers=part).status_code == 304
    assert browser.post(f"{where}/arrive").status_code == 303
    assert (
        "<html" not in browser.get(f"{where}/desk", headers=part).text
    )  # news for the other phone
    code = paying.orders[0].pickup_code
    shown = browser.get(f"{where}/desk", query_string={"code": code})
    assert "฿700" in shown.text
    assert charge_of(session, paying.orders[0]).state is ChargeState.DUE
    wrong = browser.post(f"{where}/receive", data={"code": code, "cash_satang": "1"})
    assert wrong.status_code == 422
    done = browser.post(f"{where}/receive", data={"code": code, "cash_satang": "70000"})
    assert done.status_code == 303
    assert charge_of(session, paying.orders[0]).state is ChargeState.PAID
    again = browser.get(f"{where}/desk", query_string={"code": code})
    assert again.status_code == 422


def test_looking_a_code_up_changes_nothing(app: Flask, session: Session) -> None:
    paying = producing(session)
    make_arrived(session, paying)
    code = paying.orders[0].pickup_code
    browser = desk_of(app, session)
    for typed in (code, code, "", "000000", "x" * 5000, "🙂"):
        answer = browser.get(f"/points/{paying.point.id}/desk", query_string={"code": typed})
        assert answer.status_code in (200, 422)
    assert boxes(session)[0].state == "arrived"


def test_a_box_of_another_point_is_not_found(app: Flask, session: Session) -> None:
    paying, other = producing(session), producing(session)
    make_handed_over(session, paying.batch)
    browser = desk_of(app, session)
    answer = browser.post(
        f"/points/{other.point.id}/arrive", data={"consignment_id": boxes(session)[0].id}
    )
    assert answer.status_code == 404
    assert boxes(session)[0].state == "handed_over"


def test_a_buyer_says_the_parcel_has_come(app: Flask, session: Session) -> None:
    paying = producing(session, parcel=True)
    make_handed_over(session, paying.batch)
    number = paying.orders[0].number
    assert app.test_client().post(f"/orders/{number}/received").status_code == 403
    browser = browser_of(app, buyer_ids=[paying.orders[0].buyer_id])
    assert f"/orders/{number}/received" in browser.get(f"/orders/{number}").text
    assert browser.post(f"/orders/{number}/received").status_code == 303
    assert boxes(session)[0].state == "received"


def test_codes_are_not_guessed_at_a_desk(app: Flask, session: Session) -> None:
    paying = producing(session)
    make_arrived(session, paying)
    desk, where = desk_of(app, session), f"/points/{paying.point.id}"
    code = paying.orders[0].pickup_code
    wrong = f"{(int(code) + 1) % 10**6:06d}"

    looks = [desk.get(f"{where}/desk?code={wrong}").status_code for _ in range(10)]
    tries = [desk.post(f"{where}/receive", data={"code": wrong}).status_code for _ in range(11)]

    assert looks + tries == [422] * 20 + [429]
    assert desk.post(f"{where}/receive", data={"code": code}).status_code == 429
    assert desk.get(f"{where}/desk").status_code == 200, "without a code nothing is guessed"
    other = desk_of(app, session).post(f"{where}/receive", data={"code": code})
    assert other.status_code == 303, "another person's desk goes on"


def test_right_codes_are_never_too_many(app: Flask, session: Session) -> None:
    paying = producing(session)
    make_arrived(session, paying)
    desk, code = desk_of(app, session), paying.orders[0].pickup_code

    looks = {desk.get(f"/points/{paying.point.id}/desk?code={code}").status_code for _ in range(25)}

    assert looks == {200}
