"""The confirm loop: answers, silence, re-matches, and what buyers are told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.catalogue.models import ProducerGroup, Product
from market.errors import Conflict, MarketError, Refused
from market.matching.commands import answer_ask, publish_run, remind_groups, settle_answers
from market.matching.flows import match_round
from market.matching.models import Ask, Assignment, Batch, MatchRun
from market.matching.queries import get_ask, read_problem
from market.matching.rules import Answer, BatchState, RunState
from market.notices.models import Notice
from market.notices.rules import Channel
from market.orders.models import OrderLine
from market.orders.rules import MakerChoice, ShortageChoice
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import (
    NOW,
    make_group,
    make_leader,
    make_offer,
    make_order,
    make_product,
    make_round,
)


def publish(session: Session, round_: Round, now: datetime = NOW) -> None:
    """Match a closed round and publish it."""
    assert match_round(round_.id, now=now)
    run_id = session.scalars(select(MatchRun.id).where(MatchRun.state == RunState.SOLVED)).one()
    publish_run(session, run_id, actor="system", now=now)


def ask_of(session: Session, group: ProducerGroup) -> Ask:
    """The group's newest ask."""
    return session.scalars(
        select(Ask)
        .join(Batch, Batch.id == Ask.batch_id)
        .where(Batch.group_id == group.id)
        .order_by(Ask.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one()


def reply(session: Session, ask: Ask, answer: Answer, **values: Any) -> Any:
    """The leader answers now."""
    fields: dict[str, Any] = {"actor": "user:7", "now": NOW, "reason": "rain"}
    return answer_ask(session, ask.id, answer=answer, **fields | values)


def confirmed(session: Session, line: OrderLine) -> int:
    """Units confirmed for a line."""
    units = select(func.sum(Assignment.confirmed_units)).where(Assignment.line_id == line.id)
    return int(session.scalar(units) or 0)


def one_group_round(session: Session, **offer: Any) -> tuple[Round, Product, ProducerGroup]:
    """A closed round with one offer, no orders yet."""
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, **offer)
    return round_, product, group


def test_all_confirms_every_line(session: Session) -> None:
    round_, product, group = one_group_round(session)
    lines = [make_order(session, round_, product, units) for units in (12, 8)]
    publish(session, round_)

    view = reply(session, ask_of(session, group), Answer.ALL)

    assert (view.answer, view.confirmed_units, view.is_open) == (Answer.ALL, 20, False)
    assert [confirmed(session, line) for line in lines] == [12, 8]
    batch = session.scalars(select(Batch).execution_options(populate_existing=True)).one()
    assert (batch.state, batch.confirmed_units) == (BatchState.CONFIRMED, 20)


def test_part_serves_named_lines_first_then_class_then_order(session: Session) -> None:
    round_, product, group = one_group_round(session, minimum=10, lot=10)
    late = make_order(session, round_, product, 10)
    first = make_order(session, round_, product, 10, priority=0)
    only = make_order(session, round_, product, 10, group=group, maker=MakerChoice.ONLY)
    publish(session, round_)

    reply(session, ask_of(session, group), Answer.PART, units=20)

    assert [confirmed(session, line) for line in (only, first, late)] == [10, 10, 0]


def test_part_passes_over_a_line_that_would_be_filled_in_part(session: Session) -> None:
    round_, product, group = one_group_round(session, minimum=10, lot=10)
    whole = make_order(session, round_, product, 12, shortage=ShortageChoice.NOTHING)
    fewer = make_order(session, round_, product, 8)
    publish(session, round_)

    reply(session, ask_of(session, group), Answer.PART, units=10)

    assert (confirmed(session, whole), confirmed(session, fewer)) == (0, 8)
    assert session.scalars(select(Batch.confirmed_units)).one() == 10, "the rest is the group's own"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"answer": Answer.PART, "units": 25}, "part_not_whole_lots"),
        ({"answer": Answer.PART, "units": 0}, "part_out_of_range"),
        ({"answer": Answer.PART, "units": 40}, "part_out_of_range"),
        ({"answer": Answer.PART, "units": 10}, "part_out_of_range"),  # below the minimum
        ({"answer": Answer.PART, "units": None}, "part_out_of_range"),
        ({"answer": Answer.PART, "units": 20, "reason": None}, "reason_missing"),
        ({"answer": Answer.NO, "reason": "aliens"}, "reason_missing"),
        ({"answer": "maybe"}, "answer_not_known"),
        ({"answer": Answer.SILENT}, "answer_not_known"),
        ({"answer": Answer.NO, "note": "x" * 1001}, "note_too_long"),
        ({"answer": Answer.ALL, "on_behalf": True, "note": " "}, "call_note_missing"),
        ({"answer": Answer.ALL, "now": NOW + timedelta(hours=24)}, "ask_too_late"),
    ],
)
def test_a_wrong_answer_is_refused_and_changes_nothing(
    session: Session, values: dict[str, Any], code: str
) -> None:
    round_, product, group = one_group_round(session, minimum=20, lot=10)
    line = make_order(session, round_, product, 40)
    publish(session, round_)
    ask = ask_of(session, group)

    with pytest.raises(Refused) as refusal:
        answer_ask(session, ask.id, **{"actor": "user:7", "now": NOW, "reason": "rain"} | values)

    assert refusal.value.code == code
    assert ask_of(session, group).answer is Answer.WAITING
    assert confirmed(session, line) == 0


