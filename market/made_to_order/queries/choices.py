"""What stands to choose from: goods alike, kinds of goods, points, groups."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.catalogue.models import Category, ProducerGroup, Product
from market.made_to_order.queries.finding import COMPARED, LIKENESS, compare_generously
from market.places.models import PickupPoint, Province, Tambon
from market.thai import search_text

_ALIKE = text(
    f"""
    SELECT p.id, p.code, p.category_key, p.name_th, p.name_en, p.unit_th, p.unit_en
      FROM product p
     WHERE p.active AND EXISTS (SELECT 1 FROM offer o WHERE o.product_id = p.id AND o.active)
       AND (p.id = CAST(:kept AS bigint) OR (:words <% p.search AND {LIKENESS} >= :least
            AND coalesce(p.category_key = CAST(:category AS text), true)))
     ORDER BY p.id = CAST(:kept AS bigint) DESC NULLS LAST, {LIKENESS} DESC, p.sort_key LIMIT 6
    """  # noqa: S608 - only our own fragment is put in
)


#: From so much likeness on the buyer is asked whether these are the goods.
WORTH_ASKING = 0.3


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Goods on a shelf that a wish may be like."""

    id: int
    code: str
    category_key: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Something to choose from a list: key and names."""

    key: str
    name_th: str
    name_en: str


def goods_alike(
    session: Session, words: str, category: str | None, kept: int | None
) -> tuple[Alike, ...]:
    """Goods of the kind (None: any) whose names come near these words; kept: chosen before."""
    compare_generously(session)
    given = {"words": search_text(words[:COMPARED]), "category": category, "kept": kept}
    rows = session.execute(_ALIKE, given | {"least": WORTH_ASKING})
    return tuple(Alike(**row._mapping) for row in rows)


def forget_unknown(session: Session, values: dict[str, Any]) -> None:
    """A kind or goods that are not there count as not chosen: the page never had them."""
    kind, product = values.get("category_key"), values.get("product_id")
    if kind is not None and session.get(Category, kind) is None:
        values["category_key"] = None
    sold = select(Product.id).where(Product.id == product, Product.active)
    if product is not None and session.scalar(sold) is None:
        values["product_id"] = None


def goods_by_code(session: Session, code: str) -> Alike | None:
    """The goods with this code, if they are sold."""
    row = session.execute(
        select(
            Product.id, Product.code, Product.category_key, Product.name_th, Product.name_en,
            Product.unit_th, Product.unit_en,
        ).where(Product.code == code, Product.active)
    ).one_or_none()  # fmt: skip
    return None if row is None else Alike(**row._mapping)


def groups_to_ask(session: Session) -> tuple[Choice, ...]:
    """Every group, by its name with the province's."""
    rows = session.execute(
        select(
            ProducerGroup.id, ProducerGroup.name_th, ProducerGroup.name_en,
            Province.name_th.label("in_th"), Province.name_en.label("in_en"),
        )
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(ProducerGroup.active)
        .order_by(Province.sort_key, ProducerGroup.sort_key, ProducerGroup.id)
    )  # fmt: skip
    return _with_province(rows)


def kinds_of_goods(session: Session) -> tuple[Choice, ...]:
    """Every kind of goods."""
    query = select(Category.key, Category.name_th, Category.name_en).order_by(Category.position)
    return tuple(Choice(**row._mapping) for row in session.execute(query))


def points_to_choose(session: Session) -> tuple[Choice, ...]:
    """Every pick-up point, by province; its name with the province's."""
    rows = session.execute(
        select(
            PickupPoint.id, PickupPoint.name_th, PickupPoint.name_en,
            Province.name_th.label("in_th"), Province.name_en.label("in_en"),
        )
        .join(Tambon, Tambon.code == PickupPoint.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(PickupPoint.active)
        .order_by(Province.sort_key, func.thai_order(PickupPoint.name_th), PickupPoint.id)
    )  # fmt: skip
    return _with_province(rows)


def _with_province(rows: Iterable[Any]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            key=str(row.id), name_th=f"{row.in_th} · {row.name_th}",
            name_en=f"{row.in_en} · {row.name_en}",
        )
        for row in rows
    )  # fmt: skip
