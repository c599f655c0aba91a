"""A closed round as the engine's tables: set-based reads, then row numbers instead of ids.

Zones are the pick-up points in use, the destination tambons and the groups' homes. A group
that may not ship parcels lives in a region of its own to which no post row leads. Post costs
the rate of a further kilogram: the first kilogram's surcharge depends on the parcel count,
which the engine does not know. Papers were checked when the offer joined the round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from market.matching.queries import problem_rows as rows
from market.matching.queries.problem_copy import Ints, expect_many_rows
from market.matching.queries.problem_rows import Columns, Rows
from market.matching.queries.stored import seed_of
from market.places.models import PostRate
from market.rounds.fairness import measure_by_round
from market.rounds.models import Round

NO_PAPERS = 0  # certificates were checked when the offer joined


@dataclass(frozen=True, kw_only=True)
class RoundProblem:
    """The engine's tables of a round, and which database row each row number means.

    whole: lines whose buyer takes all or nothing.
    """

    seed: str
    tables: dict[str, Columns]
    line_ids: Ints
    group_ids: Ints
    product_ids: Ints
    offer_ids: Ints
    whole: npt.NDArray[np.bool_]


@dataclass
class _Numbers:
    """Row numbers handed out in order of first use."""

    row: dict[Any, int]

    def of(self, key: Any) -> int:
        return self.row.setdefault(key, len(self.row))


def read_problem(session: Session, round_id: int, *, plain: bool = False) -> RoundProblem:
    """The round's lines, offers and ways, with what is confirmed already frozen.

    plain: without what a coordinator pinned and weighs otherwise.
    """
    # In one piece: what is read first numbers what is read after it.
    round_ = session.get_one(Round, round_id)
    expect_many_rows(session)
    pins = {} if plain else rows.pins(session, round_id, round_.rematches)
    weights = {} if plain else rows.weights(session, round_id)
    lines = rows.lines(session, round_id, first=round_.rematches == 0)
    offers = rows.offers(session, round_id)
    groups = rows.groups(session, round_id)
    product_ids = np.union1d(lines["product_id"], offers["product_id"])
    products = rows.products(session, product_ids)
    group_ids = _ints(group.id for group in groups)
    regions = _Numbers({})
    zones = _Zones(
        regions, rows.point_regions(session, round_id), rows.tambon_regions(session, round_id)
    )
    tables = {
        "lines": _line_columns(lines, product_ids, group_ids, zones),
        "groups": _group_columns(groups, weights, zones),
        "products": _product_columns(products),
        "offers": _offer_columns(offers, rows.capped(session, round_id), group_ids, product_ids)
        | _pin_columns(offers["id"], pins),
        "lanes": _lane_columns(rows.lanes(session, round_id), group_ids, zones),
        "post": _post_columns(rows.post_rates(session), regions),
        "frozen": _frozen_columns(rows.frozen(session, round_id), lines["id"], group_ids),
    }
    tables["zones"] = zones.columns()
    measure_shares(tables)
    return RoundProblem(
        seed=seed_of(round_.number), tables=tables, line_ids=lines["id"], group_ids=group_ids,
        product_ids=product_ids // rows.APART, offer_ids=offers["id"], whole=lines["whole"] == 1,
    )  # fmt: skip


def _ints(values: Any) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _rows_of(ids: Ints, sorted_ids: Ints) -> Ints:
    """The row of each id. Raises LookupError where there is none."""
    at = np.searchsorted(sorted_ids, ids)
    missing = at >= len(sorted_ids)
    missing[~missing] = sorted_ids[at[~missing]] != ids[~missing]
    if missing.any():
        raise LookupError(f"row {ids[missing][0]} is not part of the round")
    return at.astype(np.int64)


class _Zones:
    """Zones: the points in use by id, then the tambons by code, then the groups' homes."""

    def __init__(self, regions: _Numbers, points: dict[int, str], tambons: dict[str, str]) -> None:
        self.regions = regions
        self.points = _ints(points)
        self.tambons = _ints(map(int, tambons))
        self.region = [regions.of(region) for region in (*points.values(), *tambons.values())]

    def home(self, group_id: int, region: str, *, ships: bool) -> int:
        """A group's own zone; without parcels it is cut off from the post."""
        self.region.append(self.regions.of(region if ships else ("no post", group_id)))
        return len(self.region) - 1

    def of(self, point_ids: Ints, tambon_codes: Ints) -> Ints:
        """Where orders go; a point is 0 where a parcel goes to the tambon."""
        zone = np.zeros(len(point_ids), dtype=np.int64)
        parcel = point_ids == 0
        zone[~parcel] = self.point(point_ids[~parcel])
        zone[parcel] = len(self.points) + _rows_of(tambon_codes[parcel], self.tambons)
        return zone

    def point(self, point_ids: Ints) -> Ints:
        """The zones of pick-up points."""
        return _rows_of(point_ids, self.points)

    def columns(self) -> Columns:
        """The engine needs regions only; places on a map play no part in the rules."""
        region = _ints(self.region)
        nothing = np.zeros_like(region)
        return {"province": nothing, "region": region, "x_m": nothing, "y_m": nothing}


