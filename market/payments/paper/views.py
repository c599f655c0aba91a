"""Papers: shown and printed for their owner; anybody may ask whether one is genuine."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, Response, current_app, request
from markupsafe import Markup

from market.db import reading
from market.errors import NotFound
from market.limits import limiter
from market.payments.causes import REFUND_CAUSES
from market.payments.qr import qr_svg
from market.payments.queries.papers import PaperView, get_paper, paper_thing
from market.web import allow, page

bp = Blueprint("papers", __name__)
CHECK_RATE = "60 per minute"  # a code has 31**10 values: this only keeps the log readable


@bp.get("/papers/<paper>")
@limiter.limit(CHECK_RATE)
@allow("market.see")
def check(paper: str) -> Response:
    """Is this paper genuine? Kind, day and sum are said only to whoever has its code."""
    with reading() as session:
        found = _genuine(session, paper[:40], request.args.get("c", ""))
    return page("papers/check.html", number=paper[:40], paper=found)


@bp.get("/papers/<paper>/print")
@allow("paper.see", paper_thing)
def show(paper: str) -> Response:
    """The whole paper, made to be printed."""
    with reading() as session:
        view = get_paper(session, paper)
    config: Any = current_app.extensions["market_config"]
    address = f"{config.public_url}/papers/{view.number}?c={view.check_code}"
    return page(
        "papers/show.html",
        paper=view,
        causes=REFUND_CAUSES,
        issuer=config.paper_issuer,
        address=address,
        qr=Markup(qr_svg(address)),  # noqa: S704  our own drawing
    )


def _genuine(session: Any, number: str, code: str) -> PaperView | None:
    try:
        view = get_paper(session, number)
    except NotFound:
        return None
    same = hmac.compare_digest(view.check_code.encode(), code.strip().upper().encode())
    return view if same else None
