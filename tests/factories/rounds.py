"""Rounds at a fixed Wednesday noon, and offers taking part in them."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.catalogue.models import Offer, ProducerGroup, Product
from market.rounds.commands import Payment
from market.rounds.models import Round, RoundGroup, RoundOffer
from market.rounds.planning.commands import Choices, NewTemplate, write_template
from market.rounds.planning.rules import HolidayRule, Pace, Step
from market.rounds.rules import Cycle, RoundState, Timetable
from tests.factories.catalogue import make_offer

NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # Wednesday noon in Bangkok
_serial = count(1)


def times(
    now: datetime = NOON, *, days_open: int = 2, delivery: tuple[date, ...] | None = None
) -> Timetable:
    """A timetable around ``now``: opened yesterday, closes in some days, delivers in two weeks."""
    closes_at = now + timedelta(days=days_open)
    friday = (closes_at + timedelta(days=16)).date()
    friday += timedelta(days=(4 - friday.weekday()) % 7)
    return Timetable(
        opens_at=now - timedelta(days=1),
        closes_at=closes_at,
        answer_by=closes_at + timedelta(days=1),
        answer_hours=12,
        rematch_limit=2,
        pay_by=closes_at + timedelta(days=4),
        delivery_on=delivery or tuple(friday + timedelta(days=day) for day in range(3)),
    )


def make_round(
    session: Session,
    *,
    state: RoundState = RoundState.OPEN,
    now: datetime = NOON,
    timetable: Timetable | None = None,
    cycle: Cycle = Cycle.WEEKLY,
) -> int:
    """A round in a state, open around ``now``."""
    at = timetable or times(now)
    round_ = Round(
        number=next(_serial) + 100,
        name_th="รอบวันพุธนี้",
        name_en="This Wednesday's round",
        cycle=cycle,
        state=state,
        opens_at=at.opens_at,
        closes_at=at.closes_at,
        answer_by=at.answer_by,
        first_answer_by=at.answer_by,
        answer_hours=at.answer_hours,
        rematch_limit=at.rematch_limit,
        pay_by=at.pay_by,
        delivery_on=list(at.delivery_on),
    )
    session.add(round_)
    session.flush()
    return round_.id


def join(session: Session, round_id: int, offer_id: int, *, ready_index: int = 0) -> int:
    """An offer takes part with its standing terms; returns the round_offer's id."""
    offer = session.get_one(Offer, offer_id)
    product = session.get_one(Product, offer.product_id)
    group = session.get_one(ProducerGroup, offer.group_id)
    known = select(RoundGroup.id).where(
        RoundGroup.round_id == round_id, RoundGroup.group_id == group.id
    )
    if session.scalar(known) is None:
        session.add(
            RoundGroup(
                round_id=round_id, group_id=group.id, shared_minutes=group.shared_minutes,
                entitlement_satang=group.members * 40_000,
            )
        )  # fmt: skip
    joined = RoundOffer(
        round_id=round_id, offer_id=offer_id, group_id=group.id, product_id=product.id,
        capacity_units=offer.capacity_units, min_batch_units=offer.min_batch_units,
        lot_units=offer.lot_units, price_satang=offer.price_satang,
        unit_cost_satang=offer.unit_cost_satang, middleman_satang=offer.middleman_satang,
        max_per_order=offer.max_per_order, minutes_per_unit=offer.minutes_per_unit,
        lead_days=offer.lead_days, ready_index=ready_index,
        in_band=product.band_low_satang <= offer.price_satang <= product.band_high_satang,
    )  # fmt: skip
    session.add(joined)
    session.flush()
    return joined.id


def offer_in_round(
    session: Session, round_id: int, group_id: int, product_id: int, **terms: object
) -> int:
    """A new offer of a group, taking part at once; ``terms`` as for make_offer."""
    return join(session, round_id, make_offer(session, group_id, product_id, **terms))  # type: ignore[arg-type]


def a_pace(**changes: object) -> Pace:
    """Three days of delivery from a Friday on, opened 23 days before."""
    values: dict[str, object] = {
        "cycle": Cycle.WEEKLY, "first_on": date(2026, 12, 18), "delivery_days": 3,
        "holidays": HolidayRule.AFTER, "opens": Step(days_before=23, at=time(0)),
        "closes": Step(days_before=16, at=time(18)), "answer": Step(days_before=14, at=time(6)),
        "pay": Step(days_before=12, at=time(12)), "answer_hours": 12, "rematch_limit": 2,
    }  # fmt: skip
    return Pace(**values | changes)  # type: ignore[arg-type]


def make_template(
    session: Session, *, now: datetime = NOON, choices: Choices | None = None, **pace: object
) -> int:
    """A weekly template that keeps three rounds planned."""
    new = NewTemplate(
        name_th="รอบทุกศุกร์", name_en="Every Friday", pace=a_pace(**pace), publish_minutes=45,
        payment=Payment(), fee_percent=50, ahead=3, choices=choices or Choices(),
    )  # fmt: skip
    return write_template(session, new, actor="user:1", now=now)
