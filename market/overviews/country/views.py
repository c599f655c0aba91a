"""The country, a province, a tambon, a group: how the market does, and where to look closer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, Response, request, url_for

from market.catalogue.words import CERTIFICATES
from market.clock import bangkok_date, utc_now
from market.db import reading
from market.mentoring.queries import people, readiness, things, visits
from market.mentoring.rules import missing_points
from market.overviews.country import queries
from market.overviews.country.drawing import Column, Spread, columns_svg, spread_svg
from market.overviews.country.papers import papers_of
from market.overviews.country.reading import Asked, Below, Indicator, read_overview
from market.overviews.country.rules import Key, Period
from market.overviews.country.words import LABELS, MADE_OF, PERIODS
from market.overviews.places_map.rules import Point, spread, view_around
from market.principals import READERS
from market.weave.drafts import Svg
from market.weave.thailand import CENTRES, HIGH, WIDE, on_map
from market.web import allow, can, is_htmx, live, local_name, page, principal, see_other

bp = Blueprint("country", __name__)
PHONE = 328  # pixels that the map is wide on a phone
FEWEST_DRAWN = 3  # groups; fewer have no spread to speak of
APART = 34  # pixels between looms there
LEAST = 90.0  # units of the map that a province's window shows at least


@dataclass(frozen=True, kw_only=True)
class Loom:
    """A place on the map: a small loom, woven as far as the indicator goes."""

    x: float
    y: float
    below: Below
    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class MapView:
    """What the map shows: its window, units a pixel on a phone, and the looms."""

    window: str
    unit: float
    looms: tuple[Loom, ...]


@bp.get("/country")
@allow("country.see")
def show() -> Response:
    """The country by province. Who coordinates no whole province is led to their tambon."""
    areas = principal().areas(READERS)
    if not any(len(area) <= 2 for area in areas):
        with reading() as session:
            code = queries.first_tambon(session, areas)
        return see_other("country.tambon", province=code[:2], tambon=code)
    wide = tuple(area for area in areas if len(area) <= 2)
    return _place_page(queries.Place(code=""), wide)


@bp.get("/country/<province>")
@allow("province.see", queries.province_thing)
def province(province: str) -> Response:
    """A province by tambon."""
    with reading() as session:
        place = queries.get_place(session, province)
    return _place_page(place, ())


@bp.get("/country/<province>/<tambon>")
@allow("area.see", queries.tambon_thing)
def tambon(province: str, tambon: str) -> Response:
    """A tambon by group."""
    with reading() as session:
        place = queries.get_place(session, tambon)
    return _place_page(place, ())


@bp.get("/country/group/<int:group_id>")
@allow("area.see", things.group_thing)
def group(group_id: int) -> Response:
    """A group: its rounds, and for those who care for it papers, visits, people and flags."""
    with reading() as session:
        cared = things.get_cared(session, group_id)
        asked = Asked(area=cared.tambon_code, period=_period(), now=utc_now(), group_id=group_id)
        own = can("care.do", area=cared.tambon_code, group_id=group_id)
        met = readiness.met_points(session, group_id)
        return page(
            "country/group.html", group=cared, overview=read_overview(session, asked), own=own,
            left=missing_points(met.keys()), papers=papers_of(session, group_id),
            visits=visits.visits_of(session, group_id),
            contacts=people.contacts_of(session, group_id) if own else (),
            flags=people.flags_of_group(session, group_id) if own else (),
            certificates=CERTIFICATES, today=bangkok_date(asked.now),
            **_words(),
        )  # fmt: skip


def _place_page(place: queries.Place, areas: Sequence[str]) -> Response:
    key = _key()
    asked = Asked(area=place.code, period=_period(), now=utc_now(), areas=tuple(areas))
    with reading() as session:
        overview = read_overview(session, asked)
        flags = _flags(session, place.code)
    below = overview.below(key)
    show = partial(
        page, "country/_figures.html" if is_htmx() else "country/show.html",
        place=place, overview=overview, key=key, below=below, view=_map(place, below),
        flags=flags, whole=not place.code and "" in areas, **_words(),
    )  # fmt: skip
    return live(show, (overview, flags))


def _flags(session: Any, area: str) -> dict[str, int]:
    """Counts of open flags by kind, for those who care for all of the area."""
    if not can("care.do", area=area):
        return {}
    return people.open_flags(session, (area,)).counts


def _words() -> dict[str, Any]:
    return {
        "labels": LABELS, "made_of": MADE_OF, "periods": PERIODS, "period": _period(),
        "plot": plot, "Key": Key,
    }  # fmt: skip


def plot(indicator: Indicator) -> Svg:
    """The indicator's last rounds as a small drawing."""
    if indicator.key is Key.FAIRNESS:
        return spread_svg(
            [
                Spread(
                    low=one.round.low_permille, middle=one.round.middle_permille,
                    high=one.round.high_permille,
                )
                if one.round.shared >= FEWEST_DRAWN
                else Spread(low=None, middle=None, high=None)
                for one in indicator.rounds
            ]
        )  # fmt: skip
    return columns_svg(
        [Column(permille=one.height, final=one.round.final) for one in indicator.rounds]
    )


def _map(place: queries.Place, below: Sequence[Below]) -> MapView | None:
    if len(place.code) == 6 or not below:
        return None
    if place.code:
        return _province_map(place, below)
    known = [row for row in below if row.child.code in CENTRES]
    unit = WIDE / PHONE
    points = spread([CENTRES[row.child.code] for row in known], APART * unit)
    return MapView(window=f"0 0 {WIDE} {HIGH}", unit=unit, looms=_looms(known, points))


def _province_map(place: queries.Place, below: Sequence[Below]) -> MapView:
    centre = CENTRES.get(place.code, (WIDE / 2, HIGH / 2))
    points: list[Point] = [
        on_map(row.child.lat, row.child.lon)
        if row.child.lat is not None and row.child.lon is not None
        else centre
        for row in below
    ]
    left, top, width, height = view_around(points, LEAST)
    unit = width / PHONE
    window = f"{left:.1f} {top:.1f} {width:.1f} {height:.1f}"
    return MapView(window=window, unit=unit, looms=_looms(below, spread(points, APART * unit)))


def _looms(rows: Sequence[Below], points: Sequence[Point]) -> tuple[Loom, ...]:
    return tuple(
        Loom(x=x, y=y, below=row, label=local_name(row.child), url=url_of(row.child))
        for row, (x, y) in zip(rows, points, strict=True)
    )


def url_of(child: queries.Child) -> str:
    """The page of what lies below, with what is looked at now."""
    chosen: dict[str, Any] = {"show": _key().value, "period": _period().value}
    if child.group_id is not None:
        return url_for("country.group", group_id=child.group_id, period=_period().value)
    if len(child.code) == 2:
        return url_for("country.province", province=child.code, **chosen)
    return url_for("country.tambon", province=child.code[:2], tambon=child.code, **chosen)


def _key() -> Key:
    typed = request.args.get("show", "")
    return next((key for key in Key if key.value == typed), Key.COVERAGE)


def _period() -> Period:
    typed = request.args.get("period", "")
    return next((period for period in Period if period.value == typed), Period.LAST4)
