"""Whose words and whose goods these are, for the policy; and the pictures that go with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.principals import Thing

_REVIEW = text(
    "SELECT v.group_id, g.tambon_code FROM review v"
    "  JOIN producer_group g ON g.id = v.group_id WHERE v.id = :id"
)
_THANKS = text(
    """
    SELECT t.group_id, g.tambon_code, t.order_id, o.buyer_id, t.is_public, t.hidden_at, t.file_hash
      FROM thanks t
      JOIN producer_group g ON g.id = t.group_id
      JOIN orders o ON o.id = t.order_id WHERE t.id = :id
    """
)
_GROUP = text("SELECT id, tambon_code, name_th, name_en FROM producer_group WHERE id = :id")
_BY_CODE = {
    "product": text("SELECT id, name_th, name_en FROM product WHERE code = :code AND active"),
    "group": text("SELECT id, name_th, name_en FROM producer_group WHERE code = :code"),
}
_PHOTO = text(
    "SELECT x.file_hash FROM review_photo x JOIN review v ON v.id = x.review_id"
    " WHERE x.id = :id AND v.hidden_at IS NULL"
)


@dataclass(frozen=True, kw_only=True)
class Named:
    """The group, or the product, that words are about."""

    id: int
    name_th: str
    name_en: str


def review_thing(session: Session, review_id: int) -> Thing:
    """The group that a review is about. Raises NotFound."""
    row = _one(session, _REVIEW, review_id, "review")
    return Thing(area=row.tambon_code, group_id=row.group_id)


def thanks_thing(session: Session, thanks_id: int) -> Thing:
    """Who thanked and who was thanked. Raises NotFound."""
    row = _one(session, _THANKS, thanks_id, "thanks")
    return Thing(
        area=row.tambon_code, group_id=row.group_id, order_id=row.order_id, buyer_id=row.buyer_id
    )


def group_thing(session: Session, group_id: int) -> Thing:
    """The group. Raises NotFound."""
    row = _one(session, _GROUP, group_id, "group")
    return Thing(area=row.tambon_code, group_id=row.id)


def get_group(session: Session, group_id: int) -> Named:
    """The group's names. Raises NotFound."""
    row = _one(session, _GROUP, group_id, "group")
    return Named(id=row.id, name_th=row.name_th, name_en=row.name_en)


def find_reviewed(session: Session, kind: str, code: str) -> Named:
    """The product or group ("product", "group") with this code. Raises NotFound."""
    row = session.execute(_BY_CODE[kind], {"code": code}).one_or_none()
    if row is None:
        raise NotFound("not_found", what=kind)
    return Named(id=row.id, name_th=row.name_th, name_en=row.name_en)


def review_picture(session: Session, photo_id: int) -> str:
    """The hash of a picture of a review that is shown. Raises NotFound."""
    return str(_one(session, _PHOTO, photo_id, "file").file_hash)


def thanks_picture(session: Session, thanks_id: int) -> str:
    """The hash of a thank-you's picture. Raises NotFound, also where it was taken away."""
    row = _one(session, _THANKS, thanks_id, "thanks")
    if row.file_hash is None or row.hidden_at is not None:
        raise NotFound("not_found", what="file")
    return str(row.file_hash)


def is_public_thanks(session: Session, thanks_id: int) -> bool:
    """May everybody see it? Raises NotFound."""
    row = _one(session, _THANKS, thanks_id, "thanks")
    return bool(row.is_public and row.hidden_at is None)


def _one(session: Session, query: Any, row_id: int, what: str) -> Any:
    row = session.execute(query, {"id": row_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what=what)
    return row
