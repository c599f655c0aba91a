"""The rows of a closed round that its matching problem is made of; each read is one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup, Product
from market.matching.models import Ask, Assignment, Batch
from market.matching.rules import Answer, AskKind
from market.orders.models import Order, OrderLine
from market.orders.rules import OrderState
from market.places.models import Lane, PickupPoint, PostRate, Province, Tambon
from market.rounds.models import RoundGroup, RoundOffer

Rows = Sequence[Any]


def lines(session: Session, round_id: int) -> Rows:
    """Lines that still stand, with where and when their orders go."""
    return session.execute(
        select(
            OrderLine.id, OrderLine.order_id, OrderLine.product_id, OrderLine.group_id,
            OrderLine.maker, OrderLine.shortage, OrderLine.units, OrderLine.ceiling_satang,
            OrderLine.priority, Order.point_id, Order.tambon_code, Order.delivery_index,
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            OrderLine.round_id == round_id,
            OrderLine.released_at.is_(None),
            Order.state == OrderState.PLACED,
        )
        .order_by(OrderLine.id)
    ).all()  # fmt: skip


def groups(session: Session, round_id: int) -> Rows:
    """The groups of the round with what they share."""
    return session.execute(
        select(
            ProducerGroup.id, ProducerGroup.ships_parcels, Province.region_code,
            RoundGroup.shared_minutes, RoundGroup.entitlement_satang,
        )
        .join(RoundGroup, RoundGroup.group_id == ProducerGroup.id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(RoundGroup.round_id == round_id)
        .order_by(ProducerGroup.id)
    ).all()  # fmt: skip


def products(session: Session, round_id: int) -> Rows:
    """Everything ordered or offered."""
    ordered = select(OrderLine.product_id).where(OrderLine.round_id == round_id)
    offered = select(RoundOffer.product_id).where(RoundOffer.round_id == round_id)
    return session.execute(
        select(Product.id, Product.ship_weight_g, Product.ships_parcel, Product.reference_satang)
        .where(or_(Product.id.in_(ordered), Product.id.in_(offered)))
        .order_by(Product.id)
    ).all()


def offers(session: Session, round_id: int) -> Sequence[RoundOffer]:
    """Who makes what on which terms."""
    return session.scalars(
        select(RoundOffer).where(RoundOffer.round_id == round_id).order_by(RoundOffer.id)
    ).all()


def capped(session: Session, round_id: int) -> dict[int, int]:
    """Offers whose group once said less than all: they are not asked for more than confirmed."""
    said_less = exists().where(
        and_(
            Ask.batch_id == Batch.id,
            Ask.kind == AskKind.MAKE,
            Ask.answer.in_((Answer.PART, Answer.NO, Answer.SILENT)),
        )
    )
    rows = session.execute(
        select(Batch.round_offer_id, func.sum(Batch.confirmed_units))
        .where(Batch.round_id == round_id)
        .group_by(Batch.round_offer_id)
        .having(func.bool_or(said_less))
    ).all()
    return {offer_id: int(units) for offer_id, units in rows}


def point_regions(session: Session, round_id: int) -> dict[int, str]:
    """The region of each pick-up point in use."""
    rows = session.execute(
        select(PickupPoint.id, Province.region_code)
        .join(Tambon, Tambon.code == PickupPoint.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(PickupPoint.id.in_(select(Order.point_id).where(Order.round_id == round_id)))
        .order_by(PickupPoint.id)
    ).all()
    return {row.id: row.region_code for row in rows}


def tambon_regions(session: Session, round_id: int) -> dict[str, str]:
    """The region of each tambon that parcels go to."""
    used = select(Order.tambon_code).where(Order.round_id == round_id, Order.point_id.is_(None))
    rows = session.execute(
        select(Tambon.code, Province.region_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(Tambon.code.in_(used))
        .order_by(Tambon.code)
    ).all()
    return {row.code: row.region_code for row in rows}


def lanes(session: Session, round_id: int) -> Sequence[Lane]:
    """Own ways of the round's groups to the points in use."""
    return session.scalars(
        select(Lane)
        .where(
            Lane.group_id.in_(select(RoundGroup.group_id).where(RoundGroup.round_id == round_id)),
            Lane.point_id.in_(select(Order.point_id).where(Order.round_id == round_id)),
        )
        .order_by(Lane.group_id, Lane.point_id)
    ).all()


def frozen(session: Session, round_id: int) -> Rows:
    """Confirmed units, which stay where they are."""
    units = func.sum(Assignment.confirmed_units)
    return session.execute(
        select(Assignment.line_id, Batch.group_id, Assignment.mode, units.label("units"))
        .join(Batch, Batch.id == Assignment.batch_id)
        .join(OrderLine, OrderLine.id == Assignment.line_id)
        .where(
            Batch.round_id == round_id,
            Assignment.confirmed_units > 0,
            OrderLine.released_at.is_(None),
        )
        .group_by(Assignment.line_id, Batch.group_id, Assignment.mode)
        .order_by(Assignment.line_id, Batch.group_id, Assignment.mode)
    ).all()  # fmt: skip


def post_rates(session: Session) -> Sequence[PostRate]:
    """What a further kilogram costs between regions."""
    return session.scalars(
        select(PostRate).order_by(PostRate.from_region, PostRate.to_region)
    ).all()
