"""Pictures that people send: checked by their content, made small, stripped of what they tell.

Nothing of the sent file is kept: its pixels are drawn anew, so that place, camera, comments and
whatever hid behind the picture are gone.

Memory stays bounded whatever is sent: the size is read before any pixel is unpacked, a phone's
JPEG is unpacked small at once (the format allows it), and a process reads one picture at a time.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import IO

import zxingcpp
from PIL import Image, ImageOps

from market.errors import Refused

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 16_000_000  # of pictures that have to be unpacked whole; a phone's screen has 5
MAX_JPEG_PIXELS = 50_000_000  # the largest that phones take; unpacked at a half to an eighth
KEPT_SIDE = 1600
CODE_SIDE = 3200  # large enough for the small code of a slip that was photographed
QUALITY = 80
_PLAIN = ("RGB", "L", "CMYK", "YCbCr", "RGBA", "LA")  # what can be made small as it is
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_one_at_a_time = Lock()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A checked picture as it is kept, and the texts of the QR codes that were in it."""

    data: bytes
    kind: str
    codes: tuple[str, ...]


def read_picture(sent: bytes) -> Picture:
    """Check, read and draw anew. Refused when it is empty, too large, or no such picture."""
    if not sent:
        raise Refused("picture_missing")
    if len(sent) > MAX_BYTES:
        raise Refused("picture_too_large", megabytes=MAX_BYTES // 1024 // 1024)
    with pixels(BytesIO(sent), CODE_SIDE) as image:
        codes = _codes_in(image)
        image.thumbnail((KEPT_SIDE, KEPT_SIDE))
        return Picture(data=as_webp(image, QUALITY), kind="image/webp", codes=codes)


@contextmanager
def pixels(sent: IO[bytes], side: int) -> Iterator[Image.Image]:
    """The pixels, upright, in plain colour, at most ``side`` long; for one thread at a time."""
    with _one_at_a_time:
        yield _opened(sent, side)


def as_webp(image: Image.Image, quality: int, *, method: int = 4) -> bytes:
    """The picture's bytes, without a word about where it came from. method: 0 quick, 6 small."""
    kept = BytesIO()
    image.save(kept, "WEBP", quality=quality, method=method)
    return kept.getvalue()


def _opened(sent: IO[bytes], side: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our limit is lower
            image = _upright(_small(Image.open(sent, formats=FORMATS), side))
    except Refused:
        raise
    except Image.DecompressionBombError as bomb:
        raise _too_many(MAX_PIXELS) from bomb
    except Exception as broken:  # a file made to trip its reader finds other errors than OSError
        raise Refused("picture_unreadable") from broken
    image.info = {}  # AVIF would take over a colour profile, with whatever lies in it
    return image


def _small(image: Image.Image, side: int) -> Image.Image:
    """At most ``side`` long. A progressive JPEG needs memory for all its pixels all the same."""
    whole = image.format != "JPEG" or "progressive" in image.info
    most = MAX_PIXELS if whole else MAX_JPEG_PIXELS
    if image.width * image.height > most:
        raise _too_many(most)
    scale = min(1, side / max(image.size))
    image.draft(None, (int(image.width * scale), int(image.height * scale)))
    if image.mode not in _PLAIN:
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    image.thumbnail((side, side))
    return image


def _too_many(most: int) -> Refused:
    return Refused("picture_too_many_pixels", megapixels=most // 1_000_000)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held; what is see-through lies on white."""
    image = ImageOps.exif_transpose(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    return paper


def _codes_in(image: Image.Image) -> tuple[str, ...]:
    found = zxingcpp.read_barcodes(image.convert("L"), formats=_QR)
    return tuple(code.text for code in found)
