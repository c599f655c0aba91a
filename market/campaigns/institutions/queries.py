"""Reading institutions and their orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.campaigns.institutions.fates import Fate, fates_of
from market.campaigns.institutions.models import Institution, InstitutionLine, InstitutionOrder
from market.campaigns.institutions.rules import BulkState
from market.catalogue.models import Product
from market.errors import NotFound
from market.places.models import PickupPoint, Province, Tambon


@dataclass(frozen=True, kw_only=True)
class InstitutionView:
    """An institution; place: where it is delivered, in words."""

    id: int
    name: str
    tax_id: str | None
    branch: str | None
    contact: str
    phone: str
    email: str | None
    point_id: int | None
    tambon_code: str
    address: str | None
    billing_words: str
    version: int
    place_th: str
    place_en: str


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """An order in a list."""

    id: int
    institution: str
    po_number: str | None
    state: BulkState
    quote_number: int | None
    valid_until: date | None
    lines: int
    amount_satang: int


@dataclass(frozen=True, kw_only=True)
class LineView:
    """A line with what has become of it: its request and those that followed."""

    id: int
    product_id: int
    code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    units: int
    price_satang: int
    needed_on: date
    request_id: int | None
    fates: tuple[Fate, ...]

    @property
    def total_satang(self) -> int:
        """All units at the quoted price."""
        return self.units * self.price_satang


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """An order with its lines."""

    id: int
    key: str
    version: int
    po_number: str | None
    state: BulkState
    quote_number: int | None
    quoted_at: datetime | None
    valid_until: date | None
    ended_at: datetime | None
    institution: InstitutionView
    lines: tuple[LineView, ...]

    @property
    def asked(self) -> bool:
        """Have groups been asked, be it long ago?"""
        return self.state not in (BulkState.DRAFT, BulkState.QUOTED)

    @property
    def waiting(self) -> bool:
        """Is there a line that is still to be asked, as after an outage?"""
        return self.state is BulkState.ASKED and any(line.request_id is None for line in self.lines)

    @property
    def total_satang(self) -> int:
        """The sum of the lines, delivery not included."""
        return sum(line.total_satang for line in self.lines)


def list_institutions(session: Session) -> tuple[InstitutionView, ...]:
    """Every institution, by name."""
    rows = session.execute(_institutions().order_by(func.thai_order(Institution.name)))
    return tuple(InstitutionView(**row._mapping) for row in rows)


def get_institution(session: Session, institution_id: int) -> InstitutionView:
    """One institution. Raises NotFound."""
    row = session.execute(_institutions().where(Institution.id == institution_id)).one_or_none()
    if row is None:
        raise NotFound("institution_not_found")
    return InstitutionView(**row._mapping)


def _institutions() -> Any:
    return (
        select(
            Institution.id, Institution.name, Institution.tax_id, Institution.branch,
            Institution.contact, Institution.phone, Institution.email, Institution.point_id,
            Institution.tambon_code, Institution.address, Institution.billing_words,
            Institution.version,
            func.coalesce(PickupPoint.name_th, func.concat(
                "ต.", Tambon.name_th, " จ.", Province.name_th)).label("place_th"),
            func.coalesce(PickupPoint.name_en, func.concat(
                Tambon.name_en, ", ", Province.name_en)).label("place_en"),
        )
        .join(Tambon, Tambon.code == Institution.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .outerjoin(PickupPoint, PickupPoint.id == Institution.point_id)
    )  # fmt: skip


def list_orders(session: Session) -> tuple[OrderRow, ...]:
    """The latest orders of all institutions."""
    amount = func.coalesce(func.sum(InstitutionLine.units * InstitutionLine.price_satang), 0)
    rows = session.execute(
        select(
            InstitutionOrder.id, Institution.name.label("institution"),
            InstitutionOrder.po_number, InstitutionOrder.state, InstitutionOrder.quote_number,
            InstitutionOrder.valid_until, func.count(InstitutionLine.id).label("lines"),
            amount.label("amount_satang"),
        )
        .join(Institution, Institution.id == InstitutionOrder.institution_id)
        .outerjoin(InstitutionLine, InstitutionLine.order_id == InstitutionOrder.id)
        .group_by(InstitutionOrder.id, Institution.name)
        .order_by(InstitutionOrder.id.desc())
        .limit(100)
    )  # fmt: skip
    return tuple(
        OrderRow(**dict(r._mapping) | {"amount_satang": int(r.amount_satang)}) for r in rows
    )


def get_order(session: Session, order_id: int) -> OrderView:
    """One order with what has become of each line. Four statements. Raises NotFound."""
    order = session.get(InstitutionOrder, order_id)
    if order is None:
        raise NotFound("bulk_not_found")
    rows = session.execute(
        select(
            InstitutionLine.id, InstitutionLine.product_id, Product.code, Product.name_th,
            Product.name_en, Product.unit_th, Product.unit_en, InstitutionLine.units,
            InstitutionLine.price_satang, InstitutionLine.needed_on, InstitutionLine.request_id,
        )
        .join(Product, Product.id == InstitutionLine.product_id)
        .where(InstitutionLine.order_id == order_id)
        .order_by(InstitutionLine.needed_on, InstitutionLine.id)
    )  # fmt: skip
    fates = fates_of(session, order_id)
    return OrderView(
        id=order.id, key=order.key, version=order.version, po_number=order.po_number,
        state=order.state, quote_number=order.quote_number, quoted_at=order.quoted_at,
        valid_until=order.valid_until, ended_at=order.ended_at,
        institution=get_institution(session, order.institution_id),
        lines=tuple(LineView(**row._mapping, fates=fates.get(row.id, ())) for row in rows),
    )  # fmt: skip


def find_order(session: Session, institution_id: int, key: str) -> OrderView | None:
    """An institution's order by the key it was entered with."""
    order_id = session.scalar(
        select(InstitutionOrder.id).where(
            InstitutionOrder.key == key, InstitutionOrder.institution_id == institution_id
        )
    )
    return None if order_id is None else get_order(session, order_id)