def test_the_same_answer_twice_is_one_and_another_is_a_conflict(session: Session) -> None:
    round_, product, group = one_group_round(session)
    line = make_order(session, round_, product, 40)
    publish(session, round_)
    ask = ask_of(session, group)
    reply(session, ask, Answer.PART, units=30)

    again = reply(session, ask, Answer.PART, units=30, now=NOW + timedelta(days=9))
    for other in ({"answer": Answer.PART, "units": 20}, {"answer": Answer.ALL}):
        with pytest.raises(Conflict) as conflict:
            reply(session, ask, **other)
        assert conflict.value.data == {"answer": "part", "units": 30}

    assert again.confirmed_units == 30
    assert confirmed(session, line) == 30
    answered = select(func.count()).where(AuditEvent.event == "ask.answered")
    assert session.scalar(answered) == 1


def test_answering_for_a_group_keeps_the_call_note(session: Session) -> None:
    round_, product, group = one_group_round(session)
    make_order(session, round_, product, 40)
    publish(session, round_)

    reply(session, ask_of(session, group), Answer.ALL, on_behalf=True, note="โทรคุยกับป้าแดง")

    ask = ask_of(session, group)
    assert (ask.on_behalf, ask.answered_by, ask.note) == (True, "user:7", "โทรคุยกับป้าแดง")
    event = session.scalars(select(AuditEvent).where(AuditEvent.event == "ask.answered")).one()
    assert (event.data["on_behalf"], event.data["note"]) == (True, "โทรคุยกับป้าแดง")


def test_silence_is_no_after_the_deadline_only(session: Session) -> None:
    round_, product, group = one_group_round(session)
    make_order(session, round_, product, 40)
    publish(session, round_)

    before = settle_answers(session, round_.id, now=NOW + timedelta(hours=23))
    assert before is RoundState.CONFIRMING
    after = settle_answers(session, round_.id, now=NOW + timedelta(hours=24))

    assert after is RoundState.CLOSED, "what is missing is matched again"
    ask = ask_of(session, group)
    assert (ask.answer, ask.answered_by) == (Answer.SILENT, "system")
    state = session.scalars(select(Batch.state).execution_options(populate_existing=True)).one()
    assert state is BatchState.DECLINED
    with pytest.raises(Refused, match="ask_is_over"):
        reply(session, ask, Answer.ALL)


def test_a_rematch_freezes_what_is_confirmed_and_asks_others_for_the_rest(
    session: Session,
) -> None:
    round_, product = make_round(session), make_product(session)
    weak, strong = make_group(session), make_group(session)
    make_offer(session, round_, weak, product, capacity=40, minimum=10)
    make_offer(session, round_, strong, product, capacity=100, minimum=10)
    line = make_order(session, round_, product, 40, group=weak, maker=MakerChoice.FIRST)
    publish(session, round_)
    reply(session, ask_of(session, weak), Answer.PART, units=30)
    assert settle_answers(session, round_.id, now=NOW) is RoundState.CLOSED
    later = NOW + timedelta(hours=1)

    problem = read_problem(session, round_.id)
    assert problem.tables["frozen"]["qty"].tolist() == [30]
    assert problem.tables["offers"]["cap"].tolist() == [30, 100], (
        "who said part is asked for no more"
    )
    assert problem.tables["lines"]["insist"].tolist() == [-1], "another maker may serve it now"
    publish(session, round_, later)

    ask = ask_of(session, strong)
    assert (ask.units, ask.answer_by) == (10, later + timedelta(hours=12))
    assert ask_of(session, weak).confirmed_units == 30, "the confirmed part is not asked again"
    reply(session, ask, Answer.ALL, now=later)
    assert settle_answers(session, round_.id, now=later) is RoundState.PAYING
    assert confirmed(session, line) == 40
    state = session.get_one(Round, round_.id, populate_existing=True)
    assert (state.rematches, state.state) == (1, RoundState.PAYING)


