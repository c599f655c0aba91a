"""Reading the words that people use."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from market import thai
from market.catalogue.models import Synonym

MOST_SHOWN = 1000


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A pair as the table keeps it, and as it was typed."""

    said: str
    means: str
    said_shown: str
    means_shown: str


def list_synonyms(session: Session, words: str = "") -> tuple[Pair, ...]:
    """The pairs in use in the order of what is said; with words, those that hold them."""
    query = select(Synonym.said, Synonym.means, Synonym.shown).where(Synonym.active)
    key = thai.fold(words)
    if key:
        held = Synonym.said.contains(key, autoescape=True)
        query = query.where(held | Synonym.means.contains(key, autoescape=True))
    rows = session.execute(query.order_by(Synonym.said, Synonym.means).limit(MOST_SHOWN))
    pairs = [_pair(row.said, row.means, row.shown) for row in rows]
    return tuple(sorted(pairs, key=lambda pair: thai.sort_key(pair.said_shown)))


def _pair(said: str, means: str, shown: str) -> Pair:
    left, _equals, right = shown.partition(" = ")
    return Pair(said=said, means=means, said_shown=left, means_shown=right)
