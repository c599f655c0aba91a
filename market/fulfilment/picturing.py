"""Pictures by the makers: of the goods made, packed, handed over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import NotFound, Refused
from market.fulfilment.models import BatchPhoto
from market.fulfilment.rules import photo_step
from market.matching.models import Batch
from market.snapshots import KeptSnapshot

MOST_PHOTOS = 12  # a batch: two a step


def add_photo(
    session: Session, batch_id: int, kept: KeptSnapshot, *, actor: str, now: datetime,
    step: str | None = None,
) -> bool:  # fmt: skip
    """Show the picture to those who ordered; False where it is there already.

    step: what it is a proof of; without, the one the batch is in. Refused before there is
    anything to show, and when there are many.
    """
    batch = lock(session, Batch, batch_id)
    now_in = photo_step(batch.state)
    if now_in is None:
        raise Refused("photo_too_early")
    step = step or now_in
    shown = (BatchPhoto.batch_id == batch_id, BatchPhoto.hidden_at.is_(None))
    if (session.scalar(select(func.count()).where(*shown)) or 0) >= MOST_PHOTOS:
        raise Refused("batch_photos_full", most=MOST_PHOTOS)
    photo_id = session.scalar(
        pg_insert(BatchPhoto)
        .values(batch_id=batch_id, step=step, sent_at=now, sent_by=actor, **vars(kept))
        .on_conflict_do_update(
            index_elements=["batch_id", "file_hash"], set_={"hidden_at": None},
            where=BatchPhoto.hidden_at.is_not(None),
        )
        .returning(BatchPhoto.id)
    )  # fmt: skip
    if photo_id is None:
        return False
    record(
        session, actor=actor, subject=f"batch:{batch_id}", event="batch.pictured", at=now,
        data={"photo_id": photo_id, "step": step},
    )  # fmt: skip
    return True


def hide_photo(
    session: Session, batch_id: int, photo_id: int, *, actor: str, now: datetime
) -> None:
    """Nobody sees it any more. Twice changes nothing. NotFound for another batch's."""
    photo = lock(session, BatchPhoto, photo_id)
    if photo.batch_id != batch_id:
        raise NotFound("not_found", what="batch_photo")
    if photo.hidden_at is None:
        photo.hidden_at = now
        session.flush()
        record(
            session, actor=actor, subject=f"batch:{batch_id}", event="batch.picture_hidden",
            at=now, data={"photo_id": photo_id},
        )  # fmt: skip
