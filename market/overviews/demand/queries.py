"""Reading the demand board: a few statements, whatever the country wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.overviews.demand.rules import FEWEST, shown

GOODS_SHOWN = 30
WORDS_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the reader looks at. province '' and category '' are all of them.

    group_ids are the reader's own groups.
    """

    month: date
    province: str = ""
    category: str = ""
    group_ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GoodsDemand:
    """What was wanted of a product. None: some, of fewer than five people.

    missing_satang: what was missing at the reference price. mine: the reader's group makes it;
    akin: it makes something of the kind.
    """

    code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    asked_units: int
    served_units: int
    missing_units: int | None
    missing_satang: int
    buyers: int | None
    waiting: int | None
    baskets: int | None
    requests: int | None
    few: bool  # somebody wanted it, but too few to tell
    mine: bool
    akin: bool


@dataclass(frozen=True)
class Word:
    """What was searched, as most people spelled it, and how often."""

    term: str
    times: int


@dataclass(frozen=True, kw_only=True)
class Waited:
    """A group or a kind of goods that people wait for."""

    kind: str  # wait or request
    name_th: str
    name_en: str
    people: int


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A province or a kind of goods to choose."""

    key: str
    name_th: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class Demand:
    """The whole board."""

    goods: tuple[GoodsDemand, ...]
    missed: tuple[Word, ...]
    searched: tuple[Word, ...]
    waited: tuple[Waited, ...]
    provinces: tuple[Choice, ...]
    categories: tuple[Choice, ...]
    summed_at: datetime | None

    @property
    def chances(self) -> tuple[GoodsDemand, ...]:
        """What the reader's groups could make more of, or something like it."""
        return tuple(row for row in self.goods if (row.mine or row.akin) and not row.few)


_WHERE = "d.month = :month AND (:province = '' OR d.province_code = :province)"
#: Units are those of people who were counted: with fewer than five behind them they stay hidden.
_GOODS = text(
    f"""
    WITH own AS (
        SELECT o.product_id, p.category_key FROM offer o JOIN product p ON p.id = o.product_id
         WHERE o.group_id = ANY (CAST(:group_ids AS bigint[])) AND o.active
    ), wanted AS (
        SELECT d.product_id,
               sum(d.people) FILTER (WHERE d.kind = 'order') AS buyers,
               sum(d.asked_units) FILTER (WHERE d.kind = 'order') AS asked,
               sum(d.served_units) FILTER (WHERE d.kind = 'order') AS served,
               sum(d.people) FILTER (WHERE d.kind IN ('wait', 'full')) AS waiting,
               sum(d.asked_units) FILTER (WHERE d.kind = 'full') AS full_units,
               sum(d.people) FILTER (WHERE d.kind = 'full') AS full_people,
               sum(d.people) FILTER (WHERE d.kind = 'basket') AS baskets,
               sum(d.people) FILTER (WHERE d.kind = 'request') AS requests
          FROM demand_month d WHERE d.product_id IS NOT NULL AND {_WHERE} GROUP BY d.product_id
    ), counted AS (
        SELECT w.*, coalesce(CASE WHEN buyers >= {FEWEST} THEN asked END, 0) AS asked_shown,
               coalesce(CASE WHEN buyers >= {FEWEST} THEN served END, 0) AS served_shown,
               coalesce(CASE WHEN buyers >= {FEWEST} THEN asked - served END, 0)
               + coalesce(CASE WHEN full_people >= {FEWEST} THEN full_units END, 0) AS missing,
               greatest(buyers, waiting, baskets, requests, 0) AS most
          FROM wanted w
    )
    SELECT p.code, p.name_th, p.name_en, p.unit_th, p.unit_en, c.asked_shown, c.served_shown,
           c.missing, c.missing * p.reference_satang AS missing_satang,
           coalesce(c.buyers, 0) AS buyers, coalesce(c.waiting, 0) AS waiting,
           coalesce(c.baskets, 0) AS baskets, coalesce(c.requests, 0) AS requests,
           c.most < {FEWEST} AS few,
           EXISTS (SELECT 1 FROM own WHERE own.product_id = p.id) AS mine,
           EXISTS (SELECT 1 FROM own WHERE own.category_key = p.category_key) AS akin
      FROM counted c JOIN product p ON p.id = c.product_id AND p.active
     WHERE :category = '' OR p.category_key = :category
     ORDER BY few, missing_satang DESC, c.most DESC, p.sort_key, p.id LIMIT :most
    """  # noqa: S608
)
_WORDS = text(
    f"""
    SELECT kind, term, times FROM (
        SELECT d.kind, (array_agg(d.shown ORDER BY d.people DESC, d.shown))[1] AS term,
               sum(d.people) AS times,
               row_number() OVER (PARTITION BY d.kind ORDER BY sum(d.people) DESC, d.term) AS place
          FROM demand_month d WHERE d.term IS NOT NULL AND {_WHERE}
         GROUP BY d.kind, d.term HAVING sum(d.people) >= {FEWEST}) ranked
     WHERE place <= :most ORDER BY times DESC, term
    """  # noqa: S608
)
_WAITED = text(
    f"""
    SELECT CASE d.kind WHEN 'request' THEN 'request' ELSE 'wait' END AS kind,
           coalesce(g.name_th, c.name_th) AS name_th, coalesce(g.name_en, c.name_en) AS name_en,
           sum(d.people) AS people
      FROM demand_month d
      LEFT JOIN producer_group g ON g.id = d.group_id
      LEFT JOIN category c ON c.key = d.category
     WHERE d.product_id IS NULL AND d.term IS NULL AND num_nonnulls(d.group_id, d.category) = 1
       AND (:category = '' OR d.category = :category) AND {_WHERE}
     GROUP BY 1, g.id, c.key HAVING sum(d.people) >= {FEWEST}
     ORDER BY people DESC, thai_order(coalesce(g.name_th, c.name_th)) LIMIT :most
    """  # noqa: S608
)
_CHOICES = text(
    """
    SELECT 'province' AS kind, p.code AS key, p.name_th, p.name_en, p.sort_key AS place
      FROM province p
     WHERE p.code IN (SELECT province_code FROM demand_month WHERE month = :month)
        OR p.code = :province
    UNION ALL
    SELECT 'category', key, name_th, name_en, lpad(position::text, 6, '0') FROM category
     ORDER BY 1, 5
    """
)


