"""The comparison with the provider: heals what is certain, shows the rest, once."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from market.errors import Refused, Unavailable
from market.payments import cases
from market.payments.cases import Remedy
from market.payments.models import GatewayCheck, MoneyCase
from market.payments.provider import Payment
from market.payments.queries.cases import open_cases
from market.payments.reconcile_flows import Report, reconcile
from market.payments.reconciling import Finding, Known, compare
from market.payments.rules import ChargeState
from market.payments.states import AttemptState
from tests.factories.matching import NOW
from tests.fakes import stripe_after
from tests.payments.stripe_kit import Desk, with_stripe

FEE = (70000 * 365 // 10000 + 1000) * 107 // 100
LATER = NOW + timedelta(hours=1)


def check(desk: Desk, now=LATER) -> Report:
    return reconcile(desk.gateway, now=now)


def stranger(desk: Desk, amount: int = 33000) -> dict:
    """A payment on the same account that no order of ours asked for."""
    world = desk.fake.world
    intent = world._new_intent(amount, {"metadata": {}}, "automatic")
    world._charge_card(intent, world.keep_card(None, "ok"), None)
    return intent


def test_a_payment_nobody_told_us_of_is_booked(desk: Desk) -> None:
    desk.fake.world.buyer_pays(desk.open_page())
    report = check(desk)
    assert (report.healed, report.cases) == (1, 0)
    assert desk.charge.state is ChargeState.PAID
    assert check(desk).healed == 0
    assert desk.books() == {"provider": 70000 - FEE, "fees": FEE, "held": -70000}


def test_everything_that_fits_is_left_alone(desk: Desk) -> None:
    desk.fake.world.buyer_pays(desk.open_page())
    desk.hear()
    report = check(desk)
    assert (report.looked_at, report.healed, report.cases) == (1, 0, 0)


def test_money_without_an_order_is_owed_shown_and_given_back_with_one_press(desk: Desk) -> None:
    intent = stranger(desk)
    assert check(desk).cases == 1
    assert check(desk).cases == 0
    assert desk.cases() == [("paid_without_order", f"gateway:{intent['id']}")]
    assert desk.books() == {"provider": 33000, "overpaid": -33000}
    case = desk.session.scalars(select(MoneyCase)).one()
    cases.remedy(desk.session, case.id, Remedy.GIVE_BACK, actor="user:1", now=LATER)
    check(desk)
    check(desk)
    assert len(desk.fake.world.all("refund")) == 1
    assert desk.books() == {}


def test_money_of_another_currency_is_shown_and_in_no_book(desk: Desk) -> None:
    stranger(desk)["currency"] = "jpy"
    check(desk)
    assert desk.books() == {}
    (case,) = desk.session.scalars(select(MoneyCase)).all()
    with pytest.raises(Refused, match="case_other_remedy"):
        cases.remedy(desk.session, case.id, Remedy.GIVE_BACK, actor="user:1", now=LATER)


def test_an_order_that_the_provider_knows_nothing_of_is_shown(desk: Desk) -> None:
    intent = desk.fake.world.buyer_pays(desk.open_page())
    desk.hear()
    del desk.fake.world.things[intent["id"]]
    check(desk)
    assert desk.cases() == [("order_without_payment", f"attempt:{desk.attempts[0].id}")]


def test_another_amount_than_we_booked_is_shown(desk: Desk) -> None:
    intent = desk.fake.world.buyer_pays(desk.open_page())
    desk.hear()
    desk.fake.world.things[intent["id"]]["amount_received"] = 69000
    check(desk)
    assert desk.cases() == [("amount_differs", f"gateway:{intent['id']}")]


def test_an_attempt_that_never_ends_is_shown_and_healed_when_it_does(desk: Desk) -> None:
    page = desk.open_page()
    much_later = NOW + timedelta(days=2)
    check(desk, much_later)
    subject = f"attempt:{desk.attempts[0].id}"
    assert desk.cases() == [("stuck_attempt", subject)]
    desk.fake.world.buyer_pays(page)
    check(desk, much_later)
    assert desk.cases() == []
    assert desk.charge.state is ChargeState.PAID


def test_what_was_done_in_the_dashboard_is_found_without_messages(desk: Desk) -> None:
    intent = desk.fake.world.buyer_pays(desk.open_page())
    desk.hear()
    stripe_after.make_refund(desk.fake.world, {"payment_intent": intent["id"], "amount": "10000"})
    stripe_after.pay_to_bank(desk.fake.world, 20000)
    check(desk)
    books = desk.books()
    assert (books["held"], books["bank"]) == (-60000, 20000)


def test_while_the_provider_is_away_nothing_is_noted(desk: Desk) -> None:
    desk.fake.fail_next("GET", "/v1/payment_intents", "lost", times=3)
    with pytest.raises(Unavailable):
        check(desk)
    assert desk.session.scalars(select(GatewayCheck)).all() == []
    check(desk)
    assert len(desk.session.scalars(select(GatewayCheck)).all()) == 1


def test_a_check_goes_on_from_the_last_one_however_long_ago(desk: Desk) -> None:
    check(desk)
    long_after = NOW + timedelta(days=40)
    desk.fake.world.buyer_pays(desk.open_page())
    report = check(desk, long_after)
    assert report.since < NOW
    assert report.healed == 1


def test_a_case_is_closed_once_and_by_its_own_remedies_only(desk: Desk) -> None:
    stranger(desk)
    check(desk)
    case = desk.session.scalars(select(MoneyCase)).one()
    for wrong in (Remedy.SEND_AGAIN, Remedy.LOOK_AGAIN):
        with pytest.raises(Exception, match="case_other_remedy"):
            cases.remedy(desk.session, case.id, wrong, actor="user:1", now=LATER)
    cases.remedy(desk.session, case.id, Remedy.ACCEPT, actor="user:1", now=LATER)
    cases.remedy(desk.session, case.id, Remedy.ACCEPT, actor="user:1", now=LATER)
    with pytest.raises(Exception, match="case_closed"):
        cases.remedy(desk.session, case.id, Remedy.GIVE_BACK, actor="user:1", now=LATER)
    trail = desk.session.execute(
        text("SELECT event FROM audit_event WHERE subject = :s ORDER BY id"),
        {"s": f"case:{case.id}"},
    )
    assert trail.scalars().all() == ["case.opened", "case.closed"]


def test_looking_again_asks_anew_and_may_open_the_case_anew(desk: Desk) -> None:
    intent = desk.fake.world.buyer_pays(desk.open_page())
    desk.hear()
    gone = desk.fake.world.things.pop(intent["id"])
    check(desk)
    case = desk.session.scalars(select(MoneyCase)).one()
    cases.remedy(desk.session, case.id, Remedy.LOOK_AGAIN, actor="user:1", now=LATER)
    check(desk)
    assert len(desk.cases()) == 1
    desk.fake.world.things[intent["id"]] = gone
    second = desk.session.scalars(select(MoneyCase).where(MoneyCase.state == "open")).one()
    cases.remedy(desk.session, second.id, Remedy.LOOK_AGAIN, actor="user:1", now=LATER)
    check(desk)
    assert desk.cases() == []


@pytest.mark.parametrize(
    ("there", "received", "here", "booked", "finding"),
    [
        (AttemptState.SUCCEEDED, 700, AttemptState.SUCCEEDED, 700, Finding.FITS),
        (AttemptState.SUCCEEDED, 700, AttemptState.EXPIRED, None, Finding.BEHIND),
        (AttemptState.SUCCEEDED, 700, AttemptState.SUCCEEDED, 600, Finding.DIFFERS),
        (AttemptState.CANCELLED, 0, AttemptState.SUCCEEDED, 700, Finding.DIFFERS),
        (AttemptState.CANCELLED, 0, AttemptState.PENDING, None, Finding.BEHIND),
        (AttemptState.PENDING, 0, AttemptState.PENDING, None, Finding.FITS),
        (AttemptState.PENDING, 0, AttemptState.FAILED, None, Finding.FITS),
        (AttemptState.AUTHORIZED, 0, AttemptState.PENDING, None, Finding.BEHIND),
        (AttemptState.SUCCEEDED, 700, None, None, Finding.UNKNOWN),
        (AttemptState.PENDING, 0, None, None, Finding.FITS),
    ],
)
def test_how_two_sides_compare(there, received, here, booked, finding) -> None:
    payment = Payment(
        intent_id="pi_1", attempt_id=1, state=there, amount_satang=700, received_satang=received,
        currency="thb", livemode=False, method=None, failure=None, capture_before=None,
        fee_satang=10, created_at=NOW,
    )  # fmt: skip
    known = Known(state=here, received_satang=booked, fee_known=True) if here else None
    assert compare(payment, known) is finding


def test_the_terminal_says_what_is_open(desk: Desk, app, config) -> None:
    intent = stranger(desk)
    usual = app.extensions["market_config"]
    app.extensions["market_config"] = with_stripe(config, desk.fake)
    try:
        answer = app.test_cli_runner().invoke(args=["money", "reconcile", "--json"])
        again = app.test_cli_runner().invoke(args=["money", "reconcile", "--since", "2026-01-01"])
    finally:
        app.extensions["market_config"] = usual
    report = json.loads(answer.stdout)
    assert answer.exit_code == again.exit_code == 1
    assert [case["subject"] for case in report["open"]] == [f"gateway:{intent['id']}"]
    assert "33000 satang" in again.stdout


def test_the_terminal_says_that_there_is_no_provider(app, session) -> None:
    answer = app.test_cli_runner().invoke(args=["money", "reconcile"])
    assert answer.exit_code == 2
    assert "STRIPE_SECRET_KEY" in answer.stderr


def test_open_cases_name_their_order_and_remedies(desk: Desk) -> None:
    page = desk.open_page()
    desk.fake.world.things[page]["amount_total"] = 60000
    desk.fake.world.buyer_pays(page)
    desk.hear()
    (case,) = open_cases(desk.session)
    assert case.number == desk.paying.orders[0].number
    assert case.remedies == (Remedy.LOOK_AGAIN, Remedy.ACCEPT)
