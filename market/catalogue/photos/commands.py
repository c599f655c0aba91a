"""Writing photos. A photo is shown once its sender has answered every question about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import Offer, ProducerGroup
from market.catalogue.photos.models import Photo, PhotoFile
from market.catalogue.photos.rules import (
    LEAST_ALT,
    MOST_ALT,
    MOST_CAPTION,
    MOST_PHOTOS,
    Purpose,
    next_question,
)
from market.catalogue.photos.sizes import ReadPhoto
from market.db import lock
from market.errors import Refused
from market.files import Store, keep_file


def add_photo(
    session: Session, store: Store, group_id: int, read: ReadPhoto, *, actor: str, now: datetime
) -> int:
    """Keep a photo that nobody else sees yet; its id. The same photo again is the one kept."""
    lock(session, ProducerGroup, group_id)  # so that two at once get two places in the row
    sha256 = _keep_files(session, store, group_id, read, now)
    known = select(Photo.id).where(Photo.group_id == group_id, Photo.sha256 == sha256)
    photo_id = session.scalar(known)
    if photo_id is not None:
        return photo_id
    count, last = session.execute(
        select(func.count(), func.coalesce(func.max(Photo.position), 0)).where(
            Photo.group_id == group_id
        )
    ).one()
    if count >= MOST_PHOTOS:
        raise Refused("photos_full", most=MOST_PHOTOS)
    photo = Photo(
        sha256=sha256, group_id=group_id, position=last + 1, width=read.width,
        height=read.height, placeholder=read.placeholder, uploaded_by=actor, uploaded_at=now,
    )  # fmt: skip
    session.add(photo)
    session.flush()
    _record(session, photo.id, "photo.sent", actor, now)
    return photo.id


def say_about(
    session: Session, photo_id: int, purpose: Purpose, product_id: int | None, *,
    actor: str, now: datetime,
) -> None:  # fmt: skip
    """What the photo shows; goods must be the group's own."""
    photo = lock(session, Photo, photo_id)
    product_id = product_id if purpose is Purpose.PRODUCT else None
    if purpose is Purpose.PRODUCT and not _makes(session, photo.group_id, product_id):
        raise Refused("photo_product_needed")
    photo.purpose, photo.product_id = purpose, product_id
    _record(session, photo_id, "photo.about", actor, now)


def say_words(
    session: Session, photo_id: int, words: tuple[str, str, str], *, actor: str, now: datetime
) -> None:
    """What one sees in it, in Thai and perhaps English, and what stands below it."""
    alt_th, alt_en, caption = words
    if not LEAST_ALT <= len(alt_th) <= MOST_ALT or len(alt_en) > MOST_ALT:
        raise Refused("photo_words_needed", least=LEAST_ALT, most=MOST_ALT)
    if len(caption) > MOST_CAPTION:
        raise Refused("photo_caption_long", most=MOST_CAPTION)
    photo = lock(session, Photo, photo_id)
    photo.alt_th, photo.alt_en, photo.caption = alt_th, alt_en, caption
    _record(session, photo_id, "photo.words", actor, now)


def say_people(
    session: Session, photo_id: int, people_seen: bool, agreed: bool, *,
    actor: str, now: datetime,
) -> None:  # fmt: skip
    """Whether people can be recognised, and that all of them agree to be shown.

    Raises Refused ``photo_consent_needed`` where they do not.
    """
    if people_seen and not agreed:
        raise Refused("photo_consent_needed")
    photo = lock(session, Photo, photo_id)
    photo.people_seen, photo.consent_at = people_seen, now if people_seen else None
    _record(session, photo_id, "photo.people", actor, now)


def show_photo(session: Session, photo_id: int, *, actor: str, now: datetime) -> None:
    """Everybody may see it. Refused while a question is open; doing it again changes nothing."""
    photo = lock(session, Photo, photo_id)
    if next_question(photo.purpose, photo.alt_th, photo.people_seen):
        raise Refused("photo_unfinished")
    if photo.shown_at is None:
        photo.shown_at = now
        _record(session, photo_id, "photo.shown", actor, now)


def hide_photo(session: Session, photo_id: int, *, actor: str, now: datetime) -> None:
    """Nobody outside the group sees it any longer; doing it again changes nothing."""
    photo = lock(session, Photo, photo_id)
    if photo.shown_at is not None:
        photo.shown_at = None
        _record(session, photo_id, "photo.hidden", actor, now)


def remove_photo(session: Session, photo_id: int, *, actor: str, now: datetime) -> None:
    """The photo and all its words are gone; only a hidden one, that nothing else points at."""
    photo = lock(session, Photo, photo_id)
    if photo.shown_at is not None:
        raise Refused("photo_hide_first")
    try:
        with session.begin_nested():
            session.delete(photo)
    except IntegrityError as pointed_at:
        raise Refused("photo_in_use") from pointed_at
    _record(session, photo_id, "photo.removed", actor, now)


def move_photo(session: Session, photo_id: int, *, first: bool) -> None:
    """One place towards the front or the end; nothing where it stands there already."""
    photo = session.get_one(Photo, photo_id)
    rows = session.scalars(
        select(Photo).where(Photo.group_id == photo.group_id).order_by(Photo.id).with_for_update()
    )
    row = sorted(rows, key=lambda one: (one.position, one.id))
    place = row.index(photo)
    other = place - 1 if first else place + 1
    if 0 <= other < len(row):
        photo.position, row[other].position = row[other].position, photo.position


def _keep_files(
    session: Session, store: Store, group_id: int, read: ReadPhoto, now: datetime
) -> str:
    owner = f"group:{group_id}"
    sha256 = keep_file(session, store, read.data, kind="image/webp", owner=owner, now=now)
    files = [
        {
            "sha256": sha256,
            "width": drawn.width,
            "ext": drawn.ext,
            "file_sha256": keep_file(
                session, store, drawn.data, kind=f"image/{drawn.ext}", owner=owner, now=now
            ),
        }
        for drawn in read.widths
    ]
    session.execute(pg_insert(PhotoFile).values(files).on_conflict_do_nothing())
    return sha256


def _makes(session: Session, group_id: int, product_id: int | None) -> bool:
    made = exists().where(Offer.group_id == group_id, Offer.product_id == product_id)
    return bool(session.scalar(select(made)))


def _record(session: Session, photo_id: int, event: str, actor: str, now: datetime) -> None:
    record(session, actor=actor, subject=f"photo:{photo_id}", event=event, at=now)
