"""The button: simulated people do what a round waits for, one stop after another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from market.clock import bangkok_date
from market.db import reading, transaction
from market.fulfilment.closing.commands import close_desk, decide_left
from market.fulfilment.closing.queries import closings_of
from market.fulfilment.closing.rules import LeftDecision
from market.fulfilment.commands import start_making
from market.fulfilment.queries import get_desk
from market.matching.commands import settle_answers
from market.matching.resolving.neighbours import answer_neighbour
from market.overviews.play import flows, queries
from market.overviews.play.flows import ACTOR, Match
from market.overviews.play.speaking import speak
from market.overviews.play.stages import Stage, Standing, standing_of
from market.payments.commands import raise_charges


def step(round_id: int, seen: str, rng: Random, *, match: Match, now: datetime) -> Standing | None:
    """Let the simulated people do what the round waits for; what it waits for then.

    ``seen`` is the stage the page showed: if the round has moved on since, nothing is done,
    or a late tap would skip what nobody has looked at. What needs a person in charge
    (publishing a match, recording money) is done only where nothing else can go on.
    """
    before = standing_of_round(round_id)
    if before is None or before.stage != seen:
        return before
    steps: dict[Stage, Callable[[], object]] = {
        Stage.MATCHING: lambda: match(round_id, now),
        Stage.PUBLISHING: lambda: flows.publish(round_id, now=now),
        Stage.ANSWERING: lambda: _answer(round_id, rng, now),
        Stage.LAST_ANSWER: lambda: _answer(round_id, rng, now, everybody=True),
        Stage.OFFERED: lambda: _take_or_leave(round_id, now),
        Stage.PAYING: lambda: _pay(round_id, now),
        Stage.OWN_MONEY: lambda: _pay(round_id, now, own=True),
        Stage.MAKING: lambda: flows.make_all(round_id, now=now),
        Stage.SENDING: lambda: _send(round_id, now),
        Stage.ARRIVING: lambda: flows.arrive_all(round_id, now=now),
        Stage.FETCHING: lambda: _fetch_but_one(round_id, now),
        Stage.CLOSING: lambda: _close(round_id, rng, now),
        Stage.OWN_GOODS: lambda: _fetch_own(round_id, rng, now),
    }
    steps[before.stage]()
    return standing_of_round(round_id)


def standing_of_round(round_id: int) -> Standing | None:
    """Where the round stands, read anew."""
    with reading() as session:
        return standing_of(session, round_id)


def _answer(round_id: int, rng: Random, now: datetime, *, everybody: bool = False) -> None:
    """Groups answer; one stays silent at first, so that what is short can be looked at."""
    with transaction() as session:
        asks = queries.waiting_asks(session, round_id)
    groups = {ask.group_id for ask in asks}
    silent = max(groups) if len(groups) > 1 and not everybody else None
    for ask in asks:
        if ask.group_id != silent:
            flows.answer_one(ask, rng, now=now, silent=False)
    with transaction() as session:
        settle_answers(session, round_id, now=now)


def _take_or_leave(round_id: int, now: datetime) -> None:
    """Of the buyers who were offered other goods every third says no; so do neighbours."""
    with transaction() as session:
        offers = queries.open_offers(session, round_id)
        neighbours = queries.open_neighbours(session, round_id)
    for place, offer in enumerate(offers):
        flows.answer_offer(offer.number, offer.id, accept=place % 3 != 2, now=now)
    for offer_id in neighbours:
        with transaction() as session:
            answer_neighbour(
                session, offer_id, accept=False, reply="", areas=(), actor=ACTOR, now=now
            )
    with transaction() as session:
        settle_answers(session, round_id, now=now)


def _pay(round_id: int, now: datetime, *, own: bool = False) -> None:
    """Transfers come in, of the simulated buyers or of the others; then groups may start."""
    with transaction() as session:
        raise_charges(session, round_id, now=now)
        charges = queries.due_charges(session, round_id, own=own)
    flows.receive_money(round_id, charges, now=now)
    flows.answer_shrinks(round_id, now=now)
    with transaction() as session:
        start_making(session, round_id, now=now)


def _send(round_id: int, now: datetime) -> None:
    flows.hand_all(round_id, now=now)
    flows.settle(round_id, now=now)


def _fetch_but_one(round_id: int, now: datetime) -> None:
    """The last of those who fetch at a point does not come today."""
    with transaction() as session:
        orders = queries.orders_to_receive(session, round_id)
    missing = max((order.id for order in orders if order.point_id), default=None)
    flows.receive((order for order in orders if order.id != missing), now=now)
    flows.settle(round_id, now=now)


def _close(round_id: int, rng: Random, now: datetime) -> None:
    """The desk counts what is left and keeps it; its buyer comes after all, groups are paid."""
    with transaction() as session:
        late = [o for o in queries.orders_to_receive(session, round_id) if o.point_id]
    by_point: dict[int, list[int]] = {}
    for order in late:
        by_point.setdefault(order.point_id, []).append(order.id)
    for point_id, orders in by_point.items():
        _count(point_id, orders, now)
    flows.receive_all(round_id, now=now)
    flows.pay_out(round_id, now=now)
    speak(round_id, rng, now=now)


def _count(point_id: int, orders: list[int], now: datetime) -> None:
    today = bangkok_date(now)
    with transaction() as session:
        if not any(day.closed_on == today for day in closings_of(session, point_id)):
            bags = get_desk(session, point_id).bags_here
            close_desk(session, point_id, bags, "", actor=ACTOR, now=now)
        kept = dict.fromkeys(orders, (LeftDecision.KEEP, today + timedelta(days=1)))
        decide_left(session, point_id, kept, actor=ACTOR, now=now)


def _fetch_own(round_id: int, rng: Random, now: datetime) -> None:
    with transaction() as session:
        orders = queries.orders_to_receive(session, round_id, own=True)
    flows.receive(orders, now=now)
    flows.pay_out(round_id, now=now)
    speak(round_id, rng, now=now)
