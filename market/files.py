"""Kept files: the database holds hash, type, size and owner, a store holds the bytes.

A file is named by the SHA-256 of what is in it, so that it is kept once however often it is
sent, and what is read can be checked. Files are served only through a view with a right.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import CheckConstraint, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.bucket import Bucket
from market.db import Base, browsing, transaction
from market.errors import NotFound, Unavailable

#: Owner of a file that nobody names any more: its bytes are to go.
FORGOTTEN = "forgotten"
MOST_DROPPED = 1000


class StoredFile(Base):
    """What is known of a kept file."""

    __tablename__ = "stored_file"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]  # "image/webp", decided by its content
    size_bytes: Mapped[int]
    owner: Mapped[str]  # "order:9": whose it was when it first came
    stored_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="size"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    )


class _TakenBack(Exception):
    """A try that was only to see whether it works."""


class Store(Protocol):
    """Where the bytes lie: a folder, or a bucket."""

    def put(self, name: str, data: bytes) -> None:
        """Keep the bytes under this name; the same again changes nothing."""

    def get(self, name: str) -> bytes | None:
        """The bytes of this name; None when there are none."""

    def drop(self, name: str) -> None:
        """Keep them no longer; none there is as good."""


class Folder:
    """Files in a folder of this machine, spread over 256 of them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, data: bytes) -> None:
        """Written beside and then moved: a crash never leaves half a file."""
        path = self._path(name)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
        os.replace(part.name, path)

    def get(self, name: str) -> bytes | None:
        """None when nobody put it."""
        path = self._path(name)
        return path.read_bytes() if path.exists() else None

    def drop(self, name: str) -> None:
        """As good when nobody put it."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.root / name[:2] / name


def keep_file(
    session: Session, store: Store, data: bytes, *, kind: str, owner: str, now: datetime
) -> str:
    """Keep the bytes and say their SHA-256; the first owner stays.

    The bytes are written before the row commits: what a failed transaction leaves behind is a
    file that nobody names, never a name without a file.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    note_file(session, sha256, len(data), kind=kind, owner=owner, now=now)
    store.put(sha256, data)
    return sha256


def note_file(
    session: Session, sha256: str, size_bytes: int, *, kind: str, owner: str, now: datetime
) -> None:
    """The row of a kept file; one that was forgotten has an owner again.

    Until the commit nobody drops these bytes, and whoever is dropping them is waited for: they
    have to be put (again) after this.
    """
    row = pg_insert(StoredFile).values(
        sha256=sha256, kind=kind, size_bytes=size_bytes, owner=owner, stored_at=now
    )
    kept = case((StoredFile.owner == FORGOTTEN, row.excluded.owner), else_=StoredFile.owner)
    session.execute(
        row.on_conflict_do_update(index_elements=["sha256"], set_={"owner": kept})
    )  # fmt: skip


def read_file(session: Session, store: Store, sha256: str) -> tuple[str, bytes]:
    """Type and bytes of a kept file. NotFound where there is no row; Unavailable where the
    store lost or changed the bytes.
    """
    row = session.get(StoredFile, sha256)
    if row is None:
        raise NotFound("not_found", what="file")
    data = store.get(sha256)
    if data is None or hashlib.sha256(data).hexdigest() != sha256:
        raise Unavailable("file_is_gone", sha256=sha256)
    return row.kind, data


def forget_file(session: Session, sha256: str) -> bool:
    """Keep a file no longer; False while some other row still names it.

    It only loses its owner here. The bytes go after the commit, by ``drop_file`` or, where that
    did not happen, by the sweep: a commit that fails has lost nothing.
    """
    if _is_named(session, sha256):
        return False
    session.execute(
        update(StoredFile).where(StoredFile.sha256 == sha256).values(owner=FORGOTTEN)
    )  # fmt: skip
    return True


def _is_named(session: Session, sha256: str) -> bool:
    """Does a row refer to it? The database knows them all: deleting is tried, and taken back."""
    try:
        with session.begin_nested():
            session.execute(delete(StoredFile).where(StoredFile.sha256 == sha256))
            raise _TakenBack
    except IntegrityError:
        return True
    except _TakenBack:
        return False


def drop_file(store: Store, sha256: str) -> None:
    """Drop the bytes of a forgotten file, and then its row. One that has an owner stays.

    No transaction of the caller may be open. Raises Unavailable where the store does not answer;
    then, as after a crash, the file is still forgotten and dropped by the next sweep.
    """
    with transaction() as session:
        gone = session.scalar(
            delete(StoredFile)
            .where(StoredFile.sha256 == sha256, StoredFile.owner == FORGOTTEN)
            .returning(StoredFile.sha256)
        )
        if gone is not None:
            store.drop(gone)


def drop_forgotten(store: Store) -> int:
    """Drop what was forgotten and is still there; how many. The rest waits for the next time."""
    with browsing() as session:
        left = session.scalars(
            select(StoredFile.sha256).where(StoredFile.owner == FORGOTTEN).limit(MOST_DROPPED)
        ).all()
    for sha256 in left:
        drop_file(store, sha256)
    return len(left)


def store_of(config: Any) -> Store:
    """The store of this installation: its bucket, or a folder under ``MARKET_HOME``."""
    if config.files_url:
        return Bucket(config.files_url, config.files_key, config.files_secret, config.files_region)
    return Folder(config.market_home / "files")
