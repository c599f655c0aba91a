"""A buyer reads why a line is not made: the group's own word, and what stopped the others."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Grant
from market.accounts.rules import Role
from market.clock import utc_now
from market.matching.commands import answer_ask, publish_run
from market.matching.flows import match_round
from market.matching.models import Ask, MatchRun
from market.matching.rules import Answer, RunState
from market.orders.models import Order
from market.overviews.order_page.queries import see_order
from market.overviews.order_page.reasons import why_short
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of
from tests.factories.matching import (
    make_group,
    make_leader,
    make_live_round,
    make_offer,
    make_order,
    make_product,
)


def publish(session: Session, round_: Round) -> None:
    """Match the round and ask its groups."""
    assert match_round(round_.id, now=utc_now())
    solved = (MatchRun.round_id == round_.id, MatchRun.state == RunState.SOLVED)
    run_id = session.scalars(select(MatchRun.id).where(*solved)).one()
    publish_run(session, run_id, actor="system", now=utc_now())
    session.flush()


def said(app: Flask, session: Session, line: Any) -> str:
    """The reason of the order's one line, in English."""
    number = session.get_one(Order, line.order_id).number
    with app.test_request_context(), force_locale("en"):
        return why_short(see_order(session, number).lines[0])


def test_a_line_nobody_had_room_for_says_how_many_groups_were_full(
    session: Session, app: Flask
) -> None:
    round_, product = make_live_round(session), make_product(session)
    for _ in range(2):
        make_offer(session, round_, make_group(session), product, capacity=10)
    lines = [make_order(session, round_, product, 10) for _ in range(3)]

    publish(session, round_)

    reasons = sorted(said(app, session, line) for line in lines)
    assert reasons == ["", "", "2 groups: all they can make is ordered"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("rain", "could not make it all because of rain"), ("other", "could not make it all in time")],
)
def test_a_group_that_said_no_is_named_with_its_reason(
    session: Session, app: Flask, reason: str, words: str
) -> None:
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)
    line = make_order(session, round_, product, 20)
    publish(session, round_)
    ask = session.scalars(select(Ask)).one()
    answer_ask(
        session, ask.id, answer=Answer.NO, units=None, reason=reason, note=None, actor="user:1",
        on_behalf=False, now=utc_now(),
    )  # fmt: skip
    session.flush()

    assert said(app, session, line) == f"{group.name_en} {words}"


def test_what_a_put_aside_match_left_short_is_not_said(session: Session, app: Flask) -> None:
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, capacity=10)
    line = make_order(session, round_, product, 20)
    assert match_round(round_.id, now=utc_now())

    assert said(app, session, line) == ""


def test_the_page_shows_the_reason_beside_the_money(session: Session, app: Flask) -> None:
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, capacity=10)
    line = make_order(session, round_, product, 20)
    publish(session, round_)
    user = make_leader(session, make_group(session))
    session.add(Grant(user_id=user.id, role=Role.MARKETING, area_code=""))
    session.get_one(Round, round_.id).state = RoundState.PAYING
    session.commit()

    number = session.get_one(Order, line.order_id).number
    shown = browser_of(app, user).get(f"/orders/{number}").text

    assert "1 กลุ่มเต็มกำลังแล้ว" in shown
