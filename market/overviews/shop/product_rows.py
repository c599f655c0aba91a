"""What the page of a product shows: frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from market.catalogue.photos.queries import ShownPhoto
from market.overviews.shop.rules import Progress, progress
from market.stories.queries import PaperRow, QuestionRow, StepRow
from market.voices.queries.reviews import ReviewsPage


@dataclass(frozen=True, kw_only=True)
class ProductRow:
    """A product as such, whoever makes it."""

    id: int
    code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    category: str
    category_th: str
    category_en: str
    pack: str
    reference_satang: int
    reference_cost_satang: int
    season_months: tuple[int, ...]
    shelf_days: int
    storage: str
    ships_parcel: bool
    own_lane: str  # how far the makers bring it, see catalogue/channels
    round_cycle: str
    allergens: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class MakerRow:
    """A group's offer of a product in an open round."""

    round_id: int
    closes_at: datetime
    delivery_on: tuple[date, ...]
    group_id: int
    group_code: str
    name_th: str
    name_en: str
    story_th: str
    members: int
    tambon_th: str
    tambon_en: str
    amphoe_th: str
    amphoe_en: str
    province_th: str
    province_en: str
    region: str
    price_satang: int
    unit_cost_satang: int
    middleman_satang: int
    group_satang: int  # of the price
    minimum_units: int
    capacity_units: int
    reserved_units: int
    left_units: int
    max_per_order: int
    ready_index: int
    in_band: bool
    local_only: bool
    own_use: bool
    post_days_min: int | None  # from its region by parcel; None where nothing goes by post
    post_days_max: int | None

    @property
    def pick_up_on(self) -> tuple[date, ...]:
        """The delivery dates that this maker can meet."""
        return self.delivery_on[self.ready_index :]

    @property
    def parcel_between(self) -> tuple[date, date] | None:
        """When a parcel is there: sent on the first date it can meet, and so many days after."""
        if self.post_days_min is None or self.post_days_max is None or not self.pick_up_on:
            return None
        sent_on = self.pick_up_on[0]
        return (
            sent_on + timedelta(days=self.post_days_min),
            sent_on + timedelta(days=self.post_days_max),
        )

    @property
    def progress(self) -> Progress:
        """Where this maker's batch stands."""
        return progress(self.reserved_units, self.minimum_units, self.left_units)


@dataclass(frozen=True, kw_only=True)
class NextRound:
    """When something can be ordered (again); opens_at is None while nobody has planned it."""

    opens_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class UsualMaker:
    """A group that makes a product when a round is open."""

    group_id: int
    group_code: str
    name_th: str
    name_en: str
    members: int
    tambon_th: str
    tambon_en: str
    amphoe_th: str
    amphoe_en: str
    province_th: str
    province_en: str
    region: str
    own_use: bool


@dataclass(frozen=True, kw_only=True)
class ProductPage:
    """All that the page of a product shows; makers are those of one open round, or none.

    steps and papers: by group id, of the makers, or of those who usually make it.
    """

    product: ProductRow
    makers: tuple[MakerRow, ...]
    usual: tuple[UsualMaker, ...]  # where no round is open
    chain: dict[str, int]  # link key -> reference cost, satang
    next_round: NextRound | None
    steps: Mapping[int, tuple[StepRow, ...]]
    papers: Mapping[int, tuple[PaperRow, ...]]
    questions: tuple[QuestionRow, ...]
    photos: tuple[ShownPhoto, ...]
    reviews: ReviewsPage

    @property
    def told_by(self) -> MakerRow | UsualMaker | None:
        """The maker whose steps are shown: the first that told any, else the first."""
        makers: tuple[MakerRow | UsualMaker, ...] = self.makers or self.usual
        return next((m for m in makers if m.group_id in self.steps), next(iter(makers), None))
