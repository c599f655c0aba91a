"""Parcels of a day: to whom, from which group, how heavy, and the carrier's number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.fulfilment.gathering.queries import area_of
from market.fulfilment.queries.desk import searched

MOST_PARCELS = 500  # on one sheet of labels; smaller areas have their own
ON_A_PAGE = 20  # with a field each; more is work for the sheet that is brought or taken along
MOST_PAGES = 1000

_DAY = """
    SELECT s.id, s.state, s.units, s.tracking_no, b.lot_code, b.state AS batch_state, o.number,
           o.recipient, o.phone, o.address, o.address_note, p.name_th, p.name_en, p.unit_th,
           p.unit_en, (s.units * p.ship_weight_g)::bigint AS weight_g, g.id AS group_id,
           g.name_th AS group_th, g.name_en AS group_en, g.phone AS group_phone,
           gt.name_th AS from_th, gt.name_en AS from_en, gt.postcode AS from_postcode,
           t.name_th AS tambon_th, t.name_en AS tambon_en, am.name_th AS amphoe_th,
           am.name_en AS amphoe_en, pr.name_th AS province_th, pr.name_en AS province_en,
           t.postcode,
           CASE WHEN s.tracking_no IS NOT NULL THEN 'noted'
                WHEN b.state IN ('confirmed', 'to_make') THEN 'making' ELSE 'ready' END AS stage,
           row_number() OVER (ORDER BY g.sort_key, g.id, (s.state = 'waiting') DESC, o.number, s.id)
               AS place
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
"""
_PARCELS = text(f"SELECT * FROM ({_DAY}) day ORDER BY place LIMIT :most")  # noqa: S608  ours
_STAGES = text(
    f"""
    SELECT stage, count(*) AS parcels, coalesce(sum(weight_g), 0)::bigint AS weight_g
      FROM ({_DAY}) day GROUP BY stage
    """  # noqa: S608  ours
)
_PAGE = text(
    f"""
    SELECT *, count(*) OVER () AS found FROM ({_DAY}) day
     WHERE (:stage = '' OR stage = :stage)
       AND (:like = '%' OR number LIKE :like OR recipient ILIKE :like OR phone LIKE :like
            OR tracking_no ILIKE :like OR group_th ILIKE :like OR id::text = :exact)
     ORDER BY id::text <> :exact, place LIMIT :most OFFSET :skip
    """  # noqa: S608  ours
)


class Stage(StrEnum):
    """How far a parcel is; what waits for hands first."""

    READY = "ready"
    MAKING = "making"
    NOTED = "noted"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What of the day is asked for. any: all stages, even while some wait for a number."""

    stage: Stage | None = None
    any: bool = False
    find: str = ""
    number: int = 1


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
    stage: str
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
    asked = {**area_of(areas), "on": on, "most": MOST_PARCELS}
    return tuple(_parcel(row) for row in session.execute(_PARCELS, asked))


@dataclass(frozen=True, kw_only=True)
class ParcelPage:
    """A page of a day's parcels, and how many there are of each stage in all."""

    parcels: tuple[Parcel, ...]
    counts: Mapping[str, int]
    weight_g: int
    stage: Stage | None
    find: str
    number: int
    found: int

    @property
    def all(self) -> int:
        """Parcels of the day."""
        return sum(self.counts.values())

    @property
    def pages(self) -> int:
        """Pages of what was asked for, at least one."""
        return max(1, -(-self.found // ON_A_PAGE))


def parcel_page(session: Session, areas: Sequence[str], on: date, *, wish: Wish) -> ParcelPage:
    """One page of a day's parcels; two statements however many there are.

    Where no stage is asked for and nothing is looked for, what waits for a number is shown
    first; when nothing waits any more, all of them. Of what is found, the box whose own
    number was typed comes first: a short number also stands in many telephone numbers.
    """
    asked = {**area_of(areas), "on": on}
    counts = {row.stage: row for row in session.execute(_STAGES, asked)}
    stage = wish.stage or (Stage.READY if Stage.READY in counts and not wish.any else None)
    words = searched(wish.find)
    rows = session.execute(_PAGE, {
        **asked, "stage": stage or "", "like": f"%{words}%" if words else "%", "exact": words,
        "most": ON_A_PAGE, "skip": (wish.number - 1) * ON_A_PAGE,
    }).all()  # fmt: skip
    return ParcelPage(
        parcels=tuple(_parcel(row) for row in rows),
        counts={key: row.parcels for key, row in counts.items()},
        weight_g=sum(row.weight_g for row in counts.values()),
        stage=stage, find=wish.find, number=wish.number, found=rows[0].found if rows else 0,
    )  # fmt: skip


def _parcel(row: Any) -> Parcel:
    known = {key: value for key, value in row._mapping.items() if key not in ("place", "found")}
    return Parcel(**known)


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
