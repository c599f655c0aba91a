"""Pages of words: how to order, refunds, problems, privacy; and the living style page."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response

from market.clock import utc_now
from market.errors import NotFound
from market.web import allow, page

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
    """Every component in every state."""
    now = utc_now()
    return page("style/show.html", now=now, deadline_at=now + timedelta(days=2, hours=5))
