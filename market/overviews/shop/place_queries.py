"""Reading the groups and the pick-up points."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session

from market.catalogue.models import Enterprise, Offer, ProducerGroup, Product
from market.catalogue.photos.queries import card_photo
from market.errors import NotFound
from market.overviews.shop.live import WHOSE_HOURS, OpenRound, is_open, left_units
from market.overviews.shop.queries import goods_row
from market.overviews.shop.rows import PAGE_SIZE, GoodsRow, GroupPage, GroupRow, Pages, PointRow
from market.places.models import Amphoe, PickupPoint, Province, Tambon
from market.rounds.models import RoundGroup, RoundOffer

_GROUP_FIELDS = tuple(GroupRow.__dataclass_fields__)


def groups_page(session: Session, province: str, page: int) -> tuple[tuple[GroupRow, ...], Pages]:
    """One page of the groups, ready ones first, then by province and name."""
    query = _groups().add_columns(func.count().over().label("total"))
    if province:
        query = query.where(Province.code == province)
    rows = session.execute(
        query.order_by(
            ProducerGroup.readiness.desc(), Province.sort_key, ProducerGroup.sort_key,
            ProducerGroup.id,
        )
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()  # fmt: skip
    groups = tuple(GroupRow(**{key: row._mapping[key] for key in _GROUP_FIELDS}) for row in rows)
    return groups, Pages(page=page, total=rows[0].total if rows else 0)


def group_page(session: Session, code: str, now: datetime) -> GroupPage:
    """A group with its story and its goods. Raises NotFound. Two statements."""
    row = session.execute(
        _groups()
        .add_columns(
            ProducerGroup.story_th,
            ProducerGroup.households,
            ProducerGroup.shared_resource_th.label("shared_th"),
            ProducerGroup.shared_resource_en.label("shared_en"),
            Enterprise.name_th.label("enterprise_th"),
            Enterprise.name_en.label("enterprise_en"),
            Enterprise.founded_on_year,
            Enterprise.legal_form,
        )
        .join(Enterprise, Enterprise.id == ProducerGroup.enterprise_id)
        .where(ProducerGroup.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound("group_not_found")
    values = dict(row._mapping)
    group = GroupRow(**{key: values.pop(key) for key in _GROUP_FIELDS})
    return GroupPage(group=group, rows=_group_goods(session, group.id, now), **values)


def points_page(session: Session, province: str, page: int) -> tuple[tuple[PointRow, ...], Pages]:
    """Pick-up points by province; the market's own before the places of the groups."""
    query = _points()
    if province:
        query = query.where(Province.code == province)
    rows = session.execute(
        query.order_by(
            PickupPoint.group_id.is_not(None), Province.sort_key, PickupPoint.name_th,
            PickupPoint.id,
        )
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()  # fmt: skip
    total = rows[0].total if rows else 0
    points = (dict(row._mapping) for row in rows)
    return (
        tuple(PointRow(**{k: v for k, v in point.items() if k != "total"}) for point in points),
        Pages(page=page, total=total),
    )


def _points() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PickupPoint.name_th,
            PickupPoint.name_en,
            *_place_columns(),
            PickupPoint.weekday,
            PickupPoint.hours,
            ProducerGroup.code.label("group_code"),
            func.count().over().label("total"),
        )
        .join(Tambon, Tambon.code == PickupPoint.tambon_code)
        .join(Amphoe, Amphoe.code == Tambon.amphoe_code)
        .join(Province, Province.code == Tambon.province_code)
        .outerjoin(ProducerGroup, ProducerGroup.id == PickupPoint.group_id)
        .where(PickupPoint.active)
    )


def _place_columns() -> list[Any]:
    return [
        Tambon.name_th.label("tambon_th"),
        Tambon.name_en.label("tambon_en"),
        Amphoe.name_th.label("amphoe_th"),
        Amphoe.name_en.label("amphoe_en"),
        Province.name_th.label("province_th"),
        Province.name_en.label("province_en"),
    ]


def _groups() -> Select[*tuple[Any, ...]]:
    products = (
        select(func.count())
        .select_from(Offer)
        .where(Offer.group_id == ProducerGroup.id, Offer.active)
        .scalar_subquery()
    )
    return (
        select(
            ProducerGroup.id,
            ProducerGroup.code,
            ProducerGroup.name_th,
            ProducerGroup.name_en,
            ProducerGroup.craft_th,
            ProducerGroup.craft_en,
            ProducerGroup.readiness,
            ProducerGroup.members,
            *_place_columns(),
            Province.region_code.label("region"),
            products.label("products"),
        )
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Amphoe, Amphoe.code == Tambon.amphoe_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(ProducerGroup.active)
    )


def _group_goods(session: Session, group_id: int, now: datetime) -> tuple[GoodsRow, ...]:
    """What the group makes: its numbers in the soonest open round, else its usual price."""
    live = _open_offers(group_id)
    # One statement: a column a field of GoodsRow.
    query = (
        select(
            Product.id, Product.code, Product.name_th, Product.name_en,
            Product.unit_th, Product.unit_en,
            Product.category_key.label("category"), Product.pack,
            Offer.price_satang.label("reference_satang"), live.c.round_id, live.c.closes_at,
            *_place_columns()[2:], Province.region_code.label("region"),
            func.coalesce(live.c.price_satang, Offer.price_satang).label("low_satang"),
            func.coalesce(live.c.price_satang, Offer.price_satang).label("high_satang"),
            live.c.reserved_units.label("lead_units"),
            live.c.min_batch_units.label("minimum_units"),
            live.c.reserved_units.label("ordered_units"), live.c.capacity_units,
            live.c.left_units, (ProducerGroup.readiness == 1).label("local_only"),
            card_photo(Product.id, ProducerGroup.id).label("photo"),
        )
        .join(Offer, Offer.product_id == Product.id)
        .join(ProducerGroup, ProducerGroup.id == Offer.group_id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Amphoe, Amphoe.code == Tambon.amphoe_code)
        .join(Province, Province.code == Tambon.province_code)
        .outerjoin(live, and_(live.c.offer_id == Offer.id, live.c.nth == 1))
        .where(Offer.group_id == group_id, or_(Offer.active, live.c.id.is_not(None)),
               Product.active)
        .order_by(live.c.id.is_(None), Product.sort_key, Product.id)
    )  # fmt: skip
    return tuple(goods_row(row) for row in session.execute(query, {"now": now}))


def _open_offers(group_id: int) -> Subquery:
    """The group's offers in open rounds; ``nth`` is 1 in the soonest that has the goods."""
    return (
        select(
            RoundOffer, OpenRound.closes_at, left_units().label("left_units"),
            func.row_number()
            .over(partition_by=RoundOffer.offer_id, order_by=(OpenRound.closes_at, OpenRound.id))
            .label("nth"),
        )
        .join(OpenRound, OpenRound.id == RoundOffer.round_id)
        .outerjoin(RoundGroup, WHOSE_HOURS)
        .where(is_open(), RoundOffer.group_id == group_id)
        .subquery()
    )  # fmt: skip
