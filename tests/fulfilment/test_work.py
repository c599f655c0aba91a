"""The group's work on a batch: steps, who makes how many, boxes packed and loaded."""

from threading import Barrier, Thread

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.clock import utc_now
from market.db import db, transaction
from market.errors import Conflict, MarketError, NotFound, Refused
from market.fulfilment.commands import hand_over_boxes, report_made, report_packed
from market.fulfilment.models import BatchTick, MemberPart
from market.fulfilment.work.commands import load_box, pack_box, set_parts, tick_step
from market.fulfilment.work.queries import get_work, parts_of_batches
from market.fulfilment.work.rules import Part, Step, current_step, share_out, steps_for
from market.matching.rules import BatchState
from tests.factories.accounts import browser_of
from tests.factories.fulfilment import boxes, make_packed, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import Paying, add_order, make_paying, state_of
from tests.factories.shop import statements

WHO = {"actor": "user:1", "now": NOW}


def producing(session: Session, *units: int) -> Paying:
    """A batch of one box for the point, and a parcel for each further order."""
    paying = make_paying(session)
    for place, wanted in enumerate(units or (10,)):
        add_order(session, paying, wanted, parcel=place > 0)
    make_producing(session, paying)
    return paying


def count(session: Session, event: str) -> int:
    return session.scalar(select(func.count()).where(AuditEvent.event == event)) or 0


parts = st.lists(st.integers(0, 500), min_size=1, max_size=30).map(
    lambda units: tuple(Part(name=f"m{n}", units=u) for n, u in enumerate(units))
)


@settings(max_examples=50, deadline=None)
@given(units=st.integers(0, 10_000), before=parts)
def test_shares_add_up_and_keep_their_proportions(units: int, before: tuple[Part, ...]) -> None:
    after = share_out(units, before)

    whole = sum(part.units for part in before) or len(before)
    assert sum(part.units for part in after) == units
    for was, now in zip(before, after, strict=True):
        weight = was.units if any(part.units for part in before) else 1
        assert abs(now.units - units * weight / whole) < 1
        assert now.name == was.name


@pytest.mark.parametrize("kind", ["serial", "fresh", "nonfood", "service"])
def test_the_checklist_leads_from_one_step_to_the_next(kind: str) -> None:
    steps, ticked, state, seen = steps_for(kind), set(), BatchState.TO_MAKE, []
    moves = {
        Step.MADE: BatchState.MADE, Step.PACKED: BatchState.PACKED,
        Step.HANDED_OVER: BatchState.HANDED_OVER,
    }  # fmt: skip
    while (step := current_step(steps, state, ticked)) is not None:
        seen.append(step)
        state = moves.get(step, state)
        ticked.add(step)

    assert tuple(seen) == steps
    assert current_step(steps, BatchState.PACKED, set()) == Step.HANDED_OVER
    assert current_step(steps, BatchState.CONFIRMED, set()) is None


def test_a_step_ticked_twice_counts_once_and_not_too_early(session: Session) -> None:
    batch = producing(session).batch

    with pytest.raises(Refused, match="step_too_early"):
        tick_step(session, batch.id, Step.OWN_USE, **WHO)
    with pytest.raises(Refused, match="step_too_early"):
        tick_step(session, batch.id, Step.PACKED, **WHO)
    for _ in range(2):
        tick_step(session, batch.id, Step.INGREDIENTS, **WHO)

    assert [row.step for row in session.scalars(select(BatchTick))] == ["ingredients"]
    assert count(session, "batch.ticked") == 1
    assert get_work(session, batch.id, "to_make", "food").now == Step.MADE


def test_late_repeats_of_what_was_reported_change_nothing(session: Session) -> None:
    batch = producing(session).batch
    make_packed(session, batch)

    report_made(session, batch.id, 10, **WHO)
    report_packed(session, batch.id, **WHO)
    with pytest.raises(Conflict):
        report_made(session, batch.id, 9, **WHO)

    assert state_of(session, batch) == BatchState.PACKED
    assert all(box.packed_at for box in boxes(session))


