"""What was tried becomes the round's own: pins and weights, once, and back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.errors import Conflict, Refused
from market.matching.commands import publish_run, start_run
from market.matching.commands.simulating import clear_choices, use_simulation
from market.matching.flows import match_round
from market.matching.models import MatchRun
from market.matching.queries import read_problem
from market.matching.rules import RunState
from market.matching.whatif.models import MatchPin, MatchWeight
from market.matching.whatif.rules import GroupChange, OfferChange
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import NOW
from tests.matching.test_simulating import Two

pytestmark = pytest.mark.usefixtures("app")


def test_taking_over_uses_pins_and_weights_only(session: Session) -> None:
    two = Two(session)
    trial = two.try_out(
        session,
        OfferChange(offer_id=two.offers[0].id, low=70, capacity=90),
        groups=(GroupChange(group_id=two.groups[1].id, percent=150),),
    )

    use_simulation(session, two.round.id, trial.id, actor="user:7", now=NOW)

    round_ = session.get_one(Round, two.round.id, populate_existing=True)
    pin = session.scalars(select(MatchPin)).one()
    weight = session.scalars(select(MatchWeight)).one()
    assert round_.state is RoundState.CLOSED
    assert (pin.low_units, pin.high_units, pin.reason, pin.set_by) == (70, None, "ลองดู", "user:7")
    assert (weight.group_id, weight.percent) == (two.groups[1].id, 150)
    trail = session.scalars(select(AuditEvent).where(AuditEvent.event == "match.pinned")).one()
    assert (trail.actor, trail.reason) == ("user:7", "ลองดู")
    session.commit()
    assert match_round(two.round.id, now=NOW)
    assert two.matched(session)[0] >= 70
    assert two.matched(session) == two.units(session, trial)
    found = read_problem(session, two.round.id)
    assert found.tables["offers"]["cap"].tolist() == [100, 100]


def test_taking_over_twice_is_once(session: Session) -> None:
    two = Two(session)
    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, low=70))

    for _ in range(2):
        use_simulation(session, two.round.id, trial.id, actor="user:7", now=NOW)

    events = select(func.count()).select_from(AuditEvent).where(AuditEvent.event == "match.pinned")
    assert session.scalar(events) == 1
    assert session.scalar(select(func.count()).select_from(MatchPin)) == 1


def test_a_groups_own_number_is_not_taken_over(session: Session) -> None:
    two = Two(session)
    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, capacity=70))

    with pytest.raises(Refused, match="nothing_to_take_over"):
        use_simulation(session, two.round.id, trial.id, actor="user:7", now=NOW)
    assert session.get_one(Round, two.round.id).state is RoundState.MATCHED


def test_what_was_tried_before_the_groups_were_asked_is_too_old(session: Session) -> None:
    two = Two(session)
    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, low=70))
    publish_run(session, two.run.id, actor="system", now=NOW)

    with pytest.raises(Conflict, match="simulation_is_old"):
        use_simulation(session, two.round.id, trial.id, actor="user:7", now=NOW)
    assert session.scalar(select(func.count()).select_from(MatchPin)) == 0


def test_pins_are_taken_back_and_the_match_is_as_before(session: Session) -> None:
    two = Two(session)
    before = two.matched(session)
    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, low=70))
    use_simulation(session, two.round.id, trial.id, actor="user:7", now=NOW)
    session.commit()
    assert match_round(two.round.id, now=NOW)

    clear_choices(session, two.round.id, actor="user:7", now=NOW)

    session.commit()
    assert session.scalar(select(func.count()).select_from(MatchPin)) == 0
    assert match_round(two.round.id, now=NOW)
    assert two.matched(session) == before
    assert session.scalar(
        select(func.count()).select_from(MatchRun).where(MatchRun.state == RunState.SOLVED)
    ) == 1  # fmt: skip


def test_a_running_match_keeps_the_choices_it_has_read(session: Session) -> None:
    two = Two(session)
    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, low=70))
    other = two.try_out(session, OfferChange(offer_id=two.offers[1].id, high=10))
    use_simulation(session, two.round.id, trial.id, actor="user:7", now=NOW)
    session.commit()
    assert start_run(session, two.round.id, params={}, now=NOW) is not None
    session.commit()

    for change in (
        lambda: use_simulation(session, two.round.id, other.id, actor="user:7", now=NOW),
        lambda: clear_choices(session, two.round.id, actor="user:7", now=NOW),
    ):
        with pytest.raises(Conflict, match="match_is_running"):
            change()
        session.rollback()
    assert session.scalars(select(MatchPin.low_units)).all() == [70]


def test_after_the_answers_only_the_upper_end_of_a_pin_holds(session: Session) -> None:
    two = Two(session)
    trial = two.try_out(session, OfferChange(offer_id=two.offers[0].id, low=70, high=80))
    use_simulation(session, two.round.id, trial.id, actor="user:7", now=NOW)
    ends = ("pin_low", "pin_high")
    first = read_problem(session, two.round.id).tables["offers"]
    session.get_one(Round, two.round.id).rematches = 1

    second = read_problem(session, two.round.id).tables["offers"]

    assert [first[end][0] for end in ends] == [70, 80]
    assert [second[end][0] for end in ends] == [-1, 80]
    plain = read_problem(session, two.round.id, plain=True).tables["offers"]
    assert [plain[end][0] for end in ends] == [-1, -1]
