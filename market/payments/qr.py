"""Pictures of a QR code: SVG for the page, PNG for the phone's album."""

from __future__ import annotations

from io import BytesIO

import segno

QUIET_MODULES = 4  # scanners need this white edge


def qr_svg(text: str) -> str:
    """An inline SVG without inline style, as the content policy wants it."""
    code = segno.make(text, error="m")
    return code.svg_inline(border=QUIET_MODULES, omitsize=True, dark="#000", light="#fff")


def qr_png(text: str, *, pixels_per_module: int = 16) -> bytes:
    """A PNG large enough to be read from the album by a bank's app."""
    picture = BytesIO()
    code = segno.make(text, error="m")
    code.save(picture, kind="png", scale=pixels_per_module, border=QUIET_MODULES)
    return picture.getvalue()