def test_rematches_end_at_the_limit_and_buyers_hear_once(session: Session) -> None:
    round_ = make_round(session, rematch_limit=1)
    product, yes, no = make_product(session), make_group(session), make_group(session)
    make_offer(session, round_, yes, product, capacity=20)
    make_offer(session, round_, no, product, capacity=20)
    make_order(session, round_, product, 40)
    publish(session, round_)
    reply(session, ask_of(session, yes), Answer.ALL)
    reply(session, ask_of(session, no), Answer.NO)
    assert settle_answers(session, round_.id, now=NOW) is RoundState.CLOSED
    publish(session, round_)

    assert settle_answers(session, round_.id, now=NOW) is RoundState.PAYING
    assert settle_answers(session, round_.id, now=NOW) is RoundState.PAYING

    told = session.scalars(select(Notice).where(Notice.event == "order.confirmed")).all()
    assert {notice.channel for notice in told} == {Channel.INAPP, Channel.EMAIL}
    assert len(told) == 2
    payload = told[0].payload
    assert (payload["outcome"], payload["amount_satang"]) == ("part", 20 * 7000 + 4000)
    assert (payload["lines"][0]["ordered"], payload["lines"][0]["got"]) == (40, 20)


def test_where_everybody_said_yes_nothing_is_matched_again(session: Session) -> None:
    round_, product, group = one_group_round(session, capacity=20)
    make_order(session, round_, product, 40)
    publish(session, round_)
    reply(session, ask_of(session, group), Answer.ALL)

    assert settle_answers(session, round_.id, now=NOW) is RoundState.PAYING


def test_a_whole_line_that_fell_short_gives_its_part_to_the_batchs_other_lines(
    session: Session,
) -> None:
    round_ = make_round(session, rematch_limit=0)
    product, good, bad = make_product(session), make_group(session), make_group(session)
    make_offer(session, round_, good, product, capacity=20, minimum=10)
    make_offer(session, round_, bad, product, capacity=10, minimum=10)
    whole = make_order(session, round_, product, 25, shortage=ShortageChoice.NOTHING, priority=0)
    fewer = make_order(session, round_, product, 5)
    publish(session, round_)
    reply(session, ask_of(session, good), Answer.ALL)
    reply(session, ask_of(session, bad), Answer.NO)

    assert settle_answers(session, round_.id, now=NOW) is RoundState.PAYING

    session.refresh(whole)
    assert (whole.released_reason, confirmed(session, whole)) == ("short", 0)
    assert confirmed(session, fewer) <= 5
    batch = session.scalars(
        select(Batch).where(Batch.group_id == good.id).execution_options(populate_existing=True)
    ).one()
    assert batch.to_make_units == confirmed(session, fewer)


def test_a_waiting_group_is_reminded_once_at_half_time(session: Session) -> None:
    round_, product, group = one_group_round(session)
    make_leader(session, group)
    make_order(session, round_, product, 40)
    publish(session, round_)

    assert remind_groups(session, now=NOW + timedelta(hours=11)) == 0
    assert remind_groups(session, now=NOW + timedelta(hours=12)) == 1
    assert remind_groups(session, now=NOW + timedelta(hours=13)) == 0

    reminders = session.scalars(select(Notice).where(Notice.event == "batch.reminder")).all()
    assert len(reminders) == 2
    [letter] = [one for one in reminders if one.channel == "email"]
    assert letter.payload["link"].startswith("/l/")


def test_an_ask_tells_what_the_group_earns(session: Session) -> None:
    round_, product, group = one_group_round(session, capacity=60, minimum=20, lot=10)
    make_order(session, round_, product, 40)
    publish(session, round_)

    view = get_ask(session, ask_of(session, group).id, now=NOW)

    assert (view.units, view.capacity_units) == (40, 60)
    assert (view.income_satang, view.surplus_satang) == (280_000, 100_000)
    assert view.gain_satang == 40 * 1500
    assert (view.parts.low, view.parts.high, view.parts.step) == (20, 30, 10)
    assert view.is_open


def test_an_unknown_ask_is_not_found(session: Session) -> None:
    with pytest.raises(MarketError, match="ask_not_found"):
        answer_ask(session, 10**9, answer=Answer.ALL, actor="user:7", now=NOW)
