"""The answer screens through a signed link, the call for a group, the coordinator's match."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Grant
from market.accounts.rules import Role
from market.catalogue.models import ProducerGroup
from market.clock import utc_now
from market.matching.commands import publish_run
from market.matching.flows import match_round
from market.matching.models import Ask, Batch, MatchFlow, MatchRun, UnservedLine
from market.matching.rules import Answer, Mode, RunState
from market.notices.models import Notice
from market.orders.models import Order
from market.orders.rules import MakerChoice
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_user
from tests.factories.matching import (
    make_group,
    make_leader,
    make_live_round,
    make_offer,
    make_order,
    make_point,
    make_product,
)
from tests.factories.shop import statements

pytestmark = pytest.mark.usefixtures("app")


def asked_group(session: Session, **offer: Any) -> tuple[ProducerGroup, Ask, str]:
    """A group asked for 40 bags; its ask and the path of its leader's link."""
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, **{"minimum": 20, "lot": 10} | offer)
    make_leader(session, group)
    make_order(session, round_, product, 40)
    assert match_round(round_.id, now=utc_now())
    run_id = session.scalars(select(MatchRun.id).where(MatchRun.round_id == round_.id)).one()
    publish_run(session, run_id, actor="system", now=utc_now())
    letters = Notice.event == "batch.asked", Notice.channel == "email"
    link = session.scalars(select(Notice).where(*letters)).first()
    assert link is not None
    ask = session.scalars(
        select(Ask).join(Batch, Batch.id == Ask.batch_id).where(Batch.group_id == group.id)
    ).one()
    session.commit()
    return group, ask, link.payload["link"]


def answer_now(session: Session, ask: Ask) -> tuple[str, int]:
    """What the row says now."""
    session.refresh(ask)
    return ask.answer, ask.confirmed_units


def round_of(session: Session, ask: Ask) -> int:
    """The round that an ask is of."""
    return session.scalars(select(Batch.round_id).where(Batch.id == ask.batch_id)).one()


def test_a_link_opens_the_question_and_looking_changes_nothing(
    session: Session, client: FlaskClient
) -> None:
    group, ask, link = asked_group(session)

    opened = client.get(f"{link}?a=all")
    assert opened.location.endswith(f"/group/{group.id}/rounds/{round_of(session, ask)}?a=all")
    assert client.get(opened.location).location == f"/asks/{ask.id}#all"
    assert client.get(client.get(link).location).location == f"/asks/{ask.id}"
    today = client.get(f"/group/{group.id}")
    question = client.get(f"/asks/{ask.id}")
    for step in ("all", "part", "no"):
        assert client.get(f"/asks/{ask.id}/{step}").status_code == 200

    assert f"/asks/{ask.id}" in today.text
    assert question.text.count("<h1") == 1
    assert ">40<" in question.text
    assert answer_now(session, ask) == (Answer.WAITING, 0)


