"""Standing orders in a round: planned in one statement, claimed in batches. Never commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import MarketError, Refused
from market.orders.queries import MarketView, read_market
from market.orders.rules import DraftLine, MakerChoice, PayMethod, ShortageChoice
from market.orders.standing.rules import StandingLine

CLAIM_SECONDS = 120  # a batch is placed in less; a dead worker's is taken over after it
BATCH = 200

_PLAN = text(
    """
    WITH turn AS (
        SELECT s.id, r.id AS round_id, s.skip_next,
               s.every = 2 AND coalesce((
                   SELECT u.state FROM standing_run u JOIN round p ON p.id = u.round_id
                    WHERE u.standing_id = s.id ORDER BY p.opens_at DESC, u.id DESC LIMIT 1),
                   'resting') <> 'resting' AS rests
          FROM round r
          JOIN standing_order s ON s.cycle = r.cycle AND s.state = 'active'
         WHERE r.state = 'open' AND r.closes_at > :now AND NOT r.private
           AND NOT EXISTS (SELECT 1 FROM standing_run u
                            WHERE u.standing_id = s.id AND u.round_id = r.id)
         ORDER BY s.id
           FOR NO KEY UPDATE OF s SKIP LOCKED
    ), planned AS (
        INSERT INTO standing_run (standing_id, round_id, state, created_at, settled_at)
        SELECT id, round_id,
               CASE WHEN rests THEN 'resting' WHEN skip_next THEN 'skipped' ELSE 'due' END, :now,
               CASE WHEN rests OR skip_next THEN CAST(:now AS timestamptz) END
          FROM turn
        ON CONFLICT (standing_id, round_id) DO NOTHING
        RETURNING standing_id, state
    ), passed AS (
        UPDATE standing_order SET skip_next = false
         WHERE id IN (SELECT standing_id FROM planned WHERE state = 'skipped')
    )
    SELECT count(*) FROM planned
    """
)
_CLAIM = text(
    """
    UPDATE standing_run SET claimed_until = :until
     WHERE id IN (SELECT id FROM standing_run
                   WHERE state = 'due' AND (claimed_until IS NULL OR claimed_until < :now)
                   ORDER BY id LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id
    """
)
_CLAIMED = text(
    """
    SELECT u.id, u.standing_id, u.round_id, s.state, s.buyer_id, s.user_id, s.pay_method,
           s.point_id, s.tambon_code, s.recipient, s.phone, s.address, s.address_note,
           r.delivery_on, r.name_th AS round_th, r.name_en AS round_en, r.closes_at
      FROM standing_run u
      JOIN standing_order s ON s.id = u.standing_id
      JOIN round r ON r.id = u.round_id
     WHERE u.id = ANY (:ids)
     ORDER BY u.id
    """
)
_LINES = text(
    """
    SELECT l.standing_id, l.product_id, l.group_id, l.maker, l.shortage, l.units,
           l.ceiling_satang, p.name_th, p.name_en, p.unit_th, p.unit_en
      FROM standing_line l JOIN product p ON p.id = l.product_id
     WHERE l.standing_id = ANY (:ids)
     ORDER BY l.standing_id, l.id
    """
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A claimed run with all that placing its order needs."""

    id: int
    standing_id: int
    round_id: int
    buyer_id: int
    user_id: int
    pay_method: PayMethod
    point_id: int | None
    tambon_code: str | None
    recipient: str
    phone: str
    address: str | None
    address_note: str | None
    delivery_on: tuple[date, ...]
    round_th: str
    round_en: str
    lines: tuple[StandingLine, ...]
    names: dict[int, dict[str, str]]  # by product, for the notice

    @property
    def place(self) -> tuple[int, int | None, str | None]:
        """Runs of one round to one place see the same market."""
        return self.round_id, self.point_id, self.tambon_code


def plan_runs(session: Session, *, now: datetime) -> int:
    """One row for each active standing order and open round of its cycle; how many are new.

    Rounds that are skipped or rested through are settled at once. One statement; two workers
    at once, or a second look, make no second row.
    """
    return int(session.execute(_PLAN, {"now": now}).scalar_one())


def claim_runs(session: Session, *, now: datetime, batch: int = BATCH) -> tuple[Run, ...]:
    """Take up to ``batch`` due runs for a while; no other worker takes them. Three statements."""
    until = now + timedelta(seconds=CLAIM_SECONDS)
    ids = list(session.scalars(_CLAIM, {"now": now, "until": until, "batch": batch}))
    if not ids:
        return ()
    heads = session.execute(_CLAIMED, {"ids": ids}).all()
    lines: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_LINES, {"ids": [head.standing_id for head in heads]}):
        lines[row.standing_id].append(row)
    return tuple(_run(head, lines[head.standing_id]) for head in heads)


def read_markets(
    session: Session, runs: Sequence[Run]
) -> dict[tuple[int, int | None, str | None], MarketView | MarketError]:
    """What each place sees of each round: one statement a place, not one an order."""
    wanted: dict[tuple[int, int | None, str | None], set[int]] = defaultdict(set)
    for run in runs:
        wanted[run.place] |= {line.draft.product_id for line in run.lines}
    return {place: _market(session, place, products) for place, products in wanted.items()}


def _market(
    session: Session, place: tuple[int, int | None, str | None], products: set[int]
) -> MarketView | MarketError:
    round_id, point_id, tambon_code = place
    try:
        return read_market(session, round_id, products, point_id=point_id, tambon_code=tambon_code)
    except Refused as refusal:
        return refusal


def _run(head: Any, lines: Sequence[Any]) -> Run:
    values = {name: getattr(head, name) for name in Run.__dataclass_fields__ if hasattr(head, name)}
    return Run(
        **values
        | {"pay_method": PayMethod(head.pay_method), "delivery_on": tuple(head.delivery_on)},
        lines=tuple(_line(row) for row in lines),
        names={
            row.product_id: {
                "product_th": row.name_th,
                "product_en": row.name_en,
                "unit_th": row.unit_th,
                "unit_en": row.unit_en,
            }
            for row in lines
        },
    )


def _line(row: Any) -> StandingLine:
    return StandingLine(
        draft=DraftLine(
            product_id=row.product_id,
            units=row.units,
            maker=MakerChoice(row.maker),
            group_id=row.group_id,
            shortage=ShortageChoice(row.shortage),
        ),
        ceiling_satang=row.ceiling_satang,
    )
