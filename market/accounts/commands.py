"""Writes about people: the audit trail, signed links, buyers, grants."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from market.accounts.models import Buyer, Grant, SignedLink, User
from market.accounts.rules import LinkPurpose, NewGrant, NewLink, hash_token, new_token
from market.errors import NotFound, Refused
from market.thai import normalise

NAME_LENGTH = 200
UNPROVED_KEPT = timedelta(days=1)


#: Plain SQL: every order writes one, and the ORM's insert costs twice as much.
_RECORD = text(
    "INSERT INTO audit_event (actor, subject, event, at, from_state, to_state, reason, data)"
    " VALUES (:actor, :subject, :event, :at, :from_state, :to_state, :reason,"
    " CAST(:data AS jsonb))"
)

#: The guest whom this browser already is, else a new one.
_GUEST = text(
    """
    WITH known AS (
        SELECT id FROM buyer
         WHERE id = ANY (CAST(:known AS bigint[])) AND user_id IS NULL
           AND phone IS NOT DISTINCT FROM CAST(:phone AS text)
           AND email IS NOT DISTINCT FROM CAST(:email AS text)
         ORDER BY id LIMIT 1
    ), made AS (
        INSERT INTO buyer (name, phone, email, created_at)
        SELECT :name, CAST(:phone AS text), CAST(:email AS text), :now
         WHERE NOT EXISTS (SELECT 1 FROM known)
        RETURNING id
    )
    SELECT id FROM known UNION ALL SELECT id FROM made
    """
)


def record(
    session: Session,
    *,
    actor: str,
    subject: str,
    event: str,
    at: datetime,
    from_state: str | None = None,
    to_state: str | None = None,
    reason: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Add one row to the append-only trail: who, when, from, to, why.

    actor    "user:7", "link:3", "guest", "system", "play"
    subject  the row concerned, "round:12"
    data     JSON values only
    """
    session.execute(
        _RECORD,
        {
            "actor": actor,
            "subject": subject,
            "event": event,
            "at": at,
            "from_state": from_state and str(from_state),
            "to_state": to_state and str(to_state),
            "reason": reason,
            "data": json.dumps(dict(data or {})),
        },
    )


def issue_link(
    session: Session,
    purpose: LinkPurpose | str,
    *,
    expires_at: datetime,
    now: datetime,
    user_id: int | None = None,
    group_id: int | None = None,
    round_id: int | None = None,
    order_id: int | None = None,
    request_id: int | None = None,
    trip_id: int | None = None,
) -> str:
    """A new signed link; returns its token, which is nowhere stored. The path is ``/l/<token>``."""
    link = NewLink(
        purpose=LinkPurpose(purpose),
        expires_at=expires_at,
        user_id=user_id,
        group_id=group_id,
        round_id=round_id,
        order_id=order_id,
        request_id=request_id,
        trip_id=trip_id,
    )
    return issue_links(session, [link], now=now)[0]


def issue_links(session: Session, links: Sequence[NewLink], *, now: datetime) -> list[str]:
    """Many signed links in one statement; the tokens come in the order of ``links``."""
    tokens = [new_token() for _ in links]
    rows = [
        {**link.columns(), "token_hash": hash_token(token), "created_at": now}
        for link, token in zip(links, tokens, strict=True)
    ]
    if rows:
        session.execute(insert(SignedLink), rows)
    return tokens


def revoke_links(
    session: Session,
    *,
    actor: str,
    now: datetime,
    group_id: int | None = None,
    round_id: int | None = None,
    order_id: int | None = None,
) -> int:
    """Take back every live link of a group (in one round, if given) or of an order; how many."""
    if group_id is None and order_id is None:
        raise Refused("link_needs_group_or_order")
    chosen = [SignedLink.revoked_at.is_(None), SignedLink.expires_at > now]
    for column, wanted in (
        (SignedLink.group_id, group_id),
        (SignedLink.round_id, round_id),
        (SignedLink.order_id, order_id),
    ):
        if wanted is not None:
            chosen.append(column == wanted)
    revoked = session.scalars(
        update(SignedLink).where(*chosen).values(revoked_at=now).returning(SignedLink.id)
    ).all()
    subject = f"order:{order_id}" if group_id is None else f"group:{group_id}"
    record(
        session, actor=actor, subject=subject, event="links.revoked", at=now,
        data={"links": list(revoked)},
    )  # fmt: skip
    return len(revoked)


