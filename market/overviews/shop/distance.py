"""How far a product's nearest maker is from where somebody is, in SQL and as a place to start.

Tambons that take part have coordinates; all others count as the centre of their province.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BindParameter,
    ColumnElement,
    Float,
    Integer,
    Subquery,
    Text,
    bindparam,
    cast,
    func,
    select,
)

from market.catalogue.models import Offer, ProducerGroup
from market.places.models import Tambon
from market.weave.thailand import CENTRES, located

KM_A_DEGREE = 111.2  # of latitude, on a sphere of 6,371 km
Place = tuple[float, float]  # latitude, longitude
_LAT: BindParameter[float] = bindparam("near_lat", type_=Float)
_LON: BindParameter[float] = bindparam("near_lon", type_=Float)


def distance_values(place: Place) -> dict[str, Any]:
    """What statements with a distance are sent with."""
    centres = {code: located(*point) for code, point in CENTRES.items()}
    return {
        "near_lat": place[0],
        "near_lon": place[1],
        "centre_codes": list(centres),
        "centre_lats": [lat for lat, _lon in centres.values()],
        "centre_lons": [lon for _lat, lon in centres.values()],
    }


def distances(live: CTE) -> tuple[Subquery, Subquery]:
    """Kilometres to the nearest maker of each product: of those in open rounds, and of all."""
    sold = (
        select(live.c.product_id, live.c.tambon_code)
        .where(live.c.local == live.c.local_only)
        .subquery()
    )
    made = (
        select(Offer.product_id, ProducerGroup.tambon_code)
        .join(ProducerGroup, ProducerGroup.id == Offer.group_id)
        .where(Offer.active, ProducerGroup.active)
        .subquery()
    )
    return _nearest(sold), _nearest(made)


def _nearest(makers: Subquery) -> Subquery:
    centre = (
        func.unnest(
            bindparam("centre_codes", type_=ARRAY(Text)),
            bindparam("centre_lats", type_=ARRAY(Float)),
            bindparam("centre_lons", type_=ARRAY(Float)),
        )
        .table_valued("code", "lat", "lon")
        .render_derived()
    )
    lat = func.coalesce(Tambon.lat, centre.c.lat)
    lon = func.coalesce(Tambon.lon, centre.c.lon)
    return (
        select(makers.c.product_id, func.min(_kilometres(lat, lon)).label("km"))
        .join(Tambon, Tambon.code == makers.c.tambon_code)
        .outerjoin(centre, centre.c.code == Tambon.province_code)
        .group_by(makers.c.product_id)
        .subquery()
    )


def _kilometres(lat: Any, lon: Any) -> ColumnElement[int]:
    """Over flat ground, with degrees of longitude as short as where one starts: in this
    country at most 6 % off the great circle.
    """
    north = lat - _LAT
    east = (lon - _LON) * func.cos(func.radians(_LAT))
    return cast(func.round(KM_A_DEGREE * func.sqrt(north * north + east * east)), Integer)
