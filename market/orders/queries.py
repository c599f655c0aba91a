"""Reading what an order may take: destinations, offers and the orders themselves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.catalogue.channels.queries import BY_OWN_LANE, BY_PARCEL
from market.errors import NotFound, Refused
from market.orders.models import Order
from market.orders.rules import (
    DraftLine,
    OfferTerms,
    QuotedLine,
    delivery_fee_satang,
    first_index_for_all,
    quote,
)
from market.principals import Thing
from market.rounds.rules import delivery_index

#: How goods get there: by the group's own lane, or by parcel where group, goods and post allow
#: it; the kind of goods may be kept from either, and a round may name its points.
REACHES = f"""(
    ({{point}} IS NULL
     OR NOT EXISTS (SELECT 1 FROM round_point y WHERE y.round_id = o.round_id)
     OR EXISTS (SELECT 1 FROM round_point y
                 WHERE y.round_id = o.round_id AND y.point_id = {{point}}))
    AND (EXISTS (SELECT 1 FROM lane JOIN pickup_point lp ON lp.id = lane.point_id
                  WHERE lane.group_id = g.id AND lane.point_id = {{point}} AND {BY_OWN_LANE})
         OR (g.ships_parcels AND {BY_PARCEL} AND EXISTS (
             SELECT 1 FROM post_rate x
              WHERE x.from_region = home.region_code AND x.to_region = {{region}}))))"""  # noqa: S608 - our own fragments

_TERMS = text(
    f"""
    WITH place AS (
        SELECT id AS point_id, tambon_code, weekday, active, name_th, name_en
          FROM pickup_point WHERE id = CAST(:point_id AS bigint)
        UNION ALL
        SELECT NULL, code, NULL, true, name_th, name_en FROM tambon
         WHERE code = :tambon_code AND CAST(:point_id AS bigint) IS NULL
    ), target AS (
        SELECT place.*, province.region_code,
               tariff.first_kg_satang * r.fee_percent / 100 AS first_kg_satang,
               tariff.extra_kg_satang * r.fee_percent / 100 AS extra_kg_satang
          FROM place
          JOIN round r ON r.id = :round_id
          JOIN tambon t ON t.code = place.tambon_code
          JOIN province ON province.code = t.province_code
          LEFT JOIN delivery_tariff tariff ON tariff.to_region = province.region_code
        UNION ALL
        SELECT NULL, NULL, NULL, true, NULL, NULL, NULL, NULL, NULL
         WHERE CAST(:point_id AS bigint) IS NULL AND CAST(:tambon_code AS text) IS NULL
    )
    SELECT target.*, o.id AS offer_id, o.product_id, o.group_id, o.price_satang,
           o.max_per_order, o.ready_index, o.minutes_per_unit, o.in_band,
           p.name_th AS product_th, p.name_en AS product_en, p.unit_th, p.unit_en,
           p.ship_weight_g, p.code,
           target.tambon_code IS NULL OR {
        REACHES.format(point="target.point_id", region="target.region_code")
    } AS reaches
      FROM target
      LEFT JOIN (round_offer o
          JOIN product p ON p.id = o.product_id
          JOIN producer_group g ON g.id = o.group_id
          JOIN tambon ht ON ht.code = g.tambon_code
          JOIN province home ON home.code = ht.province_code)
        ON o.round_id = :round_id AND o.product_id = ANY (CAST(:products AS bigint[]))
     ORDER BY o.id
    """  # noqa: S608 - only our own fragment is put in
)


@dataclass(frozen=True, kw_only=True)
class Goods:
    """A product as order pages name it."""

    id: int
    code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    ship_weight_g: int


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where an order goes: a point, or a tambon by parcel; neither before the buyer chose."""

    point_id: int | None
    tambon_code: str | None
    weekday: int | None
    name_th: str | None
    name_en: str | None
    first_kg_satang: int | None
    extra_kg_satang: int | None


