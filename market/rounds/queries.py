"""Reading rounds and what groups offer in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session, aliased

from market.catalogue.models import Category, Offer, ProducerGroup, Product
from market.errors import NotFound
from market.places.models import Tambon
from market.principals import Thing
from market.rounds.methods import Payee, PayPolicy
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import Cycle, RoundState


@dataclass(frozen=True, kw_only=True)
class RoundView:
    """A round as pages show it. Moments are aware UTC."""

    id: int
    number: int
    name_th: str
    name_en: str
    cycle: Cycle
    state: RoundState
    opens_at: datetime
    closes_at: datetime
    answer_by: datetime
    pay_by: datetime
    delivery_on: tuple[date, ...]
    rematches: int
    rematch_limit: int
    publish_at: datetime | None
    sample: bool


@dataclass(frozen=True, kw_only=True)
class OfferView:
    """A group's terms in a round, with last round's number beside."""

    id: int
    round_id: int
    group_id: int
    product_id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    capacity_units: int
    min_batch_units: int
    lot_units: int
    price_satang: int
    unit_cost_satang: int
    max_per_order: int
    reserved_units: int
    last_capacity_units: int | None
    category_key: str


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    """When, how and to whom a round is paid."""

    policy: PayPolicy
    payee: Payee
    methods: tuple[str, ...]


_ROUND = select(
    Round.id, Round.number, Round.name_th, Round.name_en, Round.cycle, Round.state,
    Round.opens_at, Round.closes_at, Round.answer_by, Round.pay_by, Round.delivery_on,
    Round.rematches, Round.rematch_limit, Round.publish_at, Round.sample,
)  # fmt: skip


def _view(row: Any) -> RoundView:
    values = dict(row._mapping)
    return RoundView(**values | {"delivery_on": tuple(values["delivery_on"])})


def get_round(session: Session, round_id: int) -> RoundView:
    """One round. Raises NotFound."""
    row = session.execute(_ROUND.where(Round.id == round_id)).one_or_none()
    if row is None:
        raise NotFound("round_not_found")
    return _view(row)


def payment_of(session: Session, round_id: int) -> PaymentView:
    """How a round is paid for. Raises NotFound."""
    query = select(Round.pay_policy, Round.payee, Round.pay_methods).where(Round.id == round_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("round_not_found")
    return PaymentView(
        policy=PayPolicy(row.pay_policy), payee=Payee(row.payee), methods=tuple(row.pay_methods)
    )


def open_rounds(session: Session, now: datetime) -> tuple[RoundView, ...]:
    """Rounds that take orders at ``now``, the nearest cut-off first."""
    query = _ROUND.where(Round.state == RoundState.OPEN, Round.closes_at > now)
    return tuple(map(_view, session.execute(query.order_by(Round.closes_at, Round.id))))


def next_round(session: Session, now: datetime) -> RoundView | None:
    """The draft that opens next, for pages while nothing is open."""
    query = _ROUND.where(Round.state == RoundState.DRAFT, Round.opens_at > now)
    row = session.execute(query.order_by(Round.opens_at, Round.id).limit(1)).one_or_none()
    return None if row is None else _view(row)


def list_rounds(session: Session, limit: int = 50) -> tuple[RoundView, ...]:
    """Rounds that anybody may order in, newest first."""
    public = _ROUND.where(~Round.private)
    return tuple(map(_view, session.execute(public.order_by(Round.number.desc()).limit(limit))))


def rounds_due_to_open(session: Session, now: datetime) -> Sequence[int]:
    """Drafts whose opening moment has come (and whose cut-off has not)."""
    return session.scalars(
        select(Round.id)
        .where(Round.state == RoundState.DRAFT, Round.opens_at <= now, Round.closes_at > now)
        .order_by(Round.id)
    ).all()


def rounds_due_to_close(session: Session, now: datetime) -> Sequence[int]:
    """Open rounds whose cut-off has passed, however long ago."""
    return session.scalars(
        select(Round.id)
        .where(Round.state == RoundState.OPEN, Round.closes_at <= now)
        .order_by(Round.id)
    ).all()


def group_offers(session: Session, round_id: int, group_id: int) -> tuple[OfferView, ...]:
    """What a group offers in a round, with what it could make in the round before."""
    before = aliased(RoundOffer)
    last = (
        select(before.capacity_units)
        .where(before.offer_id == RoundOffer.offer_id, before.round_id < round_id)
        .order_by(before.round_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            RoundOffer.id, RoundOffer.round_id, RoundOffer.group_id, RoundOffer.product_id,
            Product.code.label("product_code"), Product.name_th, Product.name_en,
            Product.unit_th, Product.unit_en, RoundOffer.capacity_units,
            RoundOffer.min_batch_units, RoundOffer.lot_units, RoundOffer.price_satang,
            RoundOffer.unit_cost_satang, RoundOffer.max_per_order, RoundOffer.reserved_units,
            last.label("last_capacity_units"), Product.category_key,
        )
        .join(Product, Product.id == RoundOffer.product_id)
        .where(RoundOffer.round_id == round_id, RoundOffer.group_id == group_id)
        .order_by(Product.sort_key)
    )  # fmt: skip
    return tuple(OfferView(**row._mapping) for row in session.execute(query))


@dataclass(frozen=True, kw_only=True)
class AbsentOffer:
    """A standing offer of a group's that does not take part in a round."""

    offer_id: int
    product_code: str
    name_th: str
    name_en: str


