"""After the payment: refunds to the source, refunds made outside, disputes, payouts to the bank."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from market.payments import cases, provider_flows
from market.payments.cases import Remedy
from market.payments.charges import raise_charges
from market.payments.models import Dispute, GatewayEvent, MoneyCase
from market.payments.owing import NewRefund, owe_refund
from market.payments.provider_refunds import WAITS_FOR_BUYER
from market.payments.refunding import choose_way
from market.payments.rules import RefundState
from market.payments.states import AttemptKind, DisputeState, RefundWay
from tests.factories.matching import NOW
from tests.factories.payments import add_order, charge_of
from tests.fakes import stripe_after
from tests.payments.stripe_kit import METHODS, Desk

FEE = (70000 * 365 // 10000 + 1000) * 107 // 100
LATER = NOW + timedelta(hours=1)


def paid(desk: Desk, method: str = "card") -> str:
    """The order is paid; the payment's id there."""
    intent = desk.fake.world.buyer_pays(desk.open_page(), method)
    desk.hear()
    return str(intent["id"])


def owe(desk: Desk, amount: int = 20000, cause: str = "problem:test:1") -> int:
    charge = desk.charge
    refund = NewRefund(
        order_id=charge.order_id, round_id=charge.round_id, cause=cause, amount_satang=amount
    )
    owe_refund(desk.session, refund, actor="system", now=NOW)
    desk.session.flush()
    return desk.refunds()[-1].id


def outside(desk: Desk, intent: str, amount: int) -> dict:
    """Somebody refunds in the provider's own pages."""
    return stripe_after.make_refund(
        desk.fake.world,
        {"payment_intent": intent, "amount": str(amount), "instructions_email": "a@b.example"},
    )


def test_a_refund_goes_back_to_the_card_once(desk: Desk) -> None:
    paid(desk)
    owe(desk)
    assert provider_flows.send_refunds(desk.gateway, now=LATER) == 1
    assert provider_flows.send_refunds(desk.gateway, now=LATER) == 0
    desk.hear()
    (refund,) = desk.refunds()
    assert (refund.state, refund.way) == (RefundState.PAID, RefundWay.SOURCE)
    assert desk.books() == {"provider": 50000 - FEE, "fees": FEE, "held": -50000}
    assert desk.cases() == []


def test_a_refund_whose_answer_was_lost_is_made_once(desk: Desk) -> None:
    paid(desk)
    owe(desk)
    desk.fake.fail_next("POST", "/v1/refunds", "late", times=3)
    assert provider_flows.send_refunds(desk.gateway, now=LATER) == 0
    assert desk.refunds()[0].state is RefundState.SENDING
    assert provider_flows.send_refunds(desk.gateway, now=LATER + timedelta(minutes=11)) == 1
    assert desk.refunds()[0].state is RefundState.PAID
    assert len(desk.fake.world.all("refund")) == 1


def test_a_lost_answer_is_also_healed_by_the_message(desk: Desk) -> None:
    paid(desk)
    owe(desk)
    desk.fake.fail_next("POST", "/v1/refunds", "late", times=3)
    provider_flows.send_refunds(desk.gateway, now=LATER)
    desk.hear()
    assert desk.refunds()[0].state is RefundState.PAID
    assert len(desk.refunds()) == 1


def test_promptpay_waits_for_the_buyer_and_then_arrives(desk: Desk) -> None:
    paid(desk, "promptpay")
    owe(desk)
    desk.session.execute(text("UPDATE buyer SET email = 'somsri@talad.example'"))
    provider_flows.send_refunds(desk.gateway, now=LATER)
    (refund,) = desk.refunds()
    assert (refund.state, refund.failure) == (RefundState.SENDING, WAITS_FOR_BUYER)
    books = desk.books()
    assert books["refund"] == -20000
    stripe_after.settle_refund(desk.fake.world, refund.gateway_refund_id, "succeeded")
    desk.hear()
    assert desk.refunds()[0].state is RefundState.PAID
    assert "refund" not in desk.books()


