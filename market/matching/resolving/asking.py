"""A group is asked for more: the same rows as after a match, with a deadline of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.errors import Conflict, Refused
from market.matching.commands.publishing import NewUnits, ask_for_units, assign_units
from market.matching.commands.telling import tell_leaders
from market.matching.models import MatchRun
from market.matching.resolving.models import ShortfallStep
from market.matching.resolving.queries import MakerView, get_short
from market.matching.resolving.rules import Given, StepKind, ask_until, check_units
from market.matching.resolving.steps import lock_round, new_step, write_step
from market.matching.rules import Mode, RunState
from market.orders.models import Order, OrderLine
from market.rounds.models import Round


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a coordinator wants done: so many units of an offer, seen before step ``number``."""

    round_id: int
    product_id: int
    round_offer_id: int
    units: int
    number: int
    words: str = ""


def ask_more(
    session: Session, wish: Wish, areas: Sequence[str], *, actor: str, now: datetime,
    locking: bool = True,
) -> ShortfallStep:  # fmt: skip
    """Ask a group of these areas for more of a product that is short.

    Raises NotFound for a group elsewhere, Refused where it has no room, cannot reach the lines
    or the units are no whole lots, Conflict where somebody acted meanwhile. Then nothing changed.
    """
    round_ = lock_round(session, wish.round_id, wish.product_id, wish.number, locking=locking)
    short = get_short(session, wish.round_id, wish.product_id, areas, now=now)
    view = short.maker(wish.round_offer_id)
    if not view.mine:
        raise Refused("resolve_not_yours")
    return place_ask(session, round_, view, wish, actor=actor, now=now)


def place_ask(
    session: Session, round_: Round, view: MakerView, wish: Wish, *, actor: str, now: datetime
) -> ShortfallStep:
    """The ask itself, for a maker whose room was read under the round's lock."""
    given = _given(view, wish.units)
    until = ask_until(round_.answer_by, round_.pay_by, now)
    step = new_step(
        round_, wish.product_id, wish.number, StepKind.ASK, wish.units, wish.round_offer_id
    )
    run = _run_beside(session, round_, now)
    step.run_id = run.id
    _move(session, round_.id, given)
    assign_units(session, run, _units(session, view, given))
    ask_for_units(session, run, answer_by=until, now=now)
    tell_leaders(
        session, round_, "batch.asked", now=now, group_ids=[view.maker.group_id],
        about=f":run:{run.id}",
    )  # fmt: skip
    return write_step(session, step, words=wish.words, actor=actor, now=now)


def _given(view: MakerView, units: int) -> tuple[Given, ...]:
    if view.stops:
        raise Refused("resolve_no_room")
    given = view.give(check_units(units, view.maker.lot_units, view.helps))
    if sum(part.units for part in given) != units:
        raise Refused("resolve_units_range", low=view.maker.lot_units, high=view.helps)
    return given


def _run_beside(session: Session, round_: Round, now: datetime) -> MatchRun:
    run = MatchRun(
        round_id=round_.id, rematch_no=round_.rematches, state=RunState.BESIDE, mode="resolved",
        params={}, versions={}, phase="done", done_permille=1000, started_at=now, finished_at=now,
        published_at=now,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run


def _units(session: Session, view: MakerView, given: Sequence[Given]) -> NewUnits:
    """The rows as publishing wants them: one a line, with its delivery date."""
    by_line = {part.line_id: part for part in given}
    found = session.execute(
        select(OrderLine.id, Order.delivery_index)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.id.in_(by_line))
        .order_by(OrderLine.id)
    ).all()
    parts = [by_line[row.id] for row in found]
    return NewUnits(
        line_id=_ints(row.id for row in found),
        round_offer_id=_ints(view.maker.round_offer_id for _ in found),
        delivery_index=_ints(row.delivery_index for row in found),
        mode=_ints(0 if part.way is Mode.LANE else 1 for part in parts),
        units=_ints(part.units for part in parts),
    )


def _ints(values: object) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.fromiter(values, dtype=np.int64)  # type: ignore[call-overload,no-any-return]


#: Lines and units that pass to another group, as two arrays.
_NEED = """
    need AS (
        SELECT * FROM unnest(CAST(:lines AS bigint[]), CAST(:units AS bigint[])) AS n (id, units)
    )
"""
#: Units that the match itself left to nobody.
_UNSERVED = text(
    f"""
    WITH {_NEED}, cut AS (
        SELECT u.run_id, u.line_id, u.units AS had, least(u.units, n.units) AS units
          FROM unserved_line u JOIN need n ON n.id = u.line_id WHERE u.run_id = :run_id
    ), gone AS (
        DELETE FROM unserved_line u USING cut c
         WHERE u.run_id = c.run_id AND u.line_id = c.line_id AND c.units = c.had
    ), less AS (
        UPDATE unserved_line u SET units = u.units - c.units FROM cut c
         WHERE u.run_id = c.run_id AND u.line_id = c.line_id AND c.units < c.had
    )
    SELECT line_id AS id, units FROM cut
    """  # noqa: S608  our own words
)
#: Units that were assigned to groups which have answered and do not make them.
_DECLINED = text(
    f"""
    WITH {_NEED}, spare AS (
        SELECT a.id, a.line_id, a.units AS had, a.units - a.confirmed_units AS free,
               sum(a.units - a.confirmed_units) OVER (PARTITION BY a.line_id ORDER BY a.id) AS upto
          FROM assignment a JOIN need n ON n.id = a.line_id
          LEFT JOIN ask k ON k.batch_id = a.batch_id AND k.run_id = a.run_id AND k.kind = 'make'
         WHERE a.run_id >= :run_id AND a.units > a.confirmed_units
           AND k.answer IS DISTINCT FROM 'waiting'
    ), cut AS (
        SELECT s.id, s.line_id, s.had, least(s.free, n.units - (s.upto - s.free)) AS units
          FROM spare s JOIN need n ON n.id = s.line_id WHERE n.units > s.upto - s.free
    ), gone AS (
        DELETE FROM assignment a USING cut c WHERE a.id = c.id AND c.units = c.had
    ), less AS (
        UPDATE assignment a SET units = a.units - c.units FROM cut c
         WHERE a.id = c.id AND c.units < c.had
    )
    SELECT line_id AS id, sum(units)::bigint AS units FROM cut GROUP BY 1
    """  # noqa: S608  our own words
)


def _move(session: Session, round_id: int, given: Sequence[Given]) -> None:
    """Take the units from where they lie: unserved first, then from those who said no.

    So that what is assigned and what is unserved still add up to the line. Raises Conflict where
    they are not all found.
    """
    last = select(func.max(MatchRun.id)).where(
        MatchRun.round_id == round_id, MatchRun.state == RunState.PUBLISHED
    )
    need = {part.line_id: part.units for part in given}
    run_id = session.scalar(last)
    for statement in (_UNSERVED, _DECLINED):
        left = {line: units for line, units in need.items() if units}
        values = {"lines": list(left), "units": list(left.values()), "run_id": run_id}
        for row in session.execute(statement, values):
            need[row.id] -= int(row.units)
    if any(need.values()):
        raise Conflict("resolve_moved_on", name="–", number=0)