def _line_columns(lines: Columns, product_ids: Ints, group_ids: Ints, zones: _Zones) -> Columns:
    insist = np.full(len(lines["id"]), -1, dtype=np.int64)
    named = lines["group_id"] != 0
    insist[named] = _rows_of(lines["group_id"][named], group_ids)
    return {
        "order": lines["order_id"],
        "product": _rows_of(lines["product_id"], product_ids),
        "zone": zones.of(lines["point_id"], lines["tambon_code"]),
        "date": lines["delivery_index"],
        "qty": lines["units"],
        "insist": insist,
        "prio": lines["priority"],
        "seq": lines["order_id"],
        "ceiling": lines["ceiling_satang"],
    }


def _group_columns(groups: Rows, weights: dict[int, int], zones: _Zones) -> Columns:
    shared = (-1 if g.shared_minutes is None else g.shared_minutes for g in groups)
    due = (g.entitlement_satang * weights.get(g.id, 100) // 100 for g in groups)
    return {
        "zone": _ints(zones.home(g.id, g.region_code, ships=g.ships_parcels) for g in groups),
        "cert": np.full(len(groups), NO_PAPERS, dtype=np.int64),
        "shared_cap": _ints(shared),
        "entitlement": _ints(due),
    }


def measure_shares(tables: dict[str, Columns]) -> None:
    """Entitlements as large as the round: what is ordered and can be made, at reference prices."""
    lines, offers, shares = tables["lines"], tables["offers"], tables["groups"]["entitlement"]
    prices = tables["products"]["ref_price"]
    wanted, made = np.zeros((2, len(prices)), dtype=np.int64)
    np.add.at(wanted, lines["product"], lines["qty"])
    np.add.at(made, offers["product"], offers["cap"])
    able = np.unique(offers["group"][(offers["cap"] > 0) & (wanted[offers["product"]] > 0)])
    brings = int(np.minimum(wanted, made) @ prices)
    shares[able] = measure_by_round(shares[able].tolist(), brings)


def _product_columns(products: Rows) -> Columns:
    return {
        "weight_g": _ints(product.ship_weight_g for product in products),
        "shippable": _ints(int(product.ships_parcel) for product in products),
        "cert": np.full(len(products), NO_PAPERS, dtype=np.int64),
        "category": np.zeros(len(products), dtype=np.int64),
        "ref_price": _ints(product.reference_satang for product in products),
    }


def _offer_columns(
    offers: Columns, capped: dict[int, int], group_ids: Ints, product_ids: Ints
) -> Columns:
    capacity = offers["capacity_units"].copy()
    capacity[_rows_of(_ints(capped), offers["id"])] = _ints(capped.values())
    return {
        "group": _rows_of(offers["group_id"], group_ids),
        "product": _rows_of(offers["product_id"], product_ids),
        "cap": capacity,
        "min_batch": offers["min_batch_units"],
        "lot": offers["lot_units"],
        "price": offers["price_satang"],
        "lead": offers["ready_index"],
        "use_per_unit": offers["minutes_per_unit"],
    }


def _pin_columns(offer_ids: Ints, pins: dict[int, tuple[int, int]]) -> Columns:
    at = _rows_of(_ints(pins), offer_ids)
    low, high = np.full((2, len(offer_ids)), -1, dtype=np.int64)
    low[at] = _ints(low for low, _high in pins.values())
    high[at] = _ints(high for _low, high in pins.values())
    return {"pin_low": low, "pin_high": high}


def _lane_columns(lanes: Columns, group_ids: Ints, zones: _Zones) -> Columns:
    return {
        "group": _rows_of(lanes["group_id"], group_ids),
        "zone": zones.point(lanes["point_id"]),
        "cost_per_kg": lanes["cost_satang_per_kg"],
        "fixed_cost": lanes["fixed_cost_satang"],
        "max_weight_g": lanes["max_weight_g"],
    }


def _post_columns(rates: Sequence[PostRate], regions: _Numbers) -> Columns:
    return {
        "from_region": _ints(regions.of(rate.from_region) for rate in rates),
        "to_region": _ints(regions.of(rate.to_region) for rate in rates),
        "cost_per_kg": _ints(rate.extra_kg_satang for rate in rates),
    }


def _frozen_columns(frozen: Columns, line_ids: Ints, group_ids: Ints) -> Columns:
    return {
        "line": _rows_of(frozen["line_id"], line_ids),
        "group": _rows_of(frozen["group_id"], group_ids),
        "mode": frozen["mode"],
        "qty": frozen["units"],
    }