def test_a_stranger_learns_nothing_from_the_number(session: Session, client: FlaskClient) -> None:
    _group, ask, _link = asked_group(session)

    for path in (f"/asks/{ask.id}", f"/asks/{10**9}"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert "/sign-in" in answer.location or "/login" in answer.location
    assert client.post(f"/asks/{ask.id}/answer", data={"answer": "all"}).status_code == 403
    assert answer_now(session, ask) == (Answer.WAITING, 0)


def test_part_is_answered_in_thai_digits(session: Session, app: Flask) -> None:
    _group, ask, link = asked_group(session)
    client = browser_of(app, make_user(session))  # signed in, but only the link lets them
    client.get(link)

    sent = client.post(
        f"/asks/{ask.id}/answer",
        data={"answer": "part", "units": "๓๐", "reason": "rain", "note": "ฝนตกหนัก"},
    )

    assert (sent.status_code, sent.location) == (303, f"/asks/{ask.id}")
    assert answer_now(session, ask) == (Answer.PART, 30)
    assert ask.answered_by is not None
    assert ask.answered_by.startswith("link:")
    done = client.get(f"/asks/{ask.id}")
    assert ">30<" in done.text


@pytest.mark.parametrize(
    "data",
    [
        {"answer": "part", "units": "25", "reason": "rain"},
        {"answer": "part", "units": "-10", "reason": "rain"},
        {"answer": "part", "units": "99999999999", "reason": "rain"},
        {"answer": "part", "units": "🙂", "reason": "rain"},
        {"answer": "part", "units": "30"},
        {"answer": "no"},
        {"answer": "no", "reason": "aliens"},
        {"answer": "perhaps"},
        {"answer": "all", "note": "ก" * 10_000},
        {},
    ],
)
def test_a_wrong_answer_comes_back_with_a_sentence(
    session: Session, client: FlaskClient, data: dict[str, str]
) -> None:
    _group, ask, link = asked_group(session)
    client.get(link)

    sent = client.post(f"/asks/{ask.id}/answer", data=data)

    assert sent.status_code == 422
    assert sent.text.count("<h1") == 1
    assert answer_now(session, ask) == (Answer.WAITING, 0)


def test_a_link_of_one_round_answers_no_other(session: Session, client: FlaskClient) -> None:
    group, first, link = asked_group(session)
    other = make_live_round(session)
    product = make_product(session)
    make_offer(session, other, group, product)
    make_order(session, other, product, 20)
    assert match_round(other.id, now=utc_now())
    run_id = session.scalars(select(MatchRun.id).where(MatchRun.round_id == other.id)).one()
    publish_run(session, run_id, actor="system", now=utc_now())
    second = session.scalars(select(Ask).where(Ask.run_id == run_id)).one()
    session.commit()
    client.get(link)

    assert client.post(f"/asks/{second.id}/answer", data={"answer": "all"}).status_code == 403
    assert f"/asks/{second.id}" not in client.get(f"/group/{group.id}").text
    assert client.post(f"/asks/{first.id}/answer", data={"answer": "all"}).status_code == 303


def sign_in(session: Session, client: FlaskClient, role: Role, area: str) -> None:
    """A coordinator is signed in, as the sign-in library would leave the session."""
    user = make_leader(session, make_group(session))
    session.add(Grant(user_id=user.id, role=role, area_code=area))
    session.commit()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = user.fs_uniquifier, True


def test_a_coordinator_answers_after_a_call_and_must_say_so(
    session: Session, client: FlaskClient
) -> None:
    _group, ask, _link = asked_group(session)
    sign_in(session, client, Role.TAMBON_COORDINATOR, "980101")
    assert "answer-for" in client.get(f"/asks/{ask.id}").text

    without = client.post(f"/asks/{ask.id}/answer-for", data={"answer": "all"})
    assert without.status_code == 422
    assert answer_now(session, ask) == (Answer.WAITING, 0)
    assert client.post(f"/asks/{ask.id}/answer", data={"answer": "all"}).status_code == 403
    sent = client.post(f"/asks/{ask.id}/answer-for", data={"answer": "all", "note": "โทรคุยกับป้าแดง"})

    assert sent.status_code == 303
    assert answer_now(session, ask) == (Answer.ALL, 40)
    assert (ask.on_behalf, ask.note) == (True, "โทรคุยกับป้าแดง")


def test_a_neighbour_coordinator_may_not_answer(session: Session, client: FlaskClient) -> None:
    _group, ask, _link = asked_group(session)
    sign_in(session, client, Role.TAMBON_COORDINATOR, "970101")

    assert client.get(f"/asks/{ask.id}").status_code == 403
    data = {"answer": "all", "note": "x"}
    assert client.post(f"/asks/{ask.id}/answer-for", data=data).status_code == 403
    assert answer_now(session, ask) == (Answer.WAITING, 0)


def test_the_match_page_shows_reasons_and_sends_once(session: Session, client: FlaskClient) -> None:
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, capacity=30)
    make_order(session, round_, product, 40)
    assert match_round(round_.id, now=utc_now())
    run_id = session.scalars(select(MatchRun.id).where(MatchRun.state == RunState.SOLVED)).one()
    sign_in(session, client, Role.MARKETING, "")

    shown = client.get(f"/rounds/{round_.id}/match?product={product.id}")
    assert shown.status_code == 200
    assert product.name_th in shown.text
    wrong = client.post(f"/rounds/{round_.id}/match/{10**9}/publish")
    sent = client.post(f"/rounds/{round_.id}/match/{run_id}/publish")
    again = client.post(f"/rounds/{round_.id}/match/{run_id}/publish")

    assert (wrong.status_code, sent.status_code, again.status_code) == (404, 303, 303)
    assert session.get_one(Round, round_.id, populate_existing=True).state is RoundState.CONFIRMING
    assert session.scalar(select(func.count()).select_from(Ask)) == 1


