"""What a group is asked, as its pages show it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup, Product
from market.errors import NotFound
from market.matching.models import Ask, Batch
from market.matching.rules import Answer, AskKind, PartRange, part_range
from market.places.models import Tambon
from market.principals import Thing
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState


@dataclass(frozen=True, kw_only=True)
class AskView:
    """One ask with everything its screen says. Money is satang, units of the product.

    income_satang: what the group gets for all units, which is the price less the parts that go
    elsewhere (price_satang is what buyers pay); surplus_satang: less its own costs;
    gain_satang: more than the middleman pays (0 where none buys); parts: which partial
    answers are possible; is_open: it can still be answered.
    """

    id: int
    kind: AskKind
    round_id: int
    round_number: int
    group_id: int
    group_th: str
    group_en: str
    area: str
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    units: int
    capacity_units: int
    lot_units: int
    min_batch_units: int
    price_satang: int
    income_satang: int
    surplus_satang: int
    gain_satang: int
    delivery_on: date
    answer_by: datetime
    answer: Answer
    confirmed_units: int
    reason: str | None
    note: str | None
    on_behalf: bool
    parts: PartRange
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class AskLine:
    """An ask in a list."""

    id: int
    group_id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    units: int
    delivery_on: date
    answer_by: datetime


def get_ask(session: Session, ask_id: int, *, now: datetime) -> AskView:
    """One ask. Raises NotFound."""
    row = session.execute(_ask_query(ask_id)).one_or_none()
    if row is None:
        raise NotFound("ask_not_found")
    return _view(row, now)


def _ask_query(ask_id: int) -> Any:
    return (
        select(
            Ask.id, Ask.kind, Ask.units, Ask.lot_units, Ask.answer, Ask.confirmed_units,
            Ask.reason, Ask.note, Ask.on_behalf, Ask.answer_by, Batch.delivery_index,
            Round.id.label("round_id"), Round.number.label("round_number"),
            Round.state.label("round_state"), Round.delivery_on.label("days"),
            ProducerGroup.id.label("group_id"), ProducerGroup.name_th.label("group_th"),
            ProducerGroup.name_en.label("group_en"),
            ProducerGroup.tambon_code.label("area"), Product.code.label("product_code"),
            Product.name_th, Product.name_en, Product.unit_th, Product.unit_en,
            RoundOffer.capacity_units, RoundOffer.min_batch_units, RoundOffer.price_satang,
            RoundOffer.unit_cost_satang, RoundOffer.middleman_satang,
            func.coalesce(RoundOffer.group_satang, RoundOffer.price_satang).label("group_satang"),
            _elsewhere().label("elsewhere"),
        )
        .join(Batch, Batch.id == Ask.batch_id)
        .join(Round, Round.id == Batch.round_id)
        .join(RoundOffer, RoundOffer.id == Batch.round_offer_id)
        .join(ProducerGroup, ProducerGroup.id == Batch.group_id)
        .join(Product, Product.id == Batch.product_id)
        .where(Ask.id == ask_id)
    )  # fmt: skip


def _elsewhere() -> Any:
    """What the group makes of the same offer besides this ask: confirmed, or still asked."""
    other = Batch.__table__.alias("other_batch")
    waiting = Ask.__table__.alias("other_ask")
    confirmed = (
        select(func.coalesce(func.sum(other.c.confirmed_units), 0))
        .where(other.c.round_offer_id == Batch.round_offer_id)
        .correlate(Batch.__table__)
        .scalar_subquery()
    )
    asked = (
        select(func.coalesce(func.sum(waiting.c.units), 0))
        .select_from(waiting.join(other, other.c.id == waiting.c.batch_id))
        .where(
            other.c.round_offer_id == Batch.round_offer_id,
            waiting.c.answer == Answer.WAITING,
            waiting.c.kind == AskKind.MAKE,
            waiting.c.id != Ask.id,
        )
        .correlate(Batch.__table__, Ask.__table__)
        .scalar_subquery()
    )
    return confirmed + asked


def _view(row: Any, now: datetime) -> AskView:
    open_in = RoundState.CONFIRMING if row.kind is AskKind.MAKE else RoundState.PAYING
    waits = row.answer is Answer.WAITING and row.round_state is open_in
    middleman = row.middleman_satang
    return AskView(
        id=row.id, kind=row.kind, round_id=row.round_id, round_number=row.round_number,
        group_id=row.group_id, group_th=row.group_th, group_en=row.group_en, area=row.area,
        product_code=row.product_code, name_th=row.name_th, name_en=row.name_en,
        unit_th=row.unit_th, unit_en=row.unit_en, units=row.units,
        capacity_units=row.capacity_units, lot_units=row.lot_units,
        min_batch_units=row.min_batch_units, price_satang=row.price_satang,
        income_satang=row.units * row.group_satang,
        surplus_satang=row.units * (row.group_satang - row.unit_cost_satang),
        gain_satang=row.units * (row.group_satang - middleman) if middleman else 0,
        delivery_on=row.days[row.delivery_index], answer_by=row.answer_by, answer=row.answer,
        confirmed_units=row.confirmed_units, reason=row.reason, note=row.note,
        on_behalf=row.on_behalf,
        parts=_parts(row),
        is_open=waits and now < row.answer_by,
    )  # fmt: skip


def _parts(row: Any) -> PartRange:
    if row.kind is AskKind.SHRINK:
        return PartRange(low=1, high=row.units - 1, step=1)
    return part_range(row.units, row.lot_units, row.min_batch_units, int(row.elsewhere))


def waiting_asks(
    session: Session, group_id: int, *, now: datetime, round_ids: Collection[int] | None = None
) -> tuple[AskLine, ...]:
    """What a group still has to answer, the nearest deadline first; round_ids None: any round."""
    query = (
        select(
            Ask.id, Batch.group_id, Product.code.label("product_code"), Product.name_th,
            Product.name_en, Product.unit_th, Product.unit_en, Ask.units, Ask.answer_by,
            Round.delivery_on.label("days"), Batch.delivery_index,
        )
        .join(Batch, Batch.id == Ask.batch_id)
        .join(Round, Round.id == Batch.round_id)
        .join(Product, Product.id == Batch.product_id)
        .where(
            Batch.group_id == group_id,
            Ask.answer == Answer.WAITING,
            Ask.answer_by > now,
            Round.state.in_((RoundState.CONFIRMING, RoundState.PAYING)),
        )
        .order_by(Ask.answer_by, Ask.id)
    )  # fmt: skip
    if round_ids is not None:
        query = query.where(Batch.round_id.in_(round_ids))
    return tuple(map(_line, session.execute(query)))


def _line(row: Any) -> AskLine:
    return AskLine(
        id=row.id, group_id=row.group_id, product_code=row.product_code, name_th=row.name_th,
        name_en=row.name_en, unit_th=row.unit_th, unit_en=row.unit_en, units=row.units,
        delivery_on=row.days[row.delivery_index], answer_by=row.answer_by,
    )  # fmt: skip


def next_waiting_ask(session: Session, ask: AskView, *, now: datetime) -> AskLine | None:
    """The group's next open ask of the same round."""
    return next(iter(waiting_asks(session, ask.group_id, now=now, round_ids=[ask.round_id])), None)


def ask_thing(session: Session, ask_id: int, **_view_args: Any) -> Thing:
    """Whom an ask concerns, for the policy. Raises NotFound."""
    row = session.execute(
        select(Batch.group_id, Batch.round_id, Tambon.code)
        .join(Ask, Ask.batch_id == Batch.id)
        .join(ProducerGroup, ProducerGroup.id == Batch.group_id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .where(Ask.id == ask_id)
    ).one_or_none()
    if row is None:
        raise NotFound("ask_not_found")
    return Thing(area=row.code, group_id=row.group_id, round_id=row.round_id)
