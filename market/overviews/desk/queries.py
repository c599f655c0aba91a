"""What waits for a group: answers, batches to make, money on its way, offers for the next round."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup, Product
from market.clock import bangkok_date
from market.errors import NotFound
from market.fulfilment.work.queries import parts_of_batches
from market.fulfilment.work.rules import Part
from market.matching.models import Batch
from market.matching.queries import AskLine, waiting_asks
from market.matching.queries.lines import OwnOffer, ToldRound, own_offers, told_rounds
from market.matching.rules import BatchState
from market.overviews.desk.papers import PaperDue, papers_due, waiting_questions
from market.payments.models import Payout
from market.payments.queries.complaints import GroupProblem, problems_of_group
from market.payments.rules import PayoutState
from market.places.models import Tambon
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState
from market.voices.queries import GroupNews, news_of

#: Batches that the group has said yes to and that are not paid out yet.
AT_WORK = (
    BatchState.TO_MAKE, BatchState.MADE, BatchState.PACKED, BatchState.CONFIRMED,
    BatchState.HANDED_OVER, BatchState.DELIVERED,
)  # fmt: skip
#: Something of these waits for the group's hands; the others wait for somebody else.
IN_HAND = frozenset({BatchState.TO_MAKE, BatchState.MADE, BatchState.PACKED})
#: A group works for few rounds at once; each costs one statement for its reasons.
MOST_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class DeskGroup:
    """Whose page this is."""

    id: int
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    area: str


@dataclass(frozen=True, kw_only=True)
class DeskBatch:
    """A batch that the group makes. units: to make."""

    id: int
    state: BatchState
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    units: int
    delivery_on: date
    round_id: int

    @property
    def in_hand(self) -> bool:
        """Does the group have to do something now?"""
        return self.state in IN_HAND


@dataclass(frozen=True, kw_only=True)
class MadeBy:
    """A batch on the list to make: who makes how many, and why the group got so many.

    own: the leader has shared it out. offer: the match's reason, None for what needs none.
    """

    batch: DeskBatch
    parts: tuple[Part, ...]
    own: bool
    offer: OwnOffer | None


@dataclass(frozen=True, kw_only=True)
class DeskRound:
    """A round in planning that the group has offers in."""

    id: int
    number: int
    name_th: str
    name_en: str
    opens_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeskOffer:
    """What buyers have ordered of the group's goods in a round that is open."""

    round_id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    reserved_units: int
    capacity_units: int
    min_batch_units: int
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeskView:
    """The group's page; owed_satang is None for those who may not see money."""

    group: DeskGroup
    asks: tuple[AskLine, ...]
    batches: tuple[DeskBatch, ...]
    owed_satang: int | None
    drafts: tuple[DeskRound, ...]
    gathering: tuple[DeskOffer, ...]
    told: tuple[ToldRound, ...]
    problems: tuple[GroupProblem, ...]  # what buyers said of its goods
    news: GroupNews  # thanks and reviews
    papers: tuple[PaperDue, ...]  # certificates that run out, or have
    questions: int  # of visitors, without an answer


def get_desk(
    session: Session, group_id: int, *, now: datetime, round_ids: Collection[int] | None = None,
    money: bool = False,
) -> DeskView:  # fmt: skip
    """Everything that waits for a group; round_ids: only these (None: all). Raises NotFound."""
    own = round_ids is None
    return DeskView(
        group=get_group(session, group_id),
        asks=waiting_asks(session, group_id, now=now, round_ids=round_ids),
        batches=_batches(session, group_id, round_ids),
        owed_satang=_owed(session, group_id) if money else None,
        drafts=_drafts(session, group_id) if own else (),
        gathering=_gathering(session, group_id) if own else (),
        told=told_rounds(session, group_id, round_ids),
        problems=problems_of_group(session, group_id, now=now, round_ids=round_ids),
        news=news_of(session, group_id),
        papers=papers_due(session, group_id, today=bangkok_date(now)) if own else (),
        questions=waiting_questions(session, group_id) if own else 0,
    )


