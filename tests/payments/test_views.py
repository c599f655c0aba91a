"""Pages of money: who sees what, and what a wrong post leaves unchanged."""

import json
from datetime import timedelta

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from market.accounts.commands import issue_link
from market.accounts.models import Buyer
from market.accounts.rules import Role
from market.clock import utc_now
from market.doorbell import DEFAULT_QUEUE, MONEY_RECORDED
from market.fulfilment.commands import receive_order, report_made, settle_round
from market.orders.models import Order
from market.payments.commands import expire_charges, raise_charges, stop_batches
from market.payments.lowering import Why
from market.payments.models import Payout, Refund
from market.payments.rules import ChargeState, PayoutState, RefundState, ReleaseReason
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import make_arrived, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import (
    PRICE,
    Paying,
    add_order,
    charge_of,
    make_paying,
    pay,
)


def treasurer(app: Flask, session: Session) -> FlaskClient:
    user = make_user(session)
    make_grant(session, user, Role.FINANCE, area="")
    return browser_of(app, user)


def buyer_of(app: Flask, paying: Paying) -> FlaskClient:
    return browser_of(app, buyer_ids=[paying.orders[0].buyer_id])


def due(session: Session, **order: bool) -> Paying:
    paying = make_paying(session)
    add_order(session, paying, 10, **order)
    raise_charges(session, paying.round.id, now=NOW)
    return paying


def test_the_pay_page_shows_amount_time_and_code(app: Flask, session: Session) -> None:
    paying = due(session)
    number = paying.orders[0].number
    answer = buyer_of(app, paying).get(f"/pay/{number}")
    assert answer.status_code == 200
    assert "฿700" in answer.text
    assert "<svg" in answer.text
    assert f"/pay/{number}/qr.png?save=1" in answer.text
    assert " style=" not in answer.text


def test_the_picture_can_be_saved(app: Flask, session: Session) -> None:
    paying = due(session)
    browser = buyer_of(app, paying)
    number = paying.orders[0].number
    picture = browser.get(f"/pay/{number}/qr.png?save=1")
    assert picture.data.startswith(b"\x89PNG")
    assert picture.headers["Content-Disposition"].startswith("attachment")
    assert browser.get(f"/pay/{number}/qr.svg").mimetype == "image/svg+xml"


def test_a_stranger_learns_nothing_from_an_order_number(app: Flask, session: Session) -> None:
    paying = due(session)
    stranger = app.test_client()
    real = stranger.get(f"/pay/{paying.orders[0].number}")
    made_up = stranger.get("/pay/1-9999")
    assert real.status_code == made_up.status_code == 302
    assert stranger.get(f"/pay/{paying.orders[0].number}/qr.png").status_code == 302


def test_paid_cash_and_released_orders_show_no_code(app: Flask, session: Session) -> None:
    for order, settle in (({}, pay), ({"cash": True}, None), ({}, "expire")):
        paying = due(session, **order)
        if settle == "expire":
            expire_charges(session, paying.round.id, now=paying.after_pay_by)
        elif callable(settle):
            settle(session, paying.orders[0])
        browser, number = buyer_of(app, paying), paying.orders[0].number
        shown = browser.get(f"/pay/{number}")
        assert shown.status_code == 200
        assert "qr.png" not in shown.text
        assert browser.get(f"/pay/{number}/qr.png").status_code == 404


