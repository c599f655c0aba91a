"""What somebody is about to ask about."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound

_ABOUT = text(
    """
    SELECT g.code AS group_code, g.name_th, g.name_en, p.code AS product_code,
           p.name_th AS product_th, p.name_en AS product_en
      FROM producer_group g
      LEFT JOIN offer o ON o.group_id = g.id AND o.product_id = (
           SELECT id FROM product WHERE code = :product_code AND active)
      LEFT JOIN product p ON p.id = o.product_id
     WHERE g.code = :group_code AND g.active
    """
)


@dataclass(frozen=True, kw_only=True)
class AskedAbout:
    """A group, and a product of it where one is meant."""

    group_code: str
    name_th: str
    name_en: str
    product_code: str | None
    product_th: str | None
    product_en: str | None


def asked_about(session: Session, group_code: str, product_code: str) -> AskedAbout:
    """Whom a question goes to. Raises NotFound."""
    row = session.execute(
        _ABOUT, {"group_code": group_code, "product_code": product_code}
    ).one_or_none()
    if row is None:
        raise NotFound("group_not_found")
    return AskedAbout(**row._mapping)
