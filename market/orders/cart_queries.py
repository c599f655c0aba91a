"""Reading baskets: whose they are, what is in them, what it costs at most."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.orders.rules import DraftLine, IfShort, MakerChoice, ShortageChoice, if_short
from market.rounds.rules import RoundState, is_open


@dataclass(frozen=True, kw_only=True)
class CartOwner:
    """Whose basket: a signed-in user's, or that of a browser by its secret."""

    user_id: int | None = None
    token: str | None = None

    def columns(self) -> dict[str, Any]:
        """As the database keeps it: of a browser's secret only the hash."""
        if self.user_id is not None:
            return {"user_id": self.user_id, "token_hash": None}
        return {"user_id": None, "token_hash": self.hashed("")}

    def hashed(self, words: str) -> str:
        """A hash that only this owner can ask for."""
        whose = f"user:{self.user_id}" if self.user_id is not None else f"token:{self.token}"
        return hashlib.sha256(f"{whose}\n{words}".encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class CartLineView:
    """A wish as the basket shows it. left_units: still free with those who may make it."""

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
    place_th: str | None
    place_en: str | None
    maker: MakerChoice
    shortage: ShortageChoice
    units: int
    ceiling_satang: int | None
    seen_satang: int | None
    left_units: int
    most_units: int
    next_th: str | None  # of a round that is over: the open one that has the goods
    next_en: str | None

    @property
    def if_short(self) -> IfShort:
        """What the buyer answered."""
        return if_short(self.maker, self.shortage)

    @property
    def price_changed(self) -> bool:
        """Is it another price than the one the buyer put it here for?"""
        return None not in (self.seen_satang, self.ceiling_satang) and (
            self.seen_satang != self.ceiling_satang
        )

    @property
    def total_satang(self) -> int:
        """The most the line may cost."""
        return self.units * (self.ceiling_satang or 0)

    def draft(self) -> DraftLine:
        """The line as an order wants it."""
        return DraftLine(
            product_id=self.product_id,
            units=self.units,
            maker=self.maker,
            group_id=self.group_id,
            shortage=self.shortage,
        )


@dataclass(frozen=True, kw_only=True)
class CartRound:
    """The wishes of one round: they become one order."""

    round_id: int
    number: int
    name_th: str
    name_en: str
    closes_at: datetime
    delivery_on: tuple[date, ...]
    open: bool
    lines: tuple[CartLineView, ...]

    @property
    def total_satang(self) -> int:
        """The most the goods may cost, delivery not counted."""
        return sum(line.total_satang for line in self.lines)

    @property
    def moves(self) -> int:
        """How many wishes another round could take that is open now."""
        return sum(line.next_th is not None for line in self.lines)

    @property
    def common_if_short(self) -> IfShort | None:
        """The answer that all lines share."""
        answers = {line.if_short for line in self.lines}
        return answers.pop() if len(answers) == 1 else None


_LINES = text(
    """
    SELECT l.id, l.round_id, l.product_id, p.code, p.category_key AS category, p.name_th,
           p.name_en, p.unit_th, p.unit_en, l.group_id, g.name_th AS group_th,
           g.name_en AS group_en, t.name_th AS place_th, t.name_en AS place_en, l.maker,
           l.shortage, l.units, l.seen_satang, n.next_th, n.next_en, o.ceiling_satang,
           coalesce(o.left_units, 0) AS left_units,
           coalesce(o.most_units, 0) AS most_units,
           r.number, r.name_th AS round_th, r.name_en AS round_en, r.closes_at, r.state,
           r.delivery_on
      FROM cart c
      JOIN cart_line l ON l.cart_id = c.id
      JOIN round r ON r.id = l.round_id
      JOIN product p ON p.id = l.product_id
      LEFT JOIN producer_group g ON g.id = l.group_id
      LEFT JOIN tambon t ON t.code = g.tambon_code
      LEFT JOIN LATERAL (
          SELECT max(o.price_satang) AS ceiling_satang, max(o.max_per_order) AS most_units,
                 sum(o.capacity_units - o.reserved_units)::bigint AS left_units
            FROM round_offer o
           WHERE o.round_id = l.round_id AND o.product_id = l.product_id
             AND (o.group_id = l.group_id OR (l.maker <> 'only' AND o.in_band))) o ON true
      LEFT JOIN LATERAL (
          SELECT x.name_th AS next_th, x.name_en AS next_en
            FROM round x
            JOIN round_offer o ON o.round_id = x.id AND o.product_id = l.product_id
             AND (o.group_id = l.group_id OR (l.maker <> 'only' AND o.in_band))
           WHERE x.state = 'open' AND x.closes_at > :now
             AND NOT (r.state = 'open' AND r.closes_at > :now)
           ORDER BY x.closes_at, x.id LIMIT 1) n ON true
     WHERE (c.user_id = :user_id OR c.token_hash = :token_hash)
       AND (CAST(:round_id AS bigint) IS NULL OR l.round_id = :round_id)
     ORDER BY r.closes_at, r.id, l.id
    """
)
_SHOWN = tuple(CartLineView.__dataclass_fields__)


def cart_of(
    session: Session, owner: CartOwner, *, now: datetime, round_id: int | None = None
) -> tuple[CartRound, ...]:
    """The basket by round, the nearest cut-off first. One statement."""
    rows = session.execute(_LINES, owner.columns() | {"round_id": round_id, "now": now}).all()
    by_round: dict[int, list[Any]] = {}
    for row in rows:
        by_round.setdefault(row.round_id, []).append(row)
    return tuple(_cart_round(lines, now) for lines in by_round.values())


def _cart_round(rows: list[Any], now: datetime) -> CartRound:
    first = rows[0]
    return CartRound(
        round_id=first.round_id,
        number=first.number,
        name_th=first.round_th,
        name_en=first.round_en,
        closes_at=first.closes_at,
        delivery_on=tuple(first.delivery_on),
        open=is_open(RoundState(first.state), first.closes_at, now),
        lines=tuple(_cart_line(row) for row in rows),
    )


def _cart_line(row: Any) -> CartLineView:
    values = {name: getattr(row, name) for name in _SHOWN}
    choices = {"maker": MakerChoice(row.maker), "shortage": ShortageChoice(row.shortage)}
    return CartLineView(**values | choices)


def count_lines(session: Session, owner: CartOwner) -> int:
    """How many lines the basket has."""
    return int(
        session.execute(
            text(
                "SELECT count(*) FROM cart_line l JOIN cart c ON c.id = l.cart_id"
                " WHERE (c.user_id = :user_id OR c.token_hash = :token_hash)"
            ),
            owner.columns(),
        ).scalar_one()
    )