def test_before_charges_there_is_nothing_to_pay_yet(app: Flask, session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    assert buyer_of(app, paying).get(f"/pay/{paying.orders[0].number}").status_code == 200


def test_the_treasurer_records_a_transfer(app: Flask, session: Session, config: Config) -> None:
    paying = due(session)
    charge, browser = charge_of(session, paying.orders[0]), treasurer(app, session)
    assert "฿700" in browser.get(f"/money/{paying.round.id}").text
    answer = browser.post(
        f"/money/{paying.round.id}/receipts",
        data={"id": charge.id, "bank_reference": "KB 1234", "amount": "฿๗๐๐.๐๐"},
    )
    assert answer.status_code == 303
    assert charge_of(session, paying.orders[0]).state is ChargeState.PAID
    assert "KB1234" in browser.get(f"/money/{paying.round.id}").text
    with redis.Redis.from_url(config.redis_url) as broker:
        bells = [json.loads(bell) for bell in broker.lrange(DEFAULT_QUEUE, 0, -1)]
    assert {bell["headers"]["task"] for bell in bells} == set(MONEY_RECORDED)


def test_a_wrong_receipt_is_refused_in_words_and_keeps_what_was_typed(
    app: Flask, session: Session
) -> None:
    paying = due(session)
    charge, browser = charge_of(session, paying.orders[0]), treasurer(app, session)
    for amount in ("699", "-700", "1e3", "", "๗๐๐๐", "x" * 10_000, "🙂"):
        answer = browser.post(
            f"/money/{paying.round.id}/receipts",
            data={"id": charge.id, "bank_reference": "KB1234", "amount": amount},
        )
        assert answer.status_code == 422
        assert "KB1234" in answer.text or amount == ""
        assert charge_of(session, paying.orders[0]).state is ChargeState.DUE


def test_a_charge_of_another_round_is_not_found(app: Flask, session: Session) -> None:
    mine, other = due(session), due(session)
    charge = charge_of(session, other.orders[0])
    for row_id in (charge.id, 0, "abc", "9" * 30):
        answer = treasurer(app, session).post(
            f"/money/{mine.round.id}/receipts",
            data={"id": row_id, "bank_reference": "KB1234", "amount": "700"},
        )
        assert answer.status_code == 404
    assert charge_of(session, other.orders[0]).state is ChargeState.DUE


def test_only_those_who_keep_the_money_see_it(app: Flask, session: Session) -> None:
    paying = due(session)
    leader = browser_of(app, paying.leader)
    tambon = make_user(session)
    make_grant(session, tambon, Role.TAMBON_COORDINATOR, area="980101")
    for browser in (leader, browser_of(app, tambon), browser_of(app, make_user(session))):
        assert browser.get("/money").status_code == 403
        assert browser.get(f"/money/{paying.round.id}").status_code == 403
        assert browser.post(f"/money/{paying.round.id}/receipts").status_code == 403
    assert app.test_client().get("/money").status_code == 302
    assert treasurer(app, session).get("/money").status_code == 200
    assert treasurer(app, session).get("/money/999999").status_code == 404


def test_a_payout_is_recorded_after_its_cash_is_in_the_bank(app: Flask, session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10, cash=True)
    make_producing(session, paying)
    make_arrived(session, paying)
    receive_order(session, paying.point.id, paying.orders[0].pickup_code, actor="user:1", now=NOW)
    settle_round(session, paying.round.id, now=NOW)
    payout, browser = session.scalars(select(Payout)).one(), treasurer(app, session)
    where = f"/money/{paying.round.id}"
    early = browser.post(f"{where}/payouts", data={"id": payout.id, "bank_reference": "OUT1"})
    assert early.status_code == 422
    assert "฿700" in early.text
    cash = {"id": paying.point.id, "bank_reference": "DEP1", "amount": "700"}
    assert browser.post(f"{where}/deposits", data=cash).status_code == 303
    done = browser.post(f"{where}/payouts", data={"id": payout.id, "bank_reference": "OUT1"})
    assert done.status_code == 303
    session.refresh(payout)
    assert payout.state is PayoutState.PAID


def test_a_refund_is_recorded(app: Flask, session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    report_made(session, paying.batch.id, 9, actor="user:1", now=NOW)
    refund = session.scalars(select(Refund)).one()
    assert refund.amount_satang == PRICE
    browser = treasurer(app, session)
    answer = browser.post(
        f"/money/{paying.round.id}/refunds", data={"id": refund.id, "bank_reference": "BACK1"}
    )
    assert answer.status_code == 303
    session.refresh(refund)
    assert refund.state is RefundState.PAID
    assert "BACK1" in browser.get(f"/money/{paying.round.id}").text


def test_charges_are_found_by_number_buyer_and_amount(app: Flask, session: Session) -> None:
    paying = due(session)
    browser, number = treasurer(app, session), paying.orders[0].number
    for find, found in ((number, True), ("700", True), ("%", False), ("zzz", False)):
        text = browser.get(f"/money/{paying.round.id}", query_string={"find": find}).text
        assert (f"<b>{number}</b>" in text) is found, find
    assert browser.get(f"/money/{paying.round.id}?find=%00" + "x" * 5000).status_code == 200


def refund_page(session: Session) -> tuple[str, int]:
    """An order whose batch was stopped after it was paid: its number and its refund."""
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, order)
    why = Why(reason=ReleaseReason.STOPPED, actor="system", now=NOW)
    stop_batches(session, [paying.batch.id], why)
    return order.number, session.scalars(select(Refund.id)).one()


def test_a_buyer_says_where_the_money_goes(app: Flask, session: Session) -> None:
    number, refund_id = refund_page(session)
    order = session.scalars(select(Order).where(Order.number == number)).one()
    browser = browser_of(app, buyer_ids=[order.buyer_id])
    assert browser.get(f"/pay/{number}/refunds").status_code == 200
    wrong = browser.post(f"/pay/{number}/refunds/{refund_id}", data={"way": "bank"})
    assert wrong.status_code == 422
    data = {"way": "bank", "promptpay": "081-234-5678", "name": "สมศรี"}
    assert browser.post(f"/pay/{number}/refunds/{refund_id}", data=data).status_code == 303
    shown = browser.get(f"/pay/{number}/refunds").text
    assert "5678" in shown
    assert "0812345678" not in shown


def test_a_letters_link_sends_money_to_the_buyers_own_phone_only(
    app: Flask, session: Session
) -> None:
    number, refund_id = refund_page(session)
    order = session.scalars(select(Order).where(Order.number == number)).one()
    session.get_one(Buyer, order.buyer_id).phone = "+66812345678"
    token = issue_link(
        session, "order", order_id=order.id, round_id=order.round_id, now=utc_now(),
        expires_at=utc_now() + timedelta(days=1),
    )  # fmt: skip
    session.flush()
    browser = app.test_client()
    browser.get(f"/l/{token}")
    path, data = f"/pay/{number}/refunds/{refund_id}", {"way": "bank", "name": "สมศรี"}
    assert browser.post(path, data=data | {"promptpay": "089-999-9999"}).status_code == 422
    assert "…9999" not in browser.get(f"/pay/{number}/refunds").text
    assert browser.post(path, data=data | {"promptpay": "๐๘๑ 234 5678"}).status_code == 303


def test_credit_pays_on_the_pay_page(app: Flask, session: Session) -> None:
    number, refund_id = refund_page(session)
    buyer = session.scalars(select(Order.buyer_id).where(Order.number == number)).one()
    browser = browser_of(app, buyer_ids=[buyer])
    browser.post(f"/pay/{number}/refunds/{refund_id}", data={"way": "credit"})
    other = make_paying(session)
    order = add_order(session, other, 12)
    order.buyer_id = buyer
    raise_charges(session, other.round.id, now=NOW)
    assert f"/pay/{order.number}/credit" in browser.get(f"/pay/{order.number}").text
    assert browser.post(f"/pay/{order.number}/credit").status_code == 303
    assert charge_of(session, order).received_satang == 10 * PRICE


@pytest.mark.parametrize(
    ("amount", "late", "state", "back"),
    [
        ("750", False, ChargeState.PAID, 5000),
        ("700", True, ChargeState.EXPIRED, 70000),
        ("300", False, ChargeState.DUE, 0),
    ],
)
def test_money_that_is_there_all_the_same_is_recorded_when_somebody_insists(
    app: Flask, session: Session, amount: str, late: bool, state: ChargeState, back: int
) -> None:
    paying = due(session)
    if late:
        expire_charges(session, paying.round.id, now=paying.after_pay_by)
    browser, path = treasurer(app, session), f"/money/{paying.round.id}/receipts"
    typed = {
        "id": charge_of(session, paying.orders[0]).id, "bank_reference": "KB77", "amount": amount
    }  # fmt: skip
    assert 'name="sure"' not in browser.get(f"/money/{paying.round.id}").text
    refused = browser.post(path, data=typed)
    assert refused.status_code == 422
    assert 'name="sure"' in refused.text
    assert browser.post(path, data=typed | {"sure": "1"}).status_code == 303
    assert charge_of(session, paying.orders[0]).state is state
    refunds = list(session.scalars(select(Refund.amount_satang)))
    assert sum(refunds) == back


def test_insisting_needs_a_reference_that_was_not_used(app: Flask, session: Session) -> None:
    paying = due(session)
    browser, path = treasurer(app, session), f"/money/{paying.round.id}/receipts"
    charge = charge_of(session, paying.orders[0])
    typed = {"id": charge.id, "bank_reference": "", "amount": "900", "sure": "1"}
    refused = browser.post(path, data=typed)
    assert refused.status_code == 422
    assert 'name="sure"' not in refused.text
    assert charge_of(session, paying.orders[0]).state is ChargeState.DUE
