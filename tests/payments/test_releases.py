"""What was not paid is released, offered on, and too small batches are asked about."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.matching.models import Ask
from market.matching.rules import Answer, AskKind, BatchState
from market.notices.models import Notice
from market.orders.models import Order
from market.orders.rules import MakerChoice, ShortageChoice
from market.payments.commands import (
    expire_charges,
    raise_charges,
    settle_shrinks,
    unwind_cancelled,
)
from market.payments.models import Charge, Refund
from market.payments.rules import SHRINK_ANSWER_HOURS, ChargeState
from market.rounds.rules import RoundState
from tests.factories.matching import NOW, make_point
from tests.factories.payments import (
    PRICE,
    Paying,
    add_batch,
    add_line,
    add_order,
    assign,
    charge_of,
    ledger,
    live_units,
    make_paying,
    pay,
    state_of,
)


def events(session: Session) -> list[str]:
    return list(session.scalars(select(Notice.event).where(Notice.channel == "inapp")))


def one_ask(session: Session) -> Ask:
    return session.scalars(select(Ask).execution_options(populate_existing=True)).one()


def answer(session: Session, ask: Ask, word: Answer, units: int = 0) -> None:
    ask.answer, ask.confirmed_units = word, units
    ask.answered_at, ask.answered_by = NOW, "user:1"
    session.flush()


def expire(session: Session, paying: Paying) -> int:
    return expire_charges(session, paying.round.id, now=paying.after_pay_by)


def test_an_unpaid_order_is_released_and_told(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    assert expire(session, paying) == 1
    assert charge_of(session, order).state is ChargeState.EXPIRED
    assert live_units(session, order) == 0
    assert "order.released" in events(session)
    assert state_of(session, paying.batch) == BatchState.STOPPED
    session.refresh(paying.lines[0])
    assert paying.lines[0].released_reason == "unpaid"


def test_before_the_pay_by_time_nothing_expires(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    assert expire_charges(session, paying.round.id, now=paying.round.pay_by - timedelta(1)) == 0
    assert live_units(session, order) == 10


def test_paid_and_cash_orders_do_not_expire(session: Session) -> None:
    paying = make_paying(session)
    paid, cash = add_order(session, paying, 10), add_order(session, paying, 10, cash=True)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, paid)
    assert expire(session, paying) == 0
    assert live_units(session, paid) == live_units(session, cash) == 10


def test_a_late_round_still_leaves_hours_to_pay(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    late = paying.round.pay_by + timedelta(days=1)
    raise_charges(session, paying.round.id, now=late)
    assert charge_of(session, order).pay_by > late
    assert expire_charges(session, paying.round.id, now=late) == 0


def test_unpaid_units_go_first_to_short_cash_lines(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    short = add_order(session, paying, 12, confirmed=4, cash=True)
    empty = add_order(session, paying, 2, confirmed=0, cash=True)
    raise_charges(session, paying.round.id, now=NOW)
    expire(session, paying)
    assert (live_units(session, short), live_units(session, empty)) == (12, 2)
    assert charge_of(session, short).amount_satang == 12 * PRICE
    assert charge_of(session, empty).amount_satang == 2 * PRICE
    confirmed = session.scalar(text("SELECT sum(confirmed_units) FROM assignment"))
    assert confirmed == paying.batch.confirmed_units == 14
    assert "order.more" in events(session)
    assert one_ask(session).units == 14


def test_unpaid_units_stay_at_their_own_point(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    other = add_order(session, paying, 5, confirmed=0, cash=True)
    other.point_id = make_point(session, paying.group).id
    session.flush()
    raise_charges(session, paying.round.id, now=NOW)
    expire(session, paying)
    assert live_units(session, other) == 0


def test_whole_lots_are_left_without_a_question(session: Session) -> None:
    paying = make_paying(session)
    paid = add_order(session, paying, 10)
    add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, paid)
    expire(session, paying)
    assert session.scalar(select(func.count()).select_from(Ask)) == 0


def shrunken(session: Session) -> tuple[Paying, Order]:
    """Eight of ten units are paid: below the minimum batch."""
    paying = make_paying(session)
    paid = add_order(session, paying, 8, parcel=True)
    add_order(session, paying, 2)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, paid)
    expire(session, paying)
    return paying, paid


def test_a_batch_below_its_minimum_is_asked_about_once(session: Session) -> None:
    paying, _ = shrunken(session)
    ask = one_ask(session)
    assert (ask.kind, ask.units, ask.answer) == (AskKind.SHRINK, 8, Answer.WAITING)
    assert ask.answer_by == paying.after_pay_by + timedelta(hours=SHRINK_ANSWER_HOURS)
    assert events(session).count("batch.shrink") == 1
    assert expire(session, paying) == 0


def test_yes_keeps_the_batch(session: Session) -> None:
    paying, paid = shrunken(session)
    answer(session, one_ask(session), Answer.ALL, 8)
    assert settle_shrinks(session, paying.round.id, now=paying.after_pay_by) == 0
    assert state_of(session, paying.batch) == BatchState.CONFIRMED
    assert live_units(session, paid) == 8


@pytest.mark.parametrize("word", [Answer.NO, None])
def test_no_or_silence_stops_the_batch_and_owes_all_back(
    session: Session, word: Answer | None
) -> None:
    paying, paid = shrunken(session)
    if word:
        answer(session, one_ask(session), word)
    later = paying.after_pay_by + timedelta(hours=SHRINK_ANSWER_HOURS)
    assert settle_shrinks(session, paying.round.id, now=later) == 1
    assert settle_shrinks(session, paying.round.id, now=later) == 0
    assert state_of(session, paying.batch) == BatchState.STOPPED
    assert live_units(session, paid) == 0
    assert session.scalars(select(Refund.amount_satang)).all() == [8 * PRICE + 4000]
    assert ledger(session) == {"bank": 8 * PRICE + 4000, "refund": -8 * PRICE - 4000}
    assert "order.short" in events(session)


def test_before_the_deadline_silence_waits(session: Session) -> None:
    paying, _ = shrunken(session)
    assert settle_shrinks(session, paying.round.id, now=paying.after_pay_by) == 0
    assert one_ask(session).answer is Answer.WAITING


def test_part_makes_fewer_and_pays_back_the_rest(session: Session) -> None:
    paying, paid = shrunken(session)
    answer(session, one_ask(session), Answer.PART, 5)
    settle_shrinks(session, paying.round.id, now=paying.after_pay_by)
    settle_shrinks(session, paying.round.id, now=paying.after_pay_by)
    assert live_units(session, paid) == 5
    assert session.scalars(select(Refund.amount_satang)).all() == [3 * PRICE]


def test_a_broken_all_or_nothing_line_is_paid_back_whole(session: Session) -> None:
    paying = make_paying(session, minimum=4, lot=1)
    order = add_order(session, paying, 9, confirmed=4, shortage=ShortageChoice.NOTHING)
    other = add_batch(session, paying)
    # The same line is made half by another group's batch.
    line = paying.lines[0]
    other.product_id = paying.product.id
    session.flush()
    assign(session, paying, other, line, 5)
    keeper = add_order(session, paying, 4)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, order)
    pay(session, keeper)
    assert charge_of(session, order).amount_satang == 9 * PRICE
    session.add(
        Ask(batch_id=other.id, run_id=paying.run.id, kind=AskKind.SHRINK, units=5, lot_units=1,
            answer=Answer.NO, confirmed_units=0, asked_at=NOW, answer_by=NOW, answered_at=NOW)
    )  # fmt: skip
    session.flush()
    settle_shrinks(session, paying.round.id, now=NOW)
    assert live_units(session, order) == 0
    assert live_units(session, keeper) == 4
    assert session.scalar(select(func.sum(Refund.amount_satang))) == 9 * PRICE


def test_a_stopped_batch_lowers_what_is_still_due(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 4, cash=True)
    other = add_batch(session, paying, price=5000)
    add_line(session, paying, order, other, 6)
    add_order(session, paying, 6)
    raise_charges(session, paying.round.id, now=NOW)
    assert charge_of(session, order).amount_satang == 4 * PRICE + 6 * 5000
    expire(session, paying)
    answer(session, one_ask(session), Answer.NO)
    settle_shrinks(session, paying.round.id, now=paying.after_pay_by)
    assert charge_of(session, order).amount_satang == 6 * 5000
    assert ledger(session) == {}


def test_an_insisting_line_never_takes_another_groups_units(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    insisting = add_order(session, paying, 5, confirmed=0, cash=True, maker=MakerChoice.ONLY)
    paying.lines[1].group_id = add_batch(session, paying).group_id
    session.flush()
    raise_charges(session, paying.round.id, now=NOW)
    expire(session, paying)
    assert live_units(session, insisting) == 0


def test_a_cancelled_round_pays_everybody_back(session: Session) -> None:
    paying = make_paying(session)
    paid, due = add_order(session, paying, 10, parcel=True), add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, paid)
    paying.round.state = RoundState.CANCELLED
    session.flush()
    assert unwind_cancelled(session, paying.round.id, now=NOW) == 1
    assert unwind_cancelled(session, paying.round.id, now=NOW) == 0
    assert charge_of(session, due).state is ChargeState.VOID
    assert ledger(session) == {"bank": 10 * PRICE + 4000, "refund": -10 * PRICE - 4000}
    assert session.scalar(select(func.count()).select_from(Charge)) == 2
