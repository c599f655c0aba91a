"""Who takes part in a planned round: standing offers that fit, or those of an earlier round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, Refused
from market.rounds.memory import enter_groups
from market.rounds.models import Round
from market.rounds.rules import RoundState, ready_date_index

LONGEST_LEAD_DAYS = 90


def lock_draft(session: Session, round_id: int) -> Round:
    """The round, locked. Conflict once it has opened: its terms are frozen then."""
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.DRAFT:
        raise Conflict("terms_are_frozen")
    return round_


def join_offers(
    session: Session,
    round_id: int,
    *,
    now: datetime,
    offer_id: int | None = None,
    offer_ids: Sequence[int] | None = None,
) -> int:
    """Offer every fitting standing offer (or only these) in a draft round; returns how many joined.

    Capacity and price are last round's where the group took part before, else the standing
    ones. An offer joins when its cycle and season fit, its lead time meets a delivery date,
    and it may sell: readiness 1 at its own place, readiness 2 with own use and papers. Where
    the round's template names kinds of goods, groups or products, only those.
    """
    only = offer_ids if offer_id is None else [offer_id]
    return _join(session, _JOIN_OFFERS, round_id, now, offer_ids=only)


def copy_offers(session: Session, round_id: int, source_id: int, *, now: datetime) -> int:
    """The offers of another round with its numbers, as far as they still fit; how many.

    What the group says of cost and time is what it says now. One statement, however many.
    """
    return _join(session, _COPY_OFFERS, round_id, now, source_id=source_id)


def count_misfits(
    session: Session, cut_offs: Mapping[int, datetime], *, now: datetime
) -> dict[int, int]:  # fmt: skip
    """How many offers of each draft would not fit with its cut-off then (season, papers)."""
    statement = f"SELECT b.round_id, count(*) {_MISFITS} GROUP BY b.round_id"
    rows = session.execute(text(statement), _months(cut_offs, now))
    return {round_id: int(count) for round_id, count in rows}


def drop_misfits(
    session: Session, cut_offs: Mapping[int, datetime], *, actor: str, now: datetime
) -> int:
    """Take those offers out of the locked drafts, each with its audit row; how many."""
    gone = session.execute(text(_DROP_MISFITS), _months(cut_offs, now)).all()
    trail = [
        {
            "actor": actor, "at": now, "subject": f"offer:{row.offer_id}",
            "event": "offer.withdrawn", "data": {"round_id": row.round_id, "why": "round.moved"},
        }
        for row in gone
    ]  # fmt: skip
    if trail:
        session.execute(insert(AuditEvent), trail)
    return len(trail)


def _months(cut_offs: Mapping[int, datetime], now: datetime) -> dict[str, object]:
    months = [bangkok_date(moment).month for moment in cut_offs.values()]
    return {"rounds": list(cut_offs), "months": months, "today": bangkok_date(now)}


def _join(session: Session, statement: str, round_id: int, now: datetime, **more: object) -> int:
    round_ = lock_draft(session, round_id)
    times = round_.timetable()
    leads = range(1, LONGEST_LEAD_DAYS + 1)
    ready = {lead: index for lead in leads if (index := ready_date_index(times, lead)) is not None}
    if not ready:
        raise Refused("timetable_does_not_fit", fault="longest_lead_misses_delivery")
    joined = session.execute(
        text(statement),
        {
            "round_id": round_id,
            "template_id": round_.template_id,
            "cycle": round_.cycle.value,
            "month": bangkok_date(round_.closes_at).month,
            "today": bangkok_date(now),
            "leads": list(ready),
            "indexes": list(ready.values()),
            **more,
        },
    )
    enter_groups(session, round_id)
    return int(joined.rowcount)  # type: ignore[attr-defined]


_COLUMNS = """
    INSERT INTO round_offer (
        round_id, offer_id, group_id, product_id, capacity_units, min_batch_units, lot_units,
        price_satang, max_per_order, unit_cost_satang, middleman_satang, minutes_per_unit,
        lead_days, ready_index, in_band)
