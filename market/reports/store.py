"""Large files in the store of this installation: in and out in pieces, never whole in memory.

The same names and places as ``market.files``; only the way in and out differs.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol
from urllib.error import HTTPError
from urllib.request import Request

from market.bucket import Bucket, signed_headers
from market.clock import utc_now
from market.errors import Unavailable
from market.files import Folder
from market.outward import ask

PIECE_BYTES = 256 * 1024
UPLOAD_SECONDS = 600
READ_SECONDS = 30


class LargeStore(Protocol):
    """Where large files lie."""

    def put_file(self, name: str, file: IO[bytes], size_bytes: int) -> None:
        """Keep the file, read from its start. Raises Unavailable when it is not taken."""

    def read(self, name: str, start: int, size: int) -> bytes:
        """So many bytes from there, fewer at the end. Raises Unavailable where it is gone."""

    def drop(self, name: str) -> None:
        """Keep it no longer; none there is as good."""

    def get(self, name: str) -> bytes | None:
        """All of it, for small files; None when there is none."""

    def put(self, name: str, data: bytes) -> None:
        """Keep these bytes, for small files."""


class LargeFolder(Folder):
    """A folder of this machine."""

    def put_file(self, name: str, file: IO[bytes], size_bytes: int) -> None:
        """Copied beside and then moved: a crash never leaves half a file under its name."""
        path = self._path(name)
        file.seek(0)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
                shutil.copyfileobj(file, part, PIECE_BYTES)
                part.flush()
                os.fsync(part.fileno())
            os.replace(part.name, path)
        except OSError as failure:
            raise Unavailable("file_is_gone", sha256=name) from failure

    def read(self, name: str, start: int, size: int) -> bytes:
        """A piece of it."""
        try:
            with self._path(name).open("rb") as file:
                file.seek(start)
                return file.read(size)
        except OSError as failure:
            raise Unavailable("file_is_gone", sha256=name) from failure


class LargeBucket(Bucket):
    """A bucket of an S3-compatible server."""

    def put_file(self, name: str, file: IO[bytes], size_bytes: int) -> None:
        """One PUT whose body is read from the file; the name is its SHA-256, so it is signed."""
        file.seek(0)
        headers = self._signed("PUT", name, sha256=name) | {"content-length": str(size_bytes)}
        self._ask(Request(self._address(name), file, headers, method="PUT"), UPLOAD_SECONDS)  # noqa: S310  https: config

    def read(self, name: str, start: int, size: int) -> bytes:
        """A piece of it, by Range."""
        asked = {"range": f"bytes={start}-{start + size - 1}"}
        headers = self._signed("GET", name, more=asked)
        return self._ask(Request(self._address(name), None, headers), READ_SECONDS)  # noqa: S310

    def _address(self, name: str) -> str:
        return f"{self._url}/{name}"

    def _signed(self, method: str, name: str, **how: Any) -> dict[str, str]:
        return signed_headers(
            method, self._address(name), b"", key=self._key, secret=self._secret,
            region=self._region, now=utc_now(), **how,
        )  # fmt: skip

    def _ask(self, request: Request, seconds: float) -> bytes:
        try:
            with ask(request, seconds=seconds) as answer:
                found: bytes = answer.read()
                return found
        except HTTPError as refused:
            with refused:
                raise Unavailable("file_is_gone", said=refused.code) from refused
        except OSError as failure:
            raise Unavailable("file_is_gone", said=type(failure).__name__) from failure


class Kept(io.RawIOBase):
    """A kept file to be sent: read in pieces, from wherever a download goes on."""

    def __init__(self, store: LargeStore, name: str, size_bytes: int) -> None:
        self._store, self._name, self._size, self._at = store, name, size_bytes, 0

    def seekable(self) -> bool:
        """A download that broke off goes on in the middle."""
        return True

    def readable(self) -> bool:
        """It is to be read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there; only from the start or the end."""
        self._at = offset if whence == io.SEEK_SET else self._size + offset
        return self._at

    def tell(self) -> int:
        """Where the next piece comes from."""
        return self._at

    def __iter__(self) -> Iterator[bytes]:  # pieces, not lines
        return self

    def __next__(self) -> bytes:
        """The next piece. Raises Unavailable where the store lost it on the way."""
        wanted = min(PIECE_BYTES, self._size - self._at)
        if wanted <= 0:
            raise StopIteration
        piece = self._store.read(self._name, self._at, wanted)
        if not piece:
            raise Unavailable("file_is_gone", sha256=self._name)
        self._at += len(piece)
        return piece


def large_store_of(config: Any) -> LargeStore:
    """The store of this installation."""
    if config.files_url:
        return LargeBucket(
            config.files_url, config.files_key, config.files_secret, config.files_region
        )
    return LargeFolder(Path(config.market_home) / "files")


def hash_of(file: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size of a file, read in pieces."""
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest(), file.tell()
