"""Reads of a batch as its makers see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.errors import NotFound
from market.fulfilment.rules import short_name

_BATCH = text(
    """
    SELECT b.id, b.state, b.group_id, b.round_id, b.confirmed_units, b.to_make_units,
           b.made_units, b.made_at, b.lot_code, r.number AS round_number, r.name_th AS round_th,
           r.name_en AS round_en, r.delivery_on, b.delivery_index,
           p.code, p.name_th, p.name_en, p.unit_th, p.unit_en, p.shelf_days,
           p.label_class, p.allergens, p.storage,
           g.name_th AS group_th, g.name_en AS group_en,
           (SELECT coalesce(sum(a.live_units * coalesce(o.group_satang, a.price_satang)), 0)
              FROM assignment a JOIN round_offer o ON o.id = b.round_offer_id
             WHERE a.batch_id = b.id) AS satang -- as it was said when the group was asked
      FROM batch b
      JOIN round r ON r.id = b.round_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
     WHERE b.id = :id
    """
)
_BOXES = text(
    """
    SELECT s.id, s.units, s.state, s.tracking_no, s.order_id, o.number, o.recipient,
           pt.name_th AS point_th, pt.name_en AS point_en, o.address, o.address_note, o.phone,
           t.name_th AS tambon_th, am.name_th AS amphoe_th, pr.name_th AS province_th,
           t.name_en AS tambon_en, am.name_en AS amphoe_en, pr.name_en AS province_en, t.postcode,
           pt.group_id IS NOT NULL AND pt.group_id = b.group_id AS own_place
      FROM consignment s
      JOIN batch b ON b.id = s.batch_id
      LEFT JOIN pickup_point pt ON pt.id = s.point_id
      LEFT JOIN orders o ON o.id = s.order_id
      LEFT JOIN tambon t ON t.code = coalesce(o.tambon_code, pt.tambon_code)
      LEFT JOIN amphoe am ON am.code = t.amphoe_code
      LEFT JOIN province pr ON pr.code = t.province_code
     WHERE s.batch_id = :id AND s.state <> 'cancelled'
     ORDER BY s.point_id NULLS LAST, s.id
    """
)
_LABELS = text(
    """
    SELECT s.id AS consignment_id, o.number, o.pickup_code, gift.words AS gift_words,
           CASE WHEN gift.order_id IS NULL THEN b.name ELSE o.recipient END AS buyer,
           sum(a.live_units) AS units
      FROM consignment s
      JOIN assignment a ON a.batch_id = s.batch_id AND a.live_units > 0
      JOIN order_line l ON l.id = a.line_id
      JOIN orders o ON o.id = l.order_id AND (o.point_id = s.point_id OR o.id = s.order_id)
      JOIN buyer b ON b.id = o.buyer_id
      LEFT JOIN gift ON gift.order_id = o.id
     WHERE s.batch_id = :id AND s.state <> 'cancelled'
     GROUP BY s.id, o.id, b.id, gift.order_id ORDER BY s.id, o.number
    """
)


@dataclass(frozen=True, kw_only=True)
class Label:
    """Units of a batch for one buyer, as printed on the bag.

    A gift has its recipient's name instead, and the words of its card.
    """

    number: str
    code: str
    buyer: str
    units: int
    gift_words: str | None = None


@dataclass(frozen=True, kw_only=True)
class Box:
    """A consignment: where it goes and what is in it. ``order_id`` is set for parcels."""

    id: int
    units: int
    state: str
    tracking_no: str | None
    order_id: int | None
    number: str | None
    recipient: str | None
    phone: str | None
    address: str | None
    address_note: str | None
    point_th: str | None
    point_en: str | None
    place_th: str
    place_en: str
    postcode: str
    own_place: bool
    labels: tuple[Label, ...]


@dataclass(frozen=True, kw_only=True)
class BatchView:
    """A batch as its makers see it: the one thing to do now, and for whom it is."""

    id: int
    state: str
    group_id: int
    round_id: int
    round_number: int
    round_th: str
    round_en: str
    group_th: str
    group_en: str
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    to_make_units: int
    made_units: int | None
    made_at: datetime | None
    lot_code: str | None
    delivery_on: date
    shelf_days: int
    label_class: str
    allergens: tuple[str, ...]
    storage: str
    satang: int
    boxes: tuple[Box, ...]

    @property
    def best_before(self) -> date | None:
        """The last day on which it is at its best; None before it is made, or for what keeps."""
        if self.made_at is None or not self.shelf_days:
            return None
        return bangkok_date(self.made_at) + timedelta(days=self.shelf_days)


def get_batch(session: Session, batch_id: int) -> BatchView:
    """A batch with its boxes and labels, in three statements. Raises NotFound."""
    row = session.execute(_BATCH, {"id": batch_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="batch")
    labels: dict[int, list[Label]] = {}
    for label in session.execute(_LABELS, {"id": batch_id}):
        labels.setdefault(label.consignment_id, []).append(
            Label(
                number=label.number,
                code=label.pickup_code,
                buyer=short_name(label.buyer),
                units=int(label.units),
                gift_words=label.gift_words,
            )
        )
    boxes = tuple(
        _box(box, tuple(labels.get(box.id, ())))
        for box in session.execute(_BOXES, {"id": batch_id})
    )
    return _batch(row, boxes)


def _batch(row: Any, boxes: tuple[Box, ...]) -> BatchView:
    # One value: a line a field.
    return BatchView(
        id=row.id,
        state=row.state,
        group_id=row.group_id,
        round_id=row.round_id,
        round_number=row.round_number,
        round_th=row.round_th,
        round_en=row.round_en,
        group_th=row.group_th,
        group_en=row.group_en,
        product_code=row.code,
        name_th=row.name_th,
        name_en=row.name_en,
        unit_th=row.unit_th,
        unit_en=row.unit_en,
        to_make_units=row.to_make_units,
        made_units=row.made_units,
        made_at=row.made_at,
        lot_code=row.lot_code,
        delivery_on=row.delivery_on[row.delivery_index],
        shelf_days=row.shelf_days,
        label_class=row.label_class,
        allergens=tuple(row.allergens),
        storage=row.storage,
        satang=int(row.satang),
        boxes=boxes,
    )


def _box(row: Any, labels: tuple[Label, ...]) -> Box:
    return Box(
        id=row.id,
        units=row.units,
        state=row.state,
        tracking_no=row.tracking_no,
        order_id=row.order_id,
        number=row.number,
        recipient=row.recipient,
        phone=row.phone,
        address=row.address,
        address_note=row.address_note,
        point_th=row.point_th,
        point_en=row.point_en,
        place_th=f"{row.tambon_th} {row.amphoe_th} {row.province_th}",
        place_en=f"{row.tambon_en} {row.amphoe_en} {row.province_en}",
        postcode=row.postcode,
        own_place=row.own_place,
        labels=labels,
    )
