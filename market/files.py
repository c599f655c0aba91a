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

from sqlalchemy import CheckConstraint, delete
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.bucket import Bucket
from market.db import Base
from market.errors import NotFound, Unavailable


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
    store.put(sha256, data)
    session.execute(
        pg_insert(StoredFile)
        .values(sha256=sha256, kind=kind, size_bytes=len(data), owner=owner, stored_at=now)
        .on_conflict_do_nothing(index_elements=["sha256"])
    )
    return sha256


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


def forget_file(session: Session, store: Store, sha256: str) -> bool:
    """Keep a file no longer; False while some other row still names it.

    The bytes go before the commit: a crash leaves a name whose bytes are gone, and the next try
    removes that too.
    """
    try:
        with session.begin_nested():
            session.execute(delete(StoredFile).where(StoredFile.sha256 == sha256))
    except IntegrityError:
        return False
    store.drop(sha256)
    return True


def store_of(config: Any) -> Store:
    """The store of this installation: its bucket, or a folder under ``MARKET_HOME``."""
    if config.files_url:
        return Bucket(config.files_url, config.files_key, config.files_secret, config.files_region)
    return Folder(config.market_home / "files")
