"""Making, changing and stopping standing orders. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from market.accounts.commands import find_or_create_buyer, record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.orders.rules import PayMethod
from market.orders.standing.models import StandingOrder, StandingOrderLine
from market.orders.standing.rules import StandingLine, StandingState
from market.rounds.rules import Cycle

MOST_STANDING = 20
MOST_LINES = 100


#: Resuming goes on with the round that is open now, if it was not ordered in yet; what is
#: ordered already stays, whatever is pressed.
_TARGETS = {
    "pause": StandingState.PAUSED,
    "resume": StandingState.ACTIVE,
    "end": StandingState.ENDED,
}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How often, where to, for whom, how it is paid. phone is E.164; a point or an address."""

    every: int
    pay_method: PayMethod
    recipient: str
    phone: str
    point_id: int | None = None
    tambon_code: str | None = None
    address: str | None = None
    address_note: str | None = None

    def columns(self) -> dict[str, Any]:
        """As the table keeps them. Raises Refused where they do not fit together."""
        if self.every not in (1, 2):
            raise Refused("page_damaged")
        if (self.point_id is None) == (self.tambon_code is None or not self.address):
            raise Refused("choose_destination")
        if self.point_id is None and self.pay_method is PayMethod.CASH:
            raise Refused("cash_only_at_point")
        return dict(vars(self))


def create_standing(
    session: Session,
    user_id: int,
    cycle: Cycle,
    terms: Terms,
    lines: Sequence[StandingLine],
    *,
    now: datetime,
) -> int:
    """A new standing order, from the next look at the rounds on. Raises Refused."""
    if not lines:
        raise Refused("standing_empty")
    columns = terms.columns()
    _room_for_one(session, user_id)
    buyer_id = _buyer(session, user_id, terms, now)
    made = StandingOrder(user_id=user_id, buyer_id=buyer_id, cycle=cycle, created_at=now, **columns)
    session.add(made)
    session.flush()
    _write_lines(session, made.id, lines)
    _record(session, made.id, user_id, "standing.created", now, to_state=StandingState.ACTIVE)
    return made.id


def change_standing(
    session: Session,
    standing_id: int,
    user_id: int,
    terms: Terms,
    lines: Sequence[StandingLine],
    *,
    version: int,
    now: datetime,
) -> None:
    """Other terms and lines from now on; what is ordered already stays as it is.

    version is the one that the buyer saw: Conflict where it has moved on.
    """
    standing = _own(session, standing_id, user_id)
    if standing.version != version or standing.state is StandingState.ENDED:
        raise Conflict("standing_changed")
    if not lines:
        raise Refused("standing_empty")
    for name, value in terms.columns().items():
        setattr(standing, name, value)
    standing.version += 1
    session.flush()
    session.execute(delete(StandingOrderLine).where(StandingOrderLine.standing_id == standing_id))
    _write_lines(session, standing_id, lines)
    _record(session, standing_id, user_id, "standing.changed", now)


def add_line(
    session: Session, standing_id: int, user_id: int, line: StandingLine, *, now: datetime
) -> None:
    """Goods more in one that stands; goods that are in it already are replaced."""
    standing = _own(session, standing_id, user_id)
    if standing.state is StandingState.ENDED:
        raise Conflict("standing_over")
    mine = StandingOrderLine.standing_id == standing_id
    session.execute(
        delete(StandingOrderLine).where(mine, StandingOrderLine.product_id == line.draft.product_id)
    )
    count = select(func.count()).select_from(StandingOrderLine).where(mine)
    if session.execute(count).scalar_one() >= MOST_LINES:
        raise Refused("standing_too_many_lines", most=MOST_LINES)
    _write_lines(session, standing_id, [line])
    standing.version += 1
    _record(session, standing_id, user_id, "standing.changed", now)


def skip_next(
    session: Session, standing_id: int, user_id: int, *, skip: bool, now: datetime
) -> None:
    """Pass over the next round that opens, or do not after all. Twice is once."""
    standing = _own(session, standing_id, user_id)
    if standing.skip_next == skip or standing.state is StandingState.ENDED:
        return
    standing.skip_next = skip
    _record(
        session, standing_id, user_id, "standing.skipped" if skip else "standing.unskipped", now
    )


def act(session: Session, standing_id: int, user_id: int, word: str, *, now: datetime) -> None:
    """One of the buttons: skip, unskip, pause, resume, end. Raises Refused for any other word."""
    if word in ("skip", "unskip"):
        skip_next(session, standing_id, user_id, skip=word == "skip", now=now)
    elif word in _TARGETS:
        _move(session, standing_id, user_id, _TARGETS[word], now)
    else:
        raise Refused("page_damaged")