def find_or_create_buyer(
    session: Session,
    *,
    user_id: int | None,
    name: str,
    phone: str | None,
    email: str | None,
    now: datetime,
    known: Collection[int] = (),
) -> int:
    """The buyer's id.

    A signed-in user has one buyer, made on first use and kept up to date. A guest gets a
    new one, unless ``known`` (the buyers this browser already is) holds one with the same
    contact: a phone number that somebody merely types must never open another's orders.
    phone is E.164. Raises Refused("buyer_needs_contact").
    """
    email = email.strip().lower() if email else None
    if not phone and not email:
        raise Refused("buyer_needs_contact")
    contact = {"name": normalise(name)[:NAME_LENGTH], "phone": phone or None, "email": email}
    if user_id is not None:
        return _own_buyer(session, user_id, contact, now)
    guest = contact | {"now": now, "known": sorted(known)}
    return int(session.execute(_GUEST, guest).scalar_one())


def _own_buyer(session: Session, user_id: int, contact: dict[str, Any], now: datetime) -> int:
    statement = upsert(Buyer).values(user_id=user_id, created_at=now, **contact)
    given = {column: value for column, value in contact.items() if value}
    return session.execute(
        statement.on_conflict_do_update(index_elements=["user_id"], set_=given).returning(Buyer.id)
    ).scalar_one()


def set_language(session: Session, user_id: int, language: str) -> None:
    """Remember the language a user reads; notices are written in it."""
    session.execute(update(User).where(User.id == user_id).values(language=language))


def rename_user(session: Session, user_id: int, name: str) -> None:
    """Set the name shown to others. Raises Refused when nothing is left of it, or NotFound."""
    name = normalise(name)
    if not 0 < len(name) <= NAME_LENGTH:
        raise Refused("name_length", high=NAME_LENGTH)
    done = session.scalar(
        update(User).where(User.id == user_id).values(name=name).returning(User.id)
    )
    if done is None:
        raise NotFound("not_found", what="user")


def add_user(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    uniquifier: str,
    actor: str,
    now: datetime,
) -> int:
    """An account made by an operator, its e-mail taken as confirmed. Raises Refused."""
    email = email.strip().lower()
    user_id = session.scalar(
        upsert(User)
        .values(
            email=email, name=normalise(name)[:NAME_LENGTH], password=password_hash,
            fs_uniquifier=uniquifier, active=True, confirmed_at=now, created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(User.id)
    )  # fmt: skip
    if user_id is None:
        raise Refused("user_exists", login=email)
    record(session, actor=actor, subject=f"user:{user_id}", event="user.added", at=now)
    return int(user_id)


def await_phone(
    session: Session, phone: str, *, uniquifier: str, language: str, now: datetime
) -> None:
    """An account for a number that nobody signs in with yet; its first right code confirms it."""
    session.execute(
        upsert(User)
        .values(
            name="", us_phone_number=phone, fs_uniquifier=uniquifier, active=True,
            language=language, created_at=now,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip


_UNPROVED = (
    (User.name == "")
    & User.confirmed_at.is_(None)
    & User.email.is_(None)
    & User.password.is_(None)
    & User.us_phone_number.is_not(None)
)


def forget_unproved(session: Session, now: datetime) -> int:
    """Remove numbers whose code nobody typed within a day; how many."""
    late = User.created_at < now - UNPROVED_KEPT
    return len(session.scalars(delete(User).where(_UNPROVED, late).returning(User.id)).all())


def free_phone(session: Session, phone: str) -> None:
    """A number that somebody merely typed once does not keep its owner from adding it."""
    session.execute(delete(User).where(_UNPROVED, User.us_phone_number == phone))


def grant(session: Session, user_id: int, right: NewGrant, *, actor: str, now: datetime) -> None:
    """Give a right; giving it twice gives it once. Raises Refused("grant_needs_place")."""
    if (right.area_code is None) == (right.group_id is None):
        raise Refused("grant_needs_place")
    given = session.scalar(
        upsert(Grant)
        .values(user_id=user_id, **right.columns())
        .on_conflict_do_nothing()
        .returning(Grant.id)
    )
    if given is not None:
        record(
            session, actor=actor, subject=f"user:{user_id}", event="right.granted", at=now,
            data=right.words(),
        )  # fmt: skip


def revoke(session: Session, user_id: int, right: NewGrant, *, actor: str, now: datetime) -> None:
    """Take a right back. Raises NotFound when the user never had it."""
    taken = session.scalar(
        delete(Grant)
        .where(
            Grant.user_id == user_id,
            Grant.role == right.role,
            Grant.area_code.is_not_distinct_from(right.area_code),
            Grant.group_id.is_not_distinct_from(right.group_id),
        )
        .returning(Grant.id)
    )
    if taken is None:
        raise NotFound("not_found", what="grant")
    record(
        session, actor=actor, subject=f"user:{user_id}", event="right.revoked", at=now,
        data=right.words(),
    )  # fmt: skip
