"""Which groups make something like it, and can bring it there. One statement a request."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.catalogue.channels.queries import BY_OWN_LANE, BY_PARCEL
from market.catalogue.models import Product
from market.made_to_order.fitting.rules import Maker, distance_m
from market.made_to_order.models import GoodsRequest
from market.thai import search_text

#: Letters of a wish that are compared with the names of goods.
COMPARED = 120

_MAKERS = """
    WITH target AS (
        SELECT coalesce(pt.lat, t.lat) AS lat, coalesce(pt.lon, t.lon) AS lon, v.region_code
          FROM tambon t JOIN province v ON v.code = t.province_code
          LEFT JOIN pickup_point pt ON pt.id = CAST(:point_id AS bigint)
         WHERE t.code = :tambon_code
    )
    SELECT o.group_id, o.product_id, p.category_key, p.unit_th, p.ship_weight_g,
           {likeness} AS likeness,
           ARRAY(SELECT c.kind FROM certificate c WHERE c.offer_id = o.id
                    AND (c.expires_on IS NULL OR c.expires_on >= :needed_on)) AS certificates,
           o.capacity_units, o.lot_units, o.lead_days, o.price_satang,
           EXISTS (SELECT 1 FROM lane JOIN pickup_point lp ON lp.id = lane.point_id
                    WHERE lane.group_id = g.id AND lane.point_id = CAST(:point_id AS bigint)
                      AND {by_lane}) AS own_lane,
           g.ships_parcels AND {by_parcel} AND EXISTS (
                SELECT 1 FROM post_rate x WHERE x.from_region = home.region_code
                   AND x.to_region = target.region_code) AS parcel,
           ht.lat, ht.lon, target.lat AS to_lat, target.lon AS to_lon
      FROM offer o
      JOIN product p ON p.id = o.product_id AND p.active
      JOIN producer_group g ON g.id = o.group_id AND g.active
      JOIN tambon ht ON ht.code = g.tambon_code
      JOIN province home ON home.code = ht.province_code
     CROSS JOIN target
     WHERE o.active AND {which}
     ORDER BY o.id
"""
#: How much of a product's name (its size left out) stands in the words of a wish, 0 to 1.
LIKENESS = r"word_similarity(regexp_replace(p.name_th, ' (กล่อง |ชุด )?[0-9].*$', ''), :words)"
#: Found by an index, generously; the likeness then decides.
_GENEROUS = text("SELECT set_config('pg_trgm.word_similarity_threshold', '0.2', true)")
_LIKE_IT = text(
    _MAKERS.format(
        by_lane=BY_OWN_LANE,
        by_parcel=BY_PARCEL,
        likeness=LIKENESS,
        which="(p.id = CAST(:product_id AS bigint) OR p.category_key = CAST(:category AS text)"
        " OR :words <% p.search)",
    )
)
_OF_PRODUCTS = text(
    _MAKERS.format(
        by_lane=BY_OWN_LANE,
        by_parcel=BY_PARCEL,
        likeness="1.0",
        which="p.id = ANY (CAST(:products AS bigint[]))",
    )
)
_OF_GROUP = text(
    _MAKERS.format(
        by_lane=BY_OWN_LANE, by_parcel=BY_PARCEL, likeness=LIKENESS, which="o.group_id = :group_id"
    )
)


def compare_generously(session: Session) -> None:
    """From here to the end of the transaction ``<%`` finds whatever is a little alike."""
    session.execute(_GENEROUS)


def find_makers(session: Session, request: GoodsRequest) -> list[Maker]:
    """Everybody whose goods come near the wish, in units of the wish."""
    compare_generously(session)
    rows = session.execute(_LIKE_IT, _given(request))
    return [_maker(row, request.unit_th, request.ship_weight_g) for row in rows]


def makers_of(
    session: Session, product_ids: Collection[int], *, to: GoodsRequest
) -> dict[int, list[Maker]]:
    """By product, every group that sells exactly it and can bring it there, in its own unit.

    One statement for any number of products. to: the place, and the day papers must hold.
    """
    values = _given(to) | {"products": sorted(product_ids)}
    makers: dict[int, list[Maker]] = {product_id: [] for product_id in product_ids}
    for row in session.execute(_OF_PRODUCTS, values):
        if row.own_lane or row.parcel:
            makers[row.product_id].append(_maker(row, row.unit_th, 1))
    return makers


def nearest_goods(session: Session, request: GoodsRequest, group_id: int) -> Maker | None:
    """The goods of one group that come nearest; None where it makes nothing."""
    rows = session.execute(_OF_GROUP, _given(request) | {"group_id": group_id})
    found = [_maker(row, request.unit_th, request.ship_weight_g) for row in rows]
    same = [maker for maker in found if maker.product_id == request.product_id]
    likely = sorted(
        found, key=lambda m: (not (m.own_lane or m.parcel), -m.word_likeness, m.product_id)
    )
    return next(iter((*same, *likely)), None)


def kind_of(session: Session, product_id: int | None) -> str | None:
    """The kind of a product that the wish is like."""
    return session.scalar(select(Product.category_key).where(Product.id == product_id))


def _given(request: GoodsRequest) -> dict[str, Any]:
    return {
        "point_id": request.point_id,
        "tambon_code": request.tambon_code,
        "words": search_text((request.words or "")[:COMPARED]),
        "needed_on": request.needed_on,
        "product_id": request.product_id,
        "category": request.category_key,
    }


def _maker(row: Any, unit_th: str | None, unit_g: int) -> Maker:
    same_unit = row.unit_th == unit_th
    own_g, wish_g = max(row.ship_weight_g, 1), unit_g
    return Maker(
        group_id=row.group_id,
        product_id=row.product_id,
        category_key=row.category_key,
        word_likeness=float(row.likeness),
        certificates=frozenset(row.certificates),
        capacity_units=row.capacity_units if same_unit else row.capacity_units * own_g // wish_g,
        lot_units=row.lot_units if same_unit else 1,
        lead_days=row.lead_days,
        price_satang=row.price_satang if same_unit else row.price_satang * wish_g // own_g,
        own_lane=row.own_lane,
        parcel=row.parcel,
        distance_m=_distance(row),
    )


def _distance(row: Any) -> int | None:
    if None in (row.lat, row.lon, row.to_lat, row.to_lon):
        return None
    return distance_m((row.lat, row.lon), (row.to_lat, row.to_lon))
