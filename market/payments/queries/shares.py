"""Reads of members' shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound

_PAYOUT = text(
    """
    SELECT y.id, y.group_id, g.name_th, g.name_en, y.amount_satang, y.state, y.share_rule,
           y.shared_at, r.number AS round, r.name_th AS round_th, r.name_en AS round_en, g.members
      FROM payout y
      JOIN producer_group g ON g.id = y.group_id
      JOIN round r ON r.id = y.round_id
     WHERE y.id = :id
    """
)
_SHARES = text(
    "SELECT name, weight, amount_satang FROM member_share WHERE payout_id = :id ORDER BY id"
)
_LAST = text(
    """
    SELECT s.name FROM member_share s
     WHERE s.payout_id = (SELECT max(y.id) FROM payout y
                           WHERE y.group_id = :group_id AND y.shared_at IS NOT NULL)
     ORDER BY s.id
    """
)


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one member gets."""

    name: str
    weight: int
    amount_satang: int


@dataclass(frozen=True, kw_only=True)
class SharesView:
    """A payout and how it is split; ``known`` are the members of the last one."""

    id: int
    group_id: int
    name_th: str
    name_en: str
    amount_satang: int
    state: str
    share_rule: str | None
    shared_at: datetime | None
    round: int
    round_th: str
    round_en: str
    members: int
    shares: tuple[Share, ...]
    known: tuple[str, ...]

    @property
    def step(self) -> str:
        """The one question that is open."""
        if self.shared_at is not None:
            return "done"
        if self.share_rule is None:
            return "rule"
        return "confirm" if self.shares else "members"


def get_shares(session: Session, payout_id: int) -> SharesView:
    """In three statements. Raises NotFound."""
    row = session.execute(_PAYOUT, {"id": payout_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="payout")
    shares = session.execute(_SHARES, {"id": payout_id})
    return SharesView(
        **row._mapping,
        shares=tuple(Share(**share._mapping) for share in shares),
        known=tuple(session.scalars(_LAST, {"group_id": row.group_id})),
    )
