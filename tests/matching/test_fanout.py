"""A match solved by several processes: the same bytes, whoever solves, dies or is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from market.clock import utc_now
from market.db import lock, reading, transaction
from market.errors import Conflict
from market.matching.commands import cancel_run, publish_run, reopen_match, start_run
from market.matching.commands.pieces import NewPiece, answer_piece, put_up, take_piece
from market.matching.commands.runs import newest_run
from market.matching.engine.plan import Params
from market.matching.flows import DEFAULTS, Spread, help_match, match_round
from market.matching.flows.crew import Pulse, kit
from market.matching.flows.heart import Heart, Lost
from market.matching.models import MatchPiece, MatchRun
from market.matching.queries import progress_of, rounds_due_for_match, runs_due_for_help
from market.matching.rules import PieceState, RunState
from market.overviews.audit.queries import broken_promises
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import make_clusters
from tests.factories.races import together


@pytest.fixture
def round_id(committed: Flask) -> int:
    """A closed round whose match is several pieces a step."""
    with transaction() as session:
        return make_clusters(session).id


def spread(call: Callable[[int], object]) -> Spread:
    """Everything is shared, in many small parts."""
    return Spread(from_lines=0, call=call, light=0, worth=0, heap=1)


def solve(
    round_id: int, call: Callable[[int], object] | None = None, params: Params = DEFAULTS
) -> bool:
    """Match as the worker does; call: what other workers do when the bell rings."""
    shared = spread(call) if call else None
    return match_round(round_id, now=utc_now(), params=params, spread=shared)


def nobody(_run_id: int) -> None:
    """No other worker hears the bell."""


def newest(round_id: int) -> MatchRun:
    """The last run."""
    with transaction() as session:
        return session.scalars(
            select(MatchRun).where(MatchRun.round_id == round_id).order_by(MatchRun.id.desc())
        ).first()


def again(round_id: int) -> None:
    """Put the match aside."""
    with transaction() as session:
        reopen_match(session, round_id, actor="user:1", reason=None, now=utc_now())


def pieces() -> int:
    """Rows left."""
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(MatchPiece))


@pytest.mark.parametrize(
    ("params", "works"),
    [
        (Params(), {"solve_task", "join_task"}),
        (Params(joint_columns=0), {"solve_task", "share_task"}),
    ],
    ids=["small pieces jointly", "sweeps"],
)
def test_the_plan_is_the_same_bytes_whoever_solves_the_pieces(
    round_id: int, params: Params, works: set[str]
) -> None:
    seen: list[tuple[str, str]] = []

    def help_at_once(run_id: int) -> None:
        help_match(run_id, clock=utc_now)
        with transaction() as session:
            rows = session.execute(
                select(MatchPiece.work, MatchPiece.state).where(MatchPiece.result.is_not(None))
            )
            seen.extend((row.work, row.state) for row in rows)

    plans = []
    for call in (None, nobody, help_at_once):
        assert solve(round_id, call, params)
        run = newest(round_id)
        plans.append((run.problem, run.plan, run.input_hash, run.stages))
        again(round_id)

    assert plans[0] == plans[1] == plans[2]
    assert {state for _work, state in seen} == {PieceState.DONE}
    assert {work for work, _state in seen} == works
    assert pieces() == 0


def test_a_piece_whose_worker_died_is_solved_by_another(round_id: int) -> None:
    taken: list[int] = []

    def take_and_die(run_id: int) -> None:
        now = utc_now()
        with transaction() as session:
            piece = take_piece(
                session, run_id, kit=kit(), now=now, until=now + timedelta(seconds=1)
            )
            if piece:
                taken.append(piece.id)

    assert solve(round_id, take_and_die)

    assert taken
    assert newest(round_id).state is RunState.SOLVED


def test_a_worker_with_another_solver_takes_nothing(round_id: int) -> None:
    found: list[object] = []

    def try_to_help(run_id: int) -> None:
        now = utc_now()
        with transaction() as session:
            found.append(take_piece(session, run_id, kit="older", now=now, until=now))

    assert solve(round_id, try_to_help)

    assert found
    assert set(found) == {None}


def test_two_workers_never_take_the_same_piece(round_id: int) -> None:
    taken: list[int] = []

    def take_two(run_id: int) -> None:
        now = utc_now()
        for _ in range(2):
            with transaction() as session:
                piece = take_piece(
                    session, run_id, kit=kit(), now=now, until=now + timedelta(seconds=1)
                )
            if piece:
                taken.append(piece.id)

    assert solve(round_id, take_two)
    assert len(taken) == len(set(taken)) > 2


def test_what_the_solver_cannot_solve_elsewhere_fails_the_run(round_id: int) -> None:
    def fail(run_id: int) -> None:
        now = utc_now()
        with transaction() as session:
            piece = take_piece(session, run_id, kit=kit(), now=now, until=now)
            if piece:
                answer_piece(session, piece.id, result=None, error="no way out")

    assert not solve(round_id, fail)

    run = newest(round_id)
    assert (run.state, run.error) == (RunState.FAILED, "no way out")
    assert pieces() == 0
    with reading() as session:
        assert session.get_one(Round, round_id).state is RoundState.CLOSED


def cancel(round_id: int) -> bool:
    """Press the button."""
    with transaction() as session:
        return cancel_run(session, round_id, actor="user:1", reason="ผิดรอบ", now=utc_now())


def test_a_cancelled_match_stops_and_waits_for_a_person(round_id: int) -> None:
    pressed: list[bool] = []

    assert not solve(round_id, lambda _run_id: pressed.append(cancel(round_id)))

    run = newest(round_id)
    assert pressed[0] is True
    assert not any(pressed[1:]), "a second press changes nothing"
    assert (run.state, run.plan, pieces()) == (RunState.CANCELLED, None, 0)
    with reading() as session:
        assert session.get_one(Round, round_id).state is RoundState.CLOSED
        assert list(rounds_due_for_match(session, utc_now() + timedelta(days=1))) == []
        assert progress_of(session, round_id, now=utc_now()).cancelled
    assert not solve(round_id), "a late doorbell starts nothing"

    again(round_id)
    with reading() as session:
        assert list(rounds_due_for_match(session, utc_now())) == [round_id]
    assert solve(round_id)
    with reading() as session:
        assert broken_promises(session) == ()


def test_a_new_match_may_start_at_once_after_a_cancel(round_id: int) -> None:
    def cancel_and_start(_run_id: int) -> None:
        if cancel_once:
            cancel_once.pop()(round_id)
            again(round_id)
            assert solve(round_id)

    cancel_once = [cancel]
    assert not solve(round_id, cancel_and_start), "the first run keeps nothing"

    with transaction() as session:
        states = session.scalars(select(MatchRun.state).order_by(MatchRun.id)).all()
    assert states == [RunState.SUPERSEDED, RunState.SOLVED]


def test_only_a_running_match_can_be_cancelled(round_id: int) -> None:
    with pytest.raises(Conflict, match="match_not_running"):
        cancel(round_id)
    assert solve(round_id)
    with pytest.raises(Conflict, match="match_not_running"):
        cancel(round_id)
    assert newest(round_id).state is RunState.SOLVED


def test_a_slow_but_living_match_keeps_its_lease(round_id: int) -> None:
    leases: list[datetime] = []
    phases: list[str] = []

    def look(run_id: int) -> None:
        if len(leases) < 2:
            time.sleep(3.5 * len(leases))
            with transaction() as session:
                run = session.get_one(MatchRun, run_id, populate_existing=True)
                leases.append(run.claimed_until)
                phases.append(run.phase)

    assert solve(round_id, look)

    assert leases[1] - leases[0] > timedelta(seconds=2)
    assert phases[1] in ("supply", "fairness")


def test_a_stop_and_a_sign_of_life_at_once_do_not_wait_for_each_other(
    committed: Flask, round_id: int
) -> None:
    """Both touch the run and the piece in hand, in the same order."""
    now = utc_now()
    with transaction() as session:
        run_id = start_run(session, round_id, params={}, now=now)
        assert run_id is not None
        put_up(session, run_id, 1, [NewPiece(number=0, weight=1, task=b"")], work="w", kit="k")
    with transaction() as session:
        taken = take_piece(session, run_id, kit="k", now=now, until=now + timedelta(minutes=1))
        assert taken is not None
    pulse = Pulse(run_id, now)
    pulse.piece_id = taken.id

    def live() -> bool:
        time.sleep(0.2)
        with transaction() as session:
            return pulse.beat(session)

    def stop() -> bool:
        with transaction() as session:
            lock(session, Round, round_id)
            newest_run(session, round_id)
            time.sleep(0.6)  # the sign of life comes now
            return cancel_run(session, round_id, actor="user:1", reason=None, now=utc_now())

    assert together(committed, live, stop) == [False, True]
    assert newest(round_id).state is RunState.CANCELLED
    assert pieces() == 0


def test_a_run_that_was_taken_over_stores_nothing(round_id: int) -> None:
    def take_over(run_id: int) -> None:
        late = utc_now() + timedelta(minutes=10)
        with transaction() as session:
            others.append(start_run(session, round_id, params={}, now=late))

    others: list[int | None] = []
    assert not solve(round_id, take_over)

    with transaction() as session:
        states = session.scalars(select(MatchRun.state).order_by(MatchRun.id)).all()
    assert states == [RunState.FAILED, RunState.RUNNING]
    assert others[0] is not None
    assert pieces() == 0


def test_the_sweep_rings_for_pieces_nobody_works_on(round_id: int) -> None:
    alone: list[list[int]] = []

    def look(run_id: int) -> None:
        with reading() as session:
            alone.append([run_id, *runs_due_for_help(session, utc_now())])

    assert solve(round_id, look)

    assert alone
    assert all(len(seen) == 2 and seen[0] == seen[1] for seen in alone)
    with reading() as session:
        assert list(runs_due_for_help(session, utc_now())) == []


def test_a_published_match_of_many_workers_keeps_every_promise(round_id: int) -> None:
    assert solve(round_id, lambda run_id: help_match(run_id, clock=utc_now))
    run = newest(round_id)
    with transaction() as session:
        publish_run(session, run.id, actor="system", now=utc_now())
    with reading() as session:
        assert broken_promises(session) == ()


def test_a_heart_beats_until_nobody_wants_the_work(committed: Flask) -> None:
    beats: list[float] = []

    def beat(_session: object) -> bool:
        beats.append(time.monotonic())
        return len(beats) < 3

    with Heart(beat, pace=0.02) as heart:
        heart.check()
        time.sleep(0.5)
        with pytest.raises(Lost):
            heart.check()

    assert len(beats) == 3


def test_a_heart_that_stops_by_a_mistake_stops_the_work(committed: Flask) -> None:
    def beat(_session: object) -> bool:
        raise KeyError("a phase nobody knows")

    with Heart(beat, pace=0.02) as heart:
        time.sleep(0.3)
        with pytest.raises(KeyError):
            heart.check()
