"""Reads of the work on a batch: steps, parts of members, boxes to pack and to load."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.fulfilment.work.rules import Part, Step, current_step, is_done, share_out, steps_for

_STEPS = text(
    """
    SELECT t.step, t.ticked_at AS at, t.ticked_by AS by FROM batch_tick t WHERE t.batch_id = :id
    UNION ALL
    SELECT 'made', made_at, NULL FROM batch WHERE id = :id AND made_at IS NOT NULL
    UNION ALL
    SELECT 'packed', packed_at, NULL FROM batch WHERE id = :id AND packed_at IS NOT NULL
    UNION ALL
    SELECT 'handed_over', handed_over_at, NULL FROM batch
     WHERE id = :id AND handed_over_at IS NOT NULL
    """
)
_PHOTOS = text(
    """
    SELECT DISTINCT ON (step) step, id FROM batch_photo
     WHERE batch_id = :id AND hidden_at IS NULL ORDER BY step, id DESC
    """
)
# The batch's own parts; else those of the group's last batch, of the same goods if there is one;
# else the members of its last payout, evenly.
_PARTS = text(
    """
    WITH asked AS (SELECT id, group_id, product_id FROM batch WHERE id = ANY(:ids)),
    latest AS (
      SELECT a.id AS asked_id, (
             SELECT b.id FROM batch b
              WHERE b.group_id = a.group_id
                AND EXISTS (SELECT 1 FROM member_part m WHERE m.batch_id = b.id)
              ORDER BY (b.id = a.id) DESC, (b.product_id = a.product_id) DESC, b.id DESC LIMIT 1
             ) AS from_id, a.group_id FROM asked a)
    SELECT l.asked_id, m.name, m.units, m.position, l.from_id = l.asked_id AS own
      FROM latest l JOIN member_part m ON m.batch_id = l.from_id
    UNION ALL
    SELECT l.asked_id, s.name, 1, s.id, false
      FROM latest l
      JOIN member_share s ON l.from_id IS NULL AND s.payout_id = (
           SELECT p.id FROM payout p JOIN member_share x ON x.payout_id = p.id
            WHERE p.group_id = l.group_id ORDER BY p.id DESC LIMIT 1)
     ORDER BY 1, 4
    """
)
_MARKS = text(
    "SELECT id, packed_at, loaded_at FROM consignment WHERE batch_id = :id AND state <> 'cancelled'"
)
_BOX = text(
    """
    SELECT s.id AS box_id, s.batch_id, b.group_id, b.lot_code,
           s.loaded_at IS NOT NULL OR s.state <> 'waiting' AS loaded,
           p.name_th AS product_th, p.name_en AS product_en
      FROM consignment s
      JOIN batch b ON b.id = s.batch_id
      JOIN product p ON p.id = b.product_id
     WHERE s.state <> 'cancelled' AND (s.id = :box_id OR b.lot_code = :lot)
     ORDER BY (s.batch_id = :batch_id) DESC, s.id LIMIT 500
    """
)


@dataclass(frozen=True, kw_only=True)
class StepSeen:
    """A step of the work: when it was done, and its latest picture."""

    step: Step
    done: bool
    at: datetime | None
    photo_id: int | None


@dataclass(frozen=True, kw_only=True)
class WorkView:
    """The checklist of a batch; ``now`` is the one step to do."""

    steps: tuple[StepSeen, ...]
    now: Step | None


@dataclass(frozen=True, kw_only=True)
class PartsView:
    """Who makes how many; ``own``: the leader has said so for this batch."""

    parts: tuple[Part, ...]
    own: bool


@dataclass(frozen=True, kw_only=True)
class BoxMarks:
    """How far a box is."""

    packed: bool
    loaded: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """A box that a code may mean."""

    box_id: int
    batch_id: int
    group_id: int
    lot_code: str
    loaded: bool
    product_th: str
    product_en: str


def get_work(session: Session, batch_id: int, state: str, label_class: str) -> WorkView:
    """The checklist, in two statements."""
    done = {row.step: row.at for row in session.execute(_STEPS, {"id": batch_id})}
    photos = {row.step: row.id for row in session.execute(_PHOTOS, {"id": batch_id})}
    steps = steps_for(label_class)
    return WorkView(
        steps=tuple(
            StepSeen(
                step=step, done=is_done(step, state, done), at=done.get(step),
                photo_id=photos.get(step),
            )
            for step in steps
        ),
        now=current_step(steps, state, done),
    )  # fmt: skip


def parts_of_batches(session: Session, units: dict[int, int]) -> dict[int, PartsView]:
    """Batch -> who makes how many of its units; one statement. What changed since is scaled."""
    found: dict[int, list[Part]] = {batch_id: [] for batch_id in units}
    own = set()
    for row in session.execute(_PARTS, {"ids": sorted(units)}):
        found[row.asked_id].append(Part(name=row.name, units=row.units))
        if row.own:
            own.add(row.asked_id)
    return {
        batch_id: PartsView(parts=share_out(units[batch_id], parts), own=batch_id in own)
        for batch_id, parts in found.items()
    }


def marks_of_boxes(session: Session, batch_id: int) -> dict[int, BoxMarks]:
    """Box -> packed, loaded; one statement."""
    return {
        row.id: BoxMarks(packed=row.packed_at is not None, loaded=row.loaded_at is not None)
        for row in session.execute(_MARKS, {"id": batch_id})
    }


def find_box(
    session: Session, batch_id: int, box_id: int | None, lot_code: str | None
) -> tuple[Found, ...]:
    """The boxes that a code may mean, this batch's first."""
    asked = {"batch_id": batch_id, "box_id": box_id, "lot": lot_code}
    return tuple(Found(**row._mapping) for row in session.execute(_BOX, asked))
