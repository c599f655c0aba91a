"""What is typed and chosen about goods, as the commands take it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from market.snapshots import KeptSnapshot, Snapshot, keep_snapshot, read_snapshot
from market.thai import normalise
from market.voices.rules import MOST_PHOTOS
from market.web import file_store

TOO_LONG_TO_READ = 20_000  # letters; whoever sends more is no person


def typed_words(field: str) -> str:
    """Words as typed, in the stored spelling; the commands refuse what is too long."""
    return normalise(request.form.get(field, "")[:TOO_LONG_TO_READ])


def typed_score() -> int:
    """The chosen score, 0 where none was."""
    value = request.form.get("score", "")
    return int(value) if value in {"1", "2", "3", "4", "5"} else 0


def typed_flag(field: str) -> bool:
    """Was the box ticked?"""
    return request.form.get(field) == "1"


def sent_pictures(field: str, most: int = MOST_PHOTOS) -> list[Snapshot]:
    """The pictures that came with the form, checked; one more than allowed at most."""
    files = [file for file in request.files.getlist(field) if file.filename]
    return [read_snapshot(file.read()) for file in files[: most + 1]]


def keep_all(
    session: Any, pictures: list[Snapshot], *, owner: str, now: datetime
) -> list[KeptSnapshot]:
    """Keep them under their owner; the same one twice is one."""
    kept = [keep_snapshot(session, file_store(), one, owner=owner, now=now) for one in pictures]
    return list({one.file_hash: one for one in kept}.values())
