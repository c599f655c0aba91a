"""The form of a what-if: offers to change, what is pinned already, and changes with names."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup, Product
from market.errors import NotFound
from market.matching.models import MatchRun, OfferResult
from market.matching.whatif.models import MatchPin, MatchWeight, Simulation
from market.matching.whatif.rules import Changes, GroupChange, OfferChange, read_changes
from market.places.models import Province, Tambon
from market.rounds.models import RoundOffer
from market.thai import search_text

#: So many offers a form shows at once; a name finds the others.
FORM_OFFERS = 40


@dataclass(frozen=True, kw_only=True)
class TryOffer:
    """An offer that may be changed, with what the match gives it."""

    offer_id: int
    group_id: int
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    place_th: str
    place_en: str
    units: int
    insisted_units: int
    capacity_units: int
    min_batch_units: int
    lot_units: int


@dataclass(frozen=True, kw_only=True)
class ChangeSeen:
    """One change with the names it concerns; None: not changed. was: as the round has it."""

    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    goods_th: str | None
    goods_en: str | None
    unit_th: str | None
    unit_en: str | None
    was_capacity: int | None
    was_batch: int | None
    offer: OfferChange | None
    percent: int | None


def offers_to_try(
    session: Session, run_id: int, product_id: int, find: str = ""
) -> tuple[TryOffer, ...]:
    """Offers of a product in a match, the largest share first; ``find``: part of a name."""
    query = (
        select(
            RoundOffer.id.label("offer_id"), ProducerGroup.id.label("group_id"),
            ProducerGroup.name_th, ProducerGroup.name_en, Tambon.name_th.label("tambon_th"),
            Tambon.name_en.label("tambon_en"), Province.name_th.label("place_th"),
            Province.name_en.label("place_en"), OfferResult.units, OfferResult.insisted_units,
            RoundOffer.capacity_units, RoundOffer.min_batch_units, RoundOffer.lot_units,
        )
        .join(RoundOffer, RoundOffer.id == OfferResult.round_offer_id)
        .join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(OfferResult.run_id == run_id, RoundOffer.product_id == product_id)
        .order_by(OfferResult.units.desc(), RoundOffer.capacity_units.desc(), RoundOffer.id)
        .limit(FORM_OFFERS)
    )  # fmt: skip
    wanted = search_text(find)
    if wanted:
        like = f"%{wanted}%"
        query = query.where(or_(ProducerGroup.search.like(like), Tambon.search.like(like)))
    return tuple(TryOffer(**row._mapping) for row in session.execute(query))


def choices_of(session: Session, round_id: int) -> Changes:
    """What a coordinator has pinned and weighed in a round."""
    pins = session.scalars(
        select(MatchPin).where(MatchPin.round_id == round_id).order_by(MatchPin.round_offer_id)
    )
    weights = session.scalars(
        select(MatchWeight).where(MatchWeight.round_id == round_id).order_by(MatchWeight.group_id)
    )
    return Changes(
        offers=tuple(
            OfferChange(offer_id=pin.round_offer_id, low=pin.low_units, high=pin.high_units)
            for pin in pins
        ),
        groups=tuple(
            GroupChange(group_id=weight.group_id, percent=weight.percent) for weight in weights
        ),
    )


def choice_reason(session: Session, round_id: int) -> str | None:
    """Why the round's pins and weights were set; all are set at once."""
    for model in (MatchPin, MatchWeight):
        reason = session.scalar(select(model.reason).where(model.round_id == round_id).limit(1))
        if reason:
            return reason
    return None


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a coordinator has fixed in a round, with names, and why."""

    seen: tuple[ChangeSeen, ...]
    reason: str | None


def named_choices(session: Session, round_id: int) -> Choices:
    """What is pinned and weighed in a round; empty where nothing is."""
    seen = name_changes(session, choices_of(session, round_id))
    return Choices(seen=seen, reason=choice_reason(session, round_id) if seen else None)


def changes_of(session: Session, round_id: int, simulation_id: int) -> tuple[Changes, str | None]:
    """A what-if's changes with their reason, to start another from. Raises NotFound."""
    row = session.execute(
        select(Simulation.changes, Simulation.reason).where(
            Simulation.id == simulation_id, Simulation.round_id == round_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound("simulation_not_found")
    return read_changes(row.changes), row.reason


def name_changes(session: Session, changes: Changes) -> tuple[ChangeSeen, ...]:
    """The changes with names, in two statements."""
    return (*_name_offers(session, changes), *_name_groups(session, changes))


_GROUP_NAMES = (
    ProducerGroup.name_th, ProducerGroup.name_en, Tambon.name_th.label("tambon_th"),
    Tambon.name_en.label("tambon_en"),
)  # fmt: skip


def _name_offers(session: Session, changes: Changes) -> list[ChangeSeen]:
    said = {change.offer_id: change for change in changes.offers}
    if not said:
        return []
    rows = session.execute(
        select(
            RoundOffer.id, *_GROUP_NAMES, Product.name_th.label("goods_th"),
            Product.name_en.label("goods_en"), Product.unit_th, Product.unit_en,
            RoundOffer.capacity_units.label("was_capacity"),
            RoundOffer.min_batch_units.label("was_batch"),
        )
        .join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Product, Product.id == RoundOffer.product_id)
        .where(RoundOffer.id.in_(said))
        .order_by(Product.sort_key, RoundOffer.id)
    )  # fmt: skip
    return [
        ChangeSeen(
            **{name: value for name, value in row._mapping.items() if name != "id"},
            offer=said[row.id], percent=None,
        )
        for row in rows
    ]  # fmt: skip


def _name_groups(session: Session, changes: Changes) -> list[ChangeSeen]:
    said = {change.group_id: change.percent for change in changes.groups}
    if not said:
        return []
    rows = session.execute(
        select(ProducerGroup.id, *_GROUP_NAMES)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .where(ProducerGroup.id.in_(said))
        .order_by(ProducerGroup.id)
    )
    return [
        ChangeSeen(
            name_th=row.name_th, name_en=row.name_en, tambon_th=row.tambon_th,
            tambon_en=row.tambon_en, goods_th=None, goods_en=None, unit_th=None, unit_en=None,
            was_capacity=None, was_batch=None, offer=None, percent=said[row.id],
        )
        for row in rows
    ]  # fmt: skip


def newest_match_id(session: Session, round_id: int) -> int | None:
    """The round's newest run with results, that a what-if stands beside."""
    return session.scalar(
        select(func.max(OfferResult.run_id))
        .join(MatchRun, MatchRun.id == OfferResult.run_id)
        .where(MatchRun.round_id == round_id)
    )