def test_a_waiting_round_says_so_and_an_unsent_match_can_be_computed_again(
    session: Session, client: FlaskClient
) -> None:
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)
    make_order(session, round_, product, 40)
    sign_in(session, client, Role.MARKETING, "")
    assert 'http-equiv="refresh"' in client.get(f"/rounds/{round_.id}/match").text
    assert match_round(round_.id, now=utc_now())

    again = client.post(f"/rounds/{round_.id}/match/run", data={"reason": "ลองใหม่"})

    assert again.status_code == 303
    assert session.get_one(Round, round_.id, populate_existing=True).state is RoundState.CLOSED
    states = session.scalars(select(MatchRun.state)).all()
    assert states == [RunState.SUPERSEDED]


def test_the_match_page_draws_shares_and_flows_with_their_numbers(
    session: Session, client: FlaskClient
) -> None:
    round_, product = make_live_round(session), make_product(session)
    groups = [make_group(session), make_group(session)]
    point = make_point(session, groups[0])
    for group in groups:
        make_offer(session, round_, group, product, capacity=30)
    make_order(session, round_, product, 20)
    make_order(session, round_, product, 20, point=point, group=groups[0], maker=MakerChoice.ONLY)
    assert match_round(round_.id, now=utc_now())
    sign_in(session, client, Role.MARKETING, "")

    shown = client.get(f"/rounds/{round_.id}/match").text
    every = client.get(f"/rounds/{round_.id}/match/groups").text

    assert 'class="columns"' in shown
    assert shown.count('class="band share"') == 2
    assert every.count('class="band share"') == 2
    assert "<title>" in shown.split('class="flow-map"')[1]
    flows = session.execute(
        select(MatchFlow.mode, MatchFlow.from_province, MatchFlow.to_province, MatchFlow.units)
    ).all()
    assert sum(flow.units for flow in flows) == 40
    assert {flow.mode for flow in flows} == {Mode.LANE, Mode.POST}


def test_every_short_line_stands_with_its_reason(session: Session, client: FlaskClient) -> None:
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, capacity=30)
    lines = [make_order(session, round_, product, 20) for _ in range(3)]
    assert match_round(round_.id, now=utc_now())
    sign_in(session, client, Role.MARKETING, "")

    shown = client.get(f"/rounds/{round_.id}/match/short?product={product.id}").text

    short = session.scalars(select(UnservedLine)).all()
    assert sum(line.units for line in short) == 30
    numbers = {line.id: session.get_one(Order, line.order_id).number for line in lines}
    assert all(numbers[line.line_id] in shown for line in short)
    assert shown.count("1 กลุ่มเต็มกำลังแล้ว") == len(short)
    other = make_product(session)
    session.commit()
    assert (
        client.get(f"/rounds/{round_.id}/match/short?product={other.id}").text.count("<li><p") == 0
    )


def test_a_group_reads_why_it_got_so_many(session: Session, client: FlaskClient) -> None:
    group, ask, link = asked_group(session, capacity=30)
    client.get(link)

    question = client.get(f"/asks/{ask.id}").text
    path = f"/group/{group.id}/match/{session.get_one(Batch, ask.batch_id).round_id}"
    why = client.get(path)

    assert path in question
    assert path in client.get(f"/group/{group.id}").text
    assert why.status_code == 200
    assert "เต็มกำลังผลิตแล้ว ยังมีคนต้องการอีก 10 ถุง" in why.text


def test_the_page_takes_as_many_statements_however_many_take_part(
    session: Session, client: FlaskClient
) -> None:
    sign_in(session, client, Role.MARKETING, "")
    counts = []
    for size in (1, 6):
        round_ = make_live_round(session)
        for product in [make_product(session) for _ in range(size)]:
            for group in [make_group(session) for _ in range(size)]:
                make_offer(session, round_, group, product, capacity=10)
            for _ in range(size):
                make_order(session, round_, product, 30)
        assert match_round(round_.id, now=utc_now())
        for path in ("match", "match/short", "match/groups", "match/try"):
            with statements() as sent:
                assert client.get(f"/rounds/{round_.id}/{path}").status_code == 200
            counts.append((path, len(sent)))

    assert counts[:4] == counts[4:]
