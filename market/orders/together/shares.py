"""Who gets what of an order that friends placed together, and what they owe the host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.money import split_by_weights
from market.orders.together.rules import Wanted, share_out

BEFORE_CONFIRMED = frozenset({"open", "closed", "matched", "confirming"})


@dataclass(frozen=True, kw_only=True)
class ShareLine:
    """What a friend gets of a product of the placed order, and what they owe the host for it."""

    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    wanted: int
    units: int
    satang: int


@dataclass(frozen=True, kw_only=True)
class Share:
    """A friend's part of the placed order."""

    name: str
    lines: tuple[ShareLine, ...]

    @property
    def total_satang(self) -> int:
        """To collect from them."""
        return sum(line.satang for line in self.lines)


_SHARES = text(
    """
    SELECT f.id AS friend_id, f.name, s.product_id, s.units AS wanted, p.name_th, p.name_en,
           p.unit_th, p.unit_en, l.units AS ordered, l.ceiling_satang, l.released_at,
           r.state AS round_state, o.state AS order_state,
           coalesce(a.units, 0) AS confirmed, coalesce(a.satang, 0) AS confirmed_satang
      FROM shared_basket b
      JOIN orders o ON o.id = b.order_id
      JOIN round r ON r.id = o.round_id
      JOIN shared_friend f ON f.basket_id = b.id
      JOIN shared_line s ON s.friend_id = f.id
      JOIN product p ON p.id = s.product_id
      LEFT JOIN order_line l ON l.order_id = o.id AND l.product_id = s.product_id
      LEFT JOIN LATERAL (
          SELECT sum(x.confirmed_units)::bigint AS units,
                 sum(x.confirmed_units * x.price_satang)::bigint AS satang
            FROM assignment x WHERE x.line_id = l.id) a ON true
     WHERE o.number = :number
     ORDER BY s.added_at, s.id
    """
)


def shares_of(session: Session, number: str) -> tuple[Share, ...]:
    """Who gets what of an order, and what they owe: whoever asked first is served first.

    Before the groups have confirmed: the most it may cost. Empty where it is nobody's shared
    basket. One statement.
    """
    by_product: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_SHARES, {"number": number}):
        by_product[row.product_id].append(row)
    lines: dict[tuple[int, str], list[ShareLine]] = defaultdict(list)
    for rows in by_product.values():
        for row, line in zip(rows, _shared(rows), strict=True):
            lines[row.friend_id, row.name].append(line)
    return tuple(Share(name=who[1], lines=tuple(mine)) for who, mine in sorted(lines.items()))


def _shared(rows: Sequence[Any]) -> list[ShareLine]:
    """One product's lines: units in the order of asking, money by units."""
    first = rows[0]
    units, total_satang = first.ordered or 0, (first.ordered or 0) * (first.ceiling_satang or 0)
    if first.order_state == "cancelled":
        units = total_satang = 0
    elif first.round_state not in BEFORE_CONFIRMED:
        units, total_satang = first.confirmed, first.confirmed_satang
    wanted = [Wanted(friend_id=row.friend_id, units=row.wanted) for row in rows]
    shares = share_out(wanted, units)
    parts = [shares[row.friend_id] for row in rows]
    money = split_by_weights(total_satang, parts) if any(parts) else [0] * len(parts)
    return [
        ShareLine(
            name_th=row.name_th, name_en=row.name_en, unit_th=row.unit_th, unit_en=row.unit_en,
            wanted=row.wanted, units=part, satang=satang,
        )
        for row, part, satang in zip(rows, parts, money, strict=True)
    ]  # fmt: skip
