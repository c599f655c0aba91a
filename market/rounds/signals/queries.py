"""Reading reminders: what they are about, and whose they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.orm import Session

from market.accounts.rules import hash_token
from market.errors import NotFound
from market.rounds.signals.models import Reminder, ReminderKey
from market.rounds.signals.rules import Owner, Reason, Target


@dataclass(frozen=True, kw_only=True)
class TargetView:
    """What a reminder is about, by name; kind is product, group, category or any.

    maker: the one group whose goods are meant. picture is the goods' code.
    """

    kind: str
    name_th: str = ""
    name_en: str = ""
    unit_th: str = ""
    unit_en: str = ""
    maker_th: str = ""
    maker_en: str = ""
    picture: str = ""
    path: str = "/"


@dataclass(frozen=True, kw_only=True)
class ReminderView:
    """One reminder of a person."""

    id: int
    target: TargetView
    reason: Reason
    units: int | None
    confirmed: bool


_NAMES = """
    p.code AS p_code, p.name_th AS p_th, p.name_en AS p_en, p.unit_th, p.unit_en,
    g.code AS g_code, g.name_th AS g_th, g.name_en AS g_en,
    c.key AS c_key, c.name_th AS c_th, c.name_en AS c_en
"""
_THINGS = """
    LEFT JOIN product p ON p.id = t.product_id
    LEFT JOIN producer_group g ON g.id = t.group_id
    LEFT JOIN category c ON c.key = t.category
"""
_TARGET = text(
    f"""SELECT {_NAMES} FROM (VALUES (CAST(:product_id AS bigint), CAST(:group_id AS bigint),
           CAST(:category AS text))) AS t (product_id, group_id, category)
        {_THINGS} WHERE p.id IS NULL OR p.active"""  # noqa: S608
)
_MINE = text(
    f"""SELECT t.id, t.reason, t.units, t.confirmed_at, {_NAMES} FROM reminder t {_THINGS}
         WHERE t.ended_at IS NULL
           AND (t.user_id = :user_id OR t.buyer_id = ANY (CAST(:buyer_ids AS bigint[])))
         ORDER BY t.id DESC"""  # noqa: S608
)


def owned_by(owner: Owner) -> ColumnElement[bool]:
    """The condition that a reminder is this person's."""
    if owner.user_id is not None:
        return Reminder.user_id == owner.user_id
    return Reminder.buyer_id == owner.buyer_id


def get_target(session: Session, target: Target) -> TargetView:
    """What would be waited for, by name. Raises NotFound where there is no such thing."""
    row = session.execute(_TARGET, vars(target)).one_or_none()
    if row is None:
        raise NotFound("not_found", what="reminder")
    found = (row.p_code, row.g_code, row.c_key)
    asked = (target.product_id, target.group_id, target.category)
    if any(here is None and there is not None for here, there in zip(found, asked, strict=True)):
        raise NotFound("not_found", what="reminder")
    return _named(row)


def reminders_of(
    session: Session, user_id: int | None, buyer_ids: Collection[int]
) -> tuple[ReminderView, ...]:
    """A person's reminders that have not ended, the newest first."""
    rows = session.execute(_MINE, {"user_id": user_id, "buyer_ids": sorted(buyer_ids)})
    return tuple(
        ReminderView(
            id=row.id,
            target=_named(row),
            reason=Reason(row.reason),
            units=row.units,
            confirmed=row.confirmed_at is not None,
        )
        for row in rows
    )


def owner_of(session: Session, token: str, now: datetime) -> Owner:
    """Whose reminders a letter's link opens. Raises NotFound, also for one that has run out."""
    row = session.execute(
        select(ReminderKey.user_id, ReminderKey.buyer_id).where(
            ReminderKey.token_hash == hash_token(token), ReminderKey.expires_at > now
        )
    ).one_or_none()
    if row is None:
        raise NotFound("reminder_link_over")
    return Owner(user_id=row.user_id, buyer_id=row.buyer_id)


def _named(row: Any) -> TargetView:
    if row.p_code:
        return TargetView(
            kind="product", name_th=row.p_th, name_en=row.p_en, unit_th=row.unit_th,
            unit_en=row.unit_en, maker_th=row.g_th or "", maker_en=row.g_en or "",
            picture=row.p_code, path=f"/goods/{row.p_code}",
        )  # fmt: skip
    if row.g_code:
        return TargetView(
            kind="group", name_th=row.g_th, name_en=row.g_en, path=f"/groups/{row.g_code}"
        )
    if row.c_key:
        path = f"/goods?category={row.c_key}"
        return TargetView(kind="category", name_th=row.c_th, name_en=row.c_en, path=path)
    return TargetView(kind="any")