def test_members_parts_add_up_and_are_remembered(session: Session) -> None:
    batch = producing(session).batch
    said = [Part(name="สมศรี", units=7), Part(name="บุญมา", units=3)]
    for wrong, code in (
        ([Part(name="สมศรี", units=9)], "parts_do_not_add_up"),
        ([Part(name="สมศรี", units=11), Part(name="บุญมา", units=-1)], "parts_do_not_add_up"),
        ([Part(name="ก", units=5), Part(name="ก ", units=5)], "member_twice"),
        ([], "members_missing"),
    ):
        with pytest.raises(Refused, match=code):
            set_parts(session, batch.id, wrong, **WHO)
    for _ in range(2):
        set_parts(session, batch.id, said, **WHO)

    assert count(session, "batch.shared_out") == 1
    own = parts_of_batches(session, {batch.id: 10})[batch.id]
    assert (own.parts, own.own) == (tuple(said), True)
    # Fewer than were shared out: everybody makes less, in the same proportions.
    fewer = parts_of_batches(session, {batch.id: 5})[batch.id]
    assert [part.units for part in fewer.parts] == [4, 1]
    assert session.scalar(select(func.count()).select_from(MemberPart)) == 2


def test_the_last_box_that_is_packed_packs_the_batch(session: Session) -> None:
    batch = producing(session, 10, 20).batch
    first, second = (box.id for box in boxes(session))
    with pytest.raises(Conflict, match="batch_not_made"):
        pack_box(session, batch.id, first, **WHO)
    report_made(session, batch.id, 30, **WHO)

    assert [pack_box(session, batch.id, box, **WHO) for box in (first, first, second)] == [
        False, False, True,
    ]  # fmt: skip
    assert state_of(session, batch) == BatchState.PACKED
    assert count(session, "consignment.packed") == 2


def test_boxes_leave_by_scan_once_each_and_foreign_codes_are_told(session: Session) -> None:
    paying, other = producing(session, 10, 20), producing(session)
    batch, foreign = paying.batch, other.batch
    session.refresh(batch)
    session.refresh(foreign)
    first, second = (box.id for box in boxes(session) if box.batch_id == batch.id)
    strange = next(box.id for box in boxes(session) if box.batch_id == foreign.id)
    with pytest.raises(Conflict, match="batch_not_packed"):
        load_box(session, batch.id, str(first), **WHO)
    make_packed(session, batch)
    for typed, code in (
        ("🙂" * 400, "box_code_unreadable"),
        ("999999999999", "box_code_unknown"),
        ("99999999999999999999999", "box_code_unreadable"),
        (str(strange), "box_of_other_group"),
        (f"https://x.example/lot/{foreign.lot_code}?box={strange}", "box_of_other_group"),
        (batch.lot_code, "lot_has_boxes"),
    ):
        with pytest.raises(Refused, match=code):
            load_box(session, batch.id, typed, **WHO)
    with pytest.raises(Refused) as refusal:
        load_box(session, batch.id, str(strange), **WHO)
    assert refusal.value.data == {}  # not whose it is: numbers can be tried one after another
    assert not any(box.loaded_at for box in boxes(session))

    assert load_box(session, batch.id, f"/lot/{batch.lot_code}?box={first}", **WHO) == (first, True)
    assert load_box(session, batch.id, str(first), **WHO) == (first, False)
    assert state_of(session, batch) == BatchState.PACKED
    assert load_box(session, batch.id, batch.lot_code, **WHO) == (second, True)
    assert state_of(session, batch) == BatchState.HANDED_OVER
    assert load_box(session, batch.id, str(second), **WHO) == (second, False)
    assert count(session, "consignment.loaded") == 2
    with pytest.raises(NotFound):
        pack_box(session, batch.id, strange, **WHO)


def test_a_box_that_a_driver_took_is_not_waited_for_at_the_group(session: Session) -> None:
    batch = producing(session, 10, 20).batch
    make_packed(session, batch)
    fetched, last = (box.id for box in boxes(session))
    hand_over_boxes(session, [fetched], **WHO)
    assert load_box(session, batch.id, str(fetched), **WHO) == (fetched, False)
    assert state_of(session, batch) == BatchState.PACKED

    assert load_box(session, batch.id, batch.lot_code, **WHO) == (last, True)
    assert state_of(session, batch) == BatchState.HANDED_OVER
    assert count(session, "consignment.loaded") == 1


