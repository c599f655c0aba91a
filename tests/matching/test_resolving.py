"""A shortfall while groups answer: more is asked, or offered to a neighbour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from market.errors import Conflict, MarketError, NotFound, Refused
from market.matching.commands import settle_answers
from market.matching.resolving.asking import ask_more
from market.matching.resolving.neighbours import answer_neighbour, offer_to_neighbour
from market.matching.resolving.overview import incoming, short_products, steps_done
from market.matching.resolving.queries import get_short
from market.matching.resolving.rules import OfferState
from market.matching.rules import Answer
from market.notices.models import Notice
from market.overviews.audit.queries import broken_promises
from market.rounds.rules import RoundState
from tests.factories.matching import (
    NOW,
)
from tests.matching.short_kit import ELSEWHERE, HERE, neighbours, state_of, wish
from tests.matching.test_answers import ask_of, confirmed, publish, reply


def test_the_page_says_who_gets_less_and_who_could_make_more(session, short):
    found = get_short(session, short.round.id, short.product.id, HERE, now=NOW)

    assert (found.short_units, found.short_lines, found.nothing_lines) == (20, 2, 2)
    assert found.satang == 20 * 9000
    helper = found.maker(short.offer.id)
    assert (helper.helps, helper.stops, helper.mine) == (20, "", True)
    assert helper.after_permille(20) > helper.before_permille
    assert [row.product_id for row in short_products(session, short.round.id, HERE)] == [
        short.product.id
    ]
    with pytest.raises(NotFound):
        get_short(session, short.round.id, short.product.id, ELSEWHERE, now=NOW)


def test_a_group_asked_for_more_makes_it_and_every_promise_holds(session, short):
    step = ask_more(session, wish(short), HERE, actor="user:7", now=NOW)

    ask = ask_of(session, short.room)
    assert (ask.units, ask.answer, ask.run_id) == (20, Answer.WAITING, step.run_id)
    assert get_short(session, short.round.id, short.product.id, HERE, now=NOW).short_units == 0
    assert broken_promises(session, now=NOW) == ()
    told = select(Notice.subject).where(Notice.event == "batch.asked").distinct()
    assert any(f":run:{step.run_id}" in subject for subject in session.scalars(told))

    reply(session, ask, Answer.PART, units=10)
    assert [confirmed(session, line) for line in short.lines] == [10, 0]
    assert broken_promises(session, now=NOW) == ()
    (done,) = steps_done(session, short.round.id, HERE)
    assert (done.kind, done.came, done.accepted) == ("ask", "part", 10)


def test_what_a_coordinator_added_is_frozen_in_the_next_match(session, short):
    ask_more(session, wish(short, 10), HERE, actor="user:7", now=NOW)
    reply(session, ask_of(session, short.room), Answer.ALL)
    reply(session, ask_of(session, short.waits), Answer.ALL)

    assert settle_answers(session, short.round.id, now=NOW) is RoundState.CLOSED
    publish(session, short.round)

    assert sum(confirmed(session, line) for line in short.lines) == 10
    assert ask_of(session, short.room).units == 10, "the match asks for the rest"
    assert broken_promises(session, now=NOW) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"units": 15}, "part_not_whole_lots"),
        ({"units": 30}, "resolve_units_range"),
        ({"units": 0}, "resolve_units_range"),
        ({"number": 2}, "resolve_moved_on"),
    ],
)
def test_a_wish_that_does_not_fit_changes_nothing(session, short, change, code):
    before = state_of(session)
    with pytest.raises(MarketError) as refusal, session.begin_nested():
        ask_more(session, wish(short, **change), HERE, actor="user:7", now=NOW)
    assert refusal.value.code == code
    assert state_of(session) == before


def test_after_the_answers_or_too_near_to_paying_nothing_is_asked(session, short):
    late = short.round.pay_by - timedelta(hours=1)
    with pytest.raises(Refused, match="resolve_too_late"), session.begin_nested():
        ask_more(session, wish(short), HERE, actor="user:7", now=late)
    short.round.state = RoundState.PAYING
    session.flush()
    with pytest.raises(Refused, match="resolve_not_confirming"), session.begin_nested():
        ask_more(session, wish(short), HERE, actor="user:7", now=NOW)


def test_a_neighbour_is_offered_and_decides(session, short):
    asker, friend, mine, theirs = neighbours(session, short)
    who = f"user:{asker.id}"
    with pytest.raises(Refused, match="resolve_not_yours"), session.begin_nested():
        ask_more(session, wish(short), mine, actor=who, now=NOW)

    offer = offer_to_neighbour(session, wish(short), mine, actor=who, now=NOW)

    assert incoming(session, short.round.id, mine) == ()
    assert [ask.id for ask in incoming(session, short.round.id, theirs)] == [offer.id]
    told = select(Notice.user_id).where(Notice.event == "shortfall.offered").distinct()
    assert session.scalars(told).all() == [friend.id]
    with pytest.raises(Conflict, match="resolve_offered_already"), session.begin_nested():
        offer_to_neighbour(session, wish(short, number=2), mine, actor=who, now=NOW)

    answer = {"reply": "ได้", "areas": theirs, "actor": f"user:{friend.id}", "now": NOW}
    answer_neighbour(session, offer.id, accept=True, **answer)
    again = answer_neighbour(session, offer.id, accept=True, **answer)

    assert again.state is OfferState.ACCEPTED
    assert ask_of(session, short.room).units == 20
    with pytest.raises(Conflict, match="resolve_offer_answered"):
        answer_neighbour(session, offer.id, accept=False, **answer)
    told = select(Notice.user_id).where(Notice.event == "shortfall.answered").distinct()
    assert session.scalars(told).all() == [asker.id]
    assert broken_promises(session, now=NOW) == ()


def test_the_round_waits_for_a_neighbour_as_long_as_for_groups(session, short):
    asker, _friend, mine, _theirs = neighbours(session, short)
    offer = offer_to_neighbour(session, wish(short), mine, actor=f"user:{asker.id}", now=NOW)
    reply(session, ask_of(session, short.waits), Answer.ALL)

    assert settle_answers(session, short.round.id, now=NOW) is RoundState.CONFIRMING
    later = short.round.answer_by + timedelta(minutes=1)
    assert settle_answers(session, short.round.id, now=later) is RoundState.CLOSED
    session.refresh(offer)
    assert offer.state is OfferState.LAPSED
