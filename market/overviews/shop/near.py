"""Where somebody looks from: a province or tambon picked once, or where they last ordered to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from market.orders.models import Order
from market.overviews.shop.distance import Place
from market.places.models import Province, Tambon
from market.weave.thailand import CENTRES, located


@dataclass(frozen=True, kw_only=True)
class Start:
    """A place to start from, with its names and degrees."""

    code: str
    name_th: str
    name_en: str
    place: Place


@dataclass(frozen=True, kw_only=True)
class ProvinceName:
    """A province in the list of all."""

    key: str
    name_th: str
    name_en: str


def start_of(session: Session, code: str) -> Start | None:
    """The province or tambon of this code; None where there is none. One statement."""
    is_tambon = len(code) == 6
    row = session.execute(
        select(
            Province.name_th, Province.name_en, Tambon.name_th.label("tambon_th"),
            Tambon.name_en.label("tambon_en"), Tambon.lat, Tambon.lon,
        )
        .outerjoin(Tambon, Tambon.code == literal(code))
        .where(Province.code == code[:2], or_(literal(not is_tambon), Tambon.code.is_not(None)))
    ).one_or_none()  # fmt: skip
    centre = CENTRES.get(code[:2])
    if row is None or centre is None:
        return None
    known = row.lat is not None and row.lon is not None
    return Start(
        code=code,
        name_th=f"{row.tambon_th} {row.name_th}" if is_tambon else row.name_th,
        name_en=f"{row.tambon_en}, {row.name_en}" if is_tambon else row.name_en,
        place=(row.lat, row.lon) if known else located(*centre),
    )


def last_tambon(session: Session, buyer_ids: Iterable[int]) -> str:
    """The tambon of the buyer's latest order; '' where there is none."""
    ids = tuple(buyer_ids)
    if not ids:
        return ""
    latest = select(Order.tambon_code).where(Order.buyer_id.in_(ids))
    return session.scalar(latest.order_by(Order.placed_at.desc(), Order.id.desc()).limit(1)) or ""


def provinces(session: Session) -> tuple[ProvinceName, ...]:
    """Every province, in Thai order."""
    query = select(Province.code.label("key"), Province.name_th, Province.name_en)
    query = query.order_by(func.coalesce(Province.sort_key, ""), Province.code)
    return tuple(ProvinceName(**row._mapping) for row in session.execute(query))
