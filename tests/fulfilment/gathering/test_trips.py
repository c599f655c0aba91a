"""Trips: planned from free boxes, arranged, driven; what may not happen to a box."""

from datetime import date, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.queries import find_link
from market.clock import bangkok_date
from market.db import transaction
from market.errors import Conflict, NotFound, Refused
from market.fulfilment.driving.commands import (
    BoxReport,
    close_case,
    finish_stop,
    report_box,
    scan_box,
)
from market.fulfilment.gathering.commands import (
    NewTrip,
    TripWords,
    cancel_trip,
    change_trip,
    lock_trip,
    move_stop,
    plan_trip,
    unlock_trip,
)
from market.fulfilment.gathering.drivers import forget_drivers, give_link
from market.fulfilment.gathering.models import BoxCase, Trip, TripBox
from market.fulfilment.gathering.queries import gather_sheet, get_trip
from market.fulfilment.gathering.rules import BoxProblem, CaseOutcome, common_area, scanned
from market.matching.rules import BatchState
from market.overviews.board.cases import cases_of
from market.rounds.models import Round
from tests.factories.fulfilment import boxes, make_packed, make_producing
from tests.factories.matching import NOW, TAMBON, make_point
from tests.factories.payments import (
    Paying,
    add_batch,
    add_line,
    add_order,
    live_units,
    make_paying,
    state_of,
)
from tests.factories.races import each_said
from tests.factories.shop import statements

ACTOR = "user:1"
WORDS = TripWords(
    starts=time(8), vehicle="รถกระบะ", capacity_g=800_000, driver_name="สมชาย", driver_phone=None
)


def world(session: Session, *, packed: bool = True) -> Paying:
    """Two groups, two points: an order of both groups at each; everything packed."""
    paying = make_paying(session)
    other = add_batch(session, paying)
    first, paying.point = paying.point, make_point(session)
    for point in (first, paying.point):
        paying.point = point
        order = add_order(session, paying, 10)
        add_line(session, paying, order, other, 5)
    make_producing(session, paying)
    for batch in (paying.batch, other):
        if packed:
            make_packed(session, batch)
    return paying


def due_on(session: Session, paying: Paying) -> date:
    return session.get_one(Round, paying.round.id).delivery_on[0]


def planned(session: Session, paying: Paying, *, locked: bool = True, **words: object) -> int:
    groups = tuple(session.scalars(text("SELECT DISTINCT group_id FROM batch")))
    new = NewTrip(
        on=due_on(session, paying), group_ids=groups,
        words=TripWords(**{**vars(WORDS), **words}),
    )  # fmt: skip
    trip_id = plan_trip(session, new, [TAMBON], actor=ACTOR, now=NOW)
    if locked:
        lock_trip(session, trip_id, version=1, actor=ACTOR, now=NOW)
    return trip_id


def test_a_code_is_read_however_it_comes():
    assert scanned("https://x.th/lot/12-00045?box=812").box_id == 812
    assert scanned("https://x.th/lot/12-00045").lot_code == "12-00045"
    assert scanned("๑๒-๐๐๐๔๕").lot_code == "12-00045"
    assert scanned(" ๘๑๒ ").box_id == 812
    assert scanned("กล่อง") is None
    assert common_area(["930101", "930102"]) == "9301"
    assert common_area(["930101", "100101"]) == ""


def test_a_trip_takes_the_free_boxes_of_the_day_once(session: Session) -> None:
    paying = world(session)
    sheet = gather_sheet(session, [TAMBON], due_on(session, paying), bangkok_date(NOW))
    assert sum(len(group.free) for group in sheet.groups) == len(sheet.boxes) > 0
    trip_id = planned(session, paying, locked=False)
    trip = get_trip(session, trip_id)
    assert {box.id for box in trip.boxes} == {box.id for box in sheet.boxes}
    taken: set[int] = set()
    for stop in trip.stops:  # whatever is put down was taken before
        ids = {box.id for box in stop.boxes}
        assert stop.takes or ids <= taken
        taken |= ids if stop.takes else set()
    with pytest.raises(Refused, match="trip_without_boxes"):
        planned(session, paying)
    cancel_trip(session, trip_id, actor=ACTOR, now=NOW)
    assert get_trip(session, planned(session, paying)).boxes


