"""A list's filters as an address, and as chips that take one of them away again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from market import thai
from market.overviews.shop.facets import BANDS, band_edges
from market.overviews.shop.rows import Choice, Counts, Wanted
from market.overviews.shop.words import CERTIFICATES, STORAGE
from market.web import language, local_name

Args = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A filter that is set, and the list without it."""

    words: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Band:
    """A band of prices as a choice; url sets it, or takes it away where it is set."""

    words: str
    count: int
    chosen: bool
    url: str


@dataclass(frozen=True, kw_only=True)
class Option:
    """A value of a filter with its count; '' is any, without a count."""

    key: str
    words: str
    count: int
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class Menu:
    """A filter with what one may choose."""

    name: str
    label: str
    any_words: str
    options: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True)
class Offered:
    """The filters of one list: what is set, and what may be chosen."""

    args: tuple[tuple[str, Any], ...]
    chips: tuple[Chip, ...]
    bands: tuple[Band, ...]
    menus: tuple[tuple[str, Menu], ...]


def args_of(wanted: Wanted) -> Args:
    """The address's arguments; what is not set is left out, and so is the page."""
    args: Args = {
        "q": wanted.words,
        "category": wanted.category,
        "province": wanted.province,
        "paper": wanted.paper,
        "storage": wanted.storage,
        "way": wanted.way,
        "season": "now" if wanted.in_season else None,
        "from": _baht(wanted.low_satang),
        "to": _baht(wanted.high_satang),
        "ready": wanted.ready_by.isoformat() if wanted.ready_by else None,
        "open": "now" if wanted.open_only else None,
        "round": wanted.round_id,
        "sort": wanted.sort,
        "near": wanted.near if wanted.sort == "near" else None,
    }
    return {name: value for name, value in args.items() if value not in ("", None)}


@lru_cache(maxsize=256)
def offered(wanted: Wanted, counts: Counts, _language: str) -> Offered:
    """What the list can be narrowed by, in words; the same choices make the same words."""
    return Offered(
        args=tuple(args_of(wanted).items()),
        chips=chips(wanted, counts),
        bands=bands(wanted, counts),
        menus=tuple(menus(wanted, counts).items()),
    )


def chips(wanted: Wanted, counts: Counts) -> tuple[Chip, ...]:
    """One for each filter that is set; words are none, they stand in the field."""
    args = args_of(wanted)
    named = (
        (("category",), _name(counts.categories, wanted.category)),
        (("province",), _name(counts.provinces, wanted.province)),
        (("paper",), str(CERTIFICATES.get(wanted.paper, wanted.paper))),
        (("storage",), str(STORAGE.get(wanted.storage, wanted.storage))),
        (("way",), way_words(wanted.way)),
        (("season",), _("In season now") if wanted.in_season else ""),
        (("from", "to"), price_words(wanted.low_satang, wanted.high_satang)),
        (("ready",), _ready(wanted)),
        (("open",), _("Open now") if wanted.open_only else ""),
        (("round",), _name(counts.rounds, str(wanted.round_id or ""))),
    )
    return tuple(Chip(words=words, url=_without(args, keys)) for keys, words in named if words)


def menus(wanted: Wanted, counts: Counts) -> dict[str, Menu]:
    """The filters of which one value is chosen; those with nothing to choose are left out."""
    papers = _worded(counts.papers, lambda key: str(CERTIFICATES.get(key, key)))
    storages = _worded(counts.storages, lambda key: str(STORAGE.get(key, "")))
    ways = _worded(counts.ways, way_words)
    days = _worded(counts.dates, lambda key: thai.show_date(date.fromisoformat(key), language()))
    ready = wanted.ready_by.isoformat() if wanted.ready_by else ""
    wide = (
        ("category", _("Kind"), _("All kinds"), _local(counts.categories), wanted.category),
        ("province", _("Made in"), _("All provinces"), _local(counts.provinces), wanted.province),
        (
            "way",
            _("How it comes to you"),
            _("Any way"),
            ways,
            wanted.way,
        ),
        ("ready", _("In your hands by"), _("Any day"), days, ready),
        ("paper", _("Certificate"), _("With or without"), papers, wanted.paper),
        ("storage", _("Storage"), _("Any storage"), storages, wanted.storage),
        ("round", _("Round"), _("All rounds"), _local(counts.rounds), str(wanted.round_id or "")),
    )
    return {
        name: Menu(name=name, label=label, any_words=any_words, options=_options(choices, value))
        for name, label, any_words, choices, value in wide
        if any(words for _key, words, _count in choices)
    }


Worded = list[tuple[str, str, int]]


def _local(choices: Iterable[Choice]) -> Worded:
    thai_names = language() == "th"
    return [(one.key, one.name_th if thai_names else one.name_en, one.count) for one in choices]


def _worded(choices: Iterable[Choice], words: Callable[[str], str]) -> Worded:
    return [(one.key, words(one.key), one.count) for one in choices]


def _options(choices: Worded, value: str) -> tuple[Option, ...]:
    return tuple(
        Option(key=key, words=words, count=count, chosen=key == value)
        for key, words, count in choices
        if words
    )


def bands(wanted: Wanted, counts: Counts) -> tuple[Band, ...]:
    """The bands of prices that have goods, each as a link."""
    args, found = args_of(wanted), {choice.key: choice.count for choice in counts.bands}
    made = []
    for place in range(len(BANDS) + 1):
        low, high = band_edges(place)
        chosen = (wanted.low_satang, wanted.high_satang) == (low, high)
        without: Args = {name: value for name, value in args.items() if name not in ("from", "to")}
        edges = {"from": _baht(low), "to": _baht(high)}
        put: Args = (
            {} if chosen else {name: baht for name, baht in edges.items() if baht is not None}
        )
        made.append(
            Band(words=price_words(low, high), count=found.get(str(place), 0), chosen=chosen,
                 url=url_for("shop.goods", **without, **put))
        )  # fmt: skip
    return tuple(band for band in made if band.count or band.chosen)


def price_words(low_satang: int | None, high_satang: int | None) -> str:
    """``฿50 to ฿100``; '' for any price."""
    low, high = _baht(low_satang), _baht(high_satang)
    if low is None and high is None:
        return ""
    if low is None:
        return str(_("up to %(price)s", price=f"฿{high:,}"))
    if high is None:
        return str(_("from %(price)s", price=f"฿{low:,}"))
    return str(_("%(low)s to %(high)s", low=f"฿{low:,}", high=f"฿{high:,}"))


def way_words(way: str) -> str:
    """How goods come to the buyer."""
    words: dict[str, str] = {
        "parcel": _("Parcel to your home"),
        "point": _("At a pick-up point"),
        "place": _("At the group's own place"),
    }
    return words.get(way, way)


def _ready(wanted: Wanted) -> str:
    if wanted.ready_by is None:
        return ""
    return str(_("Ready by %(day)s", day=thai.show_date(wanted.ready_by, language())))


def _name(choices: Iterable[Choice], key: str) -> str:
    """The name of what is chosen; a key that names nothing is shown as it is."""
    return next((local_name(one) for one in choices if one.key == key), key)


def _without(args: Args, keys: tuple[str, ...]) -> str:
    return url_for("shop.goods", **{name: args[name] for name in args if name not in keys})


def _baht(satang: int | None) -> int | None:
    return None if satang is None else -(-satang // 100)