def test_a_refused_refund_waits_for_another_way_and_a_second_try_is_another_call(desk) -> None:
    paid(desk, "promptpay")
    refund_id = owe(desk)
    desk.session.execute(text("UPDATE buyer SET email = 'somsri@talad.example'"))
    provider_flows.send_refunds(desk.gateway, now=LATER)
    first = desk.refunds()[0].gateway_refund_id
    stripe_after.settle_refund(desk.fake.world, first, "failed", "expired_or_canceled_card")
    desk.hear()
    (refund,) = desk.refunds()
    assert refund.state is RefundState.FAILED
    assert desk.cases() == [("refund_differs", f"refund:{refund_id}")]
    choose_way(desk.session, refund_id, RefundWay.SOURCE, actor="buyer:1", now=LATER)
    provider_flows.send_refunds(desk.gateway, now=LATER)
    second = desk.refunds()[0].gateway_refund_id
    assert second != first
    desk.hear(*desk.fake.world.events)  # the old failure is told again
    assert desk.refunds()[0].gateway_refund_id == second
    assert desk.refunds()[0].state is RefundState.SENDING


def test_the_desk_sends_a_failed_refund_again_with_one_press(desk: Desk) -> None:
    paid(desk)
    refund_id = owe(desk)
    desk.fake.fail_next("POST", "/v1/refunds", "lost", times=0)
    desk.fake.world.things[desk.attempts[0].intent_id]["status"] = "requires_capture"
    provider_flows.send_refunds(desk.gateway, now=LATER)
    assert desk.refunds()[0].failure == "charge_not_refundable"
    desk.fake.world.things[desk.attempts[0].intent_id]["status"] = "succeeded"
    cases.open_case(desk.session, cases.CaseKind.REFUND_DIFFERS, f"refund:{refund_id}",
                    amount_satang=20000, now=LATER)  # fmt: skip
    case = desk.session.scalars(select(MoneyCase)).one()
    for _press in range(2):
        cases.remedy(desk.session, case.id, Remedy.SEND_AGAIN, actor="user:1", now=LATER)
    provider_flows.send_refunds(desk.gateway, now=LATER)
    assert desk.refunds()[0].state is RefundState.PAID
    assert desk.cases() == []


def test_a_refund_that_came_back_is_owed_anew(desk: Desk) -> None:
    paid(desk)
    owe(desk)
    provider_flows.send_refunds(desk.gateway, now=LATER)
    stripe_after.settle_refund(
        desk.fake.world, desk.refunds()[0].gateway_refund_id, "failed", "lost_or_stolen_card"
    )
    desk.hear()
    desk.hear()
    old, anew = desk.refunds()
    assert old.state is RefundState.PAID
    assert (anew.state, anew.way, anew.amount_satang) == (RefundState.NEEDS_DETAILS, None, 20000)
    assert desk.books() == {
        "provider": 70000 - FEE, "fees": FEE, "held": -50000, "refund": -20000,
    }  # fmt: skip
    assert provider_flows.send_refunds(desk.gateway, now=LATER) == 0


def test_a_refund_made_outside_becomes_a_row_and_a_case(desk: Desk) -> None:
    intent = paid(desk)
    made = outside(desk, intent, 70000)
    desk.hear()
    desk.hear()
    (refund,) = desk.refunds()
    assert (refund.state, refund.gateway_refund_id) == (RefundState.PAID, made["id"])
    assert desk.books() == {"provider": -FEE, "fees": FEE}
    assert desk.cases() == [("refund_differs", f"gateway:{made['id']}")]


def test_a_refund_made_outside_pays_what_was_owed(desk: Desk) -> None:
    intent = paid(desk)
    owe(desk, 20000)
    outside(desk, intent, 20000)
    desk.hear()
    (refund,) = desk.refunds()
    assert refund.state is RefundState.PAID
    assert provider_flows.send_refunds(desk.gateway, now=LATER) == 0
    assert desk.books() == {"provider": 50000 - FEE, "fees": FEE, "held": -50000}


