"""What the pages about photos are sent."""

from __future__ import annotations

import re
from typing import IO

from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from market.catalogue.photos.rules import Purpose
from market.errors import NotFound, Refused
from market.intake import row_number
from market.thai import normalise

_NAME = re.compile(r"([0-9a-f]{64})-(320|640|1280)\.(webp|avif)")


def typed_name(name: str) -> tuple[str, int, str]:
    """Hash, width and format of a photo's address. Raises NotFound."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise NotFound("not_found", what="photo")
    return found[1], int(found[2]), found[3]


def typed_photo(sent: FileStorage | None) -> IO[bytes]:
    """The file that was chosen. Refused where none was."""
    if sent is None or not sent.filename:
        raise Refused("photo_missing")
    return sent.stream


def typed_about(form: ImmutableMultiDict[str, str]) -> tuple[Purpose, int | None]:
    """What the photo shows: ``group``, or ``product:7`` for goods."""
    purpose, _colon, product = form.get("about", "").partition(":")
    if purpose not in set(Purpose):
        raise Refused("photo_about_needed")
    try:
        return Purpose(purpose), row_number(product) if product else None
    except ValueError:
        raise Refused("photo_product_needed") from None


def typed_words(form: ImmutableMultiDict[str, str]) -> tuple[str, str, str]:
    """Words for those who cannot see it in Thai and in English, and what stands below it."""
    alt_th, alt_en, caption = (
        " ".join(normalise(form.get(name, "")).split()) for name in ("alt_th", "alt_en", "caption")
    )
    return alt_th, alt_en, caption


def typed_people(form: ImmutableMultiDict[str, str]) -> tuple[bool, bool]:
    """Whether people are seen, and whether all of them agree."""
    people = form.get("people", "")
    if people not in ("yes", "no"):
        raise Refused("photo_people_needed")
    return people == "yes", form.get("agreed") == "1"
