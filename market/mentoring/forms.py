"""What is typed by those who care for groups, as the commands take it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request

from market.errors import MarketError, Refused
from market.mentoring.commands import NewContact
from market.thai import phone_e164
from market.voices.forms import typed_words as typed
from market.web import sentence, status_of

PICTURE_BYTES = 40 * 1024 * 1024  # of a whole form


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


def said(refusal: MarketError | None) -> dict[str, Any]:
    """What a page shows again after a refusal: what was typed, what is wrong, the status."""
    return {
        "typed": request.form if refusal else {},
        "error": sentence(refusal),
        "status": status_of(refusal),
    }
