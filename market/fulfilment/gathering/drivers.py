"""Writes about whoever drives a trip: the link that opens it, and when a name is forgotten."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import update
from sqlalchemy.orm import Session

from market.accounts.commands import issue_link, record
from market.accounts.models import SignedLink
from market.accounts.rules import LinkPurpose
from market.clock import bangkok_date, bangkok_moment
from market.db import lock
from market.errors import Conflict
from market.fulfilment.gathering.models import Trip
from market.fulfilment.gathering.rules import DRIVER_KEPT, LINK_LASTS, TripState

FORGOTTEN = "–"  # stands where a name stood


def give_link(session: Session, trip_id: int, *, actor: str, now: datetime) -> str:
    """A new link for the driver; those given before open nothing any more. Returns its path.

    Conflict before the plan is locked.
    """
    trip = lock(session, Trip, trip_id)
    if trip.state is not TripState.LOCKED:
        raise Conflict("trip_not_locked")
    revoke_link(session, trip_id, now)
    ends = bangkok_moment(trip.delivery_on, time(23, 59)) + LINK_LASTS
    token = issue_link(
        session, LinkPurpose.TRIP, trip_id=trip_id, expires_at=max(ends, now + LINK_LASTS), now=now
    )
    record(
        session, actor=actor, subject=f"trip:{trip.id}", event="trip.link_given", at=now,
        to_state=trip.state, data={"version": trip.version},
    )  # fmt: skip
    return f"/l/{token}"


def forget_drivers(session: Session, *, now: datetime) -> int:
    """Trips that were long ago do not name their driver any more; how many there were."""
    rows = session.execute(
        update(Trip)
        .where(Trip.delivery_on < bangkok_date(now) - DRIVER_KEPT, Trip.driver_name != FORGOTTEN)
        .values(driver_name=FORGOTTEN, driver_phone=None)
        .returning(Trip.id)
    )
    return len(rows.all())


def revoke_link(session: Session, trip_id: int, now: datetime) -> None:
    """What was given for this trip opens nothing any more."""
    session.execute(
        update(SignedLink)
        .where(SignedLink.trip_id == trip_id, SignedLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
