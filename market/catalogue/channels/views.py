"""The page on which the market says which kind of goods travels how."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.catalogue.channels.commands import set_channels
from market.catalogue.channels.queries import kind_channels
from market.catalogue.channels.rules import Channel, OwnLane
from market.clock import utc_now
from market.db import reading, transaction
from market.errors import Refused
from market.web import allow, national, page, principal, say, see_other, sentence

bp = Blueprint("goods_ways", __name__)


@bp.route("/market/channels", methods=["GET", "POST"])
@allow("round.manage", national)
def index() -> Response:
    """Every kind of goods with its ways."""
    if request.method == "GET":
        return _page()
    typed = {key: _typed(key) for key in request.form.getlist("kind")[:200]}
    try:
        with transaction() as session:
            set_channels(session, typed, actor=principal().actor(), now=utc_now())
    except Refused as refusal:
        return _page(wrong=sentence(refusal), status=422)
    say(_("Saved. New orders follow it."))
    return see_other("goods_ways.index")


def _page(wrong: str | None = None, status: int = 200) -> Response:
    with reading() as session:
        kinds = kind_channels(session)
    return page("catalogue/channels.html", kinds=kinds, wrong=wrong, status=status)


def _typed(key: str) -> Channel:
    lane = request.form.get(f"lane-{key}", "")
    ticked = set(request.form.getlist(f"post-{key}"))
    return Channel(
        parcel="parcel" in ticked, cold="cold" in ticked,
        own_lane=OwnLane(lane) if lane in set(OwnLane) else OwnLane.ANYWHERE,
    )  # fmt: skip
