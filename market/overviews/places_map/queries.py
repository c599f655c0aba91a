"""Reading what stands on the map: counts of provinces, or the places of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, null, select, true, union_all
from sqlalchemy.orm import Session

from market.catalogue.models import Category, Offer, ProducerGroup, Product
from market.places.models import Amphoe, PickupPoint, Province, Tambon

MOST_PLACES = 300  # of a province, on one page


@dataclass(frozen=True, kw_only=True)
class ProvincePlaces:
    """A province with how many groups and pick-up points of the market it has."""

    code: str
    name_th: str
    name_en: str
    region: str
    groups: int
    points: int


@dataclass(frozen=True, kw_only=True)
class PlaceRow:
    """A group, or a pick-up point of the market (without a code); degrees where known."""

    code: str | None
    name_th: str
    name_en: str
    about_th: str
    about_en: str
    tambon_th: str
    tambon_en: str
    amphoe_th: str
    amphoe_en: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of goods and how many groups make some of it."""

    key: str
    name_th: str
    name_en: str
    groups: int


def map_provinces(session: Session, category: str) -> tuple[ProvincePlaces, ...]:
    """Provinces that have a group (of this kind, if one is given) or a pick-up point."""
    groups = _by_province(ProducerGroup, and_(ProducerGroup.active, _makes(category)))
    points = _by_province(PickupPoint, and_(PickupPoint.active, PickupPoint.group_id.is_(None)))
    query = (
        select(
            Province.code, Province.name_th, Province.name_en,
            Province.region_code.label("region"),
            func.coalesce(groups.c.places, 0).label("groups"),
            func.coalesce(points.c.places, 0).label("points"),
        )
        .outerjoin(groups, groups.c.province_code == Province.code)
        .outerjoin(points, points.c.province_code == Province.code)
        .where(func.coalesce(groups.c.places, points.c.places) > 0)
        .order_by(Province.sort_key)
    )  # fmt: skip
    return tuple(ProvincePlaces(**row._mapping) for row in session.execute(query))


def map_places(session: Session, province: str, category: str) -> tuple[PlaceRow, ...]:
    """The groups of a province, then its pick-up points, each in Thai order."""
    groups = _placed(
        ProducerGroup, ProducerGroup.code, ProducerGroup.craft_th, ProducerGroup.craft_en
    ).add_columns(literal(0).label("rank"), ProducerGroup.sort_key.label("sort_key"))
    points = _placed(PickupPoint, null(), literal(""), literal("")).add_columns(
        literal(1), PickupPoint.name_th
    )
    both = union_all(
        groups.where(ProducerGroup.active, _makes(category), Tambon.province_code == province),
        points.where(
            PickupPoint.active, PickupPoint.group_id.is_(None), Tambon.province_code == province
        ),
    ).subquery()
    rows = session.execute(select(both).order_by(both.c.rank, both.c.sort_key).limit(MOST_PLACES))
    fields = PlaceRow.__dataclass_fields__
    return tuple(PlaceRow(**{name: row._mapping[name] for name in fields}) for row in rows)


def map_kinds(session: Session) -> tuple[Kind, ...]:
    """Every kind of goods with the number of groups that make some."""
    made = func.count(func.distinct(ProducerGroup.id)).label("groups")
    query = (
        select(Category.key, Category.name_th, Category.name_en, made)
        .join(Product, and_(Product.category_key == Category.key, Product.active))
        .join(Offer, and_(Offer.product_id == Product.id, Offer.active))
        .join(ProducerGroup, and_(ProducerGroup.id == Offer.group_id, ProducerGroup.active))
        .group_by(Category.key)
        .order_by(Category.position)
    )
    return tuple(Kind(**row._mapping) for row in session.execute(query))


def _makes(category: str) -> ColumnElement[bool]:
    if not category:
        return true()
    return (
        select(Offer.id)
        .join(Product, Product.id == Offer.product_id)
        .where(
            Offer.group_id == ProducerGroup.id, Offer.active, Product.active,
            Product.category_key == category,
        )
        .exists()
    )  # fmt: skip


def _by_province(table: Any, which: ColumnElement[bool]) -> Any:
    return (
        select(Tambon.province_code, func.count().label("places"))
        .join(table, table.tambon_code == Tambon.code)
        .where(which)
        .group_by(Tambon.province_code)
        .subquery()
    )


def _placed(
    table: Any, code: ColumnElement[Any] | Any, about_th: Any, about_en: Any
) -> Select[*tuple[Any, ...]]:
    own = (table.lat, table.lon) if table is PickupPoint else (null(), null())
    return (
        select(
            code.label("code"), table.name_th, table.name_en, about_th.label("about_th"),
            about_en.label("about_en"), Tambon.name_th.label("tambon_th"),
            Tambon.name_en.label("tambon_en"), Amphoe.name_th.label("amphoe_th"),
            Amphoe.name_en.label("amphoe_en"), func.coalesce(own[0], Tambon.lat).label("lat"),
            func.coalesce(own[1], Tambon.lon).label("lon"),
        )
        .select_from(table)
        .join(Tambon, Tambon.code == table.tambon_code)
        .join(Amphoe, Amphoe.code == Tambon.amphoe_code)
    )  # fmt: skip