def test_what_others_coordinate_cannot_be_taken(session: Session) -> None:
    paying = world(session)
    nobody = NewTrip(on=due_on(session, paying), group_ids=(), words=WORDS)
    with pytest.raises(Refused, match="trip_groups_missing"):
        plan_trip(session, nobody, [""], actor=ACTOR, now=NOW)
    new = NewTrip(on=due_on(session, paying), group_ids=(paying.group.id,), words=WORDS)
    with pytest.raises(Refused, match="trip_without_boxes"):
        plan_trip(session, new, ["10"], actor=ACTOR, now=NOW)
    assert not gather_sheet(session, ["10"], new.on, bangkok_date(NOW)).groups


def test_a_vehicle_that_is_too_small_is_refused(session: Session) -> None:
    with pytest.raises(Refused, match="trip_too_heavy"):
        planned(session, world(session), capacity_g=1)


def test_stops_move_only_where_boxes_are_taken_first(session: Session) -> None:
    paying = world(session)
    trip_id = planned(session, paying, locked=False)
    trip = get_trip(session, trip_id)
    last_group = [stop for stop in trip.stops if stop.takes][-1]
    with pytest.raises(Refused, match="stop_cannot_move"):
        move_stop(session, trip_id, last_group.id, 1, version=1, actor=ACTOR, now=NOW)
    first = trip.stops[0]
    move_stop(session, trip_id, first.id, 1, version=1, actor=ACTOR, now=NOW)
    assert get_trip(session, trip_id).stops[1].id == first.id
    with pytest.raises(Conflict, match="trip_changed"):
        move_stop(session, trip_id, first.id, 1, version=1, actor=ACTOR, now=NOW)
    change_trip(
        session, trip_id, TripWords(**{**vars(WORDS), "driver_name": "สมหญิง"}), version=2,
        actor=ACTOR, now=NOW,
    )  # fmt: skip
    assert get_trip(session, trip_id).driver_name == "สมหญิง"


def test_boxes_are_taken_and_put_down_once(session: Session) -> None:
    paying = world(session)
    trip_id = planned(session, paying)
    trip = get_trip(session, trip_id)
    stop, drop = trip.stops[0], next(stop for stop in trip.stops if not stop.takes)
    one = stop.boxes[0]
    with pytest.raises(Refused, match=r"box_not_collected|box_other_stop"):
        scan_box(session, trip_id, drop.id, str(one.id), actor=ACTOR, now=NOW)
    scan_box(session, trip_id, stop.id, f"https://x/lot/1-00001?box={one.id}", actor=ACTOR, now=NOW)
    with pytest.raises(Conflict, match="box_scanned_before"):
        scan_box(session, trip_id, stop.id, str(one.id), actor=ACTOR, now=NOW)
    with pytest.raises(Conflict, match="trip_has_begun"):
        unlock_trip(session, trip_id, actor=ACTOR, now=NOW)
    for each in trip.stops:
        finish_stop(session, trip_id, each.id, actor="link:3", now=NOW)
        assert finish_stop(session, trip_id, each.id, actor="link:4", now=NOW) == 0
    done = get_trip(session, trip_id)
    assert done.state == "done"
    assert {box.state for box in boxes(session)} == {"arrived"}
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER
    assert {stop.done_by for stop in done.stops} == {"link:3"}


def test_a_foreign_code_is_refused_in_its_own_words(session: Session) -> None:
    paying = world(session)
    trip_id = planned(session, paying)
    stop = get_trip(session, trip_id).stops[0]
    other = world(session)
    foreign = next(box for box in boxes(session) if box.round_id == other.round.id)
    loose = next(box for box in boxes(session) if box.round_id == paying.round.id)
    session.execute(text("DELETE FROM trip_box WHERE consignment_id = :id"), {"id": loose.id})
    codes = {
        "กล่อง": "box_code_unreadable",
        "99999999": "box_code_unknown",
        str(foreign.id): "box_not_of_trip",
        str(loose.id): "box_not_of_trip",
        stop.boxes[0].lot_code: "lot_of_many_boxes",
    }
    session.expire_all()
    for code, refusal in codes.items():
        if refusal == "lot_of_many_boxes" and len(get_trip(session, trip_id).stops[0].boxes) < 2:
            continue
        with pytest.raises(Refused, match=refusal) as said:
            scan_box(session, trip_id, stop.id, code, actor=ACTOR, now=NOW)
        if refusal == "box_not_of_trip":
            assert said.value.data == {}, "a driver's link tells nothing of other trips"
    assert not session.scalars(select(TripBox).where(TripBox.collected_at.is_not(None))).all()