def demand_board(session: Session, asked: Asked) -> Demand:
    """What was wanted in a month, most of it first."""
    values = vars(asked) | {"group_ids": list(asked.group_ids)}
    goods = session.execute(_GOODS, values | {"most": GOODS_SHOWN}).all()
    words = session.execute(_WORDS, values | {"most": WORDS_SHOWN}).all()
    waited = session.execute(_WAITED, values | {"most": WORDS_SHOWN}).all()
    choices = session.execute(_CHOICES, values).all()
    return Demand(
        goods=tuple(_goods(row) for row in goods),
        missed=_words(words, "missed"),
        searched=_words(words, "search"),
        waited=tuple(Waited(**row._mapping) for row in waited),
        provinces=_choices(choices, "province"),
        categories=_choices(choices, "category"),
        summed_at=session.scalar(text("SELECT max(summed_at) FROM demand_month")),
    )


def province_of(session: Session, group_ids: Sequence[int], areas: Sequence[str]) -> str:
    """The province a reader sees first: of the first area they coordinate, else of their group."""
    for area in areas:
        if len(area) >= 2:
            return area[:2]
    found = session.scalar(
        text("SELECT left(tambon_code, 2) FROM producer_group WHERE id = ANY (:ids) ORDER BY id"),
        {"ids": list(group_ids)},
    )
    return str(found or "")


def _goods(row: Any) -> GoodsDemand:
    values: dict[str, Any] = dict(row._mapping)
    missing = int(values.pop("missing"))
    counted: dict[str, Any] = {key: shown(int(values.pop(key))) for key in
               ("buyers", "waiting", "baskets", "requests")}  # fmt: skip
    asked, served = int(values.pop("asked_shown")), int(values.pop("served_shown"))
    values["missing_satang"] = int(values["missing_satang"])
    return GoodsDemand(
        **values, **counted, asked_units=asked, served_units=served, missing_units=missing or None
    )


def _words(rows: Sequence[Any], kind: str) -> tuple[Word, ...]:
    return tuple(Word(row.term, int(row.times)) for row in rows if row.kind == kind)


def _choices(rows: Sequence[Any], kind: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(key=row.key, name_th=row.name_th, name_en=row.name_en)
        for row in rows
        if row.kind == kind
    )
