"""A buyer pays by the provider's page: however the news comes, the books are the same."""

from datetime import timedelta
from itertools import pairwise

import pytest

from market.errors import Conflict, Refused, Unavailable
from market.orders.rules import PayMethod
from market.payments import provider_flows
from market.payments.attempts import begin_or_go_on
from market.payments.commands import expire_charges
from market.payments.receiving import Incoming, receive
from market.payments.rules import AccountKind, ChargeState, RefundState
from market.payments.states import AttemptKind, AttemptState
from tests.factories.matching import NOW
from tests.payments.stripe_kit import METHODS, Desk

LATER = NOW + timedelta(hours=1)
FEE = (70000 * 365 // 10000 + 1000) * 107 // 100
PAID = {"provider": 70000 - FEE, "fees": FEE, "held": -70000}


def test_who_pays_and_comes_back_has_paid(desk: Desk) -> None:
    desk.fake.world.buyer_pays(desk.open_page())
    desk.hear()
    assert desk.charge.state is ChargeState.PAID
    assert desk.attempts[0].state is AttemptState.SUCCEEDED
    assert desk.books() == PAID
    assert desk.cases() == []


@pytest.mark.parametrize("order", ["twice", "backwards", "one by one, late"])
def test_messages_in_any_order_and_number_book_once(desk: Desk, order: str) -> None:
    desk.fake.world.buyer_pays(desk.open_page())
    events = list(desk.fake.world.events)
    told = {"twice": events * 2, "backwards": events[::-1], "one by one, late": events}[order]
    for event in told:
        desk.hear(event, now=NOW + timedelta(days=3) if "late" in order else NOW)
    assert desk.charge.state is ChargeState.PAID
    assert desk.books() == PAID


def test_who_pays_and_never_returns_has_paid_also_without_any_message(desk: Desk) -> None:
    desk.fake.world.buyer_pays(desk.open_page(), "promptpay")
    for attempt_id in provider_flows.due_attempts(now=LATER):
        provider_flows.advance_attempt(attempt_id, desk.gateway, now=LATER)
    assert desk.charge.state is ChargeState.PAID
    assert desk.attempts[0].method is PayMethod.STRIPE_PROMPTPAY


def test_a_message_before_its_row_is_there_waits_for_it(desk: Desk) -> None:
    page = desk.open_page()
    desk.fake.world.buyer_pays(page)
    give_number(desk, "999999")
    hide(desk, "cs_other")
    assert desk.hear() < len(desk.fake.world.events)
    assert desk.charge.state is ChargeState.DUE
    give_number(desk, str(desk.attempts[0].id))
    hide(desk, page)
    desk.hear(now=LATER)
    assert desk.charge.state is ChargeState.PAID
    assert desk.books() == PAID


def give_number(desk: Desk, number: str) -> None:
    """The number of ours that the provider keeps with its objects."""
    for thing in desk.fake.world.things.values():
        if "attempt_id" in thing.get("metadata", {}):
            thing["metadata"]["attempt_id"] = number


def hide(desk: Desk, session_id: str) -> None:
    """The attempt as it is before its page is known."""
    desk.attempts[0].session_id = session_id
    desk.session.flush()


def test_two_tabs_and_double_clicks_are_one_page(desk: Desk) -> None:
    assert desk.open_page() == desk.open_page() == desk.open_page(now=NOW + timedelta(minutes=5))
    assert len(desk.attempts) == 1
    assert len(desk.fake.world.all("checkout.session")) == 1


def test_a_page_that_ran_out_gives_way_to_a_new_one(desk: Desk) -> None:
    first = desk.open_page()
    desk.fake.world.shift_seconds += 86400 + 60
    again = desk.open_page(now=NOW + timedelta(hours=24, minutes=1))
    assert again != first
    assert [a.state for a in desk.attempts] == [AttemptState.EXPIRED, AttemptState.PENDING]


def test_a_page_for_another_amount_is_closed_first(desk: Desk) -> None:
    first = desk.open_page()
    charge = desk.charge
    charge.goods_satang, charge.amount_satang = 63000, 63000
    desk.session.flush()
    second = desk.open_page()
    assert desk.fake.world.things[first]["status"] == "expired"
    assert desk.fake.world.things[second]["amount_total"] == 63000


def test_a_declined_card_may_be_followed_by_a_good_one(desk: Desk) -> None:
    page = desk.open_page()
    desk.fake.world.buyer_pays(page, card="declined")
    desk.hear()
    assert desk.attempts[0].state is AttemptState.PENDING
    assert desk.attempts[0].failure == "card_declined"
    desk.fake.world.buyer_pays(page)
    desk.hear()
    assert desk.charge.state is ChargeState.PAID
    assert desk.books() == PAID


def begun(desk: Desk) -> int:
    """An attempt whose page nobody has made yet."""
    return begin_or_go_on(
        desk.session, desk.charge.id, AttemptKind.CHECKOUT, methods=METHODS, now=NOW
    ).attempt_id


def test_a_worker_killed_after_the_call_finds_its_page_again(desk: Desk) -> None:
    attempt_id = begun(desk)
    desk.fake.fail_next("POST", "/v1/checkout/sessions", "late", times=9)
    with pytest.raises(Unavailable):
        provider_flows.advance_attempt(attempt_id, desk.gateway, now=NOW)
    assert desk.attempts[0].state is AttemptState.CREATED
    desk.fake._failures.clear()
    desk.open_page()
    assert len(desk.fake.world.all("checkout.session")) == 1


def test_a_lost_call_is_searched_for_once_its_key_may_be_gone(desk: Desk) -> None:
    attempt_id = begun(desk)
    desk.fake.fail_next("POST", "/v1/checkout/sessions", "late", times=9)
    with pytest.raises(Unavailable):
        provider_flows.advance_attempt(attempt_id, desk.gateway, now=NOW)
    desk.fake._failures.clear()
    (made,) = desk.fake.world.all("checkout.session")
    desk.fake.world.buyer_pays(made["id"])
    provider_flows.advance_attempt(attempt_id, desk.gateway, now=LATER)
    assert desk.charge.state is ChargeState.PAID
    assert desk.books() == PAID


def test_a_call_that_never_arrived_ends_and_the_buyer_begins_anew(desk: Desk) -> None:
    attempt_id = begun(desk)
    provider_flows.advance_attempt(attempt_id, desk.gateway, now=LATER)
    assert desk.attempts[0].state is AttemptState.FAILED
    assert desk.attempts[0].failure == "never_reached"
    desk.fake.world.shift_seconds += 3600
    desk.fake.world.buyer_pays(desk.open_page(now=LATER))
    desk.hear()
    assert desk.books() == PAID


def test_money_after_the_pay_by_time_goes_back_unasked(desk: Desk) -> None:
    page = desk.open_page()
    expire_charges(desk.session, desk.paying.round.id, now=desk.charge.pay_by)
    assert desk.charge.state is ChargeState.EXPIRED
    desk.fake.world.buyer_pays(page)
    desk.hear()
    assert desk.charge.state is ChargeState.EXPIRED
    assert desk.books() == {"provider": 70000 - FEE, "fees": FEE, "refund": -70000}
    provider_flows.send_refunds(desk.gateway, now=LATER)
    (refund,) = desk.refunds()
    assert refund.state is RefundState.PAID
    assert desk.books() == {"provider": -FEE, "fees": FEE}


def test_a_page_is_closed_when_its_charge_is_no_longer_due(desk: Desk) -> None:
    page = desk.open_page()
    expire_charges(desk.session, desk.paying.round.id, now=desk.charge.pay_by)
    for attempt_id in provider_flows.due_attempts(now=LATER):
        provider_flows.advance_attempt(attempt_id, desk.gateway, now=LATER)
    assert desk.fake.world.things[page]["status"] == "expired"
    assert desk.attempts[0].state is AttemptState.EXPIRED
    assert desk.books() == {}


def test_a_charge_paid_at_the_bank_meanwhile_is_not_paid_twice(desk: Desk) -> None:
    page = desk.open_page()
    money = Incoming(
        method=PayMethod.TRANSFER, amount_satang=70000, account=AccountKind.BANK,
        bank_reference="KB12345",
    )  # fmt: skip
    receive(desk.session, desk.charge.id, money, actor="user:1", now=NOW)
    desk.fake.world.buyer_pays(page)
    desk.hear()
    (refund,) = desk.refunds()
    assert refund.amount_satang == 70000
    assert desk.books() == {
        "bank": 70000, "provider": 70000 - FEE, "fees": FEE, "held": -70000, "refund": -70000,
    }  # fmt: skip
    with pytest.raises(Conflict, match="charge_already_paid"):
        desk.open_page()


def test_another_currency_is_not_booked_but_shown(desk: Desk) -> None:
    page = desk.open_page()
    desk.fake.world.things[page]["currency"] = "usd"
    desk.fake.world.buyer_pays(page)
    desk.hear()
    assert desk.charge.state is ChargeState.DUE
    assert desk.books() == {}
    assert desk.cases() == [("amount_differs", f"attempt:{desk.attempts[0].id}")]


@pytest.mark.parametrize(("paid", "state"), [(60000, ChargeState.DUE), (80000, ChargeState.PAID)])
def test_another_amount_is_booked_as_it_came_and_shown(desk: Desk, paid, state) -> None:
    page = desk.open_page()
    desk.fake.world.things[page]["amount_total"] = paid
    desk.fake.world.buyer_pays(page)
    desk.hear()
    assert desk.charge.state is state
    assert desk.charge.received_satang == min(paid, 70000)
    assert desk.cases() == [("amount_differs", f"attempt:{desk.attempts[0].id}")]
    books = desk.books()
    assert books["provider"] + books["fees"] == paid
    assert books.get("refund", 0) == -max(0, paid - 70000)


def test_messages_of_other_modes_and_kinds_are_harmless(desk: Desk) -> None:
    world = desk.fake.world
    foreign = world.emit("payment_intent.succeeded", {"id": "pi_x", "object": "payment_intent"})
    foreign["livemode"] = True
    world.emit("customer.created", {"id": "cus_1", "object": "customer"})
    world.emit("balance.available", {"object": "balance"})
    assert desk.hear() == 3
    assert desk.books() == {}


def test_a_message_that_is_never_understood_becomes_a_case(desk: Desk) -> None:
    event = desk.fake.world.emit(
        "payment_intent.succeeded", {"id": "pi_lost", "object": "payment_intent"}
    )
    for day in range(20):
        desk.hear(event, now=NOW + timedelta(days=day))
    assert desk.cases() == [("lost_message", f"event:{event['id']}")]


def test_a_payment_made_by_hand_with_our_number_is_not_believed(desk: Desk) -> None:
    page = desk.open_page()
    desk.fake.world.buyer_pays(page)
    desk.hear()
    forged = desk.fake.world._new_intent(70000, {"metadata": {"attempt_id": "1"}}, "automatic")
    forged["metadata"] = {"attempt_id": str(desk.attempts[0].id)}
    desk.fake.world._charge_card(forged, desk.fake.world.keep_card(None, "ok"), None)
    desk.hear()
    assert desk.books() == PAID


def test_a_round_that_takes_no_cards_opens_no_page(desk: Desk) -> None:
    desk.paying.round.pay_methods = ["promptpay"]
    desk.session.flush()
    with pytest.raises(Refused, match="charge_other_method"):
        desk.open_page()
    assert desk.attempts == []


def test_a_fee_that_comes_late_is_booked_when_it_comes(desk: Desk) -> None:
    desk.fake.world.fees_come_late = True
    desk.fake.world.buyer_pays(desk.open_page())
    desk.hear()
    assert desk.books() == {"provider": 70000, "held": -70000}
    desk.fake.world.settle_fees()
    for attempt_id in provider_flows.due_attempts(now=LATER):
        provider_flows.advance_attempt(attempt_id, desk.gateway, now=LATER)
    assert desk.books() == PAID


def test_too_small_an_amount_says_so(desk: Desk) -> None:
    charge = desk.charge
    charge.goods_satang = charge.amount_satang = 900
    desk.session.flush()
    provider_flows.advance_attempt(begun(desk), desk.gateway, now=NOW)
    assert desk.attempts[0].failure == "amount_too_small"


def test_a_young_page_is_looked_at_often_and_an_old_one_seldom(desk: Desk) -> None:
    desk.open_page()
    looks = []
    for minute in range(1, 61):
        if provider_flows.due_attempts(now=NOW + timedelta(minutes=minute, seconds=1)):
            looks.append(minute)
    assert looks[0] == 1
    assert looks[1] <= 3
    assert 8 <= len(looks) <= 16
    assert max(b - a for a, b in pairwise(looks)) <= 11
