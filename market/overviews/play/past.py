"""Rounds that are over when the sample market opens: played with the moments they had.

Every figure of them comes from rows that the commands wrote: who was silent, what was late,
who came again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from market.clock import bangkok_date, bangkok_moment
from market.db import transaction
from market.overviews.country.flows import sum_due_rounds
from market.overviews.play import flows, queries
from market.overviews.play.commands import leave_past_unsent
from market.overviews.play.flows import Match
from market.overviews.play.speaking import speak
from market.rounds.queries import get_round

LATE = 0.1  # of the batches


def play_past(*, match: Match, now: datetime) -> None:
    """Bring each sample round that was over long ago to its end; nobody is written to about it."""
    with transaction() as session:
        rounds = queries.past_rounds(session, bangkok_date(now))
    for place, round_id in enumerate(rounds, start=1):
        _finish(round_id, Random(place), match)  # noqa: S311  the same, whatever its id
    if rounds:
        with transaction() as session:
            leave_past_unsent(session, now=now)
        sum_due_rounds(now)


def _finish(round_id: int, rng: Random, match: Match) -> None:
    at = flows.confirm(round_id, rng, match=match, now=flows.times(round_id)[1])
    flows.pay(round_id, rng, now=at)
    with transaction() as session:
        days = get_round(session, round_id).delivery_on
    _deliver(round_id, days, late=partial(_happens, rng, LATE))
    after = days[-1] + timedelta(days=2)
    flows.receive_all(round_id, now=_at(after, 11))
    flows.pay_out(round_id, now=_at(after + timedelta(days=1), 10))
    speak(round_id, rng, now=_at(after + timedelta(days=1), 19))


def _deliver(round_id: int, days: tuple[date, ...], *, late: Callable[[], bool]) -> None:
    """Boxes go on the first of the days; what is late goes on the day after the last."""
    flows.make_all(round_id, now=_at(days[0] - timedelta(days=1), 15))
    flows.hand_all(round_id, now=_at(days[0], 7), late=late)
    flows.arrive_all(round_id, now=_at(days[0], 12))
    flows.settle(round_id, now=_at(days[0], 13))
    flows.hand_all(round_id, now=_at(days[-1] + timedelta(days=1), 7))
    flows.arrive_all(round_id, now=_at(days[-1] + timedelta(days=1), 12))


def _happens(rng: Random, share: float) -> bool:
    return rng.random() < share


def _at(day: date, hour: int) -> datetime:
    return bangkok_moment(day, time(hour))
