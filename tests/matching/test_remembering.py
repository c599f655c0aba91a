"""Deficits: written when a round's answers are in, read when groups join the next one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup
from market.matching.commands import settle_answers
from market.matching.commands.remembering import remember_shares
from market.matching.models import Ask
from market.matching.rules import Answer
from market.orders.rules import MakerChoice
from market.rounds.commands import join_offers
from market.rounds.fairness import RULE
from market.rounds.models import GroupDeficit, Round, RoundGroup
from market.rounds.rules import RoundState
from tests.factories.matching import (
    NOW,
    make_group,
    make_offer,
    make_order,
    make_product,
    make_round,
)
from tests.matching.test_answers import ask_of, publish, reply


def lucky_and_unlucky(
    session: Session, **unlucky: Any
) -> tuple[Round, ProducerGroup, ProducerGroup]:
    """A published round of two like groups; everybody insists on the lucky one."""
    round_, product = make_round(session, rematch_limit=0), make_product(session)
    lucky, other = make_group(session), make_group(session)
    make_offer(session, round_, lucky, product)
    offer = make_offer(session, round_, other, product)
    for name, value in unlucky.items():
        setattr(offer, name, value)
    make_order(session, round_, product, 40, group=lucky, maker=MakerChoice.FIRST)
    publish(session, round_)
    return round_, lucky, other


def settle(session: Session, round_: Round, group: ProducerGroup, answer: Answer) -> None:
    reply(session, ask_of(session, group), answer)
    assert settle_answers(session, round_.id, now=NOW) is RoundState.PAYING


def deficit(session: Session, group: ProducerGroup) -> tuple[int, int, int]:
    row = session.scalars(select(GroupDeficit).where(GroupDeficit.group_id == group.id)).one()
    return row.due_satang, row.got_satang, row.carried_satang


def test_who_got_less_than_an_even_share_is_owed_the_rest(session: Session) -> None:
    round_, lucky, other = lucky_and_unlucky(session)

    settle(session, round_, lucky, Answer.ALL)

    assert deficit(session, lucky) == (140_000, 280_000, 0)
    assert deficit(session, other) == (140_000, 0, 140_000)


def test_a_refused_ask_was_an_offer_of_work(session: Session) -> None:
    round_, lucky, _ = lucky_and_unlucky(session)

    settle(session, round_, lucky, Answer.NO)

    assert deficit(session, lucky) == (140_000, 280_000, 0)


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ({"price_satang": 8_900}, 140_000),  # inside the band the price plays no part
        ({"price_satang": 9_900, "in_band": False}, 0),
        ({"capacity_units": 10}, 70_000),
    ],
)
def test_nothing_is_owed_for_what_a_group_could_not_sell(
    session: Session, terms: dict[str, Any], due: int
) -> None:
    round_, lucky, other = lucky_and_unlucky(session, **terms)

    settle(session, round_, lucky, Answer.ALL)

    assert deficit(session, other)[0] == due


def test_nothing_is_owed_for_orders_out_of_reach(session: Session) -> None:
    round_, product = make_round(session, rematch_limit=0), make_product(session)
    near, far = make_group(session), make_group(session, ships=False)
    for group in (near, far):
        make_offer(session, round_, group, product)
    make_order(session, round_, product, 40)
    publish(session, round_)

    settle(session, round_, near, Answer.ALL)

    assert deficit(session, near) == (280_000, 280_000, 0)
    assert deficit(session, far) == (0, 0, 0)


def test_a_round_is_remembered_once(session: Session) -> None:
    round_, lucky, other = lucky_and_unlucky(session)
    settle(session, round_, lucky, Answer.ALL)
    before = deficit(session, other)

    assert remember_shares(session, round_.id) == 0
    assert deficit(session, other) == before


def test_the_next_round_gives_the_unlucky_group_a_larger_share(session: Session) -> None:
    round_, lucky, other = lucky_and_unlucky(session)
    settle(session, round_, lucky, Answer.ALL)
    following = make_round(session, state=RoundState.DRAFT)

    join_offers(session, following.id, now=NOW)

    shares = dict(
        session.execute(
            select(RoundGroup.group_id, RoundGroup.entitlement_satang).where(
                RoundGroup.round_id == following.id
            )
        ).all()
    )
    # Ten members, in their first rounds, small: 170 %; one even share was missed: twice that.
    assert shares[lucky.id] == 10 * RULE.income_satang * 170 // 100
    assert shares[other.id] == 2 * shares[lucky.id]


def test_a_round_without_orders_leaves_no_debt(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)

    assert remember_shares(session, round_.id) == 1
    assert deficit(session, group) == (0, 0, 0)
    assert session.scalar(select(Ask.id)) is None
