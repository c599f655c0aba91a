"""The map's page: the country by province, or one province with each group and point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for

from market.db import browsing
from market.overviews.places_map.queries import (
    PlaceRow,
    ProvincePlaces,
    map_kinds,
    map_places,
    map_provinces,
)
from market.overviews.places_map.rules import Point, spread, view_around
from market.overviews.shop.forms import key_of
from market.overviews.shop.public import public_page
from market.weave.thailand import CENTRES, HIGH, WIDE, on_map
from market.web import allow, local_name

bp = Blueprint("places_map", __name__)
PHONE = 328  # pixels that the map is wide on a phone
APART = 30  # pixels between marks there
LEAST = 90.0  # units of the map that a province's window shows at least: 145 km


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Something on the map that one can press; n is its number in the list, or what it counts."""

    kind: str  # of what it stands for or counts: group, point
    counts: bool
    x: float
    y: float
    n: int
    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class MapView:
    """What the map shows: its window, pixels a unit on a phone, and the marks."""

    window: str
    unit: float
    marks: tuple[Mark, ...]


@bp.get("/map")
@allow("market.see")
def show() -> Response:
    """Where the goods come from; a kind of goods may narrow it."""
    category, chosen = key_of(request.args, "category"), key_of(request.args, "province")
    with browsing() as session:
        provinces = map_provinces(session, category)
        here = next((row for row in provinces if row.code == chosen), None)
        places = map_places(session, here.code, category) if here else ()
        kinds = map_kinds(session)
    view = _province(here, places) if here else _country(provinces, category)
    return public_page(
        "map/show.html", provinces=provinces, here=here, places=places, kinds=kinds,
        category=category, view=view,
    )  # fmt: skip


def _country(provinces: Sequence[ProvincePlaces], category: str) -> MapView:
    known = [row for row in provinces if row.code in CENTRES]
    unit = WIDE / PHONE
    points = spread([CENTRES[row.code] for row in known], APART * unit)
    marks = tuple(
        Mark(kind="group" if row.groups else "point", counts=True, x=x, y=y,
             n=row.groups or row.points, label=local_name(row),
             url=url_for("places_map.show", province=row.code, category=category or None))
        for row, (x, y) in zip(known, points, strict=True)
    )  # fmt: skip
    return MapView(window=f"0 0 {WIDE} {HIGH}", unit=unit, marks=marks)


def _province(here: ProvincePlaces, places: Sequence[PlaceRow]) -> MapView:
    """Places whose degrees nobody knows stand in the middle of their province."""
    centre = CENTRES.get(here.code, (WIDE / 2, HIGH / 2))
    points: list[Point] = [
        on_map(row.lat, row.lon) if row.lat is not None and row.lon is not None else centre
        for row in places
    ]
    left, top, width, height = view_around(points or [centre], LEAST)
    unit = width / PHONE
    placed = spread(points, APART * unit)
    marks = (
        _mark(row, nth, at) for nth, (row, at) in enumerate(zip(places, placed, strict=True), 1)
    )
    return MapView(
        window=f"{left:.1f} {top:.1f} {width:.1f} {height:.1f}", unit=unit, marks=tuple(marks)
    )


def _mark(row: PlaceRow, nth: int, at: Point) -> Mark:
    return Mark(
        kind="group" if row.code else "point", counts=False, x=at[0], y=at[1], n=nth,
        label=local_name(row),
        url=url_for("shop.group", code=row.code) if row.code else f"#place-{nth}",
    )  # fmt: skip
