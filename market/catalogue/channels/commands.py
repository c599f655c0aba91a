"""Saying on which ways a kind of goods may travel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.channels.rules import Channel, sound
from market.catalogue.facet_index import refresh_facets
from market.catalogue.models import Category, ChannelRule
from market.errors import Refused


def set_channels(
    session: Session, channels: Mapping[str, Channel], *, actor: str, now: datetime
) -> None:
    """Keep the ways of these kinds; orders that were placed stay as they are.

    A kind that may do everything needs no row. Refused for goods that stay in their district
    and are sent by post all the same, and for a kind there is none of.
    """
    known = set(session.scalars(select(Category.key)))
    if not set(channels) <= known or not all(map(sound, channels.values())):
        raise Refused("channel_contradicts")
    session.execute(delete(ChannelRule).where(ChannelRule.category_key.in_(channels)))
    rows = [
        {"category_key": key, "parcel": channel.parcel, "cold": channel.cold,
         "own_lane": str(channel.own_lane)}
        for key, channel in channels.items()
        if channel != Channel()
    ]  # fmt: skip
    if rows:
        session.execute(insert(ChannelRule), rows)
    record(
        session, actor=actor, subject="channels", event="channels.changed", at=now,
        data={"kinds": rows},
    )  # fmt: skip
    refresh_facets(session)
