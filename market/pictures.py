"""Pictures that people send: checked by their content, made small, stripped of what they tell.

Nothing of the sent file is kept: its pixels are drawn anew, so that place, camera, comments and
whatever hid behind the picture are gone.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO

import zxingcpp
from PIL import Image, ImageOps

from market.errors import Refused

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 25_000_000  # a phone's camera has 12 million; more costs memory, not clarity
KEPT_SIDE = 1600
QUALITY = 80
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


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
    image = _opened(sent)
    codes = _codes_in(image)
    image.thumbnail((KEPT_SIDE, KEPT_SIDE))
    kept = BytesIO()
    image.save(kept, "WEBP", quality=QUALITY, method=4)
    return Picture(data=kept.getvalue(), kind="image/webp", codes=codes)


def _opened(sent: bytes) -> Image.Image:
    """The pixels, upright, in plain colour. The size is read before any pixel is unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our limit is lower
            image = Image.open(BytesIO(sent), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            return ImageOps.exif_transpose(image).convert("RGB")
    except Image.DecompressionBombError as bomb:
        megapixels = MAX_PIXELS // 1_000_000
        raise Refused("picture_too_many_pixels", megapixels=megapixels) from bomb
    except Exception as broken:  # a file made to trip its reader finds other errors than OSError
        raise Refused("picture_unreadable") from broken


def _codes_in(image: Image.Image) -> tuple[str, ...]:
    found = zxingcpp.read_barcodes(image.convert("L"), formats=_QR)
    return tuple(code.text for code in found)
