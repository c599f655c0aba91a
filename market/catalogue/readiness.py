"""Where a group may sell: at its own place only (1), or outside as well (2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.facet_index import refresh_facets
from market.catalogue.models import ProducerGroup
from market.db import lock
from market.errors import Conflict
from market.places.commands import link_lanes

#: Parcels are a way for whoever makes something that can be sent.
_SENDS = text(
    "SELECT EXISTS (SELECT 1 FROM offer o JOIN product p ON p.id = o.product_id AND p.ships_parcel"
    " WHERE o.group_id = :id AND o.active)"
)

_DECIDED = text(
    "SELECT code, readiness, ships_parcels FROM producer_group g WHERE EXISTS ("
    " SELECT 1 FROM audit_event e WHERE e.subject = 'group:' || g.id"
    " AND e.event = 'group.readiness')"
)


def decided_levels(session: Session) -> dict[str, dict[str, Any]]:
    """By code, the level of groups that somebody decided on: a sheet does not undo that."""
    return {
        row.code: {"readiness": row.readiness, "ships_parcels": row.ships_parcels}
        for row in session.execute(_DECIDED)
    }


def set_readiness(
    session: Session, group_id: int, level: int, *, reason: str, actor: str, now: datetime
) -> None:
    """Move a group to readiness 1 or 2, with its ways to buyers, and write down why.

    Raises Conflict where it stands there already: somebody else was quicker.
    """
    group = lock(session, ProducerGroup, group_id)
    if group.readiness == level:
        raise Conflict("readiness_is_so", level=level)
    before, group.readiness = group.readiness, level
    group.ships_parcels = level == 2 and bool(session.scalar(_SENDS, {"id": group_id}))
    session.flush()
    link_lanes(session, group_id)
    refresh_facets(session)
    record(
        session, actor=actor, subject=f"group:{group_id}", event="group.readiness", at=now,
        from_state=str(before), to_state=str(level), reason=reason,
    )  # fmt: skip
