"""What the storefront's pages show: frozen values, so that a template can only show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from market.catalogue.photos.queries import ShownPhoto
from market.overviews.shop.rules import MoneyRow, Progress, progress

PAGE_SIZE = 24


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody looks for in the list of goods; '', None and False mean anything."""

    words: str = ""
    category: str = ""
    province: str = ""
    paper: str = ""  # a kind of certificate
    storage: str = ""
    way: str = ""  # to the buyer: parcel, point, place
    in_season: bool = False
    low_satang: int | None = None
    high_satang: int | None = None
    ready_by: date | None = None
    open_only: bool = False
    round_id: int | None = None
    sort: str = ""  # near, batch, new, price; '' is by name, or how well the words fit
    near: str = ""  # code of a province or tambon, from where ``sort`` near counts
    page: int = 1


@dataclass(frozen=True, kw_only=True)
class Pages:
    """Where a list stands: page 1 is the first; total counts items."""

    page: int
    total: int
    size: int = PAGE_SIZE

    @property
    def count(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, kw_only=True)
class RoundRow:
    """An open round, or the next one to open; woven_percent is its share ordered, by value."""

    id: int
    number: int
    name_th: str
    name_en: str
    cycle: str
    state: str
    opens_at: datetime
    closes_at: datetime
    answer_by: datetime
    pay_by: datetime
    delivery_on: tuple[date, ...]
    woven_percent: int


@dataclass(frozen=True, kw_only=True)
class GoodsRow:
    """A product in the list. The maker nearest to its smallest batch gives place and minimum.

    The sums run over all makers one can order from; local_only: only at the makers' own place.
    """

    id: int
    code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    category: str
    pack: str
    reference_satang: int
    round_id: int | None = None
    closes_at: datetime | None = None
    amphoe_th: str = ""
    amphoe_en: str = ""
    province_th: str = ""
    province_en: str = ""
    region: str | None = None
    makers: int = 0
    low_satang: int = 0
    high_satang: int = 0
    lead_units: int = 0
    minimum_units: int = 0
    ordered_units: int = 0
    capacity_units: int = 0
    left_units: int = 0
    local_only: bool = False
    opens_at: datetime | None = None  # of the next round of its cycle that is planned
    away_km: int | None = None  # from the place of ``Wanted.near`` to the nearest maker
    photo: ShownPhoto | None = None  # the first of its makers'; drawn while there is none

    @property
    def progress(self) -> Progress:
        """Where it stands."""
        if self.round_id is None:
            return Progress.RESTING
        return progress(self.lead_units, self.minimum_units, self.left_units)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value of a filter; count is how many goods it would leave beside the other filters."""

    key: str
    name_th: str = ""
    name_en: str = ""
    count: int = 0


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What the list can be narrowed by, each with its count under the other filters."""

    categories: tuple[Choice, ...] = ()
    provinces: tuple[Choice, ...] = ()
    papers: tuple[Choice, ...] = ()
    storages: tuple[Choice, ...] = ()
    ways: tuple[Choice, ...] = ()
    bands: tuple[Choice, ...] = ()  # of prices: the key is the place in rules.BANDS
    dates: tuple[Choice, ...] = ()  # ready by that day; the count includes earlier days
    rounds: tuple[Choice, ...] = ()
    in_season: int = 0
    open: int = 0


@dataclass(frozen=True, kw_only=True)
class GoodsPage:
    """One page of the list of goods."""

    rows: tuple[GoodsRow, ...]
    pages: Pages
    counts: Counts = Counts()


@dataclass(frozen=True, kw_only=True)
class Facets:
    """What the lists can be narrowed by."""

    categories: tuple[Choice, ...]
    provinces: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """A producer group in the list."""

    id: int
    code: str
    name_th: str
    name_en: str
    craft_th: str
    craft_en: str
    readiness: int
    members: int
    tambon_th: str
    tambon_en: str
    amphoe_th: str
    amphoe_en: str
    province_th: str
    province_en: str
    region: str
    products: int


@dataclass(frozen=True, kw_only=True)
class GroupPage:
    """A group's own page; rows are the goods it makes, with its own numbers."""

    group: GroupRow
    story_th: str
    households: int
    enterprise_th: str
    enterprise_en: str
    founded_on_year: int | None
    legal_form: str
    shared_th: str | None
    shared_en: str | None
    rows: tuple[GoodsRow, ...]


@dataclass(frozen=True, kw_only=True)
class PointRow:
    """A place where orders are picked up; own_place_of is set where it is a group's."""

    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    amphoe_th: str
    amphoe_en: str
    province_th: str
    province_en: str
    weekday: int | None
    hours: str | None
    group_code: str | None


@dataclass(frozen=True, kw_only=True)
class HomePage:
    """The first page. Rounds are those open now; next_opens_at counts when none is."""

    rounds: tuple[RoundRow, ...]
    next_opens_at: datetime | None
    near: tuple[GoodsRow, ...]
    certain: tuple[GoodsRow, ...]
    fresh: tuple[GoodsRow, ...]  # nobody has ordered them yet
    total: int
    money: MoneyRow | None