@dataclass(frozen=True, kw_only=True)
class MarketView:
    """The offers of a round for some products as one destination sees them."""

    destination: Destination
    goods: dict[int, Goods]
    offers: tuple[OfferTerms, ...]


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What lines cost at most there, when they come, and who may make them. Satang."""

    destination: Destination
    goods: dict[int, Goods]
    offers: tuple[OfferTerms, ...]
    lines: tuple[QuotedLine, ...]
    delivery_index: int
    goods_satang: int
    fee_satang: int

    @property
    def total_satang(self) -> int:
        """The most the whole order may cost."""
        return self.goods_satang + self.fee_satang


def read_market(
    session: Session,
    round_id: int,
    product_ids: Collection[int],
    *,
    point_id: int | None = None,
    tambon_code: str | None = None,
) -> MarketView:
    """One statement: the destination and every offer of these products in the round.

    Raises Refused where the point is shut for good or the place does not exist.
    """
    rows = session.execute(
        _TERMS,
        {
            "round_id": round_id,
            "products": sorted(product_ids),
            "point_id": point_id,
            "tambon_code": None if point_id is not None else tambon_code,
        },
    ).all()
    if not rows or not rows[0].active:
        raise Refused("place_not_served")
    found = [row for row in rows if row.offer_id is not None]
    return MarketView(
        destination=_destination(rows[0]),
        goods={row.product_id: _goods(row) for row in found},
        offers=tuple(_terms(row) for row in found),
    )


def quote_order(
    market: MarketView,
    lines: Sequence[DraftLine],
    delivery_on: Sequence[date],
    *,
    index: int | None = None,
) -> Quote:
    """What these lines cost at most. Raises Refused where the point is shut on every date.

    index is the delivery date of an order that has one already.
    """
    place = market.destination
    if index is None:
        index = _index(market, lines, delivery_on)
    quoted = quote(lines, market.offers, index)
    weight_g = sum(
        line.units * market.goods[line.product_id].ship_weight_g
        for line in lines
        if line.product_id in market.goods
    )
    by_parcel = place.tambon_code is not None and place.point_id is None
    return Quote(
        destination=place,
        goods=market.goods,
        offers=market.offers,
        lines=quoted,
        delivery_index=index,
        goods_satang=sum(line.total_satang for line in quoted),
        fee_satang=_fee(place, weight_g) if by_parcel else 0,
    )


def order_thing(session: Session, number: str, **_view_args: Any) -> Thing:
    """The order that a page is about, for the policy. Raises NotFound."""
    row = session.execute(
        select(Order.id, Order.round_id, Order.buyer_id, Order.tambon_code).where(
            Order.number == number
        )
    ).one_or_none()
    if row is None:
        raise NotFound("order_not_found")
    return Thing(
        area=row.tambon_code, round_id=row.round_id, order_id=row.id, buyer_id=row.buyer_id
    )


def _index(market: MarketView, lines: Sequence[DraftLine], delivery_on: Sequence[date]) -> int:
    weekday = market.destination.weekday
    if weekday is None:
        return first_index_for_all(lines, market.offers, len(delivery_on))
    index = delivery_index(delivery_on, weekday)
    if index is None:
        raise Refused("point_shut_this_round")
    return index


def _fee(place: Destination, weight_g: int) -> int:
    if place.first_kg_satang is None or place.extra_kg_satang is None:
        raise Refused("place_not_served")
    return delivery_fee_satang(weight_g, place.first_kg_satang, place.extra_kg_satang)


def _destination(row: Any) -> Destination:
    return Destination(
        point_id=row.point_id,
        tambon_code=row.tambon_code,
        weekday=row.weekday,
        name_th=row.name_th,
        name_en=row.name_en,
        first_kg_satang=row.first_kg_satang,
        extra_kg_satang=row.extra_kg_satang,
    )


def _goods(row: Any) -> Goods:
    return Goods(
        id=row.product_id,
        code=row.code,
        name_th=row.product_th,
        name_en=row.product_en,
        unit_th=row.unit_th,
        unit_en=row.unit_en,
        ship_weight_g=row.ship_weight_g,
    )


def _terms(row: Any) -> OfferTerms:
    return OfferTerms(
        offer_id=row.offer_id,
        product_id=row.product_id,
        group_id=row.group_id,
        price_satang=row.price_satang,
        max_per_order=row.max_per_order,
        ready_index=row.ready_index,
        minutes_per_unit=row.minutes_per_unit,
        in_band=row.in_band,
        reaches=row.reaches,
    )
