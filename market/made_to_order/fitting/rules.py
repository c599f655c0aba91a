"""Which groups could make what is asked for, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

MOST_ASKED = 12  # groups asked by themselves; the market may add others
EARTH_M = 6_371_000


class FitReason(StrEnum):
    """Why a group is asked."""

    SAME_PRODUCT = "same_product"
    SAME_KIND = "same_kind"
    WORDS = "words"
    CERTIFICATES = "certificates"
    CAPACITY = "capacity"
    NEAR = "near"
    OWN_VEHICLE = "own_vehicle"
    PRICE = "price"
    ADDED = "added"  # by a person


class Hindrance(StrEnum):
    """Why a group is not asked."""

    OTHER_GOODS = "other_goods"
    CERTIFICATE = "certificate"
    REACH = "reach"
    TIME = "time"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked for, as finding groups needs it. Units and satang."""

    units: int
    max_price_satang: int
    standards: frozenset[str]
    days_to_make: int  # from the day the deposit is there at the latest to the day it is ready
    product_id: int | None = None
    category_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Maker:
    """A group by the one of its goods that comes nearest to the wish."""

    group_id: int
    product_id: int
    category_key: str
    word_likeness: float  # 0 to 1, of the wish's words to the product's names
    certificates: frozenset[str]  # valid on the day of delivery
    capacity_units: int
    lot_units: int
    lead_days: int
    price_satang: int
    own_lane: bool
    parcel: bool
    distance_m: int | None


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How a group fits: it is asked unless something hinders; the higher score first."""

    maker: Maker
    score: int
    reasons: tuple[FitReason, ...]
    hindrance: Hindrance | None = None


LIKE_ENOUGH = 0.5
NEAR_M = 60_000


def judge(wish: Wish, maker: Maker) -> Fit:
    """Could this group make it, and why. What cannot be mended by asking hinders: other goods,
    a missing certificate, no way there, no time. A smaller capacity or a dearer price does not:
    several groups may fill one request, and a group may have its reasons to ask less.
    """
    goods = _goods_reason(wish, maker)
    if goods is None:
        return _not(maker, Hindrance.OTHER_GOODS)
    if not wish.standards <= maker.certificates:
        return _not(maker, Hindrance.CERTIFICATE)
    if not (maker.own_lane or maker.parcel):
        return _not(maker, Hindrance.REACH)
    if maker.lead_days > wish.days_to_make:
        return _not(maker, Hindrance.TIME)
    reasons = (goods, *_more_reasons(wish, maker))
    return Fit(maker=maker, score=sum(WEIGHTS[reason] for reason in reasons), reasons=reasons)


#: The same goods count more than all the rest together.
WEIGHTS: dict[FitReason, int] = {
    FitReason.SAME_PRODUCT: 100, FitReason.WORDS: 60, FitReason.SAME_KIND: 30,
    FitReason.CAPACITY: 12, FitReason.NEAR: 8, FitReason.OWN_VEHICLE: 6, FitReason.PRICE: 6,
    FitReason.CERTIFICATES: 4, FitReason.ADDED: 0,
}  # fmt: skip


def _goods_reason(wish: Wish, maker: Maker) -> FitReason | None:
    if wish.product_id is not None and maker.product_id == wish.product_id:
        return FitReason.SAME_PRODUCT
    kind_known = wish.category_key is not None
    same_kind = kind_known and maker.category_key == wish.category_key
    if maker.word_likeness >= LIKE_ENOUGH and (same_kind or not kind_known):
        return FitReason.WORDS
    return FitReason.SAME_KIND if same_kind else None


def _more_reasons(wish: Wish, maker: Maker) -> list[FitReason]:
    found = {
        FitReason.CERTIFICATES: bool(wish.standards),
        FitReason.CAPACITY: maker.capacity_units >= wish.units,
        FitReason.NEAR: maker.distance_m is not None and maker.distance_m <= NEAR_M,
        FitReason.OWN_VEHICLE: maker.own_lane,
        FitReason.PRICE: maker.price_satang <= wish.max_price_satang,
    }
    return [reason for reason, holds in found.items() if holds]


def _not(maker: Maker, hindrance: Hindrance) -> Fit:
    return Fit(maker=maker, score=0, reasons=(), hindrance=hindrance)


def best_fits(wish: Wish, makers: Iterable[Maker], most: int = MOST_ASKED) -> list[Fit]:
    """The groups to ask: each by its best goods, the best first; equal ones by distance and id."""
    best: dict[int, Fit] = {}
    for maker in makers:
        fit = judge(wish, maker)
        known = best.get(maker.group_id)
        if fit.hindrance is None and (known is None or _rank(fit) < _rank(known)):
            best[maker.group_id] = fit
    return sorted(best.values(), key=_rank)[:most]


def _rank(fit: Fit) -> tuple[int, int, int, int]:
    far = fit.maker.distance_m
    return (-fit.score, 10**9 if far is None else far, fit.maker.group_id, fit.maker.product_id)


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> int:
    """Metres between two places (latitude, longitude in degrees). Source: haversine formula."""
    lat1, lon1, lat2, lon2 = map(radians, (*one, *other))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_M * asin(sqrt(half)))
