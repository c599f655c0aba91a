"""The tables of a matching problem and what each column may hold."""

from dataclasses import dataclass
from typing import Final

from market.matching.engine.arrays import IntArray

UNITS_MAX: Final = 10**9
AMOUNT_MAX: Final = 10**12
ANY_MAX: Final = 2**62
DATES_MAX: Final = 10_000


@dataclass(frozen=True)
class Column:
    """The range of a column, and the table its values are row numbers of."""

    low: int = 0
    high: int = AMOUNT_MAX
    of_table: str | None = None
    optional: bool = False


@dataclass(frozen=True)
class Zones:
    """Delivery zones; an id is the row number. x_m, y_m: metres on a plane map."""

    province: IntArray
    region: IntArray
    x_m: IntArray
    y_m: IntArray


@dataclass(frozen=True)
class Products:
    """Products; weight_g a unit, cert a bit mask (1 GAP, 2 organic), ref_price in satang."""

    weight_g: IntArray
    shippable: IntArray
    cert: IntArray
    category: IntArray
    ref_price: IntArray


@dataclass(frozen=True)
class Groups:
    """Producer groups; shared_cap in hours or minutes (-1 none), entitlement in satang."""

    zone: IntArray
    cert: IntArray
    shared_cap: IntArray
    entitlement: IntArray


@dataclass(frozen=True)
class Offers:
    """One row a (group, product): units, lots, asked price in satang, first date index.

    pin_low, pin_high: a coordinator's least and most units in all, -1 none.
    """

    group: IntArray
    product: IntArray
    cap: IntArray
    min_batch: IntArray
    lot: IntArray
    price: IntArray
    lead: IntArray
    use_per_unit: IntArray
    pin_low: IntArray
    pin_high: IntArray


@dataclass(frozen=True)
class Lanes:
    """Own deliveries of a group to a zone; fixed_cost in satang once a date, grams a date."""

    group: IntArray
    zone: IntArray
    cost_per_kg: IntArray
    fixed_cost: IntArray
    max_weight_g: IntArray


@dataclass(frozen=True)
class Post:
    """Parcel tariff between regions, satang a kilogram."""

    from_region: IntArray
    to_region: IntArray
    cost_per_kg: IntArray


@dataclass(frozen=True)
class Lines:
    """Demand: units of a product in a zone on a date; ceiling in satang a unit, -1 none."""

    order: IntArray
    product: IntArray
    zone: IntArray
    date: IntArray
    qty: IntArray
    insist: IntArray
    prio: IntArray
    seq: IntArray
    ceiling: IntArray


@dataclass(frozen=True)
class Frozen:
    """Units confirmed earlier that must stay; mode 0 own lane, 1 post."""

    line: IntArray
    group: IntArray
    mode: IntArray
    qty: IntArray


_PLACE = Column(low=-(10**9), high=10**9)
_UNITS = Column(high=UNITS_MAX)

COLUMNS: Final[dict[str, dict[str, Column]]] = {
    "zones": {"province": Column(), "region": Column(), "x_m": _PLACE, "y_m": _PLACE},
    "products": {
        "weight_g": Column(high=10**9),
        "shippable": Column(high=1),
        "cert": Column(),
        "category": Column(),
        "ref_price": Column(high=10**9),
    },
    "groups": {
        "zone": Column(of_table="zones"),
        "cert": Column(),
        "shared_cap": Column(low=-1),
        "entitlement": Column(),
    },
    "offers": {
        "group": Column(of_table="groups"),
        "product": Column(of_table="products"),
        "cap": _UNITS,
        "min_batch": _UNITS,
        "lot": _UNITS,
        "price": Column(high=10**9),
        "lead": Column(high=DATES_MAX),
        "use_per_unit": Column(high=10**6),
        "pin_low": Column(low=-1, high=UNITS_MAX, optional=True),
        "pin_high": Column(low=-1, high=UNITS_MAX, optional=True),
    },
    "lanes": {
        "group": Column(of_table="groups"),
        "zone": Column(of_table="zones"),
        "cost_per_kg": Column(high=10**9),
        "fixed_cost": Column(high=10**9),
        "max_weight_g": Column(),
    },
    "post": {"from_region": Column(), "to_region": Column(), "cost_per_kg": Column(high=10**9)},
    "lines": {
        "order": Column(high=ANY_MAX),
        "product": Column(of_table="products"),
        "zone": Column(of_table="zones"),
        "date": Column(high=DATES_MAX),
        "qty": _UNITS,
        "insist": Column(low=-1, of_table="groups"),
        "prio": Column(high=2),
        "seq": Column(high=ANY_MAX),
        "ceiling": Column(low=-1, optional=True),
    },
    "frozen": {
        "line": Column(of_table="lines"),
        "group": Column(of_table="groups"),
        "mode": Column(high=1),
        "qty": Column(low=1, high=UNITS_MAX),
    },
}
OPTIONAL_TABLES: Final = frozenset({"frozen"})
UNIQUE_ROWS: Final[dict[str, tuple[str, ...]]] = {
    "offers": ("group", "product"),
    "lanes": ("group", "zone"),
    "post": ("from_region", "to_region"),
    "frozen": ("line", "group", "mode"),
}
