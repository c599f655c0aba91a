"""Offers of a round brought in: a group, a product, how many, at what price.

A group that offers the product for the first time gets a standing offer with these terms; else
only the round's terms change, as on the round's own page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.catalogue.models import Offer
from market.catalogue.rules import may_sell_outside
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, Refused
from market.imports.kinds.base import Job, Kind, beyond
from market.imports.rules import Row, tell_twins
from market.imports.sheets import OFFERS
from market.imports.tables import insert_set, update_set
from market.rounds.commands import join_offers
from market.rounds.models import Round, RoundOffer
from market.rounds.parts import PartView, part_rules, rules_for, split_price
from market.rounds.rules import RoundState, ready_date_index

_TERMS = ("capacity_units", "min_batch_units", "lot_units", "price_satang")
_GROUPS = text(
    """
    SELECT g.id, g.code, g.tambon_code, g.readiness, g.active FROM producer_group g
     WHERE g.code = ANY(:codes)
    """
)
_PRODUCTS = text("SELECT p.* FROM product p WHERE p.code = ANY(:codes)")
_OFFERS = """
    SELECT o.*, ARRAY(SELECT c.kind FROM certificate c WHERE c.offer_id = o.id
                         AND (c.expires_on IS NULL OR c.expires_on >= :today)) AS papers
      FROM offer o
     WHERE o.group_id = ANY(:groups) AND o.product_id = ANY(:products) ORDER BY o.id
