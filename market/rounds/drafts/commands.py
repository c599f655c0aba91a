"""Drafts changed as a whole: their points, their days; and a template made from a round."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import AuditEvent
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.places.models import PickupPoint
from market.rounds.commands import Payment
from market.rounds.drafts.queries import pace_like, rounds_to_move
from market.rounds.joining import drop_misfits, lock_draft
from market.rounds.methods import PayMethod, PayPolicy
from market.rounds.models import Round, RoundOffer
from market.rounds.planning.cloning import moved
from market.rounds.planning.commands import NewTemplate, write_template
from market.rounds.planning.models import (
    RoundPoint,
    RoundTemplate,
    TemplateChoice,
    TemplatePoint,
)
from market.rounds.planning.rules import HolidayRule, next_delivery

#: What stands in a template where the round has no word of its own.
USUAL_PUBLISH_MINUTES = 30
LONGEST_NAME = 80


def make_template(session: Session, round_id: int, *, actor: str, now: datetime) -> int:
    """A template with a round's timetable, goods, groups, points and terms; once for a round.

    It plans nothing before somebody has looked at it. Refused where the round's steps are no
    template's; NotFound for a round that was agreed with one buyer. The same number of
    statements however much takes part.
    """
    round_ = lock(session, Round, round_id)
    if round_.private:
        raise NotFound("round_not_found")
    known = session.scalar(select(RoundTemplate.id).where(RoundTemplate.from_round_id == round_id))
    if known is not None:
        return known
    template_id = write_template(session, _template_of(round_), actor=actor, now=now)
    session.get_one(RoundTemplate, template_id).from_round_id = round_id
    session.flush()
    _choose_like(session, template_id, round_id)
    return template_id


def _template_of(round_: Round) -> NewTemplate:
    first = next_delivery(round_.cycle, round_.delivery_on[0], round_.delivery_on[0])
    minutes = round_.publish_minutes
    return NewTemplate(
        name_th=round_.name_th[:LONGEST_NAME], name_en=round_.name_en[:LONGEST_NAME],
        pace=pace_like(round_, HolidayRule.AFTER, first_on=first),
        publish_minutes=USUAL_PUBLISH_MINUTES if minutes is None else minutes,
        payment=Payment(
            policy=PayPolicy(round_.pay_policy), methods=tuple(map(PayMethod, round_.pay_methods))
        ),
        fee_percent=round_.fee_percent, ahead=0, parts=round_.parts,
    )  # fmt: skip


def _choose_like(session: Session, template_id: int, round_id: int) -> None:
    for name in ("group_id", "product_id"):
        column: ColumnElement[int] = getattr(RoundOffer, name)
        chosen = select(literal(template_id), column).where(RoundOffer.round_id == round_id)
        session.execute(
            insert(TemplateChoice).from_select(["template_id", name], chosen.distinct())
        )
    points = select(literal(template_id), RoundPoint.point_id).where(
        RoundPoint.round_id == round_id
    )
    session.execute(insert(TemplatePoint).from_select(["template_id", "point_id"], points))


def set_points(
    session: Session, round_id: int, point_ids: Collection[int], *, seen: Collection[int],
    actor: str, now: datetime,
) -> None:  # fmt: skip
    """Deliver a draft to these points; to every one where none is named.

    seen: those that the writer's page showed. Conflict once the round is open or where somebody
    else changed them meanwhile; Refused for a point that does not exist or is closed.
    """
    lock_draft(session, round_id)
    of_round = RoundPoint.round_id == round_id
    before = set(session.scalars(select(RoundPoint.point_id).where(of_round)))
    wanted = set(point_ids)
    if before == wanted:
        return
    if before != set(seen):
        raise Conflict("points_were_changed")
    known = select(PickupPoint.id).where(PickupPoint.id.in_(wanted), PickupPoint.active)
    if set(session.scalars(known)) != wanted:
        raise Refused("choice_unknown")
    session.execute(delete(RoundPoint).where(of_round))
    if wanted:
        rows = [{"round_id": round_id, "point_id": point_id} for point_id in sorted(wanted)]
        session.execute(insert(RoundPoint), rows)
    record(
        session, actor=actor, subject=f"round:{round_id}", event="round.points", at=now,
        data={"before": sorted(before), "points": sorted(wanted)},
    )  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """How many drafts were moved, and how many offers do not fit there and left."""

    rounds: int
    left_out: int


def move_drafts(
    session: Session, seen: Mapping[int, date], *, actor: str, now: datetime
) -> Moved:  # fmt: skip
    """Move the drafts that meet a day off to where the page said. Offers whose season or papers
    do not reach there are taken out, as if they had been asked to join there.

    seen: the new first delivery by round. What is open by now, meets no day off any more or
    would go elsewhere stays where it is, so that pressing twice moves once.
    """
    drafts = select(Round.id).where(Round.id.in_(seen)).order_by(Round.id)
    session.execute(drafts.with_for_update(key_share=True))
    moves = [
        move
        for move in rounds_to_move(session, now, only=seen)
        if move.fits and move.to == seen[move.round_id]
    ]
    if not moves:
        return Moved(0, 0)
    rows, trail = [], []
    for move in moves:
        times = moved(move.times, move.by)
        rows.append({
            "id": move.round_id, "opens_at": times.opens_at, "closes_at": times.closes_at,
            "answer_by": times.answer_by, "first_answer_by": times.answer_by,
            "pay_by": times.pay_by, "delivery_on": list(times.delivery_on), "met_on": move.met,
        })  # fmt: skip
        trail.append({
            "actor": actor, "at": now, "subject": f"round:{move.round_id}", "event": "round.moved",
            "data": {"from": move.at.isoformat(), "met": move.met.isoformat()},
        })  # fmt: skip
    session.execute(update(Round), rows)
    session.execute(insert(AuditEvent), trail)
    cut_offs = {move.round_id: move.cut_off for move in moves}
    return Moved(len(rows), drop_misfits(session, cut_offs, actor=actor, now=now))
