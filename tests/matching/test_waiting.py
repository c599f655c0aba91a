"""What the coordinator sees while a match runs, and the button that stops it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.clock import utc_now
from market.doorbell import SWEEP_MATCHES
from market.matching.commands import fail_run, start_run
from market.matching.commands.running import hold_run, note_lines
from market.matching.models import MatchRun
from market.matching.progress import PHASES, permille, seconds_left, usual_seconds
from market.matching.queries import progress_of, rounds_due_for_match
from market.matching.rules import BEAT, LEASE, RETRY_AFTER, RunState
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import make_live_round
from tests.factories.shop import statements
from workers.schedule import beat_schedule

HTMX = {"HX-Request": "true"}


@pytest.fixture
def running(session: Session) -> tuple[int, int]:
    """A closed round whose match runs: (round, run)."""
    round_ = make_live_round(session)
    run_id = start_run(session, round_.id, params={}, now=utc_now() - timedelta(seconds=60))
    assert run_id is not None
    session.commit()
    return round_.id, run_id


def somebody(app: Any, session: Session, role: Role, area: str = "") -> FlaskClient:
    """Signed in, for the whole country or an area."""
    user = make_user(session)
    make_grant(session, user, role, area=area)
    session.commit()
    return browser_of(app, user)


@pytest.mark.parametrize("phase", PHASES)
def test_the_share_done_only_grows_within_its_bounds(phase: str) -> None:
    told = [permille(phase, done, 1000) for done in range(0, 1300, 50)]
    assert told == sorted(told)
    assert 0 <= told[0] <= told[-1] <= 1000
    assert permille(phase, 7, 0) == told[0], "no weight is known"


def test_the_phases_are_the_whole_match_in_order() -> None:
    starts = [permille(phase, 0, 0) for phase in PHASES]
    assert starts == sorted(starts)
    assert sum(PHASES.values()) == pytest.approx(1.0)
    assert permille("storing", 5, 5) == 1000
    assert permille("supply", 1, 2) == (permille("supply", 0, 2) + permille("supply", 2, 2)) // 2


def test_earlier_matches_of_like_size_say_how_long_it_takes() -> None:
    earlier = [(100, 10.0), (220, 20.0), (150, 15.0), (10_000, 1.0), (10, 900.0)]
    assert usual_seconds(200, earlier) == pytest.approx(20.0, rel=0.1)
    assert usual_seconds(200, [(10, 1.0)]) is None
    assert usual_seconds(0, earlier) is None


def test_its_own_pace_speaks_the_more_the_further_it_is() -> None:
    assert seconds_left(0, 10, None) is None
    assert seconds_left(0, 10, 100) == 90
    assert seconds_left(500, 100, None) == 100
    late, early = seconds_left(900, 900, 100), seconds_left(100, 100, 100)
    assert late is not None
    assert early is not None
    assert 80 < late < 110, "near the end what it did counts, not what others took"
    assert early < 200


def test_a_match_that_takes_longer_than_usual_still_has_some_time_left() -> None:
    left = seconds_left(40, 1000, 100)
    assert left is not None
    assert left > 0


def test_progress_tells_phase_share_and_time(session: Session, running: tuple[int, int]) -> None:
    round_id, run_id = running
    note_lines(session, run_id, 1200)
    now = utc_now()
    assert hold_run(session, run_id, phase="supply", done_permille=250, until=now)
    assert hold_run(session, run_id, phase="flow", done_permille=60, until=now)

    found = progress_of(session, round_id, now=now)

    assert found.running
    assert (found.phase, found.done_permille, found.lines) == ("flow", 250, 1200)
    assert found.minutes_left == 4, "a quarter took a minute, so about three are left"


@pytest.mark.usefixtures("csrf")
def test_the_fragment_renews_itself_and_is_not_sent_twice(
    app: Any, session: Session, running: tuple[int, int]
) -> None:
    round_id, run_id = running
    hold_run(session, run_id, phase="supply", done_permille=400, until=utc_now())
    session.commit()
    client = somebody(app, session, Role.MARKETING)
    path = f"/rounds/{round_id}/match/progress"

    first = client.get(path, headers=HTMX)
    time.sleep(1.1)  # form tokens carry the second they were made in
    again = client.get(path, headers=HTMX | {"If-None-Match": first.headers["ETag"]})

    assert "40%" in first.text
    assert f'hx-get="{path}"' in first.text
    assert "/match/cancel" in first.text
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path).location.endswith(f"/rounds/{round_id}/match"), "without scripts"


def test_who_may_not_match_sees_no_button(
    app: Any, session: Session, running: tuple[int, int]
) -> None:
    path = f"/rounds/{running[0]}/match/progress"
    with_all = somebody(app, session, Role.MARKETING).get(path, headers=HTMX).text
    of_one_province = somebody(app, session, Role.PROVINCE_COORDINATOR, "32")
    seen = of_one_province.get(path, headers=HTMX).text

    assert "/match/cancel" in with_all
    assert "/match/cancel" not in seen


def test_when_the_wait_is_over_the_page_is_loaded_anew(
    app: Any, session: Session, running: tuple[int, int]
) -> None:
    session.execute(update(Round).values(state=RoundState.MATCHED))
    session.commit()
    answer = somebody(app, session, Role.MARKETING).get(
        f"/rounds/{running[0]}/match/progress", headers=HTMX
    )
    assert answer.headers["HX-Refresh"] == "true"


def test_the_button_stops_the_match_and_says_what_follows(
    app: Any, session: Session, running: tuple[int, int]
) -> None:
    round_id, run_id = running
    client = somebody(app, session, Role.MARKETING)

    stopped = client.post(f"/rounds/{round_id}/match/cancel")

    assert stopped.location.endswith(f"/rounds/{round_id}/match")
    session.expire_all()
    assert session.get_one(MatchRun, run_id).state is RunState.CANCELLED
    seen = client.get(f"/rounds/{round_id}/match/progress", headers=HTMX).text
    assert f'action="/rounds/{round_id}/match/run"' in seen
    assert "hx-trigger" not in seen, "nothing will change by itself"

    client.post(f"/rounds/{round_id}/match/run")
    session.expire_all()
    assert session.get_one(MatchRun, run_id).state is RunState.SUPERSEDED
    assert start_run(session, round_id, params={}, now=utc_now()) is not None


def test_stopping_what_is_done_is_refused_in_words(
    app: Any, session: Session, running: tuple[int, int]
) -> None:
    round_id, run_id = running
    session.execute(update(MatchRun).values(state=RunState.SOLVED))
    session.commit()
    client = somebody(app, session, Role.MARKETING)

    answer = client.post(f"/rounds/{round_id}/match/cancel")

    assert answer.status_code == 409
    assert session.get_one(MatchRun, run_id).state is RunState.SOLVED


def test_a_failed_try_is_told_with_what_happens_next(
    app: Any, session: Session, running: tuple[int, int]
) -> None:
    round_id, run_id = running
    fail_run(session, run_id, error="no way out", now=utc_now())
    session.commit()
    seen = somebody(app, session, Role.MARKETING).get(
        f"/rounds/{round_id}/match/progress", headers=HTMX
    )
    assert "no way out" in seen.text
    assert f'action="/rounds/{round_id}/match/run"' in seen.text


def test_the_fragment_asks_the_database_no_more_with_many_runs(
    app: Any, session: Session, running: tuple[int, int]
) -> None:
    round_id, _run_id = running
    for _ in range(30):
        session.add(
            MatchRun(round_id=round_id, rematch_no=0, state=RunState.SUPERSEDED, mode="final",
                     params={}, versions={}, lines=900, done_permille=1000,
                     started_at=utc_now(), finished_at=utc_now())
        )  # fmt: skip
    session.commit()
    with statements() as asked:
        progress_of(session, round_id, now=utc_now())
    assert len(asked) <= 3


def test_a_lost_worker_is_noticed_within_a_minute() -> None:
    for pace in (5, 60, 600):
        sweep = beat_schedule(pace)[SWEEP_MATCHES]["schedule"]
        assert LEASE + timedelta(seconds=sweep) < timedelta(minutes=1)
    assert BEAT * 5 < LEASE, "a few beats may be lost"


def test_what_kills_its_workers_again_and_again_is_left_for_a_while(session: Session) -> None:
    round_ = make_live_round(session)
    now = utc_now()
    for _ in range(3):
        assert list(rounds_due_for_match(session, now)) == [round_.id]
        assert start_run(session, round_.id, params={}, now=now) is not None
        assert list(rounds_due_for_match(session, now)) == []
        now += LEASE + timedelta(seconds=1)
    assert list(rounds_due_for_match(session, now)) == [round_.id], "the third run is over too"
    assert start_run(session, round_.id, params={}, now=now) is not None

    now += LEASE + timedelta(seconds=1)
    assert list(rounds_due_for_match(session, now)) == []
    assert list(rounds_due_for_match(session, now + RETRY_AFTER)) == [round_.id]
