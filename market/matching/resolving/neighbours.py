"""Goods that are short are offered to the coordinators of a neighbouring area; they decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.matching.resolving.asking import Wish, place_ask
from market.matching.resolving.models import NeighbourOffer, ShortfallStep
from market.matching.resolving.queries import MakerView, Short, get_short
from market.matching.resolving.rules import (
    WORDS_LENGTH,
    OfferState,
    StepKind,
    ask_until,
    check_units,
)
from market.matching.resolving.steps import lock_round, new_step, write_step
from market.notices.commands import notify_many
from market.notices.rules import NewNotice
from market.rounds.models import Round
from market.rounds.rules import RoundState
from market.thai import normalise


def offer_to_neighbour(
    session: Session, wish: Wish, areas: Sequence[str], *, actor: str, now: datetime
) -> NeighbourOffer:
    """Tell those who coordinate the group's area that it could help; nothing is asked of it yet.

    Raises Refused for a group of the own areas, without room, or offered already; Conflict where
    somebody acted meanwhile.
    """
    round_ = lock_round(session, wish.round_id, wish.product_id, wish.number)
    short = get_short(session, wish.round_id, wish.product_id, areas, now=now)
    view = short.maker(wish.round_offer_id)
    _check(session, view, wish)
    until = ask_until(round_.answer_by, round_.pay_by, now)
    step = new_step(
        round_, wish.product_id, wish.number, StepKind.NEIGHBOUR, wish.units, wish.round_offer_id
    )
    write_step(session, step, words=wish.words, actor=actor, now=now)
    offer = NeighbourOffer(
        step_id=step.id, round_id=round_.id, round_offer_id=wish.round_offer_id, units=wish.units,
        state=OfferState.OPEN,
    )  # fmt: skip
    session.add(offer)
    session.flush()
    _tell_area(session, offer, short, view, step.words, until, now)
    return offer


def _check(session: Session, view: MakerView, wish: Wish) -> None:
    if view.mine:
        raise Refused("resolve_is_yours")
    if view.stops:
        raise Refused("resolve_no_room")
    check_units(wish.units, view.maker.lot_units, view.helps)
    open_one = select(NeighbourOffer.id).where(
        NeighbourOffer.round_offer_id == wish.round_offer_id,
        NeighbourOffer.state == OfferState.OPEN,
    )
    if session.scalar(open_one) is not None:
        raise Conflict("resolve_offered_already")


#: Those nearest to the area: a tambon's own before the province's, before the country's.
_NEAREST = text(
    """
    SELECT user_id FROM (
        SELECT g.user_id, rank() OVER (ORDER BY length(g.area_code) DESC) AS place
          FROM grant_ g
         WHERE g.role IN ('tambon_coordinator', 'province_coordinator', 'marketing')
           AND g.area_code IS NOT NULL AND :area LIKE g.area_code || '%') x
     WHERE place = 1 ORDER BY user_id
    """
)


def _tell_area(
    session: Session, offer: NeighbourOffer, short: Short, view: MakerView, words: str,
    until: datetime, now: datetime,
) -> None:  # fmt: skip
    people = session.scalars(_NEAREST, {"area": view.tambon_code}).all()
    payload = _payload(short, view, offer.units) | {
        "words": words,
        "answer_by": until.isoformat(),
        "link": f"/rounds/{offer.round_id}/short",
    }
    notices = [
        NewNotice(event="shortfall.offered", subject=f"neighbour:{offer.id}", user_id=user_id,
                  payload=payload)
        for user_id in people
    ]  # fmt: skip
    notify_many(session, notices, now)


def _payload(short: Short, view: MakerView, units: int) -> dict[str, Any]:
    return {
        "round_number": short.round.number, "name_th": short.name_th, "name_en": short.name_en,
        "unit_th": short.unit_th, "unit_en": short.unit_en, "units": units,
        "group_th": view.name_th, "group_en": view.name_en,
    }  # fmt: skip


def answer_neighbour(
    session: Session, offer_id: int, *, accept: bool, reply: str, areas: Sequence[str], actor: str,
    now: datetime,
) -> NeighbourOffer:  # fmt: skip
    """Ask the own group for what a neighbour is short of, or say no. The same answer again is fine.

    Where less is missing by now the group is asked for that. Raises Conflict where another
    answer was given, Refused where nothing is missing any more or the round has moved on.
    """
    found = session.get(NeighbourOffer, offer_id)
    if found is None:
        raise NotFound("not_found", what="offer")
    round_ = lock(session, Round, found.round_id)
    offer = lock(session, NeighbourOffer, offer_id)
    wanted = OfferState.ACCEPTED if accept else OfferState.DECLINED
    if offer.state is wanted:
        return offer
    _check_open(offer, round_)
    step = session.get_one(ShortfallStep, offer.step_id)
    if accept:
        _ask_own(session, round_, offer, step, areas, actor, now)
    offer.state, offer.answered_by, offer.answered_at = wanted, actor, now
    offer.reply = normalise(reply)[:WORDS_LENGTH]
    session.flush()
    _record(session, offer, actor, now)
    _tell_asker(session, offer, step, now)
    return offer


def _check_open(offer: NeighbourOffer, round_: Round) -> None:
    if offer.state is not OfferState.OPEN:
        raise Conflict("resolve_offer_answered", state=str(offer.state))
    if round_.state is not RoundState.CONFIRMING:
        raise Refused("resolve_not_confirming")


def _record(session: Session, offer: NeighbourOffer, actor: str, now: datetime) -> None:
    record(
        session, actor=actor, subject=f"neighbour:{offer.id}", event="shortfall.answered", at=now,
        from_state=OfferState.OPEN, to_state=offer.state, reason=offer.reply or None,
        data={"units": offer.units},
    )  # fmt: skip


def _ask_own(
    session: Session, round_: Round, offer: NeighbourOffer, step: ShortfallStep,
    areas: Sequence[str], actor: str, now: datetime,
) -> None:  # fmt: skip
    short = get_short(session, round_.id, step.product_id, areas, now=now)
    view = short.maker(offer.round_offer_id)
    if not view.mine:
        raise Refused("resolve_not_yours")
    units = sum(part.units for part in view.give(offer.units))
    if not units:
        raise Refused("resolve_no_room")
    wish = Wish(
        round_id=round_.id, product_id=step.product_id, round_offer_id=offer.round_offer_id,
        units=units, number=short.step, words=step.words,
    )  # fmt: skip
    place_ask(session, round_, view, wish, actor=actor, now=now)


_ABOUT = text(
    """
    SELECT r.number AS round_number, p.name_th, p.name_en, p.unit_th, p.unit_en,
           g.craft_th AS group_th, g.craft_en AS group_en
      FROM round_offer f JOIN round r ON r.id = f.round_id JOIN product p ON p.id = f.product_id
      JOIN producer_group g ON g.id = f.group_id WHERE f.id = :id
    """
)


def _tell_asker(
    session: Session, offer: NeighbourOffer, step: ShortfallStep, now: datetime
) -> None:
    if not step.done_by.startswith("user:"):
        return
    about = session.execute(_ABOUT, {"id": offer.round_offer_id}).one()
    payload = dict(about._mapping) | {
        "units": offer.units, "state": str(offer.state), "words": offer.reply,
        "link": f"/rounds/{offer.round_id}/short/{step.product_id}",
    }  # fmt: skip
    notice = NewNotice(
        event="shortfall.answered", subject=f"neighbour:{offer.id}",
        user_id=int(step.done_by[5:]), payload=payload,
    )  # fmt: skip
    notify_many(session, [notice], now)
