"""The simulated people act on what the page showed, not on what came after it."""

from random import Random

import pytest
from sqlalchemy import select

from market.db import transaction
from market.fulfilment.closing.queries import closings_of
from market.fulfilment.queries import get_desk
from market.matching.flows import match_round
from market.matching.resolving.instead import offer_instead
from market.matching.resolving.models import InsteadOffer
from market.matching.resolving.rules import OfferState
from market.matching.rules import Answer
from market.overviews.play.queries import times_of, waiting_asks
from market.overviews.play.stepping import standing_of_round, step
from market.payments.commands import raise_charges
from market.payments.models import Charge
from market.payments.rules import ChargeState
from tests.factories.matching import NOW, make_clusters, make_group, make_offer, make_product
from tests.factories.payments import add_order, make_paying
from tests.matching.short_kit import HERE, make_short, wish
from tests.matching.test_answers import ask_of, reply


def missing(desk):
    """How many at the point could fetch theirs and have not."""
    return sum(person.here for person in desk.people)


def matched(round_id, now):
    """Match at once, as a worker would."""
    match_round(round_id, now=now)


def waiting(round_id):
    """Asks without an answer."""
    with transaction() as session:
        return waiting_asks(session, round_id)


def never(_round_id, _now):
    raise AssertionError("nothing is matched in this state")


@pytest.mark.parametrize(
    ("seen", "left"), [("confirming", ChargeState.DUE), ("paying", ChargeState.PAID)]
)
def test_a_step_for_a_state_that_has_passed_pays_for_nobody(committed, seen, left):
    with transaction() as session:
        paying = make_paying(session)
        add_order(session, paying, 10, confirmed=10).idempotency_key = "play-1-1"

        raise_charges(session, paying.round.id, now=NOW)
        round_id = paying.round.id

    step(round_id, seen, Random(1), match=never, now=NOW)

    with transaction() as session:
        assert session.scalar(select(Charge.state)) is left


def test_the_desks_are_seen_on_the_way_and_one_s_own_order_waits_for_oneself(committed):
    with transaction() as session:
        paying = make_paying(session)
        simulated = [add_order(session, paying, 10, confirmed=10) for _ in range(3)]
        for number, order in enumerate(simulated):
            order.idempotency_key = f"play-1-{number}"
        own = add_order(session, paying, 10, confirmed=10).number
        raise_charges(session, paying.round.id, now=NOW)
        round_id, point_id = paying.round.id, paying.point.id

    seen = []
    standing = standing_of_round(round_id)
    while standing:
        with transaction() as session:
            desk = get_desk(session, point_id)
        seen.append(
            (str(standing.stage), standing.own, len(desk.in_state("arrived")), missing(desk))
        )
        standing = step(round_id, standing.stage, Random(1), match=never, now=NOW)
        assert len(seen) < 10

    assert seen == [
        ("paying", (own,), 0, 0), ("own_money", (own,), 0, 0), ("making", (), 0, 0),
        ("sending", (), 0, 0), ("arriving", (), 0, 0), ("fetching", (), 1, 4),
        ("closing", (own,), 1, 2), ("own_goods", (own,), 1, 1),
    ]  # fmt: skip
    with transaction() as session:
        assert [day.expected_bags for day in closings_of(session, point_id)] == [2]
        assert times_of(session, round_id)[0] == "completed"


def test_one_group_answers_after_the_others(committed):
    with transaction() as session:
        round_id = make_clusters(session, orders=30).id
    for seen in ("closed", "matched", "confirming"):
        standing = step(round_id, seen, Random(1), match=matched, now=NOW)
    assert standing.stage == "last_answer"
    assert len({ask.group_id for ask in waiting(round_id)}) == 1

    assert step(round_id, standing.stage, Random(1), match=never, now=NOW).stage != "last_answer"
    assert waiting(round_id) == []


def test_buyers_who_were_offered_other_goods_answer_when_the_groups_have(committed):
    with transaction() as session:
        short = make_short(session)
        maker, goods = make_group(session), make_product(session)
        other = make_offer(session, short.round, maker, goods, price=6000, capacity=20)
        offer_instead(session, wish(short, offer=other), HERE, actor="user:7", now=NOW)
        reply(session, ask_of(session, short.waits), Answer.ALL)
        round_id = short.round.id

    standing = standing_of_round(round_id)
    assert standing.stage == "offered"

    assert step(round_id, standing.stage, Random(1), match=never, now=NOW).stage != "offered"
    with transaction() as session:
        assert set(session.scalars(select(InsteadOffer.state))) == {OfferState.ACCEPTED}
        assert times_of(session, round_id)[0] == "closed", "what they took is matched now"
