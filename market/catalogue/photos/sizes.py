"""A photo in the widths that browsers choose from, drawn from what was sent."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from PIL import Image, features

from market.errors import Refused
from market.pictures import KEPT_SIDE, as_webp, pixels

WIDTHS = (320, 640, 1280)
LEAST_SIDE = 320
#: A width is drawn coarser until it fits: a card's photo must not cost more than the page.
MOST_BYTES = {320: 18_000, 640: 45_000, 1280: 140_000}
QUALITIES = (78, 62, 46, 30)
KEPT_QUALITY = 85
AVIF_QUALITY, AVIF_SPEED = 50, 9  # fewer bytes than WebP, and in less time
WORTH_IT = 0.9  # AVIF is offered only where it saves a tenth
PLACEHOLDER_SIDE, PLACEHOLDER_QUALITY = 16, 20


@dataclass(frozen=True, kw_only=True)
class Width:
    """The photo in one width and format."""

    width: int
    ext: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class ReadPhoto:
    """A checked photo: what is kept (WebP), its pixels, its widths, and a blur of it."""

    data: bytes
    width: int
    height: int
    widths: tuple[Width, ...]
    placeholder: str


def read_photo(sent: IO[bytes]) -> ReadPhoto:
    """Check and draw anew. Refused when it is no picture, too large, or too small to show."""
    try:
        return _read(sent)
    except Refused as refusal:  # the same reasons as for slips, with other advice
        raise Refused(refusal.code.replace("picture_", "photo_"), **refusal.data) from refusal


def _read(sent: IO[bytes]) -> ReadPhoto:
    with pixels(sent, KEPT_SIDE) as image:
        if min(image.size) < LEAST_SIDE:
            raise Refused("photo_too_small", pixels=LEAST_SIDE)
        return ReadPhoto(
            data=as_webp(image, KEPT_QUALITY),
            width=image.width,
            height=image.height,
            widths=tuple(_worth(list(_widths(image)))),
            placeholder=_placeholder(image),
        )


def _widths(image: Image.Image) -> Iterator[Width]:
    for width in WIDTHS:
        if width <= image.width:
            height = max(1, round(image.height * width / image.width))
            drawn = image.resize((width, height), Image.Resampling.LANCZOS)
            yield Width(width=width, ext="webp", data=_light_webp(drawn, MOST_BYTES[width]))
            if features.check("avif"):
                yield Width(width=width, ext="avif", data=_avif(drawn))


def _worth(widths: list[Width]) -> Iterator[Width]:
    """All widths, or WebP alone: a browser takes AVIF wherever it is offered."""
    bytes_of = {
        ext: sum(len(drawn.data) for drawn in widths if drawn.ext == ext)
        for ext in ("webp", "avif")
    }
    saves = bytes_of["avif"] < bytes_of["webp"] * WORTH_IT
    yield from (drawn for drawn in widths if saves or drawn.ext == "webp")


def _light_webp(image: Image.Image, most_bytes: int) -> bytes:
    """At the best quality that fits; at the lowest where none does."""
    for quality in QUALITIES:
        data = as_webp(image, quality, method=2)
        if len(data) <= most_bytes:
            break
    return data


def _avif(image: Image.Image) -> bytes:
    kept = BytesIO()
    image.save(kept, "AVIF", quality=AVIF_QUALITY, speed=AVIF_SPEED, max_threads=1)
    return kept.getvalue()


def _placeholder(image: Image.Image) -> str:
    """A few pixels as a data URI, which the browser smooths into a blur."""
    tiny = image.copy()
    tiny.thumbnail((PLACEHOLDER_SIDE, PLACEHOLDER_SIDE))
    return "data:image/webp;base64," + b64encode(as_webp(tiny, PLACEHOLDER_QUALITY)).decode()
