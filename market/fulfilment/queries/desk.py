"""Reads of a pick-up point's day: what is coming, what lies here, who has not come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.fulfilment.rules import short_name
from market.payments.sources import FRESH_STORAGE
from market.thai import arabic_digits, normalise

MOST_PEOPLE = 600  # who is not shown is found by name or code

_POINT = text(
    """
    SELECT p.id, p.name_th, p.name_en, p.hours, p.tambon_code, p.group_id,
           t.name_th AS tambon_th, t.name_en AS tambon_en
      FROM pickup_point p JOIN tambon t ON t.code = p.tambon_code WHERE p.id = :id
    """
)
_BOXES = text(
    """
    SELECT s.id, s.state, s.units, b.lot_code, r.number AS round_number,
           p.code AS product_code, p.name_th, p.name_en, p.unit_th, p.unit_en,
           g.name_th AS group_th, g.name_en AS group_en,
           EXISTS (SELECT 1 FROM box_case k
                    WHERE k.consignment_id = s.id AND k.closed_at IS NULL) AS problem
      FROM consignment s
      JOIN batch b ON b.id = s.batch_id
      JOIN round r ON r.id = s.round_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
     WHERE s.point_id = :id AND s.state IN ('waiting', 'handed_over', 'arrived')
     ORDER BY s.state DESC, r.number, p.sort_key, s.id LIMIT 300
    """
)
# A name as rules.short_name shows it: what is hidden cannot be found by trying letters.
_SHOWN = r"""
    (substring(b.name FROM '^\s*(\S+)')
     || coalesce(' ' || substring(b.name FROM '\s[^\sก-ฮA-Za-z]*([ก-ฮA-Za-z])\S*\s*$') || '.', ''))
"""
_PEOPLE = text(
    f"""
    SELECT o.id, o.number, b.name, b.phone, sum(a.live_units) AS units,
           bool_and(s.state IN ('arrived', 'received')) AS here,
           coalesce(max(c.amount_satang - c.received_satang)
                    FILTER (WHERE c.state = 'due' AND c.method = 'cash'), 0)
               AS cash_satang,
           count(DISTINCT s.id) FILTER (WHERE s.state = 'arrived') AS bags,
           max(x.keep_until) AS keep_until,
           coalesce(bool_or(p.storage = ANY(:fresh)), false) AS fresh
      FROM orders o
      JOIN buyer b ON b.id = o.buyer_id
      JOIN order_line l ON l.order_id = o.id
      JOIN assignment a ON a.line_id = l.id AND a.live_units > a.received_units
      JOIN consignment s ON s.batch_id = a.batch_id AND s.point_id = o.point_id
      JOIN product p ON p.id = l.product_id
      LEFT JOIN charge c ON c.order_id = o.id
      LEFT JOIN left_order x ON x.order_id = o.id
     WHERE o.point_id = :id AND s.state <> 'cancelled'
       AND x.decision IS DISTINCT FROM 'give_away'
       AND (:like = '%' OR {_SHOWN} ILIKE :named OR o.number LIKE :like
            OR (:by_phone AND b.phone LIKE :like))
     GROUP BY o.id, b.id ORDER BY here DESC, o.number LIMIT :most
    """  # noqa: S608  only our own fragment is put in
)


@dataclass(frozen=True, kw_only=True)
class PointBox:
    """A box for this point."""

    id: int
    state: str
    units: int
    lot_code: str | None
    round_number: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_th: str
    group_en: str
    problem: bool


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Somebody who has not fetched an order. ``here``: all of it has arrived."""

    id: int
    number: str
    name: str
    phone: str | None
    units: int
    here: bool
    cash_satang: int
    bags: int
    keep_until: date | None
    fresh: bool

    @property
    def label_name(self) -> str:
        """As on the bag: the first word, and a letter of the next."""
        return short_name(self.name)


@dataclass(frozen=True, kw_only=True)
class PointDesk:
    """A pick-up point's desk."""

    id: int
    name_th: str
    name_en: str
    hours: str | None
    tambon_code: str
    group_id: int | None
    tambon_th: str
    tambon_en: str
    boxes: tuple[PointBox, ...]
    people: tuple[Waiting, ...]

    @property
    def thing(self) -> dict[str, Any]:
        """Whose desk it is, for the policy."""
        return {"area": self.tambon_code, "group_id": self.group_id}

    @property
    def bags_here(self) -> int:
        """Bags that lie here for somebody."""
        return sum(person.bags for person in self.people)

    def in_state(self, state: str) -> tuple[PointBox, ...]:
        """Boxes in one state."""
        return tuple(box for box in self.boxes if box.state == state)


def get_desk(
    session: Session, point_id: int, find: str = "", *, by_phone: bool = False
) -> PointDesk:
    """The desk of a point, in three statements. Raises NotFound.

    find: only people whose name as it is shown, or whose order number, has this in it; a whole
    name is shortened likewise. Or whose phone, ``by_phone``, for those who may see phones: else
    one would read a number by trying its digits.
    """
    point: Any = session.execute(_POINT, {"id": point_id}).one_or_none()
    if point is None:
        raise NotFound("not_found", what="pickup_point")
    wanted = searched(find)
    asked = {
        "id": point_id, "like": f"%{wanted}%" if find else "%", "named": f"%{short_name(wanted)}%",
        "most": MOST_PEOPLE, "by_phone": by_phone,
        "fresh": list(FRESH_STORAGE),
    }  # fmt: skip
    return PointDesk(
        **point._mapping,
        boxes=tuple(PointBox(**row._mapping) for row in session.execute(_BOXES, {"id": point_id})),
        people=tuple(Waiting(**row._mapping) for row in session.execute(_PEOPLE, asked)),
    )


def searched(find: str) -> str:
    """As it stands in the database, without signs that LIKE reads; phones lose their first 0."""
    text = arabic_digits(normalise(find)).replace("\\", "").replace("%", "").replace("_", "")
    digits = text.replace("-", "").replace(" ", "")
    return digits[1:] if digits.isdigit() and digits.startswith("0") else text
