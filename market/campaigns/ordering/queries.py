"""Which goods the words on a row mean."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.thai import arabic_digits, fold

MOST_CHOICES = 6
LEAST_WORDS = 2  # letters from which names are looked up

_GOODS = """
    p.id, p.code, p.category_key, p.name_th, p.name_en, p.unit_th, p.unit_en,
    sold.low_satang, sold.high_satang"""
_SOLD = """
    LEFT JOIN LATERAL (
        SELECT min(o.price_satang) AS low_satang, max(o.price_satang) AS high_satang
          FROM offer o WHERE o.product_id = p.id AND o.active) sold ON true"""
_CALLED = text(
    f"""
    SELECT asked.words, {_GOODS}
      FROM unnest(CAST(:words AS text[]), CAST(:codes AS text[])) AS asked(words, code)
      JOIN product p ON p.active
       AND (p.code = asked.code OR p.name_th = asked.words OR p.name_en = asked.words)
      {_SOLD}
     ORDER BY p.sort_key, p.id
    """  # noqa: S608 - only our own fragments are put in
)
#: Whose name holds it before what stands around it or is alike; what a group sells now first.
_ALIKE = text(
    f"""
    SELECT asked.words, {_GOODS}
      FROM unnest(CAST(:words AS text[]), CAST(:folded AS text[]), CAST(:patterns AS text[]))
           AS asked(words, folded, pattern)
     CROSS JOIN LATERAL (
        SELECT e.ref_id, e.names LIKE '%|' || asked.pattern AS begins,
               e.names LIKE asked.pattern AS named,
               EXISTS (SELECT 1 FROM offer o WHERE o.product_id = p.id AND o.active) AS is_sold,
               word_similarity(asked.folded, e.names) AS likeness
          FROM search_entry e JOIN product p ON p.id = e.ref_id AND p.active
         WHERE e.kind = 'product' AND (e.text LIKE asked.pattern OR asked.folded <% e.names)
         ORDER BY named DESC, is_sold DESC, begins DESC, likeness DESC, e.sort_key, e.key
         LIMIT {MOST_CHOICES}) near
      JOIN product p ON p.id = near.ref_id
      {_SOLD}
     ORDER BY near.named DESC, near.is_sold DESC, near.begins DESC, near.likeness DESC,
              p.sort_key, p.code
    """  # noqa: S608 - only our own fragments are put in
)


@dataclass(frozen=True, kw_only=True)
class Goods:
    """Goods for a row. low, high: what a unit costs at the groups now; None where none sells."""

    id: int
    code: str
    category_key: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    low_satang: int | None
    high_satang: int | None


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What words mean: the goods called so, or where none is, those that come near."""

    called: tuple[Goods, ...] = ()
    alike: tuple[Goods, ...] = ()

    @property
    def choices(self) -> tuple[Goods, ...]:
        """What a person chooses from."""
        return self.called or self.alike


def goods_meant(session: Session, typed: Collection[str]) -> dict[str, Meant]:
    """By what was typed (code, full name, or a part of it). Two statements at most."""
    asked = sorted({words for words in typed if words})
    called = _called(session, asked)
    alike = _alike(session, [words for words in asked if words not in called])
    return {
        words: Meant(called=called.get(words, ()), alike=alike.get(words, ())) for words in asked
    }


def _called(session: Session, asked: list[str]) -> dict[str, tuple[Goods, ...]]:
    codes = [arabic_digits(words).upper() for words in asked]
    return _by_words(session.execute(_CALLED, {"words": asked, "codes": codes})) if asked else {}


def _alike(session: Session, asked: list[str]) -> dict[str, tuple[Goods, ...]]:
    asked = [words for words in asked if len(fold(words)) >= LEAST_WORDS]
    if not asked:
        return {}
    folded = [fold(words) for words in asked]
    patterns = [f"%{_plain(words)}%" for words in folded]
    given = {"words": asked, "folded": folded, "patterns": patterns}
    return _by_words(session.execute(_ALIKE, given))


def _plain(words: str) -> str:
    """Words in which a pattern's signs mean themselves."""
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _by_words(rows: Any) -> dict[str, tuple[Goods, ...]]:
    found: dict[str, tuple[Goods, ...]] = {}
    for row in rows:
        values = dict(row._mapping)
        words = values.pop("words")
        found[words] = (*found.get(words, ()), Goods(**values))
    return found