def waiting_boxes(session: Session, area: str) -> list[tuple[int | None, int]]:
    """The boxes in the list of everything that needs a person: one statement for all of it."""
    with statements() as sent:
        found = cases_of(session, [area], money=False, now=NOW)
    assert len(sent) == 1
    return [(one.round_id, one.cases) for one in found if one.kind == "boxes"]


def test_what_is_not_made_yet_stays_where_it_is(session: Session) -> None:
    trip_id = planned(session, world(session, packed=False))
    stop = get_trip(session, trip_id).stops[0]
    with pytest.raises(Refused, match="box_not_made_yet"):
        finish_stop(session, trip_id, stop.id, actor=ACTOR, now=NOW)
    assert {box.state for box in boxes(session)} == {"waiting"}


def test_a_missing_box_is_a_case_and_may_be_paid_back(session: Session) -> None:
    paying = world(session)
    trip_id = planned(session, paying)
    stop = next(s for s in get_trip(session, trip_id).stops if s.group_id == paying.group.id)
    box = stop.boxes[0]
    report = BoxReport(box_id=box.id, kind=BoxProblem.MISSING, units=0, words="")
    assert report_box(session, report, trip_id=trip_id, actor=ACTOR, now=NOW)
    assert not report_box(session, report, trip_id=trip_id, actor=ACTOR, now=NOW)
    finish_stop(session, trip_id, stop.id, actor=ACTOR, now=NOW)
    assert get_trip(session, trip_id).stops[0] is not None
    assert next(b for b in boxes(session) if b.id == box.id).state == "waiting"
    case = session.scalars(select(BoxCase)).one()
    assert waiting_boxes(session, TAMBON) == [(None, 1)]
    assert waiting_boxes(session, "98") == [(None, 1)]
    assert waiting_boxes(session, "990101") == []  # another area's
    close_case(session, case.id, CaseOutcome.PAID_BACK, "", actor=ACTOR, now=NOW)
    assert waiting_boxes(session, TAMBON) == []
    close_case(session, case.id, CaseOutcome.PAID_BACK, "", actor=ACTOR, now=NOW)
    with pytest.raises(Conflict, match="box_case_closed"):
        close_case(session, case.id, CaseOutcome.FOUND, "", actor=ACTOR, now=NOW)
    assert next(b for b in boxes(session) if b.id == box.id).state == "cancelled"
    assert sorted(live_units(session, order) for order in paying.orders) == [5, 15]
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER


def test_no_more_is_paid_back_than_the_box_still_holds(session: Session) -> None:
    paying = world(session)
    trip_id = planned(session, paying)
    stop = next(s for s in get_trip(session, trip_id).stops if s.group_id == paying.group.id)
    box = stop.boxes[0]
    for kind, units in ((BoxProblem.SHORT, 6), (BoxProblem.BROKEN, 6), (BoxProblem.MISSING, 0)):
        report = BoxReport(box_id=box.id, kind=kind, units=units, words="")
        report_box(session, report, trip_id=trip_id, actor=ACTOR, now=NOW)
    short, broken, missing = session.scalars(select(BoxCase).order_by(BoxCase.id)).all()
    close_case(session, short.id, CaseOutcome.PAID_BACK, "", actor=ACTOR, now=NOW)
    left = sorted(live_units(session, order) for order in paying.orders)

    with pytest.raises(Refused, match="box_case_more_than_held"), session.begin_nested():
        close_case(session, broken.id, CaseOutcome.PAID_BACK, "", actor=ACTOR, now=NOW)
    fetched = text("UPDATE assignment SET received_units = live_units WHERE batch_id = :id")
    session.execute(fetched, {"id": paying.batch.id})
    with pytest.raises(Refused, match="box_case_more_than_held"), session.begin_nested():
        close_case(session, missing.id, CaseOutcome.PAID_BACK, "", actor=ACTOR, now=NOW)

    assert left == sorted(live_units(session, order) for order in paying.orders) == [9, 15]


