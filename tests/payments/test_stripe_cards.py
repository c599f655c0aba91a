"""Kept cards and holds: charged once, in part where the groups make less, never in silence."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text

from market.errors import Unavailable
from market.notices.models import Notice
from market.orders.rules import PayMethod
from market.payments import cards, provider_flows
from market.payments.commands import expire_charges, raise_charges
from market.payments.models import Charge, SavedCard
from market.payments.rules import ChargeState
from market.payments.states import AttemptKind, AttemptState, CardState
from tests.factories.matching import NOW
from tests.factories.payments import PRICE, add_order
from tests.payments.stripe_kit import Desk

FEE = (70000 * 365 // 10000 + 1000) * 107 // 100
PAID = {"provider": 70000 - FEE, "fees": FEE, "held": -70000}
SOON = NOW + timedelta(minutes=2)


def leave_card(desk: Desk, card: str = "ok") -> SavedCard:
    """The buyer left a card before the charge was raised."""
    order = desk.paying.orders[0]
    url = provider_flows.open_card_page(order.id, desk.gateway, now=NOW)
    desk.fake.world.buyer_keeps_card(url.rsplit("/", 1)[1], card)
    desk.hear()
    return kept_card(desk)


def kept_card(desk: Desk) -> SavedCard:
    query = select(SavedCard).execution_options(populate_existing=True)
    return desk.session.scalars(query).one()


def sweep(desk: Desk, now=NOW) -> None:
    for attempt_id in provider_flows.due_attempts(now=now):
        provider_flows.advance_attempt(attempt_id, desk.gateway, now=now)


def told(desk: Desk, event: str) -> int:
    """How often the buyer was told, in the inbox and by mail at once."""
    return len(set(desk.session.scalars(select(Notice.subject).where(Notice.event == event))))


def test_a_card_left_with_the_order_is_charged_once_it_is_confirmed(desk: Desk) -> None:
    card = leave_card(desk)
    assert (card.state, card.last4) == (CardState.READY, "4242")
    sweep(desk)
    sweep(desk, SOON)
    assert desk.charge.state is ChargeState.PAID
    assert [a.kind for a in desk.attempts] == [AttemptKind.OFF_SESSION]
    assert desk.books() == PAID
    desk.hear()
    assert desk.books() == PAID


def test_the_page_for_a_card_is_one_page_and_no_card_is_asked_for_twice(desk: Desk) -> None:
    order = desk.paying.orders[0].id
    first = provider_flows.open_card_page(order, desk.gateway, now=NOW)
    assert provider_flows.open_card_page(order, desk.gateway, now=SOON) == first
    desk.fake.world.buyer_keeps_card(first.rsplit("/", 1)[1])
    desk.hear()
    assert provider_flows.open_card_page(order, desk.gateway, now=SOON) is None
    assert len(desk.fake.world.all("customer")) == 1


@pytest.mark.parametrize(
    ("card", "failure"),
    [
        ("asks", "authentication_required"),
        ("declined", "card_declined"),
        ("poor", "insufficient_funds"),
        ("expires", "expired_card"),
    ],
)
def test_a_card_that_fails_is_told_once_and_the_buyer_pays_by_page(desk, card, failure) -> None:
    leave_card(desk, card)
    sweep(desk)
    sweep(desk, SOON)
    (attempt,) = desk.attempts
    assert (attempt.state, attempt.failure) == (AttemptState.FAILED, failure)
    assert told(desk, "order.card_failed") == 1
    assert desk.books() == {}
    desk.fake.world.buyer_pays(desk.open_page())
    desk.hear()
    assert desk.charge.state is ChargeState.PAID
    assert desk.books() == PAID


def test_a_timeout_after_the_money_was_taken_takes_it_once(desk: Desk) -> None:
    leave_card(desk)
    desk.fake.fail_next("POST", "/v1/payment_intents", "late", times=3)
    with pytest.raises(Unavailable):
        sweep(desk)
    assert desk.books() == {}
    provider_flows.advance_attempt(desk.attempts[0].id, desk.gateway, now=SOON)
    assert desk.charge.state is ChargeState.PAID
    assert len(desk.fake.world.all("payment_intent")) == 1
    assert desk.books() == PAID


@pytest.mark.parametrize("how", ["late", "lost", "500"])
def test_after_long_silence_the_money_is_searched_for(desk: Desk, how: str) -> None:
    leave_card(desk)
    desk.fake.fail_next("POST", "/v1/payment_intents", how, times=3)
    with pytest.raises(Unavailable):
        sweep(desk)
    provider_flows.advance_attempt(
        desk.attempts[0].id, desk.gateway, now=NOW + timedelta(minutes=16)
    )
    if how == "late":
        assert desk.books() == PAID
    else:
        assert desk.attempts[0].failure == "never_reached"
        assert told(desk, "order.card_failed") == 1
        assert desk.books() == {}


def test_a_card_taken_back_is_not_charged_and_forgotten_there(desk: Desk) -> None:
    card = leave_card(desk)
    cards.forget_card(desk.session, desk.paying.orders[0].id, actor="buyer:1", now=NOW)
    sweep(desk)
    assert desk.attempts == []
    provider_flows.drop_cards(desk.gateway, now=NOW)
    provider_flows.drop_cards(desk.gateway, now=NOW)
    assert desk.fake.world.things[card.payment_method_id]["customer"] is None
    assert kept_card(desk).dropped_at == NOW


def test_a_used_card_is_forgotten_there_and_may_be_left_anew(desk: Desk) -> None:
    card = leave_card(desk)
    sweep(desk)
    provider_flows.drop_cards(desk.gateway, now=SOON)
    assert desk.fake.world.things[card.payment_method_id]["customer"] is None
    assert kept_card(desk).state is CardState.GONE


def test_many_cards_become_attempts_in_one_statement(desk: Desk) -> None:
    leave_card(desk)
    for number in range(5):
        order = add_order(desk.session, desk.paying, 10)
        order.pay_method = PayMethod.CARD
        desk.session.flush()
        desk.session.add(SavedCard(
            buyer_id=order.buyer_id, order_id=order.id, state=CardState.READY, created_at=NOW,
            payment_method_id=f"pm_{number}", ready_at=NOW, setup_id=f"seti_{number}x",
        ))  # fmt: skip
    desk.session.flush()
    raise_charges(desk.session, desk.paying.round.id, now=NOW)
    assert len(cards.start_card_charges(desk.session, now=NOW)) == 6
    assert cards.start_card_charges(desk.session, now=NOW) == []


# -- holds


@pytest.fixture
def upfront(desk: Desk) -> Desk:
    """The same charge, raised with the order: the ceiling, not yet settled."""
    desk.paying.round.pay_policy = "upfront"
    desk.charge.settled_at = None
    desk.session.flush()
    return desk


def settle(desk: Desk, goods_satang: int) -> None:
    """The groups confirmed only so much."""
    charge = desk.charge
    desk.session.execute(
        text("UPDATE assignment SET live_units = :units"), {"units": goods_satang // PRICE}
    )
    charge.goods_satang = charge.amount_satang = goods_satang
    charge.settled_at = NOW
    desk.session.flush()


def test_of_a_hold_only_what_was_confirmed_is_taken(upfront: Desk) -> None:
    upfront.fake.world.buyer_pays(upfront.open_page(AttemptKind.HOLD))
    upfront.hear()
    (attempt,) = upfront.attempts
    assert attempt.state is AttemptState.AUTHORIZED
    assert upfront.charge.state is ChargeState.DUE
    assert upfront.books() == {}
    settle(upfront, 42000)
    sweep(upfront, SOON)
    assert upfront.charge.state is ChargeState.PAID
    books = upfront.books()
    assert books["held"] == -42000
    assert books["provider"] + books["fees"] == 42000
    assert upfront.cases() == []
    upfront.hear()
    assert upfront.books() == books


def test_a_hold_of_an_order_that_falls_away_is_released(upfront: Desk) -> None:
    intent = upfront.fake.world.buyer_pays(upfront.open_page(AttemptKind.HOLD))
    upfront.hear()
    charge = upfront.charge
    charge.state = ChargeState.VOID
    upfront.session.flush()
    sweep(upfront, SOON)
    assert upfront.fake.world.things[intent["id"]]["status"] == "canceled"
    assert upfront.attempts[0].state is AttemptState.CANCELLED
    assert upfront.books() == {}


def test_a_hold_is_taken_before_it_lapses(upfront: Desk) -> None:
    upfront.fake.world.buyer_pays(upfront.open_page(AttemptKind.HOLD))
    upfront.hear()
    sweep(upfront, NOW + timedelta(days=6, hours=13))
    assert upfront.charge.state is ChargeState.PAID


def test_a_hold_that_the_bank_let_go_is_told_to_the_buyer(upfront: Desk) -> None:
    intent = upfront.fake.world.buyer_pays(upfront.open_page(AttemptKind.HOLD))
    upfront.hear()
    upfront.fake.world.cancel(intent["id"])
    upfront.hear()
    assert upfront.attempts[0].state is AttemptState.CANCELLED
    assert told(upfront, "order.card_failed") == 1


def test_a_hold_that_comes_too_late_is_released(upfront: Desk) -> None:
    page = upfront.open_page(AttemptKind.HOLD)
    upfront.session.execute(delete(Notice))
    upfront.attempts[0].state = AttemptState.EXPIRED
    upfront.session.flush()
    intent = upfront.fake.world.buyer_pays(page)
    upfront.hear()
    assert upfront.fake.world.things[intent["id"]]["status"] == "canceled"
    assert upfront.books() == {}


def test_a_charge_that_expired_is_not_taken_from_the_card(desk: Desk) -> None:
    leave_card(desk)
    charge = desk.charge
    expire_charges(desk.session, charge.round_id, now=charge.pay_by)
    sweep(desk, SOON)
    assert desk.attempts == []
    assert desk.session.scalars(select(Charge.state)).all() == [ChargeState.EXPIRED]
