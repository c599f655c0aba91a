"""Reading household books: one's own whole, those of others only as sums over five or more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.livelihood.rules import (
    INCOME,
    LEAST_HOUSEHOLDS,
    SPENDING,
    MonthSum,
    month_sums,
)

MONTHS_SHOWN = 12
ROUNDED_SATANG = 100 * 100


@dataclass(frozen=True, kw_only=True)
class OwnBook:
    """A household's book as its own people see it."""

    household_id: int
    name: str
    tambon_th: str
    tambon_en: str
    linked: bool  # False: the phone number fits, the person has not said yes yet
    months: tuple[MonthSum, ...]


@dataclass(frozen=True, kw_only=True)
class AreaSum:
    """A month of a tambon over ``households`` books, a multiple of five. Satang."""

    tambon_code: str
    name_th: str
    name_en: str
    month: date
    households: int
    income_satang: int
    spending_satang: int

    @property
    def left_satang(self) -> int:
        """รายเหลือ of all of them together."""
        return self.income_satang - self.spending_satang

    @property
    def mean_left_satang(self) -> int:
        """รายเหลือ of a household, in whole baht."""
        return round(self.left_satang / self.households / 100) * 100


_OWN = text(
    """
    SELECT h.id, h.name, h.user_id IS NOT NULL AS linked, t.name_th, t.name_en
      FROM household h JOIN tambon t ON t.code = h.tambon_code
      JOIN "user" u ON u.id = :user_id
     WHERE h.ended_at IS NULL
       AND (h.user_id = u.id
            OR (h.user_id IS NULL AND h.phone = u.us_phone_number AND u.confirmed_at IS NOT NULL))
     ORDER BY h.id
    """
)
_ENTRIES = text(
    """
    SELECT e.household_id, e.month, e.category, e.amount_satang FROM household_entry e
     WHERE e.household_id = ANY(:ids)
     ORDER BY e.month DESC, e.category
    """
)
#: Households of a tambon in the order in which they agreed, five to a block, for ever: who left
#: keeps the place. Only whole blocks are summed.
_SUMS = text(
    """
    WITH placed AS (
        SELECT h.id, h.tambon_code, h.ended_at,
               (row_number() OVER (PARTITION BY h.tambon_code ORDER BY h.id) - 1) / :least AS block
          FROM household h
         WHERE EXISTS (SELECT 1 FROM unnest(CAST(:areas AS text[])) area
                        WHERE h.tambon_code LIKE area || '%')
    ), whole AS (
        SELECT h.tambon_code, e.month, count(DISTINCT h.id) AS households,
               sum(e.amount_satang) FILTER (WHERE e.category = ANY(:income)) AS income,
               sum(e.amount_satang) FILTER (WHERE e.category = ANY(:spending)) AS spending
          FROM placed h JOIN household_entry e ON e.household_id = h.id
         WHERE h.ended_at IS NULL
         GROUP BY h.tambon_code, h.block, e.month HAVING count(DISTINCT h.id) = :least
    )
    SELECT t.code AS tambon_code, t.name_th, t.name_en, w.month,
           sum(w.households)::bigint AS households,
           coalesce(sum(w.income), 0)::bigint AS income_satang,
           coalesce(sum(w.spending), 0)::bigint AS spending_satang
      FROM whole w JOIN tambon t ON t.code = w.tambon_code
     GROUP BY t.code, w.month ORDER BY w.month DESC, t.sort_key LIMIT 200
    """
)
_KEPT = text(
    """
    SELECT count(*) FROM household h
     WHERE h.ended_at IS NULL AND EXISTS (
           SELECT 1 FROM unnest(CAST(:areas AS text[])) area WHERE h.tambon_code LIKE area || '%')
    """
)


def own_books(session: Session, user_id: int) -> tuple[OwnBook, ...]:
    """The books of this person's household, and those that wait under their own phone number.

    Of a book that is not linked yet only its name is told. Two statements.
    """
    found = session.execute(_OWN, {"user_id": user_id}).all()
    linked = [row.id for row in found if row.linked]
    entries: dict[int, list[tuple[date, str, int]]] = {}
    for row in session.execute(_ENTRIES, {"ids": linked}):
        entries.setdefault(row.household_id, []).append(
            (row.month, row.category, row.amount_satang)
        )
    return tuple(
        OwnBook(
            household_id=row.id, name=row.name, linked=row.linked, tambon_th=row.name_th,
            tambon_en=row.name_en, months=month_sums(entries.get(row.id, ()))[:MONTHS_SHOWN],
        )
        for row in found
    )  # fmt: skip


def area_sums(session: Session, areas: Sequence[str]) -> tuple[AreaSum, ...]:
    """Months of the tambons in these areas, summed over whole blocks of five books.

    A sum over all of six books less yesterday's over five would be the sixth household's. So books
    come in and go in fives that never change: any two sums differ by five households or by none.
    One that left, or wrote nothing in a month, takes its four neighbours out of that sum.
    """
    rows = session.execute(
        _SUMS,
        {
            "areas": list(areas), "income": list(INCOME), "spending": list(SPENDING),
            "least": LEAST_HOUSEHOLDS,
        },
    )  # fmt: skip
    return tuple(_rounded(row) for row in rows)


def _rounded(row: Any) -> AreaSum:
    """Sums to the hundred baht: the last digits of a single book cannot be read off."""
    values = dict(row._mapping)
    for name in ("income_satang", "spending_satang"):
        values[name] = round(values[name] / ROUNDED_SATANG) * ROUNDED_SATANG
    return AreaSum(**values)


def books_kept(session: Session, areas: Sequence[str]) -> int:
    """How many households of these areas keep a book here; 0 where they are fewer than five."""
    count = int(session.execute(_KEPT, {"areas": list(areas)}).scalar_one())
    return count if count >= LEAST_HOUSEHOLDS else 0
