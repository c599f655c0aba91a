"""Pictures that people add to what they tell: of their work, with a review, with a thank-you.

One size each, large enough for a phone and small enough for its data. Read before a transaction
is open (it takes time), kept inside one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from sqlalchemy.orm import Session

from market.errors import Refused
from market.files import Store, keep_file
from market.pictures import MAX_BYTES, as_webp, pixels

SIDE = 800
QUALITY = 76
KIND = "image/webp"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A picture as it will be kept; width and height in pixels."""

    data: bytes
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class KeptSnapshot:
    """A picture that is kept, by the hash of what is in it."""

    file_hash: str
    width: int
    height: int


def read_snapshot(sent: bytes) -> Snapshot:
    """Check and draw anew. Refused when it is empty, too large, or no such picture."""
    if not sent:
        raise Refused("picture_missing")
    if len(sent) > MAX_BYTES:
        raise Refused("picture_too_large", megabytes=MAX_BYTES // 1024 // 1024)
    with pixels(BytesIO(sent), SIDE) as image:
        return Snapshot(data=as_webp(image, QUALITY), width=image.width, height=image.height)


def keep_snapshot(
    session: Session, store: Store, snapshot: Snapshot, *, owner: str, now: datetime
) -> KeptSnapshot:
    """Keep it under its owner ("review:9"); the same picture again is the same file."""
    file_hash = keep_file(session, store, snapshot.data, kind=KIND, owner=owner, now=now)
    return KeptSnapshot(file_hash=file_hash, width=snapshot.width, height=snapshot.height)
