"""Reading standing orders: the list, and one with its lines and rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound, Refused
from market.orders.queries import quote_order, read_market
from market.orders.rules import (
    DraftLine,
    IfShort,
    MakerChoice,
    PayMethod,
    ShortageChoice,
    if_short,
)
from market.orders.standing.rules import RunState, StandingState
from market.rounds.rules import Cycle

RUNS_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class StandingRow:
    """A standing order in its buyer's list."""

    id: int
    state: StandingState
    cycle: Cycle
    every: int
    skip_next: bool
    lines: int
    names_th: str
    names_en: str
    total_satang: int  # the most its goods may cost a round
    last_state: RunState | None
    last_round_th: str | None
    last_round_en: str | None


@dataclass(frozen=True, kw_only=True)
class LineView:
    """A line of one, with what its goods cost at its place in the open round (None: not there)."""

    id: int
    product_id: int
    code: str
    category: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_id: int | None
    group_th: str | None
    group_en: str | None
    maker: MakerChoice
    shortage: ShortageChoice
    units: int
    ceiling_satang: int
    price_satang: int | None = None

    @property
    def if_short(self) -> IfShort:
        """What the buyer answered."""
        return if_short(self.maker, self.shortage)

    def draft(self) -> DraftLine:
        """The line as an order wants it."""
        return DraftLine(
            product_id=self.product_id, units=self.units, maker=self.maker,
            group_id=self.group_id, shortage=self.shortage,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RunView:
    """What became of it in one round."""

    id: int
    round_th: str
    round_en: str
    state: RunState
    number: str | None
    order_state: str | None
    reason: str | None
    data: Mapping[str, Any]
    missed: tuple[Mapping[str, Any], ...]  # with the goods' names
    created_at: datetime
    open: bool  # may be tried again


@dataclass(frozen=True, kw_only=True)
class StandingView:
    """One with everything its page shows."""

    id: int
    state: StandingState
    cycle: Cycle
    every: int
    skip_next: bool
    version: int
    pay_method: PayMethod
    recipient: str
    phone: str
    point_id: int | None
    tambon_code: str | None
    address: str | None
    address_note: str | None
    place_th: str
    place_en: str
    province_th: str
    province_en: str
    open_round_th: str | None
    open_round_en: str | None
    next_opens_at: datetime | None
    lines: tuple[LineView, ...]
    runs: tuple[RunView, ...]

    def drafts(self) -> list[DraftLine]:
        """The lines as an order wants them."""
        return [line.draft() for line in self.lines]

    @property
    def total_satang(self) -> int:
        """The most the goods of a round may cost."""
        return sum(line.units * line.ceiling_satang for line in self.lines)


_LIST = text(
    """
    SELECT s.id, s.state, s.cycle, s.every, s.skip_next, count(l.id) AS lines,
           coalesce(string_agg(p.name_th, ' · ' ORDER BY l.id), '') AS names_th,
           coalesce(string_agg(p.name_en, ' · ' ORDER BY l.id), '') AS names_en,
           coalesce(sum(l.units * l.ceiling_satang), 0)::bigint AS total_satang,
           u.state AS last_state, u.round_th AS last_round_th, u.round_en AS last_round_en
      FROM standing_order s
      LEFT JOIN standing_line l ON l.standing_id = s.id
      LEFT JOIN product p ON p.id = l.product_id
      LEFT JOIN LATERAL (
          SELECT u.state, r.name_th AS round_th, r.name_en AS round_en
            FROM standing_run u JOIN round r ON r.id = u.round_id
           WHERE u.standing_id = s.id ORDER BY r.opens_at DESC, u.id DESC LIMIT 1) u ON true
     WHERE s.user_id = :user_id
     GROUP BY s.id, u.state, u.round_th, u.round_en
     ORDER BY s.state = 'ended', s.id DESC
    """
)
_HEAD = text(
    """
    SELECT s.id, s.state, s.cycle, s.every, s.skip_next, s.version, s.pay_method, s.recipient,
           s.phone, s.point_id, s.tambon_code, s.address, s.address_note,
           coalesce(pt.name_th, t.name_th) AS place_th, coalesce(pt.name_en, t.name_en) AS place_en,
           v.name_th AS province_th, v.name_en AS province_en,
           o.id AS open_round_id, o.delivery_on, o.name_th AS open_round_th,
           o.name_en AS open_round_en,
           (SELECT min(n.opens_at) FROM round n
             WHERE n.cycle = s.cycle AND n.state = 'draft' AND n.opens_at > :now) AS next_opens_at
      FROM standing_order s
      LEFT JOIN pickup_point pt ON pt.id = s.point_id
      JOIN tambon t ON t.code = coalesce(s.tambon_code, pt.tambon_code)
      JOIN province v ON v.code = t.province_code
      LEFT JOIN LATERAL (
          SELECT r.id, r.delivery_on, r.name_th, r.name_en FROM round r
           WHERE r.cycle = s.cycle AND r.state = 'open' AND r.closes_at > :now
           ORDER BY r.closes_at LIMIT 1) o ON true
     WHERE s.id = :standing_id AND s.user_id = :user_id
    """
)
_LINES = text(
    """
    SELECT l.id, l.product_id, p.code, p.category_key AS category, p.name_th, p.name_en,
           p.unit_th, p.unit_en, l.group_id, g.name_th AS group_th, g.name_en AS group_en,
           l.maker, l.shortage, l.units, l.ceiling_satang
      FROM standing_line l
      JOIN product p ON p.id = l.product_id
      LEFT JOIN producer_group g ON g.id = l.group_id
     WHERE l.standing_id = :standing_id
     ORDER BY l.id
    """
)
_RUNS = text(
    """
    SELECT u.id, r.name_th AS round_th, r.name_en AS round_en, u.state, o.number,
           o.state AS order_state, u.reason, u.data, u.created_at,
           r.state = 'open' AND r.closes_at > :now AS open,
           coalesce((SELECT jsonb_agg(m || jsonb_build_object(
                         'name_th', p.name_th, 'name_en', p.name_en, 'unit_th', p.unit_th,
                         'unit_en', p.unit_en, 'code_of', p.code))
                       FROM jsonb_array_elements(u.missed) m
                       JOIN product p ON p.id = (m ->> 'product_id')::bigint), '[]') AS missed
      FROM standing_run u
      JOIN round r ON r.id = u.round_id
      LEFT JOIN orders o ON o.id = u.order_id
     WHERE u.standing_id = :standing_id
     ORDER BY r.opens_at DESC, u.id DESC
     LIMIT :shown
    """
)


def standing_of(session: Session, user_id: int) -> tuple[StandingRow, ...]:
    """A user's standing orders, the ended ones last. One statement."""
    rows = session.execute(_LIST, {"user_id": user_id})
    return tuple(_row(dict(row._mapping)) for row in rows)


def see_standing(
    session: Session, standing_id: int, user_id: int, *, now: datetime
) -> StandingView:
    """One of a user's. Four statements. Raises NotFound, for somebody else's too."""
    values = {"standing_id": standing_id, "user_id": user_id, "now": now, "shown": RUNS_SHOWN}
    head = session.execute(_HEAD, values).one_or_none()
    if head is None:
        raise NotFound("standing_not_found")
    lines = [_line(dict(row._mapping)) for row in session.execute(_LINES, values)]
    words = dict(head._mapping) | {
        "state": StandingState(head.state),
        "cycle": Cycle(head.cycle),
        "pay_method": PayMethod(head.pay_method),
    }
    round_id, delivery_on = words.pop("open_round_id"), words.pop("delivery_on")
    return StandingView(
        **words,
        lines=_priced(session, head, lines) if round_id and delivery_on else tuple(lines),
        runs=tuple(_run(dict(row._mapping)) for row in session.execute(_RUNS, values)),
    )


def _priced(session: Session, head: Any, lines: Sequence[LineView]) -> tuple[LineView, ...]:
    """What the lines cost in the open round there, as the order itself would find it."""
    drafts = [line.draft() for line in lines]
    try:
        market = read_market(
            session, head.open_round_id, {line.product_id for line in lines},
            point_id=head.point_id, tambon_code=head.tambon_code,
        )  # fmt: skip
        quote = quote_order(market, drafts, head.delivery_on)
    except Refused:  # the point is shut: none of it comes there
        return tuple(lines)
    return tuple(
        replace(line, price_satang=quoted.ceiling_satang if quoted.offers else None)
        for line, quoted in zip(lines, quote.lines, strict=True)
    )


def _row(row: dict[str, Any]) -> StandingRow:
    last = row["last_state"]
    kinds = {
        "state": StandingState(row["state"]),
        "cycle": Cycle(row["cycle"]),
        "last_state": RunState(last) if last else None,
    }
    return StandingRow(**row | kinds)


def _line(row: dict[str, Any]) -> LineView:
    kinds = {"maker": MakerChoice(row["maker"]), "shortage": ShortageChoice(row["shortage"])}
    return LineView(**row | kinds)


def _run(row: dict[str, Any]) -> RunView:
    return RunView(**row | {"state": RunState(row["state"]), "missed": tuple(row["missed"])})
