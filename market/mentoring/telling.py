"""Telling a group's leaders what its mentor has written or decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.queries import leaders_of
from market.catalogue.models import ProducerGroup
from market.mentoring.models import ReadinessDecision, Visit
from market.notices.commands import notify_many
from market.notices.rules import NewNotice


def tell_advice(session: Session, visit: Visit, *, now: datetime) -> None:
    """After a visit: there is advice to read, and what was agreed until when."""
    agreed = {
        "visited_on": visit.planned_on.isoformat(),
        "next_step": visit.next_step,
        "next_on": visit.next_on.isoformat() if visit.next_on else None,
    }
    told = [
        NewNotice(event="care.advice", subject=f"visit:{visit.id}", user_id=user, payload=payload)
        for user, payload in _leaders(session, visit.group_id, agreed)
    ]
    notify_many(session, told, now)


def tell_readiness(session: Session, decision: ReadinessDecision, *, now: datetime) -> None:
    """After a decision: how the group sells from now on, and why."""
    decided = {"level": decision.to_level, "reason": decision.reason}
    told = [
        NewNotice(event="care.readiness", subject=f"readiness:{decision.id}", user_id=user,
                  payload=payload)
        for user, payload in _leaders(session, decision.group_id, decided)
    ]  # fmt: skip
    notify_many(session, told, now)


def _leaders(
    session: Session, group_id: int, what: Mapping[str, Any]
) -> list[tuple[int, dict[str, Any]]]:
    """Each leader, with what is told; the link leads to the group's way to readiness 2."""
    group = session.get_one(ProducerGroup, group_id)
    payload = {
        **what, "group_id": group_id, "group_th": group.name_th, "group_en": group.name_en,
        "link": f"/group/{group_id}/readiness",
    }  # fmt: skip
    return [(user, payload) for user in leaders_of(session, [group_id])[group_id]]
