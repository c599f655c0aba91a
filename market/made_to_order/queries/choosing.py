"""What a choice of answers costs, and how its goods would come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.errors import NotFound, Refused
from market.made_to_order.models import GoodsRequest
from market.made_to_order.rules import Share, deposit_satang
from market.orders.rules import delivery_fee_satang
from market.places.models import DeliveryTariff, Lane, Province, Tambon


@dataclass(frozen=True, kw_only=True)
class Sum:
    """What a choice comes to. Units and satang."""

    units: int
    goods_satang: int
    fee_satang: int
    deposit_satang: int
    dearest_satang: int  # a unit

    @property
    def total_satang(self) -> int:
        """Goods and delivery."""
        return self.goods_satang + self.fee_satang

    @property
    def balance_satang(self) -> int:
        """What is left to pay before the goods come."""
        return self.total_satang - self.deposit_satang


def sum_of(session: Session, request: GoodsRequest, shares: Sequence[Share]) -> Sum:
    """The sum of these shares with delivery: published tariff by parcel, nothing to a point."""
    units = sum(share.units for share in shares)
    goods = sum(share.satang for share in shares)
    fee = 0 if request.point_id is not None else _fee(session, request, units)
    return Sum(
        units=units, goods_satang=goods, fee_satang=fee,
        deposit_satang=deposit_satang(goods + fee, request.deposit_basis_points or 0),
        dearest_satang=max(share.price_satang for share in shares),
    )  # fmt: skip


def sum_for(session: Session, request_id: int, shares: Sequence[Share]) -> Sum:
    """As ``sum_of``, for a page. Raises NotFound."""
    request = session.get(GoodsRequest, request_id)
    if request is None:
        raise NotFound("not_found", what="request")
    return sum_of(session, request, shares)


def _fee(session: Session, request: GoodsRequest, units: int) -> int:
    tariff = session.execute(
        select(DeliveryTariff.first_kg_satang, DeliveryTariff.extra_kg_satang)
        .join(Province, Province.region_code == DeliveryTariff.to_region)
        .join(Tambon, Tambon.province_code == Province.code)
        .where(Tambon.code == request.tambon_code)
    ).one_or_none()
    if tariff is None:
        raise Refused("place_not_served")
    weight_g = units * request.ship_weight_g
    return delivery_fee_satang(weight_g, tariff.first_kg_satang, tariff.extra_kg_satang)


def lanes_to(session: Session, point_id: int | None, group_ids: Collection[int]) -> set[int]:
    """Which of these groups bring goods to the point themselves."""
    if point_id is None:
        return set()
    query = select(Lane.group_id).where(Lane.point_id == point_id, Lane.group_id.in_(group_ids))
    return set(session.scalars(query))