def test_a_refund_outside_after_delivery_is_the_markets_loss(desk: Desk) -> None:
    intent = paid(desk)
    order = desk.paying.orders[0].id
    from market.payments.ledger import debit_credit, post_entry
    from market.payments.rules import AccountKind

    legs = debit_credit(AccountKind.HELD, AccountKind.GROUP, 70000, debit_owner=f"order:{order}",
                        credit_owner="group:1")  # fmt: skip
    post_entry(desk.session, "delivered:test", legs, at=NOW, memo="", round_id=None)
    outside(desk, intent, 30000)
    desk.hear()
    assert desk.books() == {
        "provider": 40000 - FEE, "fees": FEE, "group": -70000, "loss": 30000,
    }  # fmt: skip


@pytest.mark.parametrize("won", [True, False])
@pytest.mark.parametrize("late", [True, False])
def test_a_dispute_is_booked_in_whatever_order_it_is_told(desk: Desk, won, late) -> None:
    intent = paid(desk)
    made = stripe_after.open_dispute(desk.fake.world, intent)
    if not late:
        desk.hear()
        assert desk.books()["disputed"] == 70000
        assert desk.cases() == [("dispute", f"gateway:{made['id']}")]
    stripe_after.close_dispute(desk.fake.world, made["id"], won=won)
    desk.hear(*reversed(desk.fake.world.events))
    dispute = desk.session.scalars(select(Dispute)).one()
    assert dispute.state is (DisputeState.WON if won else DisputeState.LOST)
    books = desk.books()
    assert books["fees"] == FEE + 50000
    assert books["provider"] == (70000 if won else 0) - FEE - 50000
    assert books.get("loss", 0) == (0 if won else 70000)
    assert "disputed" not in books
    assert desk.cases() == []


def test_a_dispute_lost_and_won_on_appeal_is_no_loss(desk: Desk) -> None:
    intent = paid(desk)
    made = stripe_after.open_dispute(desk.fake.world, intent)
    stripe_after.close_dispute(desk.fake.world, made["id"], won=False)
    desk.hear()
    assert desk.books()["loss"] == 70000
    stripe_after.close_dispute(desk.fake.world, made["id"], won=True)
    desk.hear()
    assert "loss" not in desk.books()


def test_a_dispute_of_a_payment_made_otherwise_touches_no_order(desk: Desk) -> None:
    intent = paid(desk)
    stripe_after.open_dispute(desk.fake.world, intent)["payment_intent"] = None
    waiting = add_order(desk.session, desk.paying, 10)
    raise_charges(desk.session, desk.paying.round.id, now=NOW)
    charge = charge_of(desk.session, waiting)
    provider_flows.open_pay_page(
        charge.id, desk.gateway, kind=AttemptKind.CHECKOUT, methods=METHODS, now=NOW
    )
    assert [one.intent_id for one in desk.attempts][1:] == [None]
    desk.hear()
    assert desk.session.scalars(select(Dispute)).all() == []
    assert "disputed" not in desk.books()


def test_a_message_that_trips_us_up_holds_up_no_other(desk: Desk, monkeypatch) -> None:
    intent = desk.fake.world.buyer_pays(desk.open_page())

    def trip(*_anything, **_named):
        raise ZeroDivisionError

    monkeypatch.setattr("market.payments.disputes.note_dispute", trip)
    stripe_after.open_dispute(desk.fake.world, intent["id"])
    desk.hear(*reversed(desk.fake.world.events))
    assert desk.charge.received_satang == 70000
    stuck = select(GatewayEvent).where(GatewayEvent.done_at.is_(None))
    assert {row.error for row in desk.session.scalars(stuck)} == {"ZeroDivisionError"}


def test_what_the_provider_sends_to_the_bank_is_booked_once(desk: Desk) -> None:
    paid(desk)
    stripe_after.pay_to_bank(desk.fake.world, 60000)
    desk.hear()
    desk.hear()
    books = desk.books()
    assert (books["bank"], books["provider"]) == (60000, 10000 - FEE)