def test_what_broke_on_the_way_is_not_the_groups_to_pay(session: Session) -> None:
    paying = world(session)
    trip_id = planned(session, paying)
    stop = get_trip(session, trip_id).stops[0]
    finish_stop(session, trip_id, stop.id, actor=ACTOR, now=NOW)
    box = stop.boxes[0]
    for units in (0, box.units + 1):
        report = BoxReport(box_id=box.id, kind=BoxProblem.BROKEN, units=units, words="แตก")
        with pytest.raises(Refused, match="box_units_out_of_range"):
            report_box(session, report, trip_id=trip_id, actor=ACTOR, now=NOW)
    report = BoxReport(box_id=box.id, kind=BoxProblem.BROKEN, units=2, words="แตก")
    report_box(session, report, trip_id=trip_id, actor=ACTOR, now=NOW)
    case = session.scalars(select(BoxCase)).one()
    with pytest.raises(Refused, match="box_case_after_hand_over"):
        close_case(session, case.id, CaseOutcome.PAID_BACK, "", actor=ACTOR, now=NOW)
    with pytest.raises(Refused, match="box_case_words_missing"):
        close_case(session, case.id, CaseOutcome.SETTLED, "", actor=ACTOR, now=NOW)
    close_case(session, case.id, CaseOutcome.SETTLED, "แจ้งผู้ซื้อแล้ว", actor=ACTOR, now=NOW)
    with pytest.raises(NotFound):
        report_box(session, BoxReport(box_id=box.id, kind=BoxProblem.SHORT, units=1, words=""),
                   trip_id=trip_id + 1, actor=ACTOR, now=NOW)  # fmt: skip


def test_a_new_link_ends_the_one_before(session: Session) -> None:
    trip_id = planned(session, world(session))
    paths = [give_link(session, trip_id, actor=ACTOR, now=NOW) for _ in range(2)]
    live = session.scalars(
        text("SELECT id FROM signed_link WHERE trip_id = :id AND revoked_at IS NULL"),
        {"id": trip_id},
    ).all()
    assert len(live) == 1
    assert paths[0] != paths[1]
    unlock_trip(session, trip_id, actor=ACTOR, now=NOW)
    words = TripWords(**{**vars(WORDS), "driver_name": "สมหญิง"})
    change_trip(session, trip_id, words, version=3, actor=ACTOR, now=NOW)
    assert find_link(session, paths[1].removeprefix("/l/"), NOW) is None, "another one drives"


@pytest.mark.parametrize("size", [1, 4])
def test_a_trip_is_read_in_three_statements(session: Session, size: int) -> None:
    paying = make_paying(session)
    for _ in range(size):
        paying.point = make_point(session)
        add_order(session, paying, 10)
    make_producing(session, paying)
    make_packed(session, paying.batch)
    trip_id = planned(session, paying)
    with statements() as seen:
        assert len(get_trip(session, trip_id).boxes) == size
    assert len(seen) == 3
    with statements() as seen:
        gather_sheet(session, [TAMBON], due_on(session, paying), bangkok_date(NOW))
    assert len(seen) == 5


def test_two_coordinators_at_once_plan_a_box_once(committed: Flask) -> None:
    with transaction() as session:
        paying = world(session)
        groups = tuple(session.scalars(text("SELECT DISTINCT group_id FROM batch")))
        new = NewTrip(on=due_on(session, paying), group_ids=groups, words=WORDS)

    def plan(session: Session) -> None:
        plan_trip(session, new, [TAMBON], actor=ACTOR, now=NOW)

    assert each_said(committed, plan, plan) == ["done", "trip_without_boxes"]
    with transaction() as session:
        assert len(session.scalars(select(Trip)).all()) == 1


def test_a_driver_is_forgotten_long_after_the_trip(session: Session) -> None:
    trip_id = planned(session, world(session))
    assert forget_drivers(session, now=NOW) == 0
    assert forget_drivers(session, now=NOW + timedelta(days=120)) == 1
    assert forget_drivers(session, now=NOW + timedelta(days=120)) == 0
    assert get_trip(session, trip_id).driver_phone is None
