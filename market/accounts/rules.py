"""The words of rights, and what a signed link is made of."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

TOKEN_BYTES = 24  # 192 bits: nobody guesses one


class Role(StrEnum):
    """What a person is in an area or a group. A consumer needs no grant."""

    GROUP_LEADER = "group_leader"
    TREASURER = "treasurer"
    MEMBER = "member"
    TAMBON_COORDINATOR = "tambon_coordinator"
    PROVINCE_COORDINATOR = "province_coordinator"
    MARKETING = "marketing"
    FINANCE = "finance"
    PARTNER = "partner"
    ADMINISTRATOR = "administrator"


class LinkPurpose(StrEnum):
    """What the holder of a signed link may do, and nothing else."""

    ANSWER = "answer"  # a group's leader answers and reports making in one round
    ORDER = "order"  # a guest sees, pays, changes and cancels one order
    REQUEST = "request"  # a buyer proves a contact with it, and sees one request
    REQUEST_ANSWER = "request_answer"  # a group's leader answers one request
    TRIP = "trip"  # a driver takes and puts down the boxes of one trip


@dataclass(frozen=True, kw_only=True)
class NewLink:
    """A signed link to issue: what it opens and until when."""

    purpose: LinkPurpose
    expires_at: datetime
    user_id: int | None = None
    group_id: int | None = None
    round_id: int | None = None
    order_id: int | None = None
    request_id: int | None = None
    trip_id: int | None = None

    def columns(self) -> dict[str, Any]:
        """The row's columns, all of them, so that many rows share one statement."""
        return dict(vars(self))


@dataclass(frozen=True)
class NewGrant:
    """A right to give or take: a role in an area ('' is the country) or in a group."""

    role: Role
    area_code: str | None = None
    group_id: int | None = None

    def columns(self) -> dict[str, Any]:
        """The row's columns."""
        return asdict(self)

    def words(self) -> dict[str, Any]:
        """The same for the audit trail."""
        return {"role": str(self.role), "area": self.area_code, "group": self.group_id}


def new_token() -> str:
    """An unguessable token that fits in a short link."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """What is stored of a token. It has 192 random bits, so one fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
