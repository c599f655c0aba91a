"""Pages of words: how to order, refunds, problems, privacy; and the living style page."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response

from market.catalogue.photos.queries import ShownPhoto
from market.clock import utc_now
from market.errors import NotFound
from market.web import allow, page

#: Stands for a photo on the style page: a cloth drawn by a computer, in two widths.
CLOTH = ShownPhoto(
    sha256="demo-cloth", width=640, height=480, widths=(320, 640), avif=False,
    placeholder="data:image/webp;base64,UklGRkAAAABXRUJQVlA4IDQAAADwAQCdASoQAAwABUB8JZACdAEQK+zVKgAA"
    "/VHveCulEJid3S8GkRFP7q5UMX/H0hujwAAA",
    alt_th="ผ้าครามลายขิดสีขาว มีเส้นทองคั่น", alt_en="Indigo cloth with a white khit and gold lines",
    caption="ภาพตัวอย่าง วาดด้วยคอมพิวเตอร์", folder="/static/img/",
)  # fmt: skip

bp = Blueprint("help", __name__)
TOPICS = frozenset({"how-to-order", "refunds", "problem"})


@bp.get("/help/<topic>")
@allow("market.see")
def show(topic: str) -> Response:
    """One topic in plain words."""
    if topic not in TOPICS:
        raise NotFound("not_found")
    return page(f"help/{topic}.html")


@bp.get("/privacy")
@allow("market.see")
def privacy() -> Response:
    """What is kept about people, why, and how long."""
    return page("help/privacy.html")


@bp.get("/style")
@allow("market.see")
def style() -> Response:
    """Every component in every state, in both themes."""
    now = utc_now()
    return page(
        "style/show.html",
        now=now,
        deadline_at=now + timedelta(days=2, hours=5),
        soon_at=now + timedelta(minutes=35),
        cloth=CLOTH,
    )
