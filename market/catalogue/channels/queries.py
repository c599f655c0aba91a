"""Reading the rules of ways, and the conditions that they are asked by wherever goods may go.

One place says what may travel how: orders, standing orders, shared baskets, matching and the
shop's pages put these conditions into their own statements.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.orm import Session

from market.catalogue.channels.rules import Channel, OwnLane
from market.catalogue.models import Category, ChannelRule, Product

COOLED = ("fresh", "chilled", "frozen")
#: May this product (p) be sent by post?
BY_PARCEL = """(p.ships_parcel AND coalesce((
    SELECT CASE WHEN p.storage IN ('fresh', 'chilled', 'frozen') THEN c.cold ELSE c.parcel END
      FROM channel_rule c WHERE c.category_key = p.category_key), true))"""
#: May this product (p) of a group (g) come to a pick-up point (lp) on the group's own way?
BY_OWN_LANE = """(CASE (SELECT c.own_lane FROM channel_rule c WHERE c.category_key = p.category_key)
    WHEN 'local' THEN left(lp.tambon_code, 4) = left(g.tambon_code, 4)
    WHEN 'visit' THEN lp.group_id = g.id ELSE true END)"""


@dataclass(frozen=True, kw_only=True)
class KindChannel:
    """A kind of goods with its ways; goods counts what is sold of it."""

    key: str
    name_th: str
    name_en: str
    channel: Channel
    goods: int


def kind_channels(session: Session) -> tuple[KindChannel, ...]:
    """Every kind of goods with its ways. One statement."""
    counted = (
        select(func.count())
        .where(Product.category_key == Category.key, Product.active)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Category.key, Category.name_th, Category.name_en, ChannelRule.parcel,
            ChannelRule.cold, ChannelRule.own_lane, counted.label("goods"),
        )
        .outerjoin(ChannelRule, ChannelRule.category_key == Category.key)
        .order_by(Category.position)
    )  # fmt: skip
    return tuple(
        KindChannel(
            key=row.key, name_th=row.name_th, name_en=row.name_en, goods=row.goods,
            channel=Channel() if row.own_lane is None else Channel(
                parcel=row.parcel, cold=row.cold, own_lane=OwnLane(row.own_lane)),
        )
        for row in rows
    )  # fmt: skip


def sends_parcel() -> ColumnElement[bool]:
    """As BY_PARCEL, over the model."""
    rule = (
        select(case((Product.storage.in_(COOLED), ChannelRule.cold), else_=ChannelRule.parcel))
        .where(ChannelRule.category_key == Product.category_key)
        .correlate(Product)
        .scalar_subquery()
    )
    return and_(Product.ships_parcel, func.coalesce(rule, true()))


def own_lane() -> ColumnElement[str]:
    """How far a product goes on the makers' own way."""
    rule = (
        select(ChannelRule.own_lane)
        .where(ChannelRule.category_key == Product.category_key)
        .correlate(Product)
        .scalar_subquery()
    )
    return func.coalesce(rule, OwnLane.ANYWHERE.value)
