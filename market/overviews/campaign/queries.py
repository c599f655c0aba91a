"""Reading the goods of a campaign as the shop's lists show them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.campaigns.queries import CampaignView
from market.catalogue.models import Offer, Product
from market.overviews.shop.live import lead_offers, live_offers
from market.overviews.shop.queries import goods_row, goods_with
from market.overviews.shop.rows import GoodsRow

MOST = 60


def campaign_goods(session: Session, view: CampaignView, now: datetime) -> tuple[GoodsRow, ...]:
    """The chosen goods and those of the chosen groups, open ones first. One statement."""
    lead = lead_offers(live_offers())
    of_groups = select(Offer.product_id).where(Offer.group_id.in_(view.group_ids), Offer.active)
    query = (
        goods_with(lead, inner=False)
        .where(Product.active, or_(Product.id.in_(view.product_ids), Product.id.in_(of_groups)))
        .order_by(lead.c.round_id.is_(None), Product.sort_key, Product.id)
        .limit(MOST)
    )
    return tuple(goods_row(row) for row in session.execute(query, {"now": now}))
