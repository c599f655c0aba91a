"""A round planned as a copy of another: its offers, numbers, points and terms, on other days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from market.db import lock
from market.errors import NotFound, Refused
from market.rounds.commands import NewRound, Origin, Payment, RoundTerms, create_round
from market.rounds.joining import copy_offers
from market.rounds.methods import Payee, PayMethod, PayPolicy
from market.rounds.models import Round, RoundOffer
from market.rounds.planning.models import RoundPoint
from market.rounds.planning.rules import next_delivery
from market.rounds.queries import next_number
from market.rounds.rules import Timetable
from market.thai import show_date


@dataclass(frozen=True, kw_only=True)
class Copied:
    """The copy; left_out: offers that do not fit any more (season, papers, time to make)."""

    round_id: int
    offers: int
    left_out: int


def clone_round(
    session: Session, source_id: int, *, delivery_on: date, key: str, actor: str, now: datetime
) -> Copied:
    """Plan a round like another with its first delivery on this day, once for each key.

    The same number of statements for three offers and for three thousand. Refused where the
    cut-off would be past; NotFound for a round that was agreed with one buyer.
    """
    next_number(session)  # whoever copies holds the count: the key is looked up one by one
    known = session.scalar(select(Round.id).where(Round.copy_key == key))
    if known is not None:
        return _copied(session, source_id, known)
    source = lock(session, Round, source_id)
    if source.private:
        raise NotFound("round_not_found")
    new = _like(source, delivery_on, key)
    if new.times.closes_at <= now:
        raise Refused("cut_off_has_passed")
    round_id = create_round(session, new, actor=actor, now=now)
    copy_offers(session, round_id, source_id, now=now)
    points = select(literal(round_id), RoundPoint.point_id).where(RoundPoint.round_id == source_id)
    session.execute(insert(RoundPoint).from_select(["round_id", "point_id"], points))
    return _copied(session, source_id, round_id)


def _like(source: Round, delivery_on: date, key: str) -> NewRound:
    times = moved(source.timetable(), delivery_on - source.delivery_on[0])
    before, after = source.closes_at, times.closes_at
    return NewRound(
        name_th=renamed(source.name_th, before, after),
        name_en=renamed(source.name_en, before, after, "en"),
        cycle=source.cycle, sample=source.sample, times=times, payee=Payee(source.payee),
        payment=Payment(
            policy=PayPolicy(source.pay_policy), methods=tuple(map(PayMethod, source.pay_methods))
        ),
        origin=Origin(copied_from_id=source.id, copy_key=key),
        terms=RoundTerms(publish_minutes=source.publish_minutes, fee_percent=source.fee_percent,
                         parts=source.parts),
    )  # fmt: skip


def renamed(name: str, before: datetime, after: datetime, language: str = "th") -> str:
    """The name with the new cut-off's day where it bears the old one's."""
    return name.replace(show_date(before, language), show_date(after, language))


def moved(times: Timetable, days: timedelta) -> Timetable:
    """The same steps, so many days later. Thailand has no summer time: hours stay what they are."""
    return replace(
        times, opens_at=times.opens_at + days, closes_at=times.closes_at + days,
        answer_by=times.answer_by + days, pay_by=times.pay_by + days,
        delivery_on=tuple(day + days for day in times.delivery_on),
    )  # fmt: skip


def proposed_day(session: Session, source_id: int, now: datetime) -> date:
    """The first delivery of the next round like this one that has still to open."""
    row = session.execute(
        select(Round.cycle, Round.delivery_on[1].label("day"), Round.opens_at).where(
            Round.id == source_id
        )
    ).one()
    day = row.day
    while row.opens_at + (day - row.day) <= now or day == row.day:
        day = next_delivery(row.cycle, row.day, day)
    return day  # type: ignore[no-any-return]


def _copied(session: Session, source_id: int, round_id: int) -> Copied:
    counted = (
        select(func.count()).where(RoundOffer.round_id == id_).scalar_subquery()
        for id_ in (source_id, round_id)
    )
    before, after = session.execute(select(*counted)).one()
    return Copied(round_id=round_id, offers=after, left_out=before - after)
