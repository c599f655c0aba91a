"""Campaigns written, published, ended."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.campaigns.models import Campaign, CampaignChoice
from market.campaigns.rules import LONGEST_DAYS, MOST_CHOSEN, CampaignState, slug_of
from market.catalogue.models import ProducerGroup, Product
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, Refused
from market.rounds.models import Round


@dataclass(frozen=True, kw_only=True)
class NewCampaign:
    """All that is said on a campaign's page."""

    name_th: str
    name_en: str
    words_th: str
    words_en: str
    starts_on: date
    ends_on: date
    round_id: int | None = None
    product_ids: Collection[int] = ()
    group_ids: Collection[int] = ()


def write_campaign(
    session: Session,
    new: NewCampaign,
    *,
    actor: str,
    now: datetime,
    campaign_id: int | None = None,
    version: int = 0,
) -> int:
    """Keep a campaign, new as a draft or over the version that its writer saw; returns its id.

    Its address stays what it was. Refused for days that do not follow one another or more
    than can be shown; Conflict where somebody else wrote it meanwhile.
    """
    _refuse_faults(new)
    _refuse_unknown(session, new)
    campaign = _found(session, campaign_id, version, now)
    _take_words(campaign, new)
    session.add(campaign)
    session.flush()
    if campaign_id is None:
        campaign.slug = slug_of(new.name_en, campaign.id)
    _choose(session, campaign.id, new)
    record(
        session, actor=actor, subject=f"campaign:{campaign.id}", event="campaign.written", at=now,
        data={"version": campaign.version},
    )  # fmt: skip
    return campaign.id


def _found(session: Session, campaign_id: int | None, version: int, now: datetime) -> Campaign:
    if campaign_id is None:
        return Campaign(slug=uuid.uuid4().hex, created_at=now)
    campaign = lock(session, Campaign, campaign_id)
    if campaign.version != version:
        raise Conflict("campaign_was_changed")
    campaign.version += 1
    return campaign


def _refuse_faults(new: NewCampaign) -> None:
    if not 0 <= (new.ends_on - new.starts_on).days <= LONGEST_DAYS:
        raise Refused("campaign_days", most=LONGEST_DAYS)
    if not 0 < len(new.product_ids) + len(new.group_ids) <= MOST_CHOSEN:
        raise Refused("campaign_chooses", most=MOST_CHOSEN)


def _take_words(campaign: Campaign, new: NewCampaign) -> None:
    for name in ("name_th", "name_en", "words_th", "words_en", "starts_on", "ends_on", "round_id"):
        setattr(campaign, name, getattr(new, name))
    campaign.picture_id = next(iter(new.product_ids), None)


def _refuse_unknown(session: Session, new: NewCampaign) -> None:
    rounds = [] if new.round_id is None else [new.round_id]
    for column, keys in (
        (Product.id, new.product_ids), (ProducerGroup.id, new.group_ids), (Round.id, rounds),
    ):  # fmt: skip
        if set(keys) - set(session.scalars(select(column).where(column.in_(keys)))):
            raise Refused("choice_unknown")


def _choose(session: Session, campaign_id: int, new: NewCampaign) -> None:
    session.execute(delete(CampaignChoice).where(CampaignChoice.campaign_id == campaign_id))
    rows = [{"product_id": key, "group_id": None} for key in dict.fromkeys(new.product_ids)]
    rows += [{"product_id": None, "group_id": key} for key in dict.fromkeys(new.group_ids)]
    session.execute(insert(CampaignChoice), [{"campaign_id": campaign_id, **row} for row in rows])


def publish_campaign(session: Session, campaign_id: int, *, actor: str, now: datetime) -> None:
    """Show it on its days. Refused when they are over. Twice publishes once."""
    campaign = lock(session, Campaign, campaign_id)
    if campaign.ends_on < bangkok_date(now):
        raise Refused("campaign_is_over")
    _move(session, campaign, CampaignState.PUBLISHED, actor, now)


def end_campaign(session: Session, campaign_id: int, *, actor: str, now: datetime) -> None:
    """Take it off the shop's pages. Twice ends once."""
    campaign = lock(session, Campaign, campaign_id)
    if campaign.state is CampaignState.DRAFT:
        raise Refused("campaign_not_published")
    _move(session, campaign, CampaignState.ENDED, actor, now)


def _move(
    session: Session, campaign: Campaign, target: CampaignState, actor: str, now: datetime
) -> None:
    if campaign.state is target:
        return
    source, campaign.state = campaign.state, target
    session.flush()
    record(
        session, actor=actor, subject=f"campaign:{campaign.id}", event=f"campaign.{target}",
        at=now, from_state=source, to_state=target,
    )  # fmt: skip
