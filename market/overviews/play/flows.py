"""A round played by simulated people, through the same commands as the web.

Every step takes the moment it happens at, so a round of weeks plays in a minute. Each
command runs in its own transaction, as a request would. Sample data only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from market.db import transaction
from market.errors import Refused
from market.fulfilment.commands import (
    arrive_at_point,
    hand_over,
    receive_order,
    receive_parcel,
    report_made,
    report_packed,
    settle_round,
    start_making,
)
from market.matching.commands import answer_ask, publish_run, settle_answers
from market.matching.resolving.instead import answer_instead
from market.matching.rules import Answer
from market.overviews.play import queries
from market.overviews.play.commands import order_at
from market.overviews.play.queries import Report
from market.overviews.play.rules import Decision, decide
from market.overviews.play.speaking import speak
from market.overviews.sample import open_sample_round
from market.payments.commands import (
    deposit_cash,
    expire_charges,
    raise_charges,
    record_payout,
    record_receipt,
    record_refund,
    settle_shrinks,
)
from market.rounds.commands import close_round
from market.rounds.queries import get_round
from market.rounds.rules import Cycle

ACTOR = "play"
PAYS_IN_TIME = 0.96
Match = Callable[[int, datetime], object]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Played:
    """The round in numbers, and what was refused on the way."""

    report: Report
    refused_orders: int


def play_round(orders: int, seed: int, *, match: Match, now: datetime) -> Played:
    """Open a sample round at ``now`` and play it to its end with ``orders`` attempted orders.

    ``match`` solves a closed round; it is handed in because only some processes may load
    the solver.
    """
    rng = Random(seed)  # noqa: S311  a simulation must be repeatable, not secret
    with transaction() as session:
        round_id = open_sample_round(
            session, Cycle.WEEKLY, "รอบจำลอง", "Simulated round", weeks=1, now=now
        )
    refused = place_orders(round_id, orders, rng, now=now + timedelta(minutes=5))
    _state, closes_at, _answer, _pay = times(round_id)
    with transaction() as session:
        close_round(session, round_id, actor=ACTOR, now=closes_at)
    at = confirm(round_id, rng, match=match, now=closes_at)
    pay(round_id, rng, now=at)
    make_and_deliver(round_id, now=times(round_id)[3] + timedelta(hours=1))
    pay_out(round_id, now=delivered_at(round_id))
    speak(round_id, rng, now=delivered_at(round_id) + timedelta(days=1))
    with transaction() as session:
        return Played(queries.report_of(session, round_id), refused)


def place_orders(round_id: int, count: int, rng: Random, *, now: datetime) -> int:
    """So many guests order; returns how many were refused because goods had run out."""
    with transaction() as session:
        aisles = queries.aisles(session, round_id)
    refused = 0
    for number in range(count):
        try:
            with transaction() as session:
                order_at(session, round_id, rng.choice(aisles), rng, number=number, now=now)
        except Refused as refusal:
            logger.debug("simulated order %s refused: %s", number, refusal.code)
            refused += 1
    return refused


def confirm(round_id: int, rng: Random, *, match: Match, now: datetime) -> datetime:
    """Match, publish, answer and match again until buyers are asked to pay; returns when."""
    state = "closed"
    while state in ("closed", "matched", "confirming"):
        now += timedelta(minutes=2)
        match(round_id, now)
        publish(round_id, now=now)
        answer_asks(round_id, rng, now=now + timedelta(minutes=5))
        state, _closes, answer_by, _pay = times(round_id)
        now = max(now, answer_by) + timedelta(minutes=1)
        with transaction() as session:
            state = settle_answers(session, round_id, now=now).value
    return now


def publish(round_id: int, *, now: datetime) -> None:
    """Send the solved match to the groups."""
    with transaction() as session:
        run_id = queries.solved_run(session, round_id)
        if run_id is not None:
            publish_run(session, run_id, actor=ACTOR, now=now)


def answer_asks(round_id: int, rng: Random, *, now: datetime) -> None:
    """Every asked group answers or stays silent."""
    with transaction() as session:
        asks = queries.waiting_asks(session, round_id)
    for ask in asks:
        answer_one(ask, rng, now=now)


def answer_one(ask: Any, rng: Random, *, now: datetime, silent: bool = True) -> None:
    """A group's answer; silent: it may say nothing."""
    said = decide(rng, ask.units, ask.lot_units, ask.min_batch_units, ask.confirmed_units)
    if said.answer is Answer.SILENT:
        if silent:
            return
        said = Decision(Answer.ALL)
    with transaction() as session:
        answer_ask(
            session, ask.id, answer=said.answer, units=said.units, reason=said.reason,
            actor=ACTOR, now=now,
        )  # fmt: skip


def pay(round_id: int, rng: Random, *, now: datetime) -> None:
    """Most buyers pay; the rest let the time pass, and groups answer for what shrank."""
    with transaction() as session:
        raise_charges(session, round_id, now=now)
        charges = queries.due_charges(session, round_id)
    receive_money(round_id, [c for c in charges if rng.random() < PAYS_IN_TIME], now=now)
    late = times(round_id)[3] + timedelta(minutes=1)
    with transaction() as session:
        expire_charges(session, round_id, now=late)
    answer_shrinks(round_id, now=late + timedelta(minutes=1))