def absent_offers(session: Session, round_id: int, group_id: int) -> tuple[AbsentOffer, ...]:
    """What the group could offer in this round's cycle and does not."""
    query = (
        select(
            Offer.id.label("offer_id"),
            Product.code.label("product_code"),
            Product.name_th,
            Product.name_en,
        )
        .join(Product, Product.id == Offer.product_id)
        .join(Round, Round.cycle == Offer.round_cycle)
        .where(
            Round.id == round_id,
            Offer.group_id == group_id,
            Offer.active,
            ~exists().where(RoundOffer.offer_id == Offer.id, RoundOffer.round_id == round_id),
        )
        .order_by(Product.sort_key)
    )
    return tuple(AbsentOffer(**row._mapping) for row in session.execute(query))


def count_offers(session: Session, round_id: int) -> tuple[int, int]:
    """How many offers and how many groups take part."""
    offers, groups = session.execute(
        select(func.count(), func.count(RoundOffer.group_id.distinct())).where(
            RoundOffer.round_id == round_id
        )
    ).one()
    return offers, groups


def group_thing(session: Session, group_id: int, **_view_args: Any) -> Thing:
    """The group that a page is about, for the policy. Raises NotFound."""
    area = session.scalar(
        select(Tambon.code)
        .join(ProducerGroup, ProducerGroup.tambon_code == Tambon.code)
        .where(ProducerGroup.id == group_id)
    )
    if area is None:
        raise NotFound("group_not_found")
    return Thing(area=area, group_id=group_id, round_id=_view_args.get("round_id"))


def round_thing(session: Session, round_id: int, **_view_args: Any) -> Thing:
    """A round concerns the whole country. Raises NotFound."""
    get_round(session, round_id)
    return Thing(area="", round_id=round_id)


@dataclass(frozen=True, kw_only=True)
class CategoryView:
    """A kind of goods."""

    key: str
    name_th: str
    name_en: str


def categories(session: Session) -> tuple[CategoryView, ...]:
    """Every kind of goods, in its order."""
    query = select(Category.key, Category.name_th, Category.name_en).order_by(Category.key)
    return tuple(CategoryView(**row._mapping) for row in session.execute(query))


def next_number(session: Session) -> int:
    """The number that the next round gets. Rounds of one buyer are counted apart.

    Whoever asks holds the count until the end of the transaction.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('round.number'))"))
    return 1 + (session.scalar(select(func.max(Round.number)).where(~Round.private)) or 0)
