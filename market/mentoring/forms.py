"""What is typed by those who care for groups, as the commands take it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import current_app, request

from market.errors import MarketError, Refused
from market.files import Store, store_of
from market.mentoring.commands import NewContact
from market.mentoring.rules import MOST_PHOTOS
from market.snapshots import KeptSnapshot, Snapshot, keep_snapshot, read_snapshot
from market.thai import normalise, phone_e164
from market.web import sentence, status_of

TOO_LONG_TO_READ = 20_000  # letters; whoever sends more is no person
PICTURE_BYTES = 40 * 1024 * 1024  # of a whole form


def typed(field: str) -> str:
    """Words as typed, in the stored spelling; the commands refuse what is too long."""
    return normalise(request.form.get(field, "")[:TOO_LONG_TO_READ])


def typed_day(field: str) -> date | None:
    """A day from a date field; None where it is empty. Refused where it is no day."""
    value = request.form.get(field, "").strip()
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Refused("care_day_unreadable") from None


def typed_level() -> int:
    """The level that the form was made for; 0 where it says none."""
    value = request.form.get("from", "")
    return int(value) if value in {"1", "2"} else 0


def typed_contact(part: str) -> NewContact:
    """Somebody to call; part: the name of the field with what they are."""
    return NewContact(name=typed("name"), phone=phone_e164(typed("phone")), part=typed(part))


def typed_id(field: str) -> int | None:
    """The id that a form was made for; None where it says none."""
    value = request.form.get(field, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else None


def sent_pictures(field: str) -> list[Snapshot]:
    """The pictures that came with the form, checked; one more than allowed at most."""
    files = [file for file in request.files.getlist(field) if file.filename]
    return [read_snapshot(file.read()) for file in files[: MOST_PHOTOS + 1]]


def keep_all(
    session: Any, pictures: list[Snapshot], *, owner: str, now: datetime
) -> list[KeptSnapshot]:
    """Keep them under their owner; the same one twice is one."""
    kept = [keep_snapshot(session, store(), one, owner=owner, now=now) for one in pictures]
    return list({one.file_hash: one for one in kept}.values())


def store() -> Store:
    """Where this installation keeps files."""
    return store_of(current_app.extensions["market_config"])


def said(refusal: MarketError | None) -> dict[str, Any]:
    """What a page shows again after a refusal: what was typed, what is wrong, the status."""
    return {
        "typed": request.form if refusal else {},
        "error": sentence(refusal) if refusal else None,
        "status": status_of(refusal) if refusal else 200,
    }
