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
from market.matching.queries.problem_rows import Rows
from market.matching.queries.stored import seed_of
from market.matching.rules import Mode
from market.orders.rules import MakerChoice, ShortageChoice
from market.places.models import Lane, PostRate
from market.rounds.models import Round, RoundOffer

Ints = npt.NDArray[np.int64]
Columns = dict[str, list[int]]
MODE_NUMBER = {Mode.LANE: 0, Mode.POST: 1}
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


def read_problem(session: Session, round_id: int) -> RoundProblem:
    """The round's lines, offers and ways, with what is confirmed already frozen."""
    round_ = session.get_one(Round, round_id)
    lines = rows.lines(session, round_id)
    offers = rows.offers(session, round_id)
    groups = rows.groups(session, round_id)
    group_row = {group.id: row for row, group in enumerate(groups)}
    products = rows.products(session, round_id)
    product_row = {product.id: row for row, product in enumerate(products)}
    regions = _Numbers({})
    zones = _Zones(
        regions, rows.point_regions(session, round_id), rows.tambon_regions(session, round_id)
    )
    tables = {
        "lines": _line_columns(lines, product_row, group_row, zones, first=round_.rematches == 0),
        "groups": _group_columns(groups, zones),
        "products": _product_columns(products),
        "offers": _offer_columns(offers, rows.capped(session, round_id), group_row, product_row),
        "lanes": _lane_columns(rows.lanes(session, round_id), group_row, zones),
        "post": _post_columns(rows.post_rates(session), regions),
        "frozen": _frozen_columns(rows.frozen(session, round_id), lines, group_row),
    }
    tables["zones"] = zones.columns()
    return RoundProblem(
        seed=seed_of(round_.number),
        tables=tables,
        line_ids=_ints(line.id for line in lines),
        group_ids=_ints(group_row),
        product_ids=_ints(product_row),
        offer_ids=_ints(offer.id for offer in offers),
        whole=np.array([line.shortage is ShortageChoice.NOTHING for line in lines], dtype=bool),
    )


def _ints(values: Any) -> Ints:
    return np.fromiter(values, dtype=np.int64)


class _Zones:
    """Zone rows of points ("point", id), tambons ("tambon", code) and homes ("home", group)."""

    def __init__(self, regions: _Numbers, points: dict[int, str], tambons: dict[str, str]) -> None:
        self.regions = regions
        self.rows = _Numbers({})
        self.region: list[int] = []
        for point_id, region in points.items():
            self._add(("point", point_id), region)
        for code, region in tambons.items():
            self._add(("tambon", code), region)

    def _add(self, key: tuple[str, Any], region: Any) -> int:
        row = self.rows.of(key)
        self.region.append(self.regions.of(region))
        return row

    def home(self, group_id: int, region: str, *, ships: bool) -> int:
        """A group's own zone; without parcels it is cut off from the post."""
        return self._add(("home", group_id), region if ships else ("no post", group_id))

    def of(self, point_id: int | None, tambon_code: str) -> int:
        """Where an order goes."""
        return self.rows.row["tambon", tambon_code] if point_id is None else self.point(point_id)

    def point(self, point_id: int) -> int:
        """A pick-up point's zone."""
        return self.rows.row["point", point_id]

    def columns(self) -> Columns:
        """The engine needs regions only; places on a map play no part in the rules."""
        nothing = [0] * len(self.region)
        return {"province": nothing, "region": self.region, "x_m": nothing, "y_m": nothing}


def _line_columns(
    lines: Rows, product_row: dict[int, int], group_row: dict[int, int], zones: _Zones, *,
    first: bool,
) -> Columns:  # fmt: skip
    bound = {MakerChoice.ONLY, MakerChoice.FIRST} if first else {MakerChoice.ONLY}
    return {
        "order": [line.order_id for line in lines],
        "product": [product_row[line.product_id] for line in lines],
        "zone": [zones.of(line.point_id, line.tambon_code) for line in lines],
        "date": [line.delivery_index for line in lines],
        "qty": [line.units for line in lines],
        "insist": [group_row[line.group_id] if line.maker in bound else -1 for line in lines],
        "prio": [line.priority for line in lines],
        "seq": [line.order_id for line in lines],
        "ceiling": [line.ceiling_satang for line in lines],
    }


def _group_columns(groups: Rows, zones: _Zones) -> Columns:
    return {
        "zone": [zones.home(g.id, g.region_code, ships=g.ships_parcels) for g in groups],
        "cert": [NO_PAPERS for _ in groups],
        "shared_cap": [-1 if g.shared_minutes is None else g.shared_minutes for g in groups],
        "entitlement": [g.entitlement_satang for g in groups],
    }


def _product_columns(products: Rows) -> Columns:
    return {
        "weight_g": [product.ship_weight_g for product in products],
        "shippable": [int(product.ships_parcel) for product in products],
        "cert": [NO_PAPERS for _ in products],
        "category": [0 for _ in products],
        "ref_price": [product.reference_satang for product in products],
    }


def _offer_columns(
    offers: Sequence[RoundOffer], capped: dict[int, int], group_row: dict[int, int],
    product_row: dict[int, int],
) -> Columns:  # fmt: skip
    return {
        "group": [group_row[offer.group_id] for offer in offers],
        "product": [product_row[offer.product_id] for offer in offers],
        "cap": [capped.get(offer.id, offer.capacity_units) for offer in offers],
        "min_batch": [offer.min_batch_units for offer in offers],
        "lot": [offer.lot_units for offer in offers],
        "price": [offer.price_satang for offer in offers],
        "lead": [offer.ready_index for offer in offers],
        "use_per_unit": [offer.minutes_per_unit for offer in offers],
    }


def _lane_columns(lanes: Sequence[Lane], group_row: dict[int, int], zones: _Zones) -> Columns:
    return {
        "group": [group_row[lane.group_id] for lane in lanes],
        "zone": [zones.point(lane.point_id) for lane in lanes],
        "cost_per_kg": [lane.cost_satang_per_kg for lane in lanes],
        "fixed_cost": [lane.fixed_cost_satang for lane in lanes],
        "max_weight_g": [lane.max_weight_g for lane in lanes],
    }


def _post_columns(rates: Sequence[PostRate], regions: _Numbers) -> Columns:
    return {
        "from_region": [regions.of(rate.from_region) for rate in rates],
        "to_region": [regions.of(rate.to_region) for rate in rates],
        "cost_per_kg": [rate.extra_kg_satang for rate in rates],
    }


def _frozen_columns(frozen: Rows, lines: Rows, group_row: dict[int, int]) -> Columns:
    line_row = {line.id: row for row, line in enumerate(lines)}
    return {
        "line": [line_row[row.line_id] for row in frozen],
        "group": [group_row[row.group_id] for row in frozen],
        "mode": [MODE_NUMBER[row.mode] for row in frozen],
        "qty": [int(row.units) for row in frozen],
    }
