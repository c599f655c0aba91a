"""Whose trips and boxes these are, for the policy."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.principals import Thing


def area_of(areas: Sequence[str]) -> dict[str, list[str]]:
    """For ``code LIKE ANY(:areas)``: does a code lie in one of these areas?"""
    return {"areas": [f"{area}%" for area in areas]}


def trip_thing(session: Session, trip_id: int, **_more: object) -> Thing:
    """Where this trip gathers. Raises NotFound."""
    row = session.execute(
        text("SELECT area_code FROM trip WHERE id = :id"), {"id": trip_id}
    ).one_or_none()
    if row is None:
        raise NotFound("not_found", what="trip")
    return Thing(area=row.area_code, trip_id=trip_id)
