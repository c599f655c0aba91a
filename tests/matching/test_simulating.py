"""What-ifs: changes on a copy of a match, and what a coordinator takes over from one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.errors import Conflict, Refused
from market.matching.commands import publish_run
from market.matching.commands.simulating import request_simulation, start_simulation
from market.matching.flows import match_round
from market.matching.models import MatchRun, OfferResult
from market.matching.queries.simulations import get_stored_simulation, simulations_due
from market.matching.replay import replay_run
from market.matching.rules import TRY_FOR, SimulationState
from market.matching.whatif.flows import simulate
from market.matching.whatif.models import Simulation, SimulationOffer
from market.matching.whatif.rules import (
    GIVE_UP_AFTER,
    GIVEN_UP,
    TRIAL_LEASE,
    Changes,
    GroupChange,
    OfferChange,
    merge,
    read_changes,
    weigh,
)
from market.orders.rules import MakerChoice, ShortageChoice
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState
from tests.factories.matching import (
    NOW,
    make_group,
    make_offer,
    make_order,
    make_product,
    make_round,
)

pytestmark = pytest.mark.usefixtures("app")


class Two:
    """A matched round of one product: two groups that can each make all of 100 bags."""

    def __init__(
        self, session: Session, *, orders: tuple[int, ...] = (50, 50), first: int = 0,
        whole: int = 0, **offer: Any,
    ) -> None:  # fmt: skip
        self.round, self.product = make_round(session), make_product(session)
        self.groups = [make_group(session), make_group(session)]
        terms = {"capacity": 100, "minimum": 10, "lot": 10} | offer
        self.offers = [
            make_offer(session, self.round, group, self.product, **terms) for group in self.groups
        ]
        for units in orders:
            make_order(session, self.round, self.product, units)
        if first:
            wanted = {"group": self.groups[0], "maker": MakerChoice.FIRST}
            make_order(session, self.round, self.product, first, **wanted)
        if whole:
            make_order(session, self.round, self.product, whole, shortage=ShortageChoice.NOTHING)
        assert match_round(self.round.id, now=NOW)
        self.run = session.scalars(select(MatchRun).where(MatchRun.round_id == self.round.id)).one()

    def try_out(self, session: Session, *offers: OfferChange, **more: Any) -> Simulation:
        """Ask for a what-if and solve it."""
        changes = Changes(offers=offers, groups=more.get("groups", ()))
        trial_id = request_simulation(
            session, self.round.id, changes, reason=more.get("reason", "ลองดู"), actor="user:1",
            now=NOW,
        )  # fmt: skip
        session.commit()
        simulate(trial_id, now=NOW)
        return session.get_one(Simulation, trial_id, populate_existing=True)

    def units(self, session: Session, trial: Simulation) -> list[int]:
        """What each offer gets in a what-if."""
        found = dict(
            session.execute(
                select(SimulationOffer.round_offer_id, SimulationOffer.units).where(
                    SimulationOffer.simulation_id == trial.id
                )
            ).all()
        )
        return [found[offer.id] for offer in self.offers]

    def matched(self, session: Session) -> list[int]:
        """What each offer gets in the newest match."""
        run_id = select(func.max(MatchRun.id)).where(MatchRun.round_id == self.round.id)
        found = dict(
            session.execute(
                select(OfferResult.round_offer_id, OfferResult.units).where(
                    OfferResult.run_id == run_id.scalar_subquery()
                )
            ).all()
        )
        return [found[offer.id] for offer in self.offers]


def test_a_what_if_changes_nothing_of_the_round(session: Session) -> None:
    two = Two(session)
    before = two.matched(session)

    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, capacity=20))

    assert trial.state is SimulationState.DONE
    assert two.units(session, trial) == [20, 80]
    assert two.matched(session) == before
    assert session.get_one(Round, two.round.id, populate_existing=True).state is RoundState.MATCHED
    assert session.get_one(RoundOffer, two.offers[0].id).capacity_units == 100
    assert session.scalar(select(func.count()).select_from(MatchRun)) == 1


def test_a_match_waits_for_whoever_tries_something(session: Session) -> None:
    two = Two(session)
    round_ = session.get_one(Round, two.round.id, populate_existing=True)
    before = round_.publish_at
    assert before is not None

    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, capacity=20))

    after = session.get_one(Round, two.round.id, populate_existing=True).publish_at
    assert after == max(before, trial.created_at + TRY_FOR)
    two.round.publish_at = trial.created_at
    session.flush()
    two.try_out(session, OfferChange(offer_id=two.offers[0].id, capacity=40))
    session.refresh(two.round)
    assert two.round.publish_at >= trial.created_at + TRY_FOR


def test_both_plans_are_measured_by_one_yardstick(session: Session) -> None:
    two = Two(session, orders=(50, 50, 90))

    trial = two.try_out(
        session,
        *(OfferChange(offer_id=offer.id, capacity=50) for offer in two.offers),
        groups=(GroupChange(group_id=two.groups[0].id, percent=300),),
    )

    assert (trial.before["units"], trial.before["unmet"]) == (190, 0)
    assert (trial.after["units"], trial.after["unmet"]) == (100, 90)
    assert trial.after["short_lines"] >= 1
    assert trial.after["fairness"] < trial.before["fairness"]


def test_a_smallest_batch_nobody_reaches_leaves_the_offer_empty(session: Session) -> None:
    two = Two(session)

    trial = two.try_out(session, OfferChange(offer_id=two.offers[1].id, batch=110))

    assert two.units(session, trial) == [100, 0]


@pytest.mark.parametrize("percent", [50, 200, 300])
def test_a_heavier_group_gets_more(session: Session, percent: int) -> None:
    two = Two(session, orders=(10,) * 10)

    trial = two.try_out(session, groups=(GroupChange(group_id=two.groups[0].id, percent=percent),))

    first, second = two.units(session, trial)
    assert (first > second) == (percent > 100)


def test_pins_are_kept_in_the_plan(session: Session) -> None:
    two = Two(session)

    trial = two.try_out(
        session,
        OfferChange(offer_id=two.offers[0].id, low=80),
        OfferChange(offer_id=two.offers[1].id, high=10),
    )

    first, second = two.units(session, trial)
    assert first >= 80
    assert second <= 10
    assert first + second <= 100


def test_pins_that_no_plan_can_keep_fail_with_a_sentence(session: Session) -> None:
    two = Two(session)

    trial = two.try_out(session, *(OfferChange(offer_id=offer.id, low=80) for offer in two.offers))

    assert trial.state is SimulationState.FAILED
    assert trial.error
    assert two.matched(session) == [50, 50]


@pytest.mark.parametrize("said", [0, 20])
def test_after_an_answer_the_others_keep_what_they_have(session: Session, said: int) -> None:
    two = Two(session, capacity=60)
    assert two.matched(session) == [50, 50]

    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, answer=said))

    first, second = two.units(session, trial)
    assert first <= said
    assert second == 60  # its own fifty, and the ten it can still take
    assert trial.after["unmet"] == 100 - first - second


def test_an_answer_opens_lines_whose_maker_was_only_wanted_first(session: Session) -> None:
    two = Two(session, orders=(10,), first=20)
    assert two.matched(session)[0] >= 20

    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, answer=0))

    assert two.units(session, trial) == [0, 30]


def test_an_all_or_nothing_line_that_fell_out_is_tried_again(session: Session) -> None:
    two = Two(session, orders=(10,), whole=300)
    assert two.matched(session) in ([10, 0], [0, 10])

    trial = two.try_out(
        session, *(OfferChange(offer_id=offer.id, capacity=200) for offer in two.offers)
    )

    assert sum(two.units(session, trial)) == 310
    assert (trial.before["unmet"], trial.after["unmet"]) == (300, 0)


def test_a_what_if_is_replayed_to_the_byte(session: Session) -> None:
    two = Two(session)
    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, low=70))

    outcome = replay_run(get_stored_simulation(session, trial.id))

    assert outcome.same
    assert trial.input_hash
    assert trial.versions


def test_a_pin_wants_a_reason_and_the_trail_keeps_it(session: Session) -> None:
    two = Two(session)
    changes = Changes(offers=(OfferChange(offer_id=two.offers[0].id, low=80),))

    with pytest.raises(Refused, match="pin_reason_missing"):
        request_simulation(session, two.round.id, changes, reason=None, actor="user:1", now=NOW)
    assert session.scalar(select(func.count()).select_from(Simulation)) == 0
    request_simulation(
        session, two.round.id, changes, reason="กลุ่มใหม่ต้องได้ลอง", actor="user:1", now=NOW
    )

    trail = session.scalars(select(AuditEvent).where(AuditEvent.event == "match.tried")).one()
    assert (trail.actor, trail.reason) == ("user:1", "กลุ่มใหม่ต้องได้ลอง")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "nothing_to_try"),
        ({"low": 50, "high": 20}, "pin_ends_crossed"),
        ({"low": 101}, "pin_above_capacity"),
        ({"low": 60, "capacity": 50}, "pin_above_capacity"),
        ({"capacity": 10**9}, "try_number_range"),
        ({"answer": 50}, "try_answer_range"),
        ({"answer": -1}, "try_answer_range"),
    ],
)
def test_changes_that_make_no_sense_are_refused(
    session: Session, change: dict[str, int], code: str
) -> None:
    two = Two(session)
    said = OfferChange(offer_id=two.offers[0].id, **change)
    changes = merge(Changes(), [said], [])

    with pytest.raises(Refused, match=code):
        request_simulation(session, two.round.id, changes, reason="x", actor="user:1", now=NOW)
    assert session.scalar(select(func.count()).select_from(Simulation)) == 0


def test_another_rounds_offer_and_a_shrunk_neighbour_are_refused(session: Session) -> None:
    two = Two(session)
    strange = Changes(offers=(OfferChange(offer_id=10**9, capacity=1),))
    shrunk = Changes(
        offers=(
            OfferChange(offer_id=two.offers[0].id, answer=0),
            OfferChange(offer_id=two.offers[1].id, capacity=40),
        )
    )

    for changes, code in ((strange, "try_unknown_offer"), (shrunk, "try_answer_keeps")):
        with pytest.raises(Refused, match=code):
            request_simulation(session, two.round.id, changes, reason="x", actor="user:1", now=NOW)


def test_a_published_round_is_tried_no_more(session: Session) -> None:
    two = Two(session)
    publish_run(session, two.run.id, actor="system", now=NOW)
    changes = Changes(offers=(OfferChange(offer_id=two.offers[0].id, capacity=20),))

    with pytest.raises(Conflict, match="no_match_to_try"):
        request_simulation(session, two.round.id, changes, reason=None, actor="user:1", now=NOW)


def test_a_worker_that_died_is_replaced_after_its_lease(session: Session) -> None:
    two = Two(session)
    changes = Changes(offers=(OfferChange(offer_id=two.offers[0].id, capacity=20),))
    trial_id = request_simulation(
        session, two.round.id, changes, reason=None, actor="user:1", now=NOW
    )
    session.commit()

    assert list(simulations_due(session, NOW)) == [trial_id]
    assert start_simulation(session, trial_id, now=NOW)
    session.commit()
    assert not start_simulation(session, trial_id, now=NOW + timedelta(minutes=1))
    assert list(simulations_due(session, NOW + timedelta(minutes=1))) == []
    later = NOW + TRIAL_LEASE
    assert list(simulations_due(session, later)) == [trial_id]
    assert simulate(trial_id, now=later)
    assert not simulate(trial_id, now=later)
    assert list(simulations_due(session, later + TRIAL_LEASE)) == []


def test_what_nobody_could_finish_is_given_up_in_the_end(session: Session) -> None:
    two = Two(session)
    changes = Changes(offers=(OfferChange(offer_id=two.offers[0].id, capacity=20),))
    trial_id = request_simulation(
        session, two.round.id, changes, reason=None, actor="user:1", now=NOW
    )
    session.commit()
    assert start_simulation(session, trial_id, now=NOW)
    session.commit()
    late = NOW + GIVE_UP_AFTER + timedelta(minutes=1)

    assert not simulate(trial_id, now=late)

    trial = session.get_one(Simulation, trial_id, populate_existing=True)
    assert (trial.state, trial.error) == (SimulationState.FAILED, GIVEN_UP)
    assert list(simulations_due(session, late + TRIAL_LEASE)) == []


def test_only_so_many_wait_at_once(session: Session) -> None:
    two = Two(session)
    changes = Changes(offers=(OfferChange(offer_id=two.offers[0].id, capacity=20),))
    ask = {"reason": None, "actor": "user:1", "now": NOW}
    for _ in range(3):
        request_simulation(session, two.round.id, changes, **ask)

    with pytest.raises(Refused, match="try_too_many"):
        request_simulation(session, two.round.id, changes, **ask)


def test_changes_survive_the_way_through_json() -> None:
    changes = Changes(
        offers=(OfferChange(offer_id=1, low=2), OfferChange(offer_id=3, answer=0)),
        groups=(GroupChange(group_id=4, percent=150),),
    )

    assert read_changes(json.loads(json.dumps(changes.words()))) == changes


def test_what_is_said_again_replaces_and_what_is_as_before_leaves() -> None:
    before = Changes(
        offers=(OfferChange(offer_id=1, low=2), OfferChange(offer_id=2, capacity=5)),
        groups=(GroupChange(group_id=4, percent=150),),
    )

    after = merge(
        before, [OfferChange(offer_id=1), OfferChange(offer_id=2, batch=3)],
        [GroupChange(group_id=4, percent=100)],
    )  # fmt: skip

    assert after == Changes(offers=(OfferChange(offer_id=2, batch=3),))


def test_weights_are_per_cent_of_the_rule() -> None:
    due = np.array([1000, 333], dtype=np.int64)

    weighed = weigh(due, np.array([7, 8]), (GroupChange(group_id=8, percent=150),))

    assert weighed.tolist() == [1000, 499]
    assert due.tolist() == [1000, 333]
