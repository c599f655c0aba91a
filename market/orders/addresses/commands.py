"""Saved addresses: kept, made the usual one, forgotten. Never commits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, text, update
from sqlalchemy.orm import Session

from market.errors import NotFound, Refused
from market.orders.addresses.rules import AddressParts
from market.orders.models import SavedAddress
from market.places.queries import get_tambon

MOST_ADDRESSES = 20

_COUNT = text(
    """
    SELECT count(*) AS kept, (SELECT id FROM saved_address
             WHERE user_id = :user_id AND tambon_code = :tambon_code AND house_no = :house_no
               AND moo = :moo AND village = :village AND soi = :soi AND road = :road
               AND recipient = :recipient LIMIT 1) AS same
      FROM saved_address WHERE user_id = :user_id
    """
)
_LOCK_USER = text('SELECT id FROM "user" WHERE id = :user_id FOR NO KEY UPDATE')


@dataclass(frozen=True, kw_only=True)
class NewAddress:
    """An address as somebody gives it. phone is E.164."""

    recipient: str
    phone: str
    tambon_code: str
    parts: AddressParts
    note: str = ""


def save_address(session: Session, user_id: int, given: NewAddress, *, now: datetime) -> int:
    """Keep an address; the same one twice is kept once, the first one is the usual one.

    Raises NotFound for an unknown tambon, Refused where too many are kept.
    """
    if not given.parts.house_no:
        raise Refused("address_needs_house")
    get_tambon(session, given.tambon_code)
    session.execute(_LOCK_USER, {"user_id": user_id})
    words = asdict(given.parts) | {
        "user_id": user_id, "recipient": given.recipient, "tambon_code": given.tambon_code,
    }  # fmt: skip
    found = session.execute(_COUNT, words).one()
    if found.same is not None:
        return int(found.same)
    if found.kept >= MOST_ADDRESSES:
        raise Refused("too_many_addresses", most=MOST_ADDRESSES)
    address = SavedAddress(
        **words, phone=given.phone, note=given.note, usual=not found.kept, created_at=now
    )
    session.add(address)
    session.flush()
    return address.id


def make_usual(session: Session, user_id: int, address_id: int) -> None:
    """Offer this address first. Raises NotFound for somebody else's."""
    session.execute(_LOCK_USER, {"user_id": user_id})
    session.execute(
        update(SavedAddress)
        .where(SavedAddress.user_id == user_id, SavedAddress.usual, SavedAddress.id != address_id)
        .values(usual=False)
    )
    made = session.scalar(
        update(SavedAddress)
        .where(SavedAddress.user_id == user_id, SavedAddress.id == address_id)
        .values(usual=True)
        .returning(SavedAddress.id)
    )
    if made is None:
        raise NotFound("address_not_found")


def forget_address(session: Session, user_id: int, address_id: int) -> None:
    """Forget an address; orders keep theirs. Twice is once, somebody else's stays."""
    session.execute(
        delete(SavedAddress).where(SavedAddress.user_id == user_id, SavedAddress.id == address_id)
    )