def receive_money(round_id: int, charges: Iterable[Any], *, now: datetime) -> None:
    """The transfers for these charges have come to the bank."""
    for charge in charges:
        with transaction() as session:
            record_receipt(
                session, charge.id, bank_reference=f"PLAY{round_id}C{charge.id}",
                amount_satang=charge.amount_satang, actor=ACTOR, now=now,
            )  # fmt: skip


def answer_offer(number: str, offer_id: int, *, accept: bool, now: datetime) -> None:
    """A buyer's word to other goods; nothing where the goods are made after all."""
    try:
        with transaction() as session:
            answer_instead(session, number, offer_id, accept=accept, actor=ACTOR, now=now)
    except Refused as refusal:
        logger.info("offer_not_answered", extra={"code": refusal.code, "offer": offer_id})


def answer_shrinks(round_id: int, *, now: datetime) -> None:
    """Groups make fewer where unpaid orders fell away, until nothing is asked any more."""
    while True:
        with transaction() as session:
            asks = queries.waiting_asks(session, round_id, kind="shrink")
        if not asks:
            return
        for ask in asks:
            with transaction() as session:
                answer_ask(session, ask.id, answer=Answer.ALL, actor=ACTOR, now=now)
        with transaction() as session:
            settle_shrinks(session, round_id, now=now)


def make_and_deliver(round_id: int, *, now: datetime) -> None:
    """Make, pack and hand over every batch; boxes arrive; buyers take them away."""
    make_all(round_id, now=now)
    hand_all(round_id, now=now)
    arrive_all(round_id, now=now)
    receive_all(round_id, now=delivered_at(round_id))


def make_all(round_id: int, *, now: datetime) -> None:
    """Every group makes and packs what it is to make."""
    with transaction() as session:
        start_making(session, round_id, now=now)
    _each_batch(round_id, "to_make", partial(_made, now=now))
    _each_batch(round_id, "made", lambda s, b: report_packed(s, b.id, actor=ACTOR, now=now))


def hand_all(round_id: int, *, now: datetime, late: Callable[[], bool] = lambda: False) -> None:
    """Packed batches go on their way, except those that are late."""
    _each_batch(
        round_id, "packed",
        lambda s, b: None if late() else hand_over(s, b.id, actor=ACTOR, now=now),
    )  # fmt: skip


def arrive_all(round_id: int, *, now: datetime) -> None:
    """What is on its way to a point has come there."""
    with transaction() as session:
        points = queries.points_with_boxes(session, round_id)
    for point_id in points:
        with transaction() as session:
            arrive_at_point(session, point_id, actor=ACTOR, now=now, round_id=round_id)


def _made(session: Session, batch: Any, *, now: datetime) -> None:
    report_made(session, batch.id, batch.to_make_units, actor=ACTOR, now=now)


def _each_batch(round_id: int, state: str, step: Callable[[Session, Any], None]) -> None:
    with transaction() as session:
        batches = queries.batches_in(session, round_id, state)
    for batch in batches:
        with transaction() as session:
            step(session, batch)


def receive_all(round_id: int, *, now: datetime) -> None:
    """Every simulated buyer says the code at the point, or has the parcel."""
    with transaction() as session:
        orders = queries.orders_to_receive(session, round_id)
    receive(orders, now=now)


def receive(orders: Iterable[Any], *, now: datetime) -> None:
    """These orders are fetched at their points, or came as parcels."""
    for order in orders:
        with transaction() as session:
            if order.point_id is None:
                receive_parcel(session, order.id, actor=ACTOR, now=now)
            else:
                receive_order(session, order.point_id, order.pickup_code, actor=ACTOR, now=now)


def pay_out(round_id: int, *, now: datetime) -> None:
    """Cash goes to the bank, then groups and refunds are paid, and the round is complete."""
    settle(round_id, now=now)
    with transaction() as session:
        payouts, refunds, cash = queries.money_to_send(session, round_id)
        for bag in cash:
            point_id = int(bag.owner.removeprefix("point:"))
            reference = f"PLAY{round_id}D{point_id}T{now:%m%d%H%M}"
            deposit_cash(
                session, point_id=point_id, bank_reference=reference,
                amount_satang=int(bag.satang), actor=ACTOR, now=now,
            )  # fmt: skip
    _send(payouts, record_payout, f"PLAY{round_id}P", now)
    _send(refunds, record_refund, f"PLAY{round_id}R", now)
    settle(round_id, now=now)


def settle(round_id: int, *, now: datetime) -> None:
    """What the sweep does: close batches that are through, and the round with the last one."""
    with transaction() as session:
        settle_round(session, round_id, now=now)


def _send(rows: Iterable[Any], command: Callable[..., None], reference: str, now: datetime) -> None:
    for row in rows:
        with transaction() as session:
            command(session, row.id, bank_reference=f"{reference}{row.id}", actor=ACTOR, now=now)


def times(round_id: int) -> tuple[str, datetime, datetime, datetime]:
    with transaction() as session:
        return queries.times_of(session, round_id)


def delivered_at(round_id: int) -> datetime:
    """The evening of the last delivery date."""
    with transaction() as session:
        last = get_round(session, round_id).delivery_on[-1]
    return datetime(last.year, last.month, last.day, 13, tzinfo=times(round_id)[1].tzinfo)