def try_again(session: Session, run_id: int, user_id: int, *, now: datetime) -> int:
    """Try a round again in which nothing could be ordered; returns the standing order's id.

    Raises NotFound for somebody else's, Conflict where the round is over or it is ordered.
    """
    run = session.execute(
        text(
            "SELECT u.standing_id, u.state, r.state = 'open' AND r.closes_at > :now AS open"
            " FROM standing_run u JOIN standing_order s ON s.id = u.standing_id"
            " JOIN round r ON r.id = u.round_id"
            " WHERE u.id = :run_id AND s.user_id = :user_id FOR NO KEY UPDATE OF u"
        ),
        {"run_id": run_id, "user_id": user_id, "now": now},
    ).one_or_none()
    if run is None:
        raise NotFound("standing_not_found")
    if run.state != "failed" or not run.open:
        raise Conflict("standing_over")
    session.execute(
        text(
            "UPDATE standing_run SET state = 'due', reason = NULL, data = '{}', missed = '[]',"
            " settled_at = NULL, claimed_until = NULL WHERE id = :run_id"
        ),
        {"run_id": run_id},
    )
    _record(session, run.standing_id, user_id, "standing.tried_again", now, data={"run": run_id})
    return int(run.standing_id)


def remember_order(session: Session, standing_id: int, order_id: int, *, now: datetime) -> None:
    """The order that it was made from counts as this round's."""
    session.execute(
        text(
            "INSERT INTO standing_run (standing_id, round_id, state, order_id, created_at,"
            " settled_at) SELECT :standing_id, round_id, 'placed', id, :now, :now FROM orders"
            " WHERE id = :order_id"
        ),
        {"standing_id": standing_id, "order_id": order_id, "now": now},
    )


def _buyer(session: Session, user_id: int, terms: Terms, now: datetime) -> int:
    """Who pays: known already, or made of whoever gets it. A recipient renames no buyer."""
    known = session.scalar(text("SELECT id FROM buyer WHERE user_id = :id"), {"id": user_id})
    if known is not None:
        return int(known)
    return find_or_create_buyer(
        session, user_id=user_id, name=terms.recipient, phone=terms.phone, email=None, now=now
    )


def _own(session: Session, standing_id: int, user_id: int) -> StandingOrder:
    owner = session.scalar(select(StandingOrder.user_id).where(StandingOrder.id == standing_id))
    if owner != user_id:
        raise NotFound("standing_not_found")
    return lock(session, StandingOrder, standing_id)


def _room_for_one(session: Session, user_id: int) -> None:
    live = session.scalars(
        select(StandingOrder.id).where(
            StandingOrder.user_id == user_id, StandingOrder.state != StandingState.ENDED
        )
    ).all()
    if len(live) >= MOST_STANDING:
        raise Refused("standing_too_many_orders", most=MOST_STANDING)


def _move(
    session: Session, standing_id: int, user_id: int, target: StandingState, now: datetime
) -> None:
    """Going where it is already is one effect; an ended one stays ended."""
    standing = _own(session, standing_id, user_id)
    source = standing.state
    if source is target:
        return
    if source is StandingState.ENDED:
        raise Conflict("standing_over")
    standing.state = target
    standing.version += 1
    if target is StandingState.ENDED:
        standing.ended_at = now
    session.execute(
        update(StandingOrder).where(StandingOrder.id == standing_id).values(skip_next=False)
    )
    _record(
        session, standing_id, user_id, f"standing.{target}", now, from_state=source,
        to_state=target,
    )  # fmt: skip


def _write_lines(session: Session, standing_id: int, lines: Sequence[StandingLine]) -> None:
    if len(lines) > MOST_LINES:
        raise Refused("standing_too_many_lines", most=MOST_LINES)
    session.execute(
        insert(StandingOrderLine),
        [
            vars(line.draft) | {"standing_id": standing_id, "ceiling_satang": line.ceiling_satang}
            for line in lines
        ],
    )


def _record(
    session: Session,
    standing_id: int,
    user_id: int,
    event: str,
    now: datetime,
    *,
    from_state: str | None = None,
    to_state: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    record(
        session, actor=f"user:{user_id}", subject=f"standing:{standing_id}", event=event, at=now,
        from_state=from_state, to_state=to_state, data=data,
    )  # fmt: skip