"""
_JOINED = text(
    """
    SELECT r.id, r.group_id, r.product_id, r.capacity_units, r.min_batch_units, r.lot_units,
           r.price_satang, r.reserved_units
      FROM round_offer r
     WHERE r.round_id = :round_id AND r.group_id = ANY(:groups) AND r.product_id = ANY(:products)
    """
)
_TO_UNDO = text(
    """
    SELECT r.*, g.tambon_code FROM round_offer r JOIN producer_group g ON g.id = r.group_id
     WHERE r.id = ANY(:ids) ORDER BY r.id FOR UPDATE OF r
    """
)
_BAND = text(
    """
    UPDATE round_offer o
       SET in_band = o.price_satang BETWEEN p.band_low_satang AND p.band_high_satang,
           max_per_order = least(o.max_per_order, o.capacity_units)
      FROM product p WHERE p.id = o.product_id AND o.id = ANY(:ids)
    """
)


@dataclass(frozen=True)
class _World:
    """What the rows are judged against."""

    round: Round
    groups: dict[str, Any]
    products: dict[str, Any]
    offers: dict[tuple[int, int], Any]
    joined: dict[tuple[int, int], Any]
    parts: tuple[PartView, ...]


def draft(session: Session, round_id: int | None, *, holding: bool = False) -> Round:
    """The round, which must still be planned. Raises Refused, NotFound."""
    found = lock(session, Round, round_id or 0) if holding else session.get(Round, round_id or 0)
    if found is None or found.state is not RoundState.DRAFT or found.private:
        raise Refused("import_round_not_draft")
    return found


def judge(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """Six statements, however many rows."""
    world = _read(session, job, rows)
    tell_twins(rows, ("group", "product"))
    for row in rows:
        _judge_one(row, job, world)


def _judge_one(row: Row, job: Job, world: _World) -> None:
    group = world.groups.get(row.given.get("group", ""))
    product = world.products.get(row.given.get("product", ""))
    _check_names(row, job, group, product)
    if group is None or product is None or row.faults:
        return row.settle(None)
    offer = world.offers.get((group.id, product.id))
    joined = world.joined.get((group.id, product.id))
    base = joined or offer
    row.given.setdefault("lot_units", base.lot_units if base else 1)
    row.given.setdefault(
        "min_batch_units", base.min_batch_units if base else row.given["lot_units"]
    )
    _check_units(row)
    if joined is None:
        _check_joining(row, world, group, product, offer)
    parts = rules_for(world.parts, product.category_key)
    row.given["makers_satang"] = split_price(row.given["price_satang"], parts).get("makers", 0)
    row.target_id = joined.id if joined else None
    old = {key: getattr(joined, key) for key in _TERMS} if joined else None
    row.settle(old and row.given | old)
    return None


def _check_names(row: Row, job: Job, group: Any, product: Any) -> None:
    if group is None or not group.active:
        row.wrong("group", "no_group", value=row.given.get("group", ""))
    elif not job.reach.covers(group.tambon_code, group.id):
        row.wrong("group", "not_your_group", value=group.code)
    if product is None or not product.active:
        row.wrong("product", "no_product", value=row.given.get("product", ""))


def _check_units(row: Row) -> None:
    given = row.given
    capacity, least, lot = given["capacity_units"], given["min_batch_units"], given["lot_units"]
    if capacity % lot:
        row.wrong("capacity_units", "not_whole_lots", lot=lot)
    if least > capacity:
        row.wrong("min_batch_units", "minimum_above_capacity", capacity=capacity)
    elif least < lot or least % lot:
        row.wrong("min_batch_units", "not_whole_lots", lot=lot)


def _check_joining(row: Row, world: _World, group: Any, product: Any, offer: Any) -> None:
    """May it be offered in this round? The same rules by which rounds gather offers."""
    if offer is None and "unit_cost_satang" not in row.given:
        row.wrong("unit_cost_satang", "cost_for_first_offer")
    terms = offer or product
    if terms.round_cycle != world.round.cycle.value:
        row.wrong("product", "other_cycle")
    elif bangkok_date(world.round.closes_at).month not in terms.season_months:
        row.wrong("product", "out_of_season")
    elif offer is not None and not offer.active:
        row.wrong("product", "offer_resting")
    elif _late(world.round, offer.lead_days if offer else product.lead_days_min):
        row.wrong("product", "cannot_be_ready")
    ready = group.readiness == 1 or may_sell_outside(
        readiness=group.readiness,
        own_use=offer.own_use if offer else row.given.get("own_use", False),
        needed=product.required_certificates,
        held=offer.papers if offer else (),
    )
    if not ready:
        row.wrong("group", "not_ready_to_sell")


def _late(round_: Round, lead_days: int) -> bool:
    return ready_date_index(round_.timetable(), lead_days) is None


def _read(session: Session, job: Job, rows: Sequence[Row]) -> _World:
    round_ = draft(session, job.round_id, holding=job.holding)
    groups = {
        row.code: row
        for row in session.execute(_GROUPS, {"codes": [r.given.get("group") for r in rows]})
    }
    products = {
        row.code: row
        for row in session.execute(_PRODUCTS, {"codes": [r.given.get("product") for r in rows]})
    }
    ids = {
        "groups": [group.id for group in groups.values()],
        "products": [product.id for product in products.values()],
    }
    offers = session.execute(text(_OFFERS), ids | {"today": bangkok_date(job.now)}).all()
    joined = session.execute(_JOINED, ids | {"round_id": job.round_id}).all()
    return _World(
        round=round_,
        groups=groups,
        products=products,
        offers={(row.group_id, row.product_id): row for row in offers},
        joined={(row.group_id, row.product_id): row for row in joined},
        parts=part_rules(session),
    )


def apply(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """First offers are made, new ones join, then all terms are set; some twenty statements."""
    world = _read(session, job, rows)
    new = [row for row in rows if row.effect == "new"]
    _make_offers(session, world, new)
    world = _read(session, job, rows)
    ids = [world.offers[_pair(row, world)].id for row in new]
    if ids:
        join_offers(session, job.round_id or 0, now=job.now, offer_ids=ids)
    world = _read(session, job, rows)
    for row in rows:
        joined = world.joined.get(_pair(row, world))
        if joined is None:  # judged a moment ago under the same lock
            raise Conflict("import_moved_on")
        row.target_id, row.outcome = joined.id, "applied"
    _set_terms(session, [row.given | {"id": row.target_id} for row in rows])


def undo(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """Take new ones out of the round and give old terms back, while it is still planned and their
    groups are still the importer's.
    """
    draft(session, job.round_id, holding=True)
    found = session.execute(
        _TO_UNDO,
        {"ids": [row.target_id for row in rows]},
    )
    current = {row.id: row for row in found}
    back: list[Row] = []
    gone: list[Row] = []
    for row in rows:
        now = current.get(row.target_id or 0)
        if now is None:
            row.outcome = "undone"
        elif beyond(job, row, now.tambon_code, now.group_id):
            continue
        elif any(getattr(now, key) != row.given[key] for key in _TERMS):
            row.outcome, row.reason = "kept", "changed_since"
        else:
            row.outcome = "undone"
            (gone if row.effect == "new" else back).append(row)
    session.execute(
        text("DELETE FROM round_offer WHERE id = ANY(:ids)"),
        {"ids": [row.target_id for row in gone]},
    )
    _set_terms(session, [row.given | row.before | {"id": row.target_id} for row in back])


def _pair(row: Row, world: _World) -> tuple[int, int]:
    return world.groups[row.given["group"]].id, world.products[row.given["product"]].id


def _set_terms(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    terms = [{key: row[key] for key in ("id", *_TERMS)} for row in rows]
    update_set(session, RoundOffer, terms, _TERMS)
    session.execute(_BAND, {"ids": [row["id"] for row in rows]})
    session.expire_all()


def _make_offers(session: Session, world: _World, rows: Sequence[Row]) -> None:
    """Standing offers of groups that offer the product for the first time."""
    insert_set(
        session,
        Offer,
        [
            _standing(row, *_found(row, world))
            for row in rows
            if _pair(row, world) not in world.offers
        ],
    )


def _found(row: Row, world: _World) -> tuple[Any, Any]:
    return world.groups[row.given["group"]], world.products[row.given["product"]]


def _standing(row: Row, group: Any, product: Any) -> dict[str, Any]:
    given = row.given
    return {
        "code": f"{group.code}-{product.code}",
        "group_id": group.id,
        "product_id": product.id,
        "round_cycle": product.round_cycle,
        **{key: given[key] for key in _TERMS},
        "lead_days": product.lead_days_min,
        "unit_cost_satang": given["unit_cost_satang"],
        "middleman_satang": 0,
        "max_per_order": given["capacity_units"],
        "season_months": list(product.season_months),
        "minutes_per_unit": 0,
        "own_use": given.get("own_use", False),
        "active": True,
    }


OFFER_KIND = Kind(sheet=OFFERS, judge=judge, apply=apply, undo=undo)
