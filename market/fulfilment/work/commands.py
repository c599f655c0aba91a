"""What a group writes down while it works. Each may be sent twice and counts once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.fulfilment.gathering.rules import scanned
from market.fulfilment.leaving import hand_over
from market.fulfilment.making import report_packed
from market.fulfilment.models import BatchTick, Consignment, MemberPart
from market.fulfilment.rules import ConsignmentState
from market.fulfilment.work.queries import Found, find_box
from market.fulfilment.work.rules import (
    MOST_MEMBERS,
    MOST_NAME,
    TICKED_FROM,
    Part,
    Step,
    is_at_least,
)
from market.matching.models import Batch
from market.matching.rules import BatchState
from market.thai import normalise


def tick_step(session: Session, batch_id: int, step: Step, *, actor: str, now: datetime) -> None:
    """The step is done. Again changes nothing. Refused before the batch has come so far."""
    batch = lock(session, Batch, batch_id)
    if step not in TICKED_FROM or not is_at_least(batch.state, TICKED_FROM[step]):
        raise Refused("step_too_early")
    ticked = session.scalar(
        pg_insert(BatchTick)
        .values(batch_id=batch_id, step=step, ticked_at=now, ticked_by=actor)
        .on_conflict_do_nothing()
        .returning(BatchTick.step)
    )
    if ticked is not None:
        record(
            session, actor=actor, subject=f"batch:{batch_id}", event="batch.ticked", at=now,
            to_state=str(step),
        )  # fmt: skip


def set_parts(
    session: Session, batch_id: int, parts: Sequence[Part], *, actor: str, now: datetime
) -> None:
    """Who makes how many; together all that is to be made. The same again changes nothing."""
    batch = lock(session, Batch, batch_id)
    if not is_at_least(batch.state, BatchState.TO_MAKE):
        raise Refused("nothing_to_share_out")
    wanted = _checked(parts, batch.to_make_units)
    known = session.execute(
        select(MemberPart.name, MemberPart.units)
        .where(MemberPart.batch_id == batch_id)
        .order_by(MemberPart.position)
    )
    if [Part(name=row.name, units=row.units) for row in known] == wanted:
        return
    session.execute(delete(MemberPart).where(MemberPart.batch_id == batch_id))
    session.execute(
        insert(MemberPart),
        [
            {"batch_id": batch_id, "name": part.name, "units": part.units, "position": place}
            for place, part in enumerate(wanted)
        ],
    )
    record(
        session, actor=actor, subject=f"batch:{batch_id}", event="batch.shared_out", at=now,
        data={"members": len(wanted), "units": batch.to_make_units},
    )  # fmt: skip


def _checked(parts: Sequence[Part], units: int) -> list[Part]:
    named = [
        Part(name=normalise(part.name)[:MOST_NAME], units=part.units)
        for part in parts
        if normalise(part.name)
    ]
    if not 0 < len(named) <= MOST_MEMBERS:
        raise Refused("members_missing", most=MOST_MEMBERS)
    if len({part.name for part in named}) < len(named):
        raise Refused("member_twice")
    total = sum(part.units for part in named)
    if total != units or any(part.units < 0 for part in named):
        raise Refused("parts_do_not_add_up", units=units, total=total, left=abs(units - total))
    return named


def pack_box(session: Session, batch_id: int, box_id: int, *, actor: str, now: datetime) -> bool:
    """A box is packed and closed; with the last one the whole batch is. True when it is.

    Again changes nothing. NotFound for another batch's box.
    """
    batch = lock(session, Batch, batch_id)
    box = _box_of(session, batch_id, box_id)
    if not is_at_least(batch.state, BatchState.MADE):
        raise Conflict("batch_not_made")
    if box.packed_at is None and box.state is ConsignmentState.WAITING:
        box.packed_at, box.packed_by = now, actor
        session.flush()
        record(
            session, actor=actor, subject=f"consignment:{box_id}", event="consignment.packed",
            at=now,
        )  # fmt: skip
    if batch.state is BatchState.MADE and not _left(session, batch_id, Consignment.packed_at):
        report_packed(session, batch_id, actor=actor, now=now)
    return is_at_least(batch.state, BatchState.PACKED)


def load_box(
    session: Session, batch_id: int, typed: str, *, actor: str, now: datetime
) -> tuple[int, bool]:
    """A scanned or typed box leaves the group's hands; with the last one the batch does.

    The box's id, and whether it counted just now: twice counts once. Refused, in words, for
    the code of another group, batch or round, and for what is no code.
    """
    batch = lock(session, Batch, batch_id)
    box_id = _own_box(session, batch, typed)
    box = _box_of(session, batch_id, box_id)
    if box.loaded_at is not None or box.state is not ConsignmentState.WAITING:
        return box_id, False  # loaded before, or fetched by a driver or the post
    if batch.state is not BatchState.PACKED:
        raise Conflict("batch_not_packed")
    box.loaded_at, box.loaded_by = now, actor
    session.flush()
    record(
        session, actor=actor, subject=f"consignment:{box_id}", event="consignment.loaded", at=now
    )
    if not _left(session, batch_id, Consignment.loaded_at):
        hand_over(session, batch_id, actor=actor, now=now)
    return box_id, True


def _own_box(session: Session, batch: Batch, typed: str) -> int:
    code = scanned(typed[:300])
    if code is None:
        raise Refused("box_code_unreadable")
    found = find_box(session, batch.id, code.box_id, code.lot_code)
    if not found:
        raise Refused("box_code_unknown")
    own = [box for box in found if box.batch_id == batch.id]
    if not own:
        raise _foreign(found[0], batch)
    waiting = [box for box in own if not box.loaded]
    if code.box_id is None and len(waiting) > 1:
        raise Refused("lot_has_boxes", boxes=len(waiting))
    return (waiting or own)[0].box_id


def _foreign(box: Found, batch: Batch) -> Refused:
    """Whose it is stays unsaid: numbers of boxes can be tried one after another."""
    if box.group_id != batch.group_id:
        return Refused("box_of_other_group")
    return Refused("box_of_other_batch", **vars(box))


def _box_of(session: Session, batch_id: int, box_id: int) -> Consignment:
    box = lock(session, Consignment, box_id)
    if box.batch_id != batch_id or box.state is ConsignmentState.CANCELLED:
        raise NotFound("not_found", what="consignment")
    return box


def _left(session: Session, batch_id: int, done_at: object) -> int:
    """How many boxes that still wait at the group are not done."""
    query = select(func.count()).select_from(Consignment).where(
        Consignment.batch_id == batch_id, Consignment.state == ConsignmentState.WAITING,
        done_at.is_(None),  # type: ignore[attr-defined]
    )  # fmt: skip
    return session.scalar(query) or 0
