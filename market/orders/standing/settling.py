"""One standing order in one round: placed whole, in part, or not, and written down. Never commits.

A run is settled in the transaction that places its order, under a key made from the run: a
worker that dies leaves either both or neither, and a second one finds it settled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.errors import MarketError, Refused, Unavailable
from market.notices.commands import notify
from market.orders.placing import OrderDraft, Placed, place_order
from market.orders.queries import MarketView, quote_order
from market.orders.rules import DraftLine, QuotedLine
from market.orders.standing.rules import Missed, RunState, sort_out, without
from market.orders.standing.running import Run

RAN_SHORT = frozenset({"not_enough", "full", "too_many_for_one", "not_delivered_there"})

#: Whoever else has it is placing it at this moment.
_LOCK = text(
    """
    SELECT s.state FROM standing_run u JOIN standing_order s ON s.id = u.standing_id
     WHERE u.id = :run_id AND u.state = 'due' FOR NO KEY UPDATE OF u SKIP LOCKED
    """
)
_LOOK = text(_LOCK.text.replace("FOR NO KEY UPDATE OF u SKIP LOCKED", ""))
_SETTLE = text(
    """
    UPDATE standing_run
       SET state = :state, order_id = :order_id, reason = :reason, data = CAST(:data AS jsonb),
           missed = CAST(:missed AS jsonb), settled_at = :now, claimed_until = NULL
     WHERE id = :run_id
    """
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended; reason and data where nothing was ordered."""

    state: RunState
    placed: Placed | None = None
    missed: tuple[Missed, ...] = ()
    reason: str | None = None
    data: dict[str, Any] | None = None


def settle_run(
    session: Session,
    run: Run,
    market: MarketView | MarketError,
    *,
    now: datetime,
    locking: bool = True,
) -> Outcome | None:
    """Place the run's order, whole or in part, and write down what became of it.

    None where another worker settles or has settled it. Raises Unavailable, and leaves the run
    due, where too many order at this moment. ``locking=False`` exists for the test that proves
    the race.
    """
    state = session.execute(_LOCK if locking else _LOOK, {"run_id": run.id}).scalar_one_or_none()
    if state is None:
        return None
    outcome = Outcome(state=RunState.SKIPPED)  # paused or ended since the round opened
    if state == "active":
        outcome = _try(session, run, market, now=now, locking=locking)
    _write(session, run, outcome, now)
    return outcome


def _try(
    session: Session, run: Run, market: MarketView | MarketError, *, now: datetime, locking: bool
) -> Outcome:
    try:
        if isinstance(market, MarketError):
            raise market
        sorted_out = sort_out(run.lines, _quoted(run, market))
        return _place_what_can_be(
            session, run, market, list(sorted_out.lines), list(sorted_out.missed), now, locking
        )
    except Unavailable:
        raise
    except MarketError as refusal:
        return Outcome(state=RunState.FAILED, reason=refusal.code, data=dict(refusal.data))


def _quoted(run: Run, market: MarketView) -> list[QuotedLine]:
    """The lines' terms on the day they will come; lines that nobody offers set no day."""
    drafts = [line.draft for line in run.lines]
    first = quote_order(market, drafts, run.delivery_on).lines
    offered = [quoted.line for quoted in first if quoted.offers]
    found = quote_order(market, offered, run.delivery_on).lines if offered else ()
    by_product = {quoted.line.product_id: quoted for quoted in (*first, *found)}
    return [by_product[draft.product_id] for draft in drafts]


def _place_what_can_be(
    session: Session,
    run: Run,
    market: MarketView,
    lines: list[DraftLine],
    missed: list[Missed],
    now: datetime,
    locking: bool,
) -> Outcome:
    """Each refusal takes a line out or makes it smaller, so this ends."""
    while lines:
        try:
            with session.begin_nested():
                draft = _draft(run, market, tuple(lines))
                placed = place_order(session, draft, now=now, locking=locking)
            state = RunState.PART if missed else RunState.PLACED
            return Outcome(state=state, placed=placed, missed=tuple(missed))
        except Refused as refusal:
            if refusal.code not in RAN_SHORT:
                raise
            product_id = int(refusal.data["product_id"])
            kept, gone = without(lines, product_id, int(refusal.data.get("left", 0)))
            lines = list(kept)
            missed = [_added(missed, gone), *(m for m in missed if m.product_id != product_id)]
    return Outcome(state=RunState.FAILED, reason="standing_nothing", missed=tuple(missed))


def _added(missed: Sequence[Missed], gone: Missed) -> Missed:
    """A line that fell short before misses both."""
    before = sum(m.units for m in missed if m.product_id == gone.product_id)
    return replace(gone, units=gone.units + before)


def _draft(run: Run, market: MarketView, lines: tuple[DraftLine, ...]) -> OrderDraft:
    return OrderDraft(
        round_id=run.round_id,
        buyer_id=run.buyer_id,
        key=hashlib.sha256(f"standing:{run.id}".encode()).hexdigest(),
        pay_method=run.pay_method,
        lines=lines,
        expected_ceiling_satang=quote_order(market, lines, run.delivery_on).total_satang,
        point_id=run.point_id,
        tambon_code=run.tambon_code,
        recipient=run.recipient,
        phone=run.phone,
        address=run.address,
        address_note=run.address_note,
    )


def _write(session: Session, run: Run, outcome: Outcome, now: datetime) -> None:
    placed = outcome.placed
    session.execute(
        _SETTLE,
        {
            "run_id": run.id,
            "state": outcome.state.value,
            "order_id": placed.order_id if placed else None,
            "reason": outcome.reason,
            "data": json.dumps(outcome.data or {}),
            "missed": json.dumps([miss.columns() for miss in outcome.missed]),
            "now": now,
        },
    )
    record(
        session, actor="system", subject=f"standing:{run.standing_id}",
        event=f"standing.run_{outcome.state}", at=now, reason=outcome.reason,
        data={"round": run.round_id, "order": placed.order_id if placed else None},
    )  # fmt: skip
    if outcome.state in (RunState.PART, RunState.FAILED):
        _tell(session, run, outcome, now)


def _tell(session: Session, run: Run, outcome: Outcome, now: datetime) -> None:
    """Only what is missing: the order itself has a letter of its own."""
    version = int(now.timestamp())  # a second try that fails again is told again
    notify(
        session, event=f"standing.{outcome.state}", subject=f"run:{run.id}", now=now,
        buyer_id=run.buyer_id, version=version,
        payload={
            "link": f"/standing/{run.standing_id}",
            "number": outcome.placed.number if outcome.placed else None,
            "round_th": run.round_th,
            "round_en": run.round_en,
            "reason": outcome.reason,
            "missed": [miss.columns() | run.names[miss.product_id] for miss in outcome.missed],
        },
    )  # fmt: skip
