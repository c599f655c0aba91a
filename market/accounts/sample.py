"""Accounts to try the market with. Development only; every row is marked as sample."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_security.utils import hash_password
from sqlalchemy import insert
from sqlalchemy.orm import Session

from market.accounts.models import Grant, User
from market.accounts.rules import NewGrant


@dataclass(frozen=True, kw_only=True)
class NewSampleUser:
    """Somebody to be."""

    email: str
    name: str
    grants: tuple[NewGrant, ...] = ()
    phone: str | None = None  # made up: 080-00x-xxxx, as every number of the samples


def create_sample_users(
    session: Session, people: Sequence[NewSampleUser], *, password: str, now: datetime
) -> None:
    """Add sample users with one password; it is hashed once, since hashing is slow by design."""
    hashed = hash_password(password)
    rows = [
        {
            "email": person.email,
            "name": person.name,
            "us_phone_number": person.phone,
            "password": hashed,
            "active": True,
            "confirmed_at": now,
            "fs_uniquifier": secrets.token_hex(16),
            "sample": True,
        }
        for person in people
    ]
    ids = session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), rows).all()
    rights = [
        {"user_id": user_id, **right.columns()}
        for user_id, person in zip(ids, people, strict=True)
        for right in person.grants
    ]
    session.execute(insert(Grant), rights)
