"""Writes on the road: a box is taken, put down, reported; a stop is done; a case is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.fulfilment.gathering.models import BoxCase, Trip, TripBox, TripStop
from market.fulfilment.gathering.queries import StopView, TripBoxView, TripView, get_trip
from market.fulfilment.gathering.rules import BoxProblem, CaseOutcome, Scanned, TripState, scanned
from market.fulfilment.handing import arrive_many
from market.fulfilment.leaving import follow_boxes, hand_over_boxes
from market.fulfilment.making import RECOUNT_CONSIGNMENTS
from market.fulfilment.models import Consignment
from market.matching.models import Batch
from market.payments.drops import drop_units, parts_of_batches
from market.payments.lowering import Why
from market.payments.rules import Part, ReleaseReason, drop_beyond

MOST_WORDS = 300

# Is there such a box at all? Where it belongs is not told: a driver's link opens one trip.
_KNOWN = text(
    """
    SELECT EXISTS (SELECT 1 FROM consignment WHERE id = :box)
        OR EXISTS (SELECT 1 FROM batch WHERE lot_code = :lot)
    """
)
#: What may still go short: orders of this box of which nothing was fetched.
_WAITING = text(
    """
    SELECT a.id FROM assignment a
      JOIN order_line l ON l.id = a.line_id JOIN orders o ON o.id = l.order_id
     WHERE a.batch_id = :batch_id AND (o.point_id = :point_id OR o.id = :order_id)
       AND a.received_units = 0
    """
)
_MARK = """
    UPDATE trip_box SET {what}_at = :now, {what}_by = :actor
     WHERE trip_id = :trip_id AND consignment_id = ANY(:ids) AND {what}_at IS NULL
"""
_COLLECT, _DELIVER = text(_MARK.format(what="collected")), text(_MARK.format(what="delivered"))


@dataclass(frozen=True, kw_only=True)
class BoxReport:
    """What is wrong with a box. units: how many are missing or broken."""

    box_id: int
    kind: BoxProblem
    units: int
    words: str
    file_hash: str | None = None


def scan_box(
    session: Session, trip_id: int, stop_id: int, typed: str, *, actor: str, now: datetime
) -> TripBoxView:
    """Take or put down one box at a stop, by its code. Nothing is ever counted twice.

    Refused, in words: no code, one that nobody knows, a box of another trip or stop, a lot
    of which several boxes are here. Conflict for a box that was scanned before.
    """
    trip, stop = _at(session, trip_id, stop_id)
    code = scanned(typed)
    if code is None:
        raise Refused("box_code_unreadable")
    box = _meant(session, trip, stop, code)
    if stop.is_dealt(box):
        at = box.collected_at if stop.takes else box.delivered_at
        raise Conflict("box_scanned_before", box=box.id, at=at.isoformat() if at else "")
    if not stop.takes and not box.collected_at:
        raise Refused("box_not_collected", box=box.id, group_th=box.group_th, group_en=box.group_en)
    _deal(session, stop, trip_id, [box.id], actor, now)
    return box


def finish_stop(session: Session, trip_id: int, stop_id: int, *, actor: str, now: datetime) -> int:
    """Everything that is not reported missing was taken or put down; how many boxes now.

    Twice changes nothing. The trip is done with its last stop.
    """
    trip, stop = _at(session, trip_id, stop_id, may_be_done=True)
    if stop.done_at is not None:
        return 0
    ids = [box.id for box in stop.left]
    if ids:
        _deal(session, stop, trip_id, ids, actor, now)
    row = lock(session, TripStop, stop_id)
    row.done_at, row.done_by = now, actor
    session.flush()
    record(
        session, actor=actor, subject=f"trip:{trip_id}", event="trip.stop_done", at=now,
        data={"stop_id": stop_id, "boxes": ids},
    )  # fmt: skip
    if all(other.done_at for other in trip.stops if other.id != stop_id):
        _finish_trip(session, trip_id, actor, now)
    return len(ids)


def report_box(
    session: Session, report: BoxReport, *, actor: str, now: datetime, trip_id: int | None = None
) -> bool:
    """Open a case about a box; False where the same is open already.

    Refused for more units than the box holds or without words; NotFound for a box that is not
    on the trip. A box that is missing altogether counts with all its units.
    """
    box = lock(session, Consignment, report.box_id)
    on_trip = session.get(TripBox, box.id)
    if trip_id is not None and (on_trip is None or on_trip.trip_id != trip_id):
        raise NotFound("not_found", what="consignment")
    units = _lost_units(box, report)
    case_id = _open_case(
        session, consignment_id=box.id, trip_id=on_trip.trip_id if on_trip else None,
        kind=report.kind, units=units, words=report.words[:MOST_WORDS],
        file_hash=report.file_hash, before_hand_over=box.handed_over_at is None, found_at=now,
        found_by=actor,
    )  # fmt: skip
    if case_id is None:
        return False
    record(
        session, actor=actor, subject=f"box_case:{case_id}", event="box_case.opened", at=now,
        to_state="open", reason=str(report.kind),
        data={"consignment_id": box.id, "units": units, "trip_id": trip_id},
    )  # fmt: skip
    return True


def _lost_units(box: Consignment, report: BoxReport) -> int:
    """All of a missing box, else what was reported."""
    units = box.units if report.kind is BoxProblem.MISSING else report.units
    if not 0 < units <= box.units:
        raise Refused("box_units_out_of_range", high=box.units)
    return units


def _open_case(session: Session, **values: object) -> int | None:
    """The new case's id; None where one of this kind is open for the box."""
    return session.scalar(
        pg_insert(BoxCase)
        .values(**values)
        .on_conflict_do_nothing(
            index_elements=["consignment_id", "kind"], index_where=text("closed_at IS NULL")
        )
        .returning(BoxCase.id)
    )


