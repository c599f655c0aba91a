"""Entitlements from one round to the next: read when groups join, written when a round settles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.rounds.fairness import Deficit, Part, Standing, entitlement, settle_round_shares


def enter_groups(session: Session, round_id: int) -> None:
    """A row for each group that offers in the round and has none yet, with what it is due."""
    new = session.scalars(text(_NEW_GROUPS), {"round_id": round_id}).all()
    shares = {group: entitlement(found) for group, found in standings(session, new).items()}
    session.execute(
        text(_ENTER),
        {"round_id": round_id, "groups": list(shares), "shares": list(shares.values())},
    )


_NEW_GROUPS = """
    SELECT DISTINCT o.group_id FROM round_offer o
     WHERE o.round_id = :round_id AND NOT EXISTS (
           SELECT 1 FROM round_group r
            WHERE r.round_id = o.round_id AND r.group_id = o.group_id)
     ORDER BY o.group_id
"""

_ENTER = """
    INSERT INTO round_group (round_id, group_id, shared_minutes, entitlement_satang)
    SELECT :round_id, g.id, g.shared_minutes, new.share
      FROM unnest(CAST(:groups AS bigint[]), CAST(:shares AS bigint[])) AS new (group_id, share)
      JOIN producer_group g ON g.id = new.group_id
     ORDER BY g.id
    ON CONFLICT (round_id, group_id) DO NOTHING
"""


def standings(session: Session, group_ids: Collection[int]) -> dict[int, Standing]:
    """How these groups stand now: who they are and what earlier rounds left."""
    rows = session.execute(text(_STANDINGS), {"groups": sorted(group_ids)}).all()
    return {
        row.id: Standing(
            members=row.members,
            readiness=row.readiness,
            rounds=row.rounds,
            carried_satang=row.carried_satang,
            even_satang=row.even_satang,
        )
        for row in rows
    }


_STANDINGS = """
    SELECT g.id, g.members, g.readiness, past.rounds,
           coalesce(last.carried_satang, 0) AS carried_satang,
           coalesce(last.even_satang, 0) AS even_satang
      FROM producer_group g
      CROSS JOIN LATERAL (
           SELECT count(*) AS rounds FROM group_deficit d WHERE d.group_id = g.id) AS past
      LEFT JOIN LATERAL (
           SELECT d.carried_satang, d.even_satang FROM group_deficit d
            WHERE d.group_id = g.id ORDER BY d.id DESC LIMIT 1) AS last ON true
     WHERE g.id = ANY (CAST(:groups AS bigint[]))
     ORDER BY g.id
"""


def write_deficits(session: Session, round_id: int, sold: dict[int, tuple[int, int]]) -> int:
    """Settle the shares of a round, once; returns how many groups were written.

    sold: by group, what it could have sold and what it got (satang at reference prices). The
    table is locked so that two rounds settled at once follow one another in every group.
    """
    session.execute(text("LOCK TABLE group_deficit IN SHARE ROW EXCLUSIVE MODE"))
    if session.scalar(text(_WRITTEN), {"round_id": round_id}):
        return 0
    parts = [
        Part(group_id=group, standing=standing, could_satang=sold[group][0],
             got_satang=sold[group][1])
        for group, standing in standings(session, sold).items()
    ]  # fmt: skip
    _insert(session, round_id, settle_round_shares(parts))
    return len(parts)


_WRITTEN = "SELECT EXISTS (SELECT 1 FROM group_deficit WHERE round_id = :round_id)"


def _insert(session: Session, round_id: int, deficits: Sequence[Deficit]) -> None:
    rows = [asdict(deficit) for deficit in deficits]
    columns: dict[str, Any] = {
        name: [row[name] for row in rows]
        for name in ("group_id", "even_satang", "due_satang", "got_satang", "carried_satang")
    }
    session.execute(text(_INSERT), {"round_id": round_id, **columns})


_INSERT = """
    INSERT INTO group_deficit (
        round_id, group_id, even_satang, due_satang, got_satang, carried_satang)
    SELECT :round_id, *
      FROM unnest(CAST(:group_id AS bigint[]), CAST(:even_satang AS bigint[]),
                  CAST(:due_satang AS bigint[]), CAST(:got_satang AS bigint[]),
                  CAST(:carried_satang AS bigint[]))
    ON CONFLICT (group_id, round_id) DO NOTHING
"""
