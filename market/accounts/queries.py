"""Reads about people: who asks, what a link opens, who leads a group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, column, literal, select, table, text
from sqlalchemy.orm import Session

from market.accounts.models import Grant, SignedLink, User
from market.accounts.own.consents import consents_of
from market.accounts.own.identities import line_name_of
from market.accounts.rules import LinkPurpose, Role, hash_token
from market.errors import NotFound
from market.principals import LinkClaim, Right

# Orders stand to our right: only the two columns that a link needs are named here.
_orders = table("orders", column("id"), column("number"))
_groups = table("producer_group", column("id"), column("name_th"), column("name_en"))
_tambons = table("tambon", column("code"), column("name_th"), column("name_en"))

#: What a link opens, by its purpose; any other opens its group's page.
_OPENS = {
    LinkPurpose.ORDER: "/orders/{number}",
    LinkPurpose.REQUEST: "/made-to-order/{request_id}",
    LinkPurpose.REQUEST_ANSWER: "/made-to-order/{request_id}/group/{group_id}",
    LinkPurpose.TRIP: "/trips/{trip_id}/drive",
}
#: Rights, buyers and live links of one asker in one statement. A guest's buyer counts as the
#: user's when its contact is one that the user has proved: a confirmed e-mail, or a phone that
#: took a code.
_STANDING = text(
    """
    SELECT 'right' AS kind, role AS word, area_code AS area, NULL::bigint AS id, group_id,
           NULL::bigint AS round_id, NULL::bigint AS order_id, NULL::bigint AS request_id,
           NULL::bigint AS trip_id
      FROM grant_ WHERE user_id = :user_id
    UNION ALL
    SELECT 'buyer', NULL, NULL, id, NULL, NULL, NULL, NULL, NULL
      FROM buyer WHERE user_id = :user_id
    UNION ALL
    SELECT 'buyer', NULL, NULL, b.id, NULL, NULL, NULL, NULL, NULL
      FROM "user" u JOIN buyer b ON b.user_id IS NULL AND (
           (u.confirmed_at IS NOT NULL AND b.email = u.email) OR b.phone = u.us_phone_number)
     WHERE u.id = :user_id
    UNION ALL
    SELECT 'link', purpose, NULL, id, group_id, round_id, order_id, request_id, trip_id
      FROM signed_link
     WHERE id = ANY(:link_ids) AND expires_at > :now AND revoked_at IS NULL
     ORDER BY 1, 4 DESC
    """
)


@dataclass(frozen=True)
class Standing:
    """What an asker may be: rights, the buyers whose orders are theirs, live links."""

    rights: tuple[Right, ...] = ()
    buyer_ids: frozenset[int] = frozenset()
    links: tuple[LinkClaim, ...] = ()


@dataclass(frozen=True)
class OpenedLink:
    """A valid link: remember the id, go to the path."""

    link_id: int
    path: str


@dataclass(frozen=True)
class RoleView:
    """One of a user's roles, with the names of its group or area (None: the country)."""

    role: str
    group_id: int | None
    area_code: str | None
    name_th: str | None
    name_en: str | None


@dataclass(frozen=True)
class AccountView:
    """What a user sees about themselves."""

    name: str
    email: str | None
    phone: str | None
    language: str
    has_password: bool
    line_name: str | None
    consents_given: int
    roles: tuple[RoleView, ...]


def standing_of(
    session: Session, user_id: int | None, link_ids: Sequence[int], now: datetime
) -> Standing:
    """Rights and buyers of a user, and the live ones of the links, newest first."""
    rows = session.execute(
        _STANDING, {"user_id": user_id, "link_ids": list(link_ids), "now": now}
    ).all()
    kinds: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        kinds[row.kind].append(row)
    return Standing(
        rights=tuple(
            Right(role=row.word, area=row.area, group_id=row.group_id) for row in kinds["right"]
        ),
        buyer_ids=frozenset(row.id for row in kinds["buyer"]),
        links=tuple(_claim(row) for row in kinds["link"]),
    )


def _claim(row: Any) -> LinkClaim:
    return LinkClaim(
        link_id=row.id,
        purpose=row.word,
        group_id=row.group_id,
        round_id=row.round_id,
        order_id=row.order_id,
        request_id=row.request_id,
        trip_id=row.trip_id,
    )


def find_link(session: Session, token: str, now: datetime) -> OpenedLink | None:
    """What the token opens; None when it is unknown, expired or revoked (which, nobody says)."""
    row = session.execute(
        select(
            SignedLink.id,
            SignedLink.purpose,
            SignedLink.group_id,
            SignedLink.round_id,
            SignedLink.request_id,
            SignedLink.trip_id,
            _orders.c.number,
        )
        .outerjoin(_orders, _orders.c.id == SignedLink.order_id)
        .where(
            SignedLink.token_hash == hash_token(token),
            SignedLink.expires_at > now,
            SignedLink.revoked_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    of_the_group = "/group/{group_id}" + ("/rounds/{round_id}" if row.round_id is not None else "")
    path = _OPENS.get(row.purpose, of_the_group)
    return OpenedLink(row.id, path.format(**row._mapping))


def leaders_of(session: Session, group_ids: Iterable[int]) -> dict[int, list[int]]:
    """The leaders (user ids, lowest first) of each group; a group without one has an empty list."""
    wanted = list(group_ids)
    found: dict[int, list[int]] = defaultdict(list)
    rows = session.execute(
        select(Grant.group_id, Grant.user_id)
        .where(
            Grant.group_id == any_(literal(wanted, ARRAY(BigInteger))),
            Grant.role == Role.GROUP_LEADER,
        )
        .order_by(Grant.group_id, Grant.user_id)
    )
    for row in rows:
        found[row.group_id or 0].append(row.user_id)
    return {group_id: found[group_id] for group_id in wanted}


def get_account(session: Session, user_id: int) -> AccountView:
    """The user's own page. Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("not_found", what="user")
    return AccountView(
        name=user.name,
        email=user.email,
        phone=user.us_phone_number,
        language=user.language,
        has_password=user.password is not None,
        line_name=line_name_of(session, user_id),
        consents_given=sum(consent.given for consent in consents_of(session, user_id)),
        roles=_roles_of(session, user_id),
    )


def get_user_id(session: Session, login: str) -> int:
    """The user with this e-mail or phone (E.164). Raises NotFound."""
    login = login.strip().lower()
    user_id = session.scalar(
        select(User.id).where((User.email == login) | (User.us_phone_number == login))
    )
    if user_id is None:
        raise NotFound("user_unknown", login=login)
    return user_id


def _roles_of(session: Session, user_id: int) -> tuple[RoleView, ...]:
    name: Any = _groups.c
    area: Any = _tambons.c
    rows = session.execute(
        select(
            Grant.role,
            Grant.group_id,
            Grant.area_code,
            name.name_th,
            name.name_en,
            area.name_th.label("area_th"),
            area.name_en.label("area_en"),
        )
        .outerjoin(_groups, name.id == Grant.group_id)
        .outerjoin(_tambons, area.code == Grant.area_code)
        .where(Grant.user_id == user_id)
        .order_by(Grant.id)
    )
    return tuple(
        RoleView(str(role), group_id, area_code, group_th or area_th, group_en or area_en)
        for role, group_id, area_code, group_th, group_en, area_th, area_en in rows
    )
