"""Who asks, and what is touched. Pure; ``policy`` decides between the two.

A Principal is whoever asks: a signed-in user with grants, a guest with an order in this
browser, or the holder of a signed link. A Thing says what is touched: whose area, group,
round, order, buyer.
"""

from __future__ import annotations

from dataclasses import dataclass

COORDINATORS = frozenset(
    {"tambon_coordinator", "province_coordinator", "marketing", "administrator"}
)
MARKET = frozenset({"marketing", "administrator"})
MENTORS = MARKET | {"province_coordinator"}
READERS = COORDINATORS | {"partner"}
FINANCE = frozenset({"finance", "administrator"})
GROUP = frozenset({"group_leader", "treasurer", "member"})
FIELD = frozenset({"tambon_coordinator", "province_coordinator"})


@dataclass(frozen=True, kw_only=True)
class Right:
    """A grant: a role in an area (code prefix; '' is the country) or in a group."""

    role: str
    area: str | None = None
    group_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class LinkClaim:
    """A valid signed link that this browser has opened."""

    link_id: int
    purpose: str
    group_id: int | None = None
    round_id: int | None = None
    order_id: int | None = None
    request_id: int | None = None
    trip_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Whoever asks. via: the signed link without which this request would be refused."""

    user_id: int | None = None
    name: str = ""
    buyer_ids: frozenset[int] = frozenset()
    rights: tuple[Right, ...] = ()
    links: tuple[LinkClaim, ...] = ()
    via: int | None = None

    @property
    def signed_in(self) -> bool:
        """With a password or a code, not only with a link."""
        return self.user_id is not None

    def actor(self) -> str:
        """How the audit trail names this person: by the link where only a link lets them.

        Else a forwarded link would be written down as an act of whoever happened to be signed in.
        """
        if self.via is not None:
            return f"link:{self.via}"
        if self.user_id is not None:
            return f"user:{self.user_id}"
        if self.links:
            return f"link:{self.links[0].link_id}"
        return "guest"

    def areas(self, roles: frozenset[str] = COORDINATORS) -> tuple[str, ...]:
        """Code prefixes this person coordinates; a query filters its rows by them."""
        return tuple(
            sorted({r.area for r in self.rights if r.role in roles and r.area is not None})
        )

    def group_ids(self) -> tuple[int, ...]:
        """Groups this person belongs to, by grant or by link."""
        mine = {r.group_id for r in self.rights if r.role in GROUP and r.group_id is not None}
        mine |= {link.group_id for link in self.links if link.group_id is not None}
        return tuple(sorted(mine))


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What is touched. area is a tambon code, or '' for what concerns the whole country."""

    area: str | None = None
    group_id: int | None = None
    round_id: int | None = None
    order_id: int | None = None
    buyer_id: int | None = None
    user_id: int | None = None
    request_id: int | None = None
    trip_id: int | None = None


NOTHING = Thing()
