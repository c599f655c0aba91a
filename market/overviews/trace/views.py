"""The page behind the code on every label."""

from __future__ import annotations

from flask import Blueprint, Response, request

from market.clock import utc_now
from market.db import browsing
from market.errors import NotFound
from market.overviews.shop.words import ALLERGENS, CERTIFICATES, STORAGE
from market.overviews.trace.queries import trace_lot
from market.overviews.trace.rules import lot_of
from market.web import allow, page, see_other

bp = Blueprint("trace", __name__)


@bp.get("/lot")
@allow("market.see")
def find() -> Response:
    """Type the code of a label."""
    typed = request.args.get("code", "")[:60]
    code = lot_of(typed)
    if code is not None:
        return see_other("trace.lot", lot_code=code)
    return page("trace/find.html", typed=typed, wrong=bool(typed), status=404 if typed else 200)


@bp.get("/lot/<lot_code>")
@allow("market.see")
def lot(lot_code: str) -> Response:
    """What is in the hand, who made it and how."""
    code = lot_of(lot_code[:60])
    if code is not None and code != lot_code:
        return see_other("trace.lot", lot_code=code)
    try:
        with browsing() as session:
            trace = trace_lot(session, code or "", utc_now())
    except NotFound:
        return page("trace/find.html", typed=lot_code[:60], wrong=True, status=404)
    return page(
        "trace/lot.html",
        trace=trace,
        lot=trace.lot,
        certificate_words=CERTIFICATES,
        allergen_words=ALLERGENS,
        storage_words=STORAGE,
    )
