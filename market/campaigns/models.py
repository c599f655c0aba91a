"""Campaigns and the goods and groups that they tell about."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.campaigns.rules import CampaignState
from market.db import Base, Id


class Campaign(Base):
    """Some goods told about from one day to another. picture_id: the goods whose picture it wears.

    round_id: what counts as its result is ordered in this round; none: in any.
    """

    __tablename__ = "campaign"
    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(unique=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    words_th: Mapped[str]
    words_en: Mapped[str]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[CampaignState] = mapped_column(default=CampaignState.DRAFT)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("ends_on BETWEEN starts_on AND starts_on + 120", name="days"),
        Index("ix_campaign_shown", "ends_on", postgresql_where=text("state = 'published'")),
    )


class CampaignChoice(Base):
    """Goods or a group that a campaign tells about."""

    __tablename__ = "campaign_choice"
    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    __table_args__ = (
        CheckConstraint("num_nonnulls(product_id, group_id) = 1", name="one"),
        UniqueConstraint("campaign_id", "product_id", "group_id",
                         name="uq_campaign_choice_once", postgresql_nulls_not_distinct=True),
    )  # fmt: skip