def make_list(
    session: Session, group_id: int, round_ids: Collection[int] | None
) -> tuple[MadeBy, ...]:
    """What is to be made now, by product and by member, with the reason for each share."""
    batches = [b for b in _batches(session, group_id, round_ids) if b.in_hand]
    parts = parts_of_batches(session, {batch.id: batch.units for batch in batches})
    reasons = {
        (offer.product_code, round_id): offer
        for round_id in sorted({batch.round_id for batch in batches})[:MOST_ROUNDS]
        for offer in own_offers(session, group_id, round_id)
    }
    return tuple(
        MadeBy(
            batch=batch, parts=parts[batch.id].parts, own=parts[batch.id].own,
            offer=reasons.get((batch.product_code, batch.round_id)),
        )
        for batch in batches
    )  # fmt: skip


def get_group(session: Session, group_id: int) -> DeskGroup:
    """The group's name and place. Raises NotFound."""
    row = session.execute(
        select(
            ProducerGroup.id, ProducerGroup.name_th, ProducerGroup.name_en,
            Tambon.name_th.label("tambon_th"), Tambon.name_en.label("tambon_en"),
            Tambon.code.label("area"),
        )
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .where(ProducerGroup.id == group_id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("group_not_found")
    return DeskGroup(**row._mapping)


def _batches(
    session: Session, group_id: int, round_ids: Collection[int] | None
) -> tuple[DeskBatch, ...]:
    query = (
        select(
            Batch.id, Batch.state, Batch.round_id, Batch.to_make_units, Batch.confirmed_units,
            Batch.delivery_index, Round.delivery_on.label("days"),
            Product.code.label("product_code"), Product.name_th, Product.name_en,
            Product.unit_th, Product.unit_en,
        )
        .join(Round, Round.id == Batch.round_id)
        .join(Product, Product.id == Batch.product_id)
        .where(
            Batch.group_id == group_id, Batch.state.in_(AT_WORK),
            Round.state != RoundState.CANCELLED,
        )
        .order_by(Round.id, Batch.delivery_index, Batch.id)
        .limit(100)
    )  # fmt: skip
    if round_ids is not None:
        query = query.where(Batch.round_id.in_(round_ids))
    found = tuple(map(_batch, session.execute(query)))
    return tuple(sorted(found, key=lambda batch: (not batch.in_hand, batch.delivery_on)))


def _batch(row: Any) -> DeskBatch:
    return DeskBatch(
        id=row.id, state=row.state, product_code=row.product_code, name_th=row.name_th,
        name_en=row.name_en, unit_th=row.unit_th, unit_en=row.unit_en,
        units=row.to_make_units or row.confirmed_units, delivery_on=row.days[row.delivery_index],
        round_id=row.round_id,
    )  # fmt: skip


def _owed(session: Session, group_id: int) -> int:
    due = select(func.coalesce(func.sum(Payout.amount_satang), 0)).where(
        Payout.group_id == group_id, Payout.state == PayoutState.DUE
    )
    return int(session.scalars(due).one())


def _drafts(session: Session, group_id: int) -> tuple[DeskRound, ...]:
    offered = select(RoundOffer.round_id).where(RoundOffer.group_id == group_id)
    rows = session.execute(
        select(Round.id, Round.number, Round.name_th, Round.name_en, Round.opens_at)
        .where(Round.state == RoundState.DRAFT, Round.id.in_(offered))
        .order_by(Round.opens_at)
    )
    return tuple(DeskRound(**row._mapping) for row in rows)


def _gathering(session: Session, group_id: int) -> tuple[DeskOffer, ...]:
    rows = session.execute(
        select(
            RoundOffer.round_id, RoundOffer.reserved_units, RoundOffer.capacity_units,
            RoundOffer.min_batch_units, Round.closes_at,
            Product.code.label("product_code"), Product.name_th, Product.name_en,
            Product.unit_th, Product.unit_en,
        )
        .join(Round, Round.id == RoundOffer.round_id)
        .join(Product, Product.id == RoundOffer.product_id)
        .where(RoundOffer.group_id == group_id, Round.state == RoundState.OPEN)
        .order_by(Round.closes_at, RoundOffer.id)
        .limit(100)
    )  # fmt: skip
    return tuple(DeskOffer(**row._mapping) for row in rows)
