"""A lot across the subjects: what, by whom, when, how, and what they got. Nothing of any buyer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.errors import NotFound
from market.fulfilment.queries import PhotoSeen, photos_of_batches
from market.stories.queries import PaperRow, StepRow, papers_by_group, steps_by_group

# Of what buyers paid for the lot; members counts those who were given their part of the payout.
_LOT = text(
    """
    SELECT b.id AS batch_id, b.state, b.lot_code, b.made_at, b.packed_at, b.handed_over_at,
           b.group_id, b.product_id, r.number AS round_number,
           CASE WHEN r.private THEN 'สั่งทำ' ELSE r.name_th END AS round_th,
           CASE WHEN r.private THEN 'Made to order' ELSE r.name_en END AS round_en,
           p.code, p.category_key AS category,
           CASE WHEN r.private THEN 'สินค้าสั่งทำ' ELSE p.name_th END AS name_th,
           CASE WHEN r.private THEN 'Made to order' ELSE p.name_en END AS name_en,
           p.storage, p.shelf_days, p.allergens, g.code AS group_code, g.name_th AS group_th,
           g.name_en AS group_en, t.code AS tambon_code, t.name_th AS tambon_th,
           t.name_en AS tambon_en, am.name_th AS amphoe_th, am.name_en AS amphoe_en,
           pr.name_th AS province_th, pr.name_en AS province_en, pr.region_code AS region,
           m.makers_satang, m.whole_satang, y.paid_at,
           (SELECT count(*) FROM member_share s WHERE s.payout_id = y.id) AS members
      FROM batch b
      JOIN round r ON r.id = b.round_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
      JOIN tambon t ON t.code = g.tambon_code
      JOIN amphoe am ON am.code = t.amphoe_code
      JOIN province pr ON pr.code = t.province_code
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(x.amount_satang), 0)::bigint AS whole_satang,
                  coalesce(sum(x.amount_satang) FILTER (WHERE x.part = 'makers'), 0)::bigint
                      AS makers_satang
             FROM assignment a JOIN price_part x ON x.assignment_id = a.id
            WHERE a.batch_id = b.id AND a.live_units > 0) m
      LEFT JOIN payout y ON y.round_id = b.round_id AND y.group_id = b.group_id
                        AND y.state = 'paid'
     WHERE b.lot_code = :lot_code
    """
)


@dataclass(frozen=True, kw_only=True)
class LotSeen:
    """A lot as its label's code shows it. Satang; shelf_days 0: does not spoil."""

    batch_id: int
    state: str
    lot_code: str
    made_at: datetime | None
    packed_at: datetime | None
    handed_over_at: datetime | None
    group_id: int
    product_id: int
    round_number: int
    round_th: str
    round_en: str
    code: str
    category: str
    name_th: str
    name_en: str
    storage: str
    shelf_days: int
    allergens: Sequence[str]
    group_code: str
    group_th: str
    group_en: str
    tambon_code: str
    tambon_th: str
    tambon_en: str
    amphoe_th: str
    amphoe_en: str
    province_th: str
    province_en: str
    region: str
    makers_satang: int
    whole_satang: int
    paid_at: datetime | None
    members: int

    @property
    def best_before(self) -> date | None:
        """The last day on which it is at its best; None before it is made, or for what keeps."""
        if self.made_at is None or not self.shelf_days:
            return None
        return bangkok_date(self.made_at) + timedelta(days=self.shelf_days)

    @property
    def makers_of_hundred_satang(self) -> int | None:
        """Of every 100 baht, what stays with the group; None before anything is charged."""
        if not self.whole_satang:
            return None
        return round(self.makers_satang * 10_000 / self.whole_satang)


@dataclass(frozen=True, kw_only=True)
class Trace:
    """The lot with the papers valid when it was made, the steps of making, and pictures."""

    lot: LotSeen
    papers: tuple[PaperRow, ...]
    steps: tuple[StepRow, ...]
    photos: tuple[PhotoSeen, ...]


def trace_lot(session: Session, lot_code: str, now: datetime) -> Trace:
    """Everything about a lot in four statements. Raises NotFound for an unknown code."""
    row = session.execute(_LOT, {"lot_code": lot_code}).one_or_none()
    if row is None:
        raise NotFound("lot_unknown")
    lot = LotSeen(**row._mapping)
    made_on = bangkok_date(lot.made_at or now)
    papers = papers_by_group(session, lot.product_id, [lot.group_id], made_on)
    steps = steps_by_group(session, lot.product_id, [lot.group_id])
    photos = photos_of_batches(session, [lot.batch_id])[lot.batch_id]
    return Trace(
        lot=lot,
        papers=papers.get(lot.group_id, ()),
        steps=steps.get(lot.group_id, ()),
        photos=tuple(photo for photo in photos if photo.step == "made"),
    )