"""
_STANDING = """
      FROM offer o
      JOIN producer_group g ON g.id = o.group_id AND g.active
      JOIN product p ON p.id = o.product_id AND p.active
      JOIN unnest(CAST(:leads AS int[]), CAST(:indexes AS int[]))
           AS ready (lead, index) ON ready.lead = o.lead_days
"""
_FITS_IN = """
       o.active AND o.round_cycle = {cycle} AND {month} = ANY (o.season_months)
       AND (g.readiness = 1
            OR (o.own_use AND p.required_certificates <@ ARRAY(
                    SELECT c.kind FROM certificate c WHERE c.offer_id = o.id
                       AND (c.expires_on IS NULL OR c.expires_on >= :today))))
"""
_FITS = _FITS_IN.format(cycle=":cycle", month=":month")
#: A template that names nothing of a sort takes all of it.
_CHOSEN = "".join(
    f"""
       AND (NOT EXISTS (SELECT 1 FROM round_template_choice x
                         WHERE x.template_id = :template_id AND x.{column} IS NOT NULL)
            OR {ours} IN (SELECT x.{column} FROM round_template_choice x
                           WHERE x.template_id = :template_id))"""  # noqa: S608 - our own names
    for column, ours in (
        ("category_key", "p.category_key"), ("group_id", "g.id"), ("product_id", "p.id")
    )
)  # fmt: skip
_JOIN_OFFERS = f"""{_COLUMNS}
    SELECT :round_id, o.id, o.group_id, o.product_id,
           coalesce(last.capacity_units, o.capacity_units),
           least(o.min_batch_units, coalesce(last.capacity_units, o.capacity_units)),
           o.lot_units, coalesce(last.price_satang, o.price_satang), o.max_per_order,
           o.unit_cost_satang, o.middleman_satang, o.minutes_per_unit, o.lead_days, ready.index,
           coalesce(last.price_satang, o.price_satang)
               BETWEEN p.band_low_satang AND p.band_high_satang
    {_STANDING}
      LEFT JOIN LATERAL (
           SELECT r.capacity_units, r.price_satang FROM round_offer r
            WHERE r.offer_id = o.id AND r.round_id < :round_id AND r.lot_units = o.lot_units
            ORDER BY r.round_id DESC LIMIT 1) AS last ON true
     WHERE (CAST(:offer_ids AS bigint[]) IS NULL OR o.id = ANY (CAST(:offer_ids AS bigint[])))
       AND {_FITS} {_CHOSEN}
     ORDER BY o.id
    ON CONFLICT (round_id, offer_id) DO NOTHING
"""  # noqa: S608 - only our own fragments are put in
_COPY_OFFERS = f"""{_COLUMNS}
    SELECT :round_id, o.id, o.group_id, o.product_id, b.capacity_units, b.min_batch_units,
           b.lot_units, b.price_satang, b.max_per_order, o.unit_cost_satang, o.middleman_satang,
           o.minutes_per_unit, o.lead_days, ready.index,
           b.price_satang BETWEEN p.band_low_satang AND p.band_high_satang
    {_STANDING}
      JOIN round_offer b ON b.offer_id = o.id AND b.round_id = :source_id
     WHERE {_FITS}
     ORDER BY o.id
    ON CONFLICT (round_id, offer_id) DO NOTHING
"""
#: Offers of drafts that would not fit with the cut-off in another month, or do not any more.
_MISFITS = f"""
      FROM unnest(CAST(:rounds AS bigint[]), CAST(:months AS int[])) AS x (round_id, month)
      JOIN round r ON r.id = x.round_id
      JOIN round_offer b ON b.round_id = r.id
      JOIN offer o ON o.id = b.offer_id
      JOIN producer_group g ON g.id = o.group_id
      JOIN product p ON p.id = o.product_id
     WHERE NOT (g.active AND p.active AND {_FITS_IN.format(cycle="r.cycle", month="x.month")})
"""
_DROP_MISFITS = f"""
    DELETE FROM round_offer WHERE id IN (SELECT b.id {_MISFITS}) RETURNING round_id, offer_id
"""  # noqa: S608 - only our own fragments are put in
