"""People: users with grants, buyers, signed links, and browsers that are signed in."""

import time
from datetime import datetime, timedelta
from itertools import count

from flask import Flask
from flask.testing import FlaskClient
from flask_security.utils import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Buyer, Grant, User
from market.accounts.rules import NewGrant, Role
from market.clock import utc_now

_serial = count(1)
PASSWORD = "a-long-enough-password"
_hashes: dict[str, str] = {}


def make_user(
    session: Session,
    *,
    email: str | None = None,
    name: str = "สมศรี ใจดี",
    password: str | None = None,
    phone: str | None = None,
    confirmed: bool = True,
    active: bool = True,
    language: str = "th",
) -> User:
    """Somebody who may sign in; without a password only with a code."""
    serial = next(_serial)
    user = User(
        name=name, email=email or f"person{serial}@market.example", password=_hash(password),
        us_phone_number=phone, active=active, fs_uniquifier=f"person-{serial}",
        confirmed_at=utc_now() if confirmed else None, language=language,
    )  # fmt: skip
    session.add(user)
    session.flush()
    return user


def make_grant(
    session: Session, user: User, role: Role, *, area: str | None = None, group: int | None = None
) -> None:
    """A right of this user, in an area ('' is the country) or a group."""
    right = NewGrant(role, area_code=area, group_id=group)
    session.add(Grant(user_id=user.id, **right.columns()))
    session.flush()


def move_grant(session: Session, user: User, area: str) -> None:
    """All this user's rights of areas become one, in this area."""
    mine = session.scalars(select(Grant).where(Grant.user_id == user.id)).all()
    for other in mine[1:]:
        session.delete(other)
    mine[0].area_code = area
    session.flush()


def make_buyer(
    session: Session,
    *,
    user: User | None = None,
    email: str | None = "guest@market.example",
    phone: str | None = "+66812345678",
    name: str = "มาลี",
) -> int:
    """A consumer; a guest unless a user is given."""
    buyer = Buyer(
        user_id=user.id if user else None, name=name, phone=phone, email=email,
        created_at=utc_now(),
    )  # fmt: skip
    session.add(buyer)
    session.flush()
    return buyer.id


def soon(now: datetime | None = None) -> datetime:
    """A moment that has not come."""
    return (now or utc_now()) + timedelta(days=1)


def browser_of(app: Flask, user: User | None = None, **session_values: object) -> FlaskClient:
    """A browser in which this user has just signed in, without going through the sign-in page."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        if user is not None:
            cookie["_user_id"] = user.fs_uniquifier
            cookie["_fresh"] = True
            cookie["fs_paa"] = time.time()
        cookie.update(session_values)
    return client


def _hash(password: str | None) -> str | None:
    """Hashing is slow by design: each password once a run. Needs an app context."""
    if password is None:
        return None
    return _hashes.setdefault(password, hash_password(password))
