"""The CSV form of a catalogue: what each file must hold. Pure: rows in, checked rows or faults.

One Sheet per file. ``check`` looks at every row of every file and lists every fault with
its file, line and column, so that a person can mend them all at once; nothing is loaded
while there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from market.catalogue.cells import (
    Parse,
    baht,
    code,
    flag,
    many_of,
    months,
    name,
    note,
    number,
    one_of,
    whole,
    words,
)

Row = dict[str, Any]
CERTIFICATES = frozenset(
    {"FDA", "FDA_COS", "FDA_HERB", "TCPS", "GAP", "ORGTH", "PGS", "GI", "HALAL"}
    | {"OTOP3", "OTOP4", "OTOP5"}
)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CYCLES = ("weekly", "biweekly", "monthly")


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong. line counts the header as line 1, as a spreadsheet does."""

    file: str
    line: int
    column: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}: {self.problem}"


@dataclass(frozen=True)
class Sheet:
    """A file's columns with their parsers, its key and the columns that point elsewhere."""

    columns: Mapping[str, Parse]
    key: tuple[str, ...]
    points_to: Mapping[str, str]  # column -> file whose single key it must be


_FULFILMENT = ("parcel", "cold", "pickup", "visit")
_REGION = one_of("N", "LN", "C", "W", "E", "NE", "S")

SHEETS: dict[str, Sheet] = {
    "tambons": Sheet(
        {
            "tambon_code": code(6),
            "lat": number(5.6, 20.5),
            "lon": number(97.3, 105.7),
            "readiness_group": whole(1, 2),
        },
        ("tambon_code",),
        {},
    ),
    "group_types": Sheet(
        {"type_code": name, "th": name, "en": name, "sector": name}, ("type_code",), {}
    ),
    "groups": Sheet(
        {
            "group_id": name,
            "tambon_code": code(6),
            "name_th": name,
            "name_en": name,
            "type_code": name,
            "legal_form": one_of(
                "community_enterprise", "farm_women_group", "livelihood_group", "cooperative"
            ),
            "readiness_group": whole(1, 2),
            "founded_be": whole(2400, 2700),
            "members": whole(1, 100000),
            "households": whole(0, 100000),
            "contact_channel": one_of("line", "sms", "phone"),
            "fulfilment": many_of(*_FULFILMENT),
            "story_th": note,
        },
        ("group_id",),
        {"type_code": "group_types"},
    ),
    "products": Sheet(
        {
            "product_code": name,
            "th": name,
            "en": name,
            "category": name,
            "category_th": name,
            "unit_th": name,
            "unit_en": name,
            "pack": name,
            "ship_weight_g": whole(0, 10**6),
            "price_min_baht": baht,
            "price_max_baht": baht,
            "ref_unit_cost_baht": baht,
            "season_months": months,
            "lead_days_min": whole(1, 90),
            "shelf_days": whole(0, 3650),
            "storage": one_of("ambient", "fresh", "chilled", "frozen", "none"),
            "round_cycle": one_of(*CYCLES),
            "vat_class": one_of("exempt", "standard"),
            "label_rule": one_of(
                "fresh", "serial", "check", "cosmetic", "herbal", "fertiliser", "nonfood", "service"
            ),
            "allergens": words,
        },
        ("product_code",),
        {},
    ),
    "offers": Sheet(
        {
            "offer_id": name,
            "group_id": name,
            "product_code": name,
            "round_cycle": one_of(*CYCLES),
            "capacity_per_round": whole(1),
            "min_batch": whole(1),
            "lot_size": whole(1),
            "lead_days": whole(1, 90),
            "price_baht": baht,
            "unit_cost_baht": baht,
            "middleman_price_baht": baht,
            "max_per_order": whole(1),
            "season_months": months,
            "fulfilment": many_of(*_FULFILMENT),
            "certificates": many_of(*sorted(CERTIFICATES)),
            "own_use": flag,
        },
        ("offer_id",),
        {"group_id": "groups", "product_code": "products"},
    ),
    "chain_costs": Sheet(
        {
            "product_code": name,
            "link_no": whole(1, 6),
            "link_key": name,
            "link_th": name,
            "link_en": name,
            "cost_baht": baht,
        },
        ("product_code", "link_no"),
        {"product_code": "products"},
    ),
    "vehicles": Sheet(
        {
            "group_id": name,
            "vehicle_th": name,
            "vehicle_en": name,
            "reach_km": whole(1, 2000),
            "baht_per_km": baht,
            "fixed_baht_per_trip": baht,
            "max_kg_per_trip": whole(1, 50000),
        },
        ("group_id",),
        {"group_id": "groups"},
    ),
    "shared_hours": Sheet(
        {
            "group_id": name,
            "resource_th": name,
            "resource_en": name,
            "minutes_per_round": whole(1),
            "offer_id": name,
            "minutes_per_unit": whole(0),
        },
        ("offer_id",),
        {"group_id": "groups", "offer_id": "offers"},
    ),
    "post_rates": Sheet(
        {
            "from_region": _REGION,
            "to_region": _REGION,
            "baht_first_kg": baht,
            "baht_per_extra_kg": baht,
            "days": whole(1, 60),
        },
        ("from_region", "to_region"),
        {},
    ),
    "pickup_points": Sheet(
        {
            "pickup_id": name,
            "th": name,
            "en": name,
            "tambon_code": code(6),
            "lat": number(5.6, 20.5),
            "lon": number(97.3, 105.7),
            "weekday": one_of(*WEEKDAYS),
            "hours": name,
            "capacity_boxes": whole(1, 100000),
        },
        ("pickup_id",),
        {},
    ),
}
