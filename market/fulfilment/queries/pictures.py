"""Reads of the makers' pictures and promises."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound

_PHOTOS = text(
    """
    SELECT id, batch_id, step, width, height, sent_at FROM batch_photo
     WHERE batch_id = ANY(:ids) AND hidden_at IS NULL ORDER BY batch_id, id
    """
)
_FILE = text(
    "SELECT x.batch_id, x.step, x.file_hash, r.private FROM batch_photo x"
    " JOIN batch b ON b.id = x.batch_id JOIN round r ON r.id = b.round_id"
    " WHERE x.id = :id AND x.hidden_at IS NULL"
)
_HAS_BOUGHT = text(
    """
    SELECT EXISTS (SELECT 1 FROM assignment a
                     JOIN order_line l ON l.id = a.line_id JOIN orders o ON o.id = l.order_id
                    WHERE a.batch_id = :batch_id AND a.live_units > 0
                      AND (o.buyer_id = ANY(:buyers) OR o.id = ANY(:orders)))
    """
)
_PROMISES = text(
    """
    SELECT batch_id, due_on, reason, note, said_at FROM promise
     WHERE batch_id = ANY(:ids) ORDER BY batch_id, id
    """
)


@dataclass(frozen=True, kw_only=True)
class PhotoSeen:
    """A picture by the makers; width and height in pixels."""

    id: int
    batch_id: int
    step: str
    width: int
    height: int
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class PromiseSeen:
    """A promised day; the first has no reason."""

    batch_id: int
    due_on: date
    reason: str | None
    note: str | None
    said_at: datetime


@dataclass(frozen=True, kw_only=True)
class PhotoFile:
    """Which file a picture is, and of what; private: of goods made for one buyer."""

    batch_id: int
    step: str
    file_hash: str
    private: bool


def photos_of_batches(
    session: Session, batch_ids: Collection[int]
) -> dict[int, tuple[PhotoSeen, ...]]:
    """Batch -> its pictures, oldest first; one statement."""
    return _grouped(session, _PHOTOS, PhotoSeen, batch_ids)


def promises_of_batches(
    session: Session, batch_ids: Collection[int]
) -> dict[int, tuple[PromiseSeen, ...]]:
    """Batch -> what was promised, in order; one statement."""
    return _grouped(session, _PROMISES, PromiseSeen, batch_ids)


def photo_file(session: Session, photo_id: int) -> PhotoFile:
    """A picture that is shown. Raises NotFound."""
    row = session.execute(_FILE, {"id": photo_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="file")
    return PhotoFile(**row._mapping)


def has_bought(
    session: Session, batch_id: int, *, buyers: Collection[int], orders: Collection[int]
) -> bool:
    """Is some of the batch for one of these buyers or orders?"""
    wanted = {"batch_id": batch_id, "buyers": sorted(buyers), "orders": sorted(orders)}
    return bool(session.scalar(_HAS_BOUGHT, wanted))


def _grouped(
    session: Session, query: Any, kind: Any, batch_ids: Collection[int]
) -> dict[int, tuple[Any, ...]]:
    if not batch_ids:
        return {}
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query, {"ids": sorted(batch_ids)}):
        found[row.batch_id].append(kind(**row._mapping))
    return {batch_id: tuple(found[batch_id]) for batch_id in batch_ids}
