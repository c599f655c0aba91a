"""Reading campaigns: for the desk, for the calendar, for the shop, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from market.campaigns.models import Campaign, CampaignChoice
from market.campaigns.rules import CampaignState, shows
from market.catalogue.models import ProducerGroup, Product
from market.clock import bangkok_date, bangkok_moment
from market.errors import NotFound
from market.orders.models import Order, OrderLine
from market.orders.rules import OrderState
from market.rounds.models import Round
from market.rounds.rules import RoundState


@dataclass(frozen=True, kw_only=True)
class Days:
    """Days from one to another, both included, and their weave on a calendar."""

    first: date
    last: date
    weave: str


@dataclass(frozen=True, kw_only=True)
class CampaignRow:
    """A campaign in a list."""

    id: int
    slug: str
    name_th: str
    name_en: str
    state: CampaignState
    starts_on: date
    ends_on: date

    def stretches(self) -> tuple[Days, ...]:
        """Its days on a calendar."""
        return (Days(first=self.starts_on, last=self.ends_on, weave="check"),)


@dataclass(frozen=True, kw_only=True)
class CampaignView:
    """A campaign with what it tells about."""

    id: int
    slug: str
    name_th: str
    name_en: str
    words_th: str
    words_en: str
    state: CampaignState
    version: int
    starts_on: date
    ends_on: date
    round_id: int | None
    picture: str | None  # a product's code
    product_ids: tuple[int, ...]
    product_codes: tuple[str, ...]
    group_ids: tuple[int, ...]

    def shows_at(self, now: datetime) -> bool:
        """Is it on the shop's pages now?"""
        return shows(self.state, self.starts_on, self.ends_on, bangkok_date(now))


@dataclass(frozen=True, kw_only=True)
class Strip:
    """What the shop's pages say of a campaign."""

    slug: str
    name_th: str
    name_en: str
    ends_on: date
    picture: str | None


@dataclass(frozen=True, kw_only=True)
class Result:
    """What was ordered of the campaign's goods on its days. Nobody's looking is counted."""

    orders: int
    units: int
    amount_satang: int


@dataclass(frozen=True, kw_only=True)
class RoundChoice:
    """A round that a campaign may be about."""

    id: int
    number: int
    name_th: str
    name_en: str


_ROW = select(
    Campaign.id, Campaign.slug, Campaign.name_th, Campaign.name_en, Campaign.state,
    Campaign.starts_on, Campaign.ends_on,
)  # fmt: skip


def list_campaigns(session: Session) -> tuple[CampaignRow, ...]:
    """Every campaign, the latest first."""
    query = _ROW.order_by(Campaign.starts_on.desc(), Campaign.id.desc()).limit(200)
    return tuple(CampaignRow(**row._mapping) for row in session.execute(query))


def campaigns_between(session: Session, first: date, last: date) -> tuple[CampaignRow, ...]:
    """Campaigns of these days, drafts too."""
    query = _ROW.where(Campaign.starts_on <= last, Campaign.ends_on >= first)
    rows = session.execute(query.order_by(Campaign.starts_on, Campaign.id))
    return tuple(CampaignRow(**row._mapping) for row in rows)


def get_campaign(session: Session, campaign_id: int) -> CampaignView:
    """One campaign, whatever its state. Raises NotFound."""
    return _view(session, Campaign.id == campaign_id)


def shown_campaign(session: Session, slug: str, now: datetime) -> CampaignView:
    """A campaign that anybody may see: published and begun. Raises NotFound."""
    found = _view(session, Campaign.slug == slug)
    if found.state is CampaignState.DRAFT or bangkok_date(now) < found.starts_on:
        raise NotFound("campaign_not_found")
    return found


def _view(session: Session, which: Any) -> CampaignView:
    chosen = select(
        func.array_agg(CampaignChoice.product_id).filter(CampaignChoice.product_id.is_not(None)),
        func.array_agg(CampaignChoice.group_id).filter(CampaignChoice.group_id.is_not(None)),
        func.array_agg(Product.code).filter(Product.code.is_not(None)),
    ).outerjoin(Product, Product.id == CampaignChoice.product_id)  # fmt: skip
    row = session.execute(
        select(
            Campaign.id, Campaign.slug, Campaign.name_th, Campaign.name_en, Campaign.words_th,
            Campaign.words_en, Campaign.state, Campaign.version, Campaign.starts_on,
            Campaign.ends_on, Campaign.round_id, Product.code.label("picture"),
        )
        .outerjoin(Product, Product.id == Campaign.picture_id)
        .where(which)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("campaign_not_found")
    products, groups, codes = session.execute(
        chosen.where(CampaignChoice.campaign_id == row.id)
    ).one()
    return CampaignView(
        **row._mapping,
        product_ids=tuple(key for key in products or () if key is not None),
        group_ids=tuple(key for key in groups or () if key is not None),
        product_codes=tuple(key for key in codes or () if key is not None),
    )


def strip_now(session: Session, now: datetime) -> Strip | None:
    """The campaign that the shop tells about: of those that show, the one that ends first."""
    today = bangkok_date(now)
    row = session.execute(
        select(
            Campaign.slug, Campaign.name_th, Campaign.name_en, Campaign.ends_on,
            Product.code.label("picture"),
        )
        .outerjoin(Product, Product.id == Campaign.picture_id)
        .where(Campaign.state == CampaignState.PUBLISHED, Campaign.starts_on <= today,
               Campaign.ends_on >= today)
        .order_by(Campaign.ends_on, Campaign.id)
        .limit(1)
    ).one_or_none()  # fmt: skip
    return None if row is None else Strip(**row._mapping)


def result_of(session: Session, view: CampaignView) -> Result:
    """Orders that stand, of the chosen goods or groups, placed on its days. One statement."""
    begins = bangkok_moment(view.starts_on, time())
    ends = bangkok_moment(view.ends_on + timedelta(days=1), time())
    query = (
        select(
            func.count(Order.id.distinct()), func.coalesce(func.sum(OrderLine.units), 0),
            func.coalesce(func.sum(OrderLine.units * OrderLine.ceiling_satang), 0),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.state == OrderState.PLACED, Order.placed_at >= begins, Order.placed_at < ends,
            or_(OrderLine.product_id.in_(view.product_ids),
                OrderLine.group_id.in_(view.group_ids)),
        )
    )  # fmt: skip
    if view.round_id is not None:
        query = query.where(Order.round_id == view.round_id)
    orders, units, amount = session.execute(query).one()
    return Result(orders=orders, units=int(units), amount_satang=int(amount))


def rounds_to_choose(session: Session) -> tuple[RoundChoice, ...]:
    """Rounds planned or open."""
    rows = session.execute(
        select(Round.id, Round.number, Round.name_th, Round.name_en)
        .where(~Round.private, Round.state.in_((RoundState.DRAFT, RoundState.OPEN)))
        .order_by(Round.opens_at)
        .limit(50)
    )
    return tuple(RoundChoice(**row._mapping) for row in rows)


def group_names(session: Session) -> tuple[tuple[int, str, str], ...]:
    """Every group by name: id, Thai, English."""
    rows = session.execute(
        select(ProducerGroup.id, ProducerGroup.name_th, ProducerGroup.name_en)
        .where(ProducerGroup.active)
        .order_by(ProducerGroup.sort_key)
    )
    return tuple((row.id, row.name_th, row.name_en) for row in rows)