def test_two_phones_that_scan_the_last_boxes_hand_over_once(committed: Flask) -> None:
    session = db.session
    batch = producing(session, 10, 20).batch
    make_packed(session, batch)
    session.commit()
    batch_id, ids = batch.id, [box.id for box in boxes(session)]
    gate, faults = Barrier(4), []

    def scan(box_id: int) -> None:
        with committed.app_context():
            gate.wait()
            try:
                with transaction() as own:
                    load_box(own, batch_id, str(box_id), actor="user:1", now=utc_now())
            except MarketError as fault:
                faults.append(fault)

    threads = [Thread(target=scan, args=(box_id,)) for box_id in ids * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()

    assert faults == []
    assert state_of(session, batch) == BatchState.HANDED_OVER
    assert count(session, "consignment.loaded") == 2
    assert count(session, "batch.handed_over") == 1


def test_a_leader_walks_all_screens(app: Flask, session: Session) -> None:
    paying = producing(session, 10, 20)
    paying.product.allergens = ["peanut"]
    session.commit()
    browser, where = browser_of(app, paying.leader), f"/batches/{paying.batch.id}"
    ids = [box.id for box in boxes(session)]

    assert "data-keep" in browser.get(where).text
    assert browser.post(f"{where}/steps/ingredients").status_code == 303
    assert browser.post(f"{where}/steps/aliens").status_code == 404
    names = {"name": ["ก", "ข", "ค", ""], "units": ["", "", "", ""], "even": "1"}
    assert browser.post(f"{where}/members", data=names).status_code == 303
    listed = browser.get(f"/group/{paying.group.id}/make").text
    assert listed.count(">10<") >= 3
    wrong = browser.post(f"{where}/members", data={"name": "ก", "units": "๙"})
    assert wrong.status_code == 422
    assert 'value="๙"' in wrong.text
    assert browser.post(f"{where}/made", data={"units": "30"}).status_code == 303
    for step in ("own_use", "labelled"):
        assert browser.post(f"{where}/steps/{step}").status_code == 303
    sheet = browser.get(f"{where}/labels").text
    singles = browser.get(f"{where}/labels?size=50x30").text
    assert sheet.count('class="sheet-label"') == singles.count('class="single-label"') == 2
    assert all("ถั่วลิสง" in page and page.count("<svg") >= 2 for page in (sheet, singles))
    for box_id in ids:
        assert f"/boxes/{box_id}/packed" in browser.get(f"{where}/packing").text
        assert browser.post(f"{where}/boxes/{box_id}/packed").status_code == 303
    foreign = browser.post(f"{where}/load", data={"code": "77777777"}, headers={"Kept-Form": "1"})
    assert foreign.status_code == 422
    assert "%20" in foreign.headers["Refused-Words"]
    for box_id in ids:
        assert browser.post(f"{where}/load", data={"code": str(box_id)}).status_code == 303
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER


def test_pages_of_the_work_ask_no_more_for_more_boxes(app: Flask, session: Session) -> None:
    def costs(paying: Paying) -> list[int]:
        browser, where = browser_of(app, paying.leader), f"/batches/{paying.batch.id}"
        paths = (where, f"{where}/packing", f"{where}/members", f"{where}/hand-over",
                 f"/group/{paying.group.id}/make", f"/group/{paying.group.id}")  # fmt: skip
        found = []
        for path in paths:
            with statements() as sent:
                assert browser.get(path).status_code == 200
            found.append(len(sent))
        return found

    few, many = producing(session, 10), producing(session, 10, 10, 10, 20, 20)
    session.commit()
    browser_of(app, few.leader).get(f"/group/{few.group.id}")  # warm

    assert costs(few) == costs(many)


@pytest.mark.parametrize(
    ("state", "first"),
    [("to_make", "ทำให้เสร็จก่อน"), ("made", "บรรจุให้ครบก่อน")],
)
def test_before_the_hand_over_it_says_what_comes_first(
    app: Flask, session: Session, state: str, first: str
) -> None:
    paying = producing(session, 10)
    paying.batch.state = BatchState(state)
    session.commit()

    where = f"/batches/{paying.batch.id}/hand-over"
    shown = browser_of(app, paying.leader).get(where).text

    assert first in shown
    assert "ไม่มีกล่องเหลือ" not in shown