def close_case(
    session: Session, box_case_id: int, outcome: CaseOutcome, words: str, *, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    """Decide a case. The same again changes nothing; Conflict when it was decided otherwise.

    *paid back* is for units that the group never handed over: they are taken out of delivery,
    those who ordered last go short, and get their money back. Refused for anything later (that
    is decided buyer by buyer, where problems are) and for more than the box still holds.
    """
    case = lock(session, BoxCase, box_case_id)
    if case.closed_at is not None:
        if case.outcome is outcome:
            return
        raise Conflict("box_case_closed")
    if outcome is CaseOutcome.SETTLED and not words:
        raise Refused("box_case_words_missing")
    if outcome is CaseOutcome.PAID_BACK:
        _pay_back(session, case, actor, now)
    case.outcome, case.answer, case.closed_at, case.closed_by = outcome, words, now, actor
    session.flush()
    record(
        session, actor=actor, subject=f"box_case:{case.id}", event="box_case.closed", at=now,
        from_state="open", to_state=str(outcome), reason=words or None,
    )  # fmt: skip


def _pay_back(session: Session, case: BoxCase, actor: str, now: datetime) -> None:
    """Never for more than the box still holds: what was fetched or paid back before is over."""
    batch_id = session.scalars(
        select(Consignment.batch_id).where(Consignment.id == case.consignment_id)
    ).one()
    lock(session, Batch, batch_id)
    box = lock(session, Consignment, case.consignment_id)
    missing = case.kind is BoxProblem.MISSING
    if not case.before_hand_over or (missing and box.handed_over_at is not None):
        raise Refused("box_case_after_hand_over")
    parts = _parts_of(session, box)
    held = sum(part.live_units for part in parts)
    units = held if missing else case.units
    if not 0 < units <= held:
        raise Refused("box_case_more_than_held", held=held)
    why = Why(reason=ReleaseReason.SHORT, actor=actor, now=now)
    drop_units(session, drop_beyond(parts, held - units), why)
    session.execute(RECOUNT_CONSIGNMENTS, {"ids": [batch_id]})
    follow_boxes(session, [batch_id], actor=actor, now=now)


def _parts_of(session: Session, box: Consignment) -> list[Part]:
    where = {"batch_id": box.batch_id, "point_id": box.point_id, "order_id": box.order_id}
    mine = set(session.scalars(_WAITING, where))
    parts = parts_of_batches(session, [box.batch_id])
    return [part for part in parts if part.assignment_id in mine]


def _at(
    session: Session, trip_id: int, stop_id: int, *, may_be_done: bool = False
) -> tuple[TripView, StopView]:
    """The locked trip and one of its stops, when it may be driven now."""
    row = lock(session, Trip, trip_id)
    if row.state is not TripState.LOCKED and not (may_be_done and row.state is TripState.DONE):
        raise Conflict("trip_not_locked")
    trip = get_trip(session, trip_id)
    stop = next((stop for stop in trip.stops if stop.id == stop_id), None)
    if stop is None:
        raise NotFound("not_found", what="trip_stop")
    return trip, stop


def _meant(session: Session, trip: TripView, stop: StopView, code: Scanned) -> TripBoxView:
    """The box of this stop that the code means."""
    here = [box for box in stop.boxes if code in (_by_id(box), _by_lot(box))]
    open_ = [box for box in here if not stop.is_dealt(box)]
    if len(open_) > 1:
        raise Refused("lot_of_many_boxes", boxes=", ".join(str(box.id) for box in open_))
    if here:
        return (open_ or here)[0]
    elsewhere = [box for box in trip.boxes if code in (_by_id(box), _by_lot(box))]
    if elsewhere:
        raise Refused("box_other_stop", box=elsewhere[0].id, **_places(elsewhere[0]))
    known = session.scalar(_KNOWN, {"box": code.box_id, "lot": code.lot_code})
    raise Refused("box_not_of_trip" if known else "box_code_unknown")


def _by_id(box: TripBoxView) -> Scanned:
    return Scanned(box_id=box.id)


def _by_lot(box: TripBoxView) -> Scanned:
    return Scanned(lot_code=box.lot_code)


def _places(box: TripBoxView) -> dict[str, Any]:
    return {
        "group_th": box.group_th, "group_en": box.group_en,
        "point_th": box.point_th, "point_en": box.point_en,
    }  # fmt: skip


def _deal(
    session: Session, stop: StopView, trip_id: int, ids: Sequence[int], actor: str, now: datetime
) -> None:
    values = {"trip_id": trip_id, "ids": list(ids), "now": now, "actor": actor}
    if stop.takes:
        hand_over_boxes(session, ids, actor=actor, now=now)
        session.execute(_COLLECT, values)
    else:
        session.execute(_DELIVER, values)
        arrive_many(session, ids, actor=actor, now=now)


def _finish_trip(session: Session, trip_id: int, actor: str, now: datetime) -> None:
    trip = lock(session, Trip, trip_id)
    trip.state, trip.done_at = TripState.DONE, now
    trip.version += 1
    session.flush()
    record(
        session, actor=actor, subject=f"trip:{trip_id}", event="trip.done", at=now,
        from_state="locked", to_state="done",
    )  # fmt: skip
