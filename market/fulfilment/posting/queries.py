"""Parcels of a day: to whom, from which group, how heavy, and the carrier's number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.fulfilment.gathering.queries import area_of

MOST_PARCELS = 500  # on one sheet; smaller areas have their own

_PARCELS = text(
    """
    SELECT s.id, s.state, s.units, s.tracking_no, b.lot_code, b.state AS batch_state, o.number,
           o.recipient, o.phone, o.address, o.address_note, p.name_th, p.name_en, p.unit_th,
           p.unit_en, (s.units * p.ship_weight_g)::bigint AS weight_g, g.id AS group_id,
           g.name_th AS group_th, g.name_en AS group_en, g.phone AS group_phone,
           gt.name_th AS from_th, gt.name_en AS from_en, gt.postcode AS from_postcode,
           t.name_th AS tambon_th, t.name_en AS tambon_en, am.name_th AS amphoe_th,
           am.name_en AS amphoe_en, pr.name_th AS province_th, pr.name_en AS province_en,
           t.postcode
      FROM consignment s
      JOIN batch b ON b.id = s.batch_id
      JOIN round r ON r.id = b.round_id AND r.state IN ('producing', 'delivering')
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
      JOIN tambon gt ON gt.code = g.tambon_code
      JOIN orders o ON o.id = s.order_id
      LEFT JOIN tambon t ON t.code = o.tambon_code
      LEFT JOIN amphoe am ON am.code = t.amphoe_code
      LEFT JOIN province pr ON pr.code = t.province_code
     CROSS JOIN LATERAL (
           SELECT coalesce((SELECT due_on FROM promise m WHERE m.batch_id = b.id
                             ORDER BY m.id DESC LIMIT 1),
                           r.delivery_on[b.delivery_index + 1]) AS due_on) d
     WHERE s.state IN ('waiting', 'handed_over') AND d.due_on = :on
       AND g.tambon_code LIKE ANY(CAST(:areas AS text[]))
     ORDER BY g.sort_key, g.id, (s.state = 'waiting') DESC, o.number, s.id LIMIT :most
    """
)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A parcel as it is posted."""

    id: int
    state: str
    units: int
    weight_g: int
    tracking_no: str | None
    lot_code: str
    batch_state: str
    number: str
    recipient: str | None
    phone: str | None
    address: str | None
    address_note: str | None
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_id: int
    group_th: str
    group_en: str
    group_phone: str | None
    from_th: str
    from_en: str
    from_postcode: str
    tambon_th: str | None
    tambon_en: str | None
    amphoe_th: str | None
    amphoe_en: str | None
    province_th: str | None
    province_en: str | None
    postcode: str | None

    @property
    def ready(self) -> bool:
        """Made by now, so that it can be posted."""
        return self.batch_state not in ("confirmed", "to_make")


def parcels_of(session: Session, areas: Sequence[str], on: date) -> tuple[Parcel, ...]:
    """Parcels that leave these areas' groups on a day; one statement."""
    rows: Any = session.execute(_PARCELS, {**area_of(areas), "on": on, "most": MOST_PARCELS})
    return tuple(Parcel(**row._mapping) for row in rows)


def parcel_rows(parcels: Sequence[Parcel]) -> Iterator[Sequence[object]]:
    """The same as rows for a carrier's import, headings first; Thai, as addresses are written."""
    yield (
        "box", "order", "recipient", "phone", "address", "tambon", "amphoe", "province", "postcode",
        "kg", "product", "units", "group", "tracking",
    )  # fmt: skip
    for parcel in parcels:
        yield (
            parcel.id, parcel.number, parcel.recipient, parcel.phone, parcel.address,
            parcel.tambon_th, parcel.amphoe_th, parcel.province_th, parcel.postcode,
            parcel.weight_g / 1000, parcel.name_th, parcel.units, parcel.group_th,
            parcel.tracking_no,
        )  # fmt: skip
