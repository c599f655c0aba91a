"""Asking to be told when a round opens, confirming a guest's address, and stopping."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, text, update
from sqlalchemy.orm import Session

from market.accounts.commands import find_or_create_buyer, record
from market.accounts.models import Buyer
from market.accounts.rules import hash_token, new_token
from market.errors import Refused
from market.notices.commands import notify
from market.rounds.signals.models import Reminder, ReminderKey
from market.rounds.signals.queries import get_target, owned_by, owner_of
from market.rounds.signals.rules import (
    CONFIRM_DAYS,
    KEY_LIFE,
    MOST_REMINDERS,
    MOST_UNITS,
    Owner,
    Wish,
)

#: Asking again wakes a reminder that has ended. Who hears of each round anyway goes on doing so.
#: Whoever merely types an address changes nothing that its owner said yes to, nor what they
#: stopped: that waits for another yes.
_KEEP = text(
    """
    INSERT INTO reminder AS r (user_id, buyer_id, product_id, group_id, category, reason, units,
                               province_code, created_at, confirmed_at)
    VALUES (:user_id, :buyer_id, :product_id, :group_id, :category, :reason, :units,
            (SELECT code FROM province WHERE code = :province), :now, :confirmed_at)
    ON CONFLICT ON CONSTRAINT uq_reminder_once DO UPDATE
       SET reason = CASE WHEN r.ended_at IS NULL AND r.reason = 'opens' THEN 'opens'
                         ELSE excluded.reason END,
           units = coalesce(excluded.units, CASE WHEN r.ended_at IS NULL THEN r.units END),
           province_code = coalesce(excluded.province_code, r.province_code),
           confirmed_at = coalesce(excluded.confirmed_at,
                                   CASE WHEN r.ended_at IS NULL THEN r.confirmed_at END),
           created_at = excluded.created_at, ended_at = NULL
     WHERE excluded.confirmed_at IS NOT NULL OR r.confirmed_at IS NULL OR r.ended_at IS NOT NULL
    RETURNING id
    """
)


def remind_user(session: Session, user_id: int, wish: Wish, *, now: datetime) -> None:
    """A signed-in person's reminder; asked twice it is one. Raises Refused or NotFound."""
    _keep(session, Owner(user_id=user_id), wish, now, confirmed_at=now)


def remind_guest(session: Session, email: str, wish: Wish, *, now: datetime) -> None:
    """A reminder for an address, which first gets a letter that asks: at most one an hour.

    The answer is the same whether or not the address was known here.
    """
    owner = Owner(buyer_id=_guest(session, email, now))
    _keep(session, owner, wish, now, confirmed_at=None)
    waiting = select(Reminder.id).where(owned_by(owner), Reminder.confirmed_at.is_(None)).limit(1)
    if session.scalar(waiting) is None:
        return
    notify(
        session, event="reminder.confirm", subject="reminders", buyer_id=owner.buyer_id,
        version=int(now.timestamp()) // 3600, now=now,
        payload={"link": f"/reminders/mail/{issue_key(session, owner, now)}", "days": CONFIRM_DAYS},
    )  # fmt: skip


def _guest(session: Session, email: str, now: datetime) -> int:
    """The buyer row behind this address's reminders. It has no orders and opens none."""
    known = session.scalars(
        select(Reminder.buyer_id)
        .join(Buyer, Buyer.id == Reminder.buyer_id)
        .where(Buyer.email == email, Buyer.phone.is_(None))
    ).all()
    return find_or_create_buyer(
        session, user_id=None, name="", phone=None, email=email, now=now,
        known=[buyer_id for buyer_id in known if buyer_id is not None],
    )  # fmt: skip


def _keep(
    session: Session, owner: Owner, wish: Wish, now: datetime, *, confirmed_at: datetime | None
) -> None:
    get_target(session, wish.target)
    if wish.units is not None and not 1 <= wish.units <= MOST_UNITS:
        raise Refused("number_out_of_range", low=1, high=MOST_UNITS)
    have = select(func.count()).where(owned_by(owner), Reminder.ended_at.is_(None))
    if (session.scalar(have) or 0) >= MOST_REMINDERS:
        raise Refused("too_many_reminders", most=MOST_REMINDERS)
    values: dict[str, Any] = vars(owner) | vars(wish.target)
    values |= {"reason": str(wish.reason), "units": wish.units, "province": wish.province}
    kept = session.scalar(_KEEP, values | {"now": now, "confirmed_at": confirmed_at})
    if kept is not None:
        subject = f"reminder:{kept}"
        record(session, actor=_actor(owner), subject=subject, event="reminder.asked", at=now)


def issue_key(session: Session, owner: Owner, now: datetime) -> str:
    """A token that opens this person's reminders; nowhere stored itself."""
    return issue_keys(session, [owner], now)[0]


def issue_keys(session: Session, owners: Collection[Owner], now: datetime) -> list[str]:
    """Many tokens in one statement, in the order of ``owners``."""
    tokens = [new_token() for _ in owners]
    rows = [
        vars(owner) | {"token_hash": hash_token(token), "expires_at": now + KEY_LIFE}
        for owner, token in zip(owners, tokens, strict=True)
    ]
    if rows:
        session.execute(insert(ReminderKey), rows)
    return tokens


def confirm_reminders(session: Session, token: str, *, now: datetime) -> int:
    """The address says yes to all it was asked about; how many. Raises NotFound."""
    owner = owner_of(session, token, now)
    waiting = (owned_by(owner), Reminder.confirmed_at.is_(None))
    return _change(session, owner, waiting, {"confirmed_at": now}, "reminder.confirmed", now)


def stop_by_key(session: Session, token: str, only: int | None, *, now: datetime) -> int:
    """Stop one reminder or all of the person's, by a letter's link. Raises NotFound."""
    return stop_reminders(session, [owner_of(session, token, now)], only, now=now)


def stop_reminders(
    session: Session, owners: Collection[Owner], only: int | None, *, now: datetime
) -> int:
    """Stop one of these people's reminders, or all; how many stopped. Twice is fine."""
    stopped = 0
    for owner in owners:
        mine = [owned_by(owner), Reminder.ended_at.is_(None)]
        chosen = mine if only is None else [*mine, Reminder.id == only]
        stopped += _change(session, owner, chosen, {"ended_at": now}, "reminder.stopped", now)
    return stopped


def _change(
    session: Session, owner: Owner, rows: Collection[ColumnElement[bool]],
    values: dict[str, Any], event: str, now: datetime,
) -> int:  # fmt: skip
    changed = session.scalars(
        update(Reminder).where(*rows).values(**values).returning(Reminder.id)
    ).all()
    if changed:
        record(
            session, actor=_actor(owner), subject=f"reminder:{changed[0]}", event=event, at=now,
            data={"reminders": sorted(changed)},
        )  # fmt: skip
    return len(changed)


def forget_unconfirmed(session: Session, now: datetime) -> int:
    """Addresses that nobody confirmed, and keys that have run out: gone. How many reminders."""
    late = now - timedelta(days=CONFIRM_DAYS)
    gone = session.execute(
        text("DELETE FROM reminder WHERE confirmed_at IS NULL AND created_at < :late"),
        {"late": late},
    )
    session.execute(text("DELETE FROM reminder_key WHERE expires_at < :now"), {"now": now})
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _actor(owner: Owner) -> str:
    return f"user:{owner.user_id}" if owner.user_id is not None else f"buyer:{owner.buyer_id}"
