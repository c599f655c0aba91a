"""Reading the lines of a round for its editor: a hundred at a time, narrowed by the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup, Product
from market.errors import NotFound
from market.places.models import Province, Tambon
from market.rounds.models import RoundOffer
from market.thai import search_text

ROWS = 100


@dataclass(frozen=True, kw_only=True)
class Narrowing:
    """Which lines: words in the name of goods or group, a kind of goods, a group."""

    words: str = ""
    category: str = ""
    group_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class LineRow:
    """A line of a round: what of whom, on which terms. Units and satang."""

    id: int
    version: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    category_key: str
    group_th: str
    group_en: str
    place_th: str
    place_en: str
    capacity_units: int
    min_batch_units: int
    lot_units: int
    price_satang: int
    unit_cost_satang: int
    middleman_satang: int
    in_band: bool
    band_low_satang: int
    band_high_satang: int


@dataclass(frozen=True, kw_only=True)
class LinePage:
    """A page of lines; total counts those that the narrowing leaves."""

    rows: tuple[LineRow, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // ROWS))


@dataclass(frozen=True, kw_only=True)
class GroupName:
    """A group that takes part."""

    id: int
    name_th: str
    name_en: str


def narrowed(query: Any, round_id: int, by: Narrowing) -> Any:
    """The query over lines, goods and groups, left with what is asked for."""
    query = query.where(RoundOffer.round_id == round_id)
    if by.category:
        query = query.where(Product.category_key == by.category)
    if by.group_id is not None:
        query = query.where(RoundOffer.group_id == by.group_id)
    words = search_text(by.words)
    if words:
        query = query.where(
            or_(
                Product.search.contains(words, autoescape=True),
                ProducerGroup.search.contains(words, autoescape=True),
                func.lower(Product.code) == words,
            )
        )
    return query


def read_lines(session: Session, round_id: int, by: Narrowing, page: int) -> LinePage:
    """A page of a round's lines, by goods and group. Two statements."""
    counted = select(func.count(RoundOffer.id)).join(
        Product, Product.id == RoundOffer.product_id
    ).join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id)  # fmt: skip
    total = session.scalar(narrowed(counted, round_id, by)) or 0
    page = max(1, min(page, -(-total // ROWS)))
    rows = session.execute(
        narrowed(_LINES, round_id, by)
        .order_by(Product.sort_key, Product.id, ProducerGroup.sort_key, RoundOffer.id)
        .limit(ROWS)
        .offset((page - 1) * ROWS)
    )
    return LinePage(rows=tuple(LineRow(**r._mapping) for r in rows), total=total, page=page)


_LINES = (
    select(
        RoundOffer.id, RoundOffer.version, Product.code.label("product_code"), Product.name_th,
        Product.name_en, Product.unit_th, Product.unit_en, Product.category_key,
        ProducerGroup.name_th.label("group_th"), ProducerGroup.name_en.label("group_en"),
        Province.name_th.label("place_th"), Province.name_en.label("place_en"),
        RoundOffer.capacity_units, RoundOffer.min_batch_units, RoundOffer.lot_units,
        RoundOffer.price_satang, RoundOffer.unit_cost_satang, RoundOffer.middleman_satang,
        RoundOffer.in_band, Product.band_low_satang, Product.band_high_satang,
    )
    .join(Product, Product.id == RoundOffer.product_id)
    .join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id)
    .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
    .join(Province, Province.code == Tambon.province_code)
)  # fmt: skip


def get_line(session: Session, round_id: int, offer_id: int) -> LineRow:
    """One line of a round. Raises NotFound."""
    row = session.execute(
        _LINES.where(RoundOffer.round_id == round_id, RoundOffer.id == offer_id)
    ).one_or_none()
    if row is None:
        raise NotFound("line_not_found")
    return LineRow(**row._mapping)


def groups_of(session: Session, round_id: int) -> tuple[GroupName, ...]:
    """The groups that take part, by name."""
    rows = session.execute(
        select(ProducerGroup.id, ProducerGroup.name_th, ProducerGroup.name_en)
        .where(ProducerGroup.id.in_(
            select(RoundOffer.group_id).where(RoundOffer.round_id == round_id)
        ))
        .order_by(ProducerGroup.sort_key)
    )  # fmt: skip
    return tuple(GroupName(**row._mapping) for row in rows)
