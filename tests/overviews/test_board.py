"""The coordinator's board: red, amber, green; what is short; only one's own area."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import text

from market.accounts.commands import record
from market.clock import BANGKOK, utc_now
from market.matching.models import Ask, Batch
from market.matching.rules import Answer, BatchState
from market.overviews.board.cases import cases_of
from market.overviews.board.listing import rounds_for, summary_of
from market.overviews.board.queries import board_of, board_version
from market.overviews.board.rules import PAGE_GROUPS, BoardFilter, Show, read_filter
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_product
from tests.factories.renewing import PART, asked_twice
from tests.factories.rounds import NOON, make_round, offer_in_round
from tests.factories.shop import statements


@pytest.fixture
def asked(session):
    """asked(tambon, units, answer, confirmed): a group of that tambon with one asked batch."""
    round_id = make_round(session, state=RoundState.CONFIRMING)
    product = make_product(session)
    run_id = session.scalar(
        text(
            "INSERT INTO match_run (round_id, rematch_no, state, mode, params,"
            " versions, started_at)"
            " VALUES (:r, 0, 'published', 'final', '{}', '{}', now()) RETURNING id"
        ),
        {"r": round_id},
    )

    def add(tambon, units, answer=Answer.WAITING, confirmed=0, state=BatchState.ASKED):
        group = make_group(session, tambon_code=tambon)
        offer = offer_in_round(session, round_id, group, product)
        batch = Batch(
            round_id=round_id, round_offer_id=offer, group_id=group, product_id=product,
            delivery_index=0, state=state, confirmed_units=confirmed,
        )  # fmt: skip
        session.add(batch)
        session.flush()
        session.add(
            Ask(
                batch_id=batch.id, run_id=run_id, units=units, lot_units=10, answer=answer,
                confirmed_units=confirmed, asked_at=NOON, answer_by=add.answer_by,
                answered_at=None if answer is Answer.WAITING else NOON,
            )
        )  # fmt: skip
        session.flush()
        return batch.id

    add.round_id, add.answer_by = round_id, NOON
    return add


def test_silent_stands_above_part_and_part_above_confirmed(session, asked):
    green = asked("320502", 40, Answer.ALL, 40, BatchState.CONFIRMED)
    amber = asked("320501", 40, Answer.PART, 20, BatchState.CONFIRMED)
    red = asked("320503", 40)

    board = board_of(session, asked.round_id, ("",), NOON)

    rows = [group.rows[0] for group in board.groups]
    figures = board.figures
    assert [row.batch_id for row in rows] == [red, amber, green]
    assert [row.status for row in rows] == ["silent", "part", "confirmed"]
    assert (figures.groups, figures.groups_answered) == (3, 2)
    assert (figures.asked_units, figures.confirmed_units) == (120, 60)


def test_a_coordinator_sees_only_the_own_area(session, asked):
    mine = asked("320502", 40)
    asked("330101", 40)

    board = board_of(session, asked.round_id, ("3205",), NOON)

    assert [group.rows[0].batch_id for group in board.groups] == [mine]
    assert {choice.key for choice in board.choices if choice.kind == "tambon"} == {"320502"}
    assert rounds_for(session, ("3205",))[0].waiting == 1
    assert board_of(session, asked.round_id, (), NOON).groups == ()


def test_a_batch_that_is_not_handed_over_on_its_day_is_late(session, asked):
    asked("320502", 40, Answer.ALL, 40, BatchState.TO_MAKE)
    day = session.scalar(
        text("SELECT delivery_on[1] FROM round WHERE id = :id"), {"id": asked.round_id}
    )

    before = board_of(session, asked.round_id, ("",), NOON)
    after = board_of(session, asked.round_id, ("",), NOON.replace(year=day.year + 1))

    assert (before.figures.late, after.figures.late) == (0, 1)
    session.execute(text("SET LOCAL TIME ZONE 'Pacific/Auckland'"))
    (case,) = cases_of(session, ("",), money=False, now=NOON.replace(year=day.year + 1))
    assert case.since.astimezone(BANGKOK) == datetime.combine(day, time(), BANGKOK)


def test_the_summary_of_a_completed_round_counts_the_readers_areas_only(session, asked):
    for tambon, made in (("320502", 40), ("320501", 30)):
        group = session.scalar(
            text("SELECT group_id FROM batch WHERE id = :b"), {"b": asked(tambon, made)}
        )
        session.execute(
            text("INSERT INTO round_summary VALUES (:r, :g, 50, :made, :made, 9000, 2000, now())"),
            {"r": asked.round_id, "g": group, "made": made},
        )

    mine, all_of_it = (summary_of(session, asked.round_id, (area,)) for area in ("320502", ""))

    assert (mine.groups, mine.planned_units, mine.delivered_units) == (1, 50, 40)
    assert (all_of_it.made_units, all_of_it.income_satang) == (70, 18000)
    assert summary_of(session, asked.round_id, ("99",)) is None


def test_the_board_asks_as_much_for_two_groups_as_for_thirty(session, asked):
    for number in range(2):
        asked(f"3205{number + 10}", 10)
    with statements() as few:
        board_of(session, asked.round_id, ("",), NOON)
    for number in range(28):
        asked(f"3206{number + 10}", 10)
    with statements() as many:
        board_of(session, asked.round_id, ("",), NOON)
    assert len(few) == len(many) == 5


def test_filters_narrow_the_groups_and_say_how_many_each_would_leave(session, asked):
    asked("320502", 40)
    asked("320502", 40, Answer.PART, 20, BatchState.CONFIRMED)
    asked("320501", 40, Answer.ALL, 40, BatchState.CONFIRMED)

    def board(**chosen):
        return board_of(session, asked.round_id, ("",), NOON, BoardFilter(**chosen))

    here = board(area="320502", show=Show.SHORT)
    assert [group.status for group in here.groups] == ["part"]
    assert here.figures.counts == {
        "all": 2, "silent": 1, "short": 1, "late": 0, "confirmed": 0,
    }  # fmt: skip
    assert here.figures.groups == 3  # the sums above are of the whole area
    assert board(product_id=10**6).groups == ()
    assert board(find="no such group").figures.counts["all"] == 0
    places = {choice.key: choice.groups for choice in here.choices if choice.kind == "tambon"}
    assert places == {"320502": 2, "320501": 1}  # what another area would show


def test_a_board_of_many_groups_has_pages(session, asked):
    for number in range(PAGE_GROUPS + 1):
        asked(f"32{number // 60 + 10}{number % 60 + 10}", 10)

    first = board_of(session, asked.round_id, ("",), NOON)
    second = board_of(session, asked.round_id, ("",), NOON, BoardFilter(page=2))

    assert (len(first.groups), len(second.groups), first.pages) == (PAGE_GROUPS, 1, 2)
    assert {g.id for g in first.groups}.isdisjoint({g.id for g in second.groups})


@pytest.mark.parametrize(
    "typed",
    [
        {"show": "x", "area": "32' OR 1=1", "product": "9" * 30, "page": "-1", "find": "\0"},
        {"page": "๑", "product": "1e3", "area": "3"},
    ],
)
def test_an_address_that_makes_no_sense_shows_the_whole_board(typed):
    assert read_filter(typed) == BoardFilter()


def test_a_filter_stands_in_the_address_and_comes_back():
    chosen = BoardFilter(show=Show.LATE, area="3205", product_id=7, find="ข้าว", page=2)
    assert read_filter({name: str(value) for name, value in chosen.address().items()}) == chosen
    assert BoardFilter().address() == {}


def test_the_version_changes_with_the_trail_and_with_the_minute(session, asked):
    before = board_version(session, NOON)
    record(session, actor="system", subject="x:1", event="x.y", at=NOON)
    after = board_version(session, NOON)

    assert after[0] > before[0]
    assert board_version(session, NOON.replace(minute=NOON.minute + 1)) != after


@pytest.mark.parametrize(
    "path",
    [
        "/board/{round}", "/money/{round}", "/group/{group}", "/board", "/board/cases",
        "/rounds/{round}/calls", "/rounds/{round}/short", "/rounds/{round}/short/{product}",
    ],
)  # fmt: skip
def test_a_part_that_is_known_costs_a_304_until_something_changes(session, app, asked, path):
    asked.answer_by = utc_now() + timedelta(days=1)
    batch = asked("320502", 40)
    of_batch = text("SELECT group_id, product_id FROM batch WHERE id = :b")
    group, product = session.execute(of_batch, {"b": batch}).one()
    readers = [make_user(session), make_user(session)]
    for reader in readers:
        make_grant(session, reader, "administrator", area="")
    browser, other = (browser_of(app, reader) for reader in readers)
    path = path.format(round=asked.round_id, group=group, product=product)

    first, again = asked_twice(browser, path)
    tag = first.headers["ETag"]

    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert "HX-Request" in first.headers["Vary"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert other.get(path, headers=PART).headers["ETag"] != tag, "another reader, another part"
    assert b"<html" in browser.get(path).data

    # Something happens: the trail grows, a question is there, money is asked for.
    asked("320502", 30)
    session.execute(
        text("UPDATE batch SET group_id = :g WHERE id = (SELECT max(id) FROM batch)"), {"g": group}
    )
    session.execute(text("UPDATE round SET name_th = 'ใหม่', number = number + 1"))
    record(session, actor="system", subject="x:1", event="x.y", at=NOON)
    changed = browser.get(path, headers=PART | {"If-None-Match": tag})
    assert changed.status_code == 200
