"""Slips as banks print them: a tall white picture with the mini-QR in a corner."""

from __future__ import annotations

from io import BytesIO

import segno
from PIL import Image

from market.payments.slip_code import slip_payload


def slip_png(bank: str, reference: str, *, payload: str | None = None, mark: int = 255) -> bytes:
    """A slip's picture; ``payload`` puts another text into its code, ``mark`` another paper."""
    code = BytesIO()
    segno.make(payload or slip_payload(bank, reference), error="m").save(
        code, kind="png", scale=3, border=4
    )
    slip = Image.new("L", (480, 800), mark)
    slip.paste(Image.open(code).convert("L"), (300, 600))
    sent = BytesIO()
    slip.save(sent, "PNG")
    return sent.getvalue()
