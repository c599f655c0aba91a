"""The page of a campaign, and its preview for those who write it."""

from __future__ import annotations

from flask import Blueprint, Response

from market.campaigns.queries import get_campaign, shown_campaign
from market.clock import bangkok_date, utc_now
from market.db import browsing, reading
from market.overviews.campaign.queries import campaign_goods
from market.overviews.shop.cards import cards_markup
from market.overviews.shop.public import public_page
from market.web import allow, national, page

bp = Blueprint("campaign", __name__)


@bp.get("/campaigns/<slug>")
@allow("market.see")
def show(slug: str) -> Response:
    """The campaign's words and its goods at their usual prices."""
    now = utc_now()
    with browsing() as session:
        view = shown_campaign(session, slug[:200].replace("\0", ""), now)
        goods = campaign_goods(session, view, now)
    over = not view.shows_at(now)
    return public_page("campaigns/show.html", view=view, goods=goods, over=over, preview=False)


@bp.get("/market/campaigns/<int:campaign_id>/preview")
@allow("round.manage", national)
def preview(campaign_id: int) -> Response:
    """How buyers will see it."""
    now = utc_now()
    with reading() as session:
        view = get_campaign(session, campaign_id)
        goods = campaign_goods(session, view, now)
    return page(
        "campaigns/show.html", view=view, goods=goods, preview=True, cards_of=cards_markup,
        over=view.ends_on < bangkok_date(now),
    )  # fmt: skip
