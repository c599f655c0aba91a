"""The words to pick from in a template: what the asker may bring in, by code and name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.imports.rules import ImportKind, Reach
from market.imports.sheets import SHEETS, choice_words

_AREAS = (
    "EXISTS (SELECT 1 FROM unnest(CAST(:areas AS text[])) area WHERE {column} LIKE area || '%')"
)
_CATEGORIES = "SELECT name_th FROM category ORDER BY position, key"
_GROUPS = f"""
    SELECT g.code FROM producer_group g
     WHERE g.active AND (g.id = ANY(:groups) OR {_AREAS.format(column="g.tambon_code")})
     ORDER BY g.code LIMIT 2000
"""  # noqa: S608 - our own words
_PRODUCTS = "SELECT code FROM product WHERE active ORDER BY code LIMIT 5000"
_GOODS = """
    SELECT name_th FROM (SELECT DISTINCT p.name_th, p.sort_key FROM round_offer o
      JOIN product p ON p.id = o.product_id JOIN round r ON r.id = o.round_id
     WHERE r.state = 'open' AND NOT r.private) AS goods ORDER BY sort_key LIMIT 5000
"""
_POINTS = f"""
    SELECT p.code FROM pickup_point p
     WHERE p.active AND {_AREAS.format(column="p.tambon_code")} ORDER BY p.code LIMIT 2000
"""  # noqa: S608 - our own words
_TAMBONS = f"""
    SELECT t.code FROM tambon t WHERE {_AREAS.format(column="t.code")}
     ORDER BY t.code LIMIT 2000
"""  # noqa: S608 - our own words
_LISTS: dict[ImportKind, dict[str, str]] = {
    ImportKind.PRODUCTS: {"category": _CATEGORIES},
    ImportKind.OFFERS: {"group": _GROUPS, "product": _PRODUCTS},
    ImportKind.ORDERS: {"point": _POINTS, "product": _GOODS, "group": _GROUPS},
    ImportKind.BOOKS: {"tambon": _TAMBONS},
}


def pick_lists(
    session: Session, kind: ImportKind, reach: Reach, *, thai: bool
) -> dict[str, Sequence[str]]:
    """Words by column: those of the market, and those that the sheet itself knows."""
    lists: dict[str, Sequence[str]] = {}
    for column in SHEETS[kind].columns:
        if column.choices:
            lists[column.key] = list(choice_words(column, thai=thai).values())
    where = {"areas": list(reach.areas), "groups": list(reach.groups)}
    for column_key, query in _LISTS[kind].items():
        lists[column_key] = list(session.scalars(text(query), where))
    return lists
