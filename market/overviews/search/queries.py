"""One search over goods, groups, places and papers, in two statements.

The first asks for synonyms and sets how alike two words must be for the index; the second
finds, ranks and counts. Both look into ``search_entry`` through its trigram indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session

from market.catalogue.models import SearchEntry, Synonym
from market.overviews.search.rules import (
    GOODS_LEAD,
    OF_THE_SORT,
    Phrasing,
    Synonymous,
    beginning,
    heads,
    inside,
    of_kind,
    parts_of,
    phrasing,
    phrasings,
    short_inside,
    split_patterns,
    typo_patterns,
    whole,
)
from market.overviews.shop.distance import Place
from market.overviews.shop.narrowing import sources
from market.overviews.shop.queries import beside, goods_of, list_values, page_ids, page_of, sort_of
from market.overviews.shop.rows import GoodsPage, Wanted

#: Trigram likeness from which the index proposes an entry; what it proposes is judged again.
PROPOSED = 0.3
#: Likeness that counts where no pattern fits; on the sample 0.6 finds pickled fish for "soup".
SIMILAR = 0.65
NAMED = 2  # ranks up to this: the thing's own name holds what was typed
LOOSE = 7  # ranks from this: words apart, typos, likeness
OTHERS = 6  # groups, places, kinds and papers beside the goods, of each

Text = InstrumentedAttribute[str]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Something other than goods that was found; place counts how well, 0 is best."""

    kind: str
    key: str
    name_th: str
    name_en: str
    place: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a search found: a page of goods, and what else goes by such a name.

    places are those of the goods, so that both can be told in one order.
    """

    goods: GoodsPage
    places: tuple[int, ...] = ()
    others: tuple[Hit, ...] = ()

    @property
    def groups(self) -> tuple[Hit, ...]:
        """The groups among the others."""
        return tuple(hit for hit in self.others if hit.kind == "group")

    @property
    def signs(self) -> tuple[Hit, ...]:
        """Places, kinds of goods and papers that go by that name: ways to look further."""
        return tuple(hit for hit in self.others if hit.kind != "group" and hit.place <= NAMED)

    @property
    def of_the_sort(self) -> bool:
        """Nothing goes by that name; what is shown is only of the same sort."""
        best = min((*self.places, *(hit.place for hit in self.others)), default=0)
        return best >= OF_THE_SORT


def find(session: Session, wanted: Wanted, now: datetime, near: Place | None = None) -> Found:
    """What fits ``wanted.words``, best first, narrowed by the other filters."""
    asked = _asked(session, wanted.words)
    query = _found(asked, sort_of(wanted, near))
    rows = session.execute(query, list_values(wanted, now, near)).all()
    return Found(
        goods=page_of(rows, wanted),
        places=tuple(row.rank for row in rows if row.code is not None),
        others=tuple(Hit(**hit) for hit in rows[0].others),
    )


def suggest(session: Session, words: str, limit: int) -> tuple[tuple[str, str], ...]:
    """Thai and English names of what fits best, goods before what fits a little better."""
    hits = _hits(_asked(session, words))
    lead = case((hits.c.kind == "product", GOODS_LEAD), else_=0.0)
    query = select(hits.c.name_th, hits.c.name_en).order_by(
        hits.c.rank - lead, hits.c.unlike, hits.c.length, hits.c.sort_key, hits.c.key
    )
    return tuple((row.name_th, row.name_en) for row in session.execute(query.limit(limit)))


def _asked(session: Session, words: str) -> tuple[Phrasing, ...]:
    return phrasings(words, _synonyms(session, phrasing(words).phrase))


def _synonyms(session: Session, phrase: str) -> list[Synonymous]:
    """Synonyms of anything in the phrase; also sets the likeness for this transaction."""
    set_it = func.set_config("pg_trgm.word_similarity_threshold", str(PROPOSED), True)
    setting = select(set_it.label("likeness")).subquery()
    query = select(Synonym.said, Synonym.means).select_from(setting)
    query = query.outerjoin(
        Synonym, and_(Synonym.active, Synonym.said == func.any(parts_of(phrase)))
    )
    return [
        Synonymous(said=row.said, means=row.means)
        for row in session.execute(query.add_columns(setting.c.likeness))
        if row.said is not None
    ]


@lru_cache(maxsize=512)  # building it costs more than sending it, and people ask alike
def _found(asked: tuple[Phrasing, ...], sort: str) -> Select[*tuple[Any, ...]]:
    hits = _hits(asked)
    parts = sources(hits)
    fact = parts.judged.c
    usual = (hits.c.rank, hits.c.unlike, fact.round_id.is_(None), hits.c.length, fact.sort_key,
             fact.product_id)  # fmt: skip
    goods = goods_of(parts, page_ids(parts, sort, usual, hits))
    return beside(goods, parts, _others(hits))


def _hits(asked: Sequence[Phrasing]) -> CTE:
    """Every entry that fits, with its rank."""
    if not asked[0].words:
        none = _entries().add_columns(literal(0).label("rank"), literal(0.0).label("unlike"))
        return none.where(false()).cte("hits")
    rank, alike = _rank(asked), _alike(asked)
    # Whose own name holds the words leaves nothing to compare; elsewhere the name decides.
    unlike = case((rank <= NAMED, 0.0), else_=1 - alike)
    ranked = (
        _entries()
        .add_columns(rank.label("rank"), unlike.label("unlike"))
        .where(_proposed(asked))
        .subquery()
    )
    best = func.min(ranked.c.rank).over().label("best")
    judged = select(ranked, best).where(ranked.c.rank.is_not(None)).subquery()
    # Near misses are shown only where nothing goes by that name.
    return select(judged).where(or_(judged.c.rank < LOOSE, judged.c.best >= LOOSE)).cte("hits")


def _entries() -> Select[*tuple[Any, ...]]:
    entry = SearchEntry
    return select(
        entry.kind, entry.key, entry.ref_id, entry.name_th, entry.name_en, entry.sort_key,
        func.length(entry.names).label("length"),
    )  # fmt: skip


def _alike(asked: Sequence[Phrasing]) -> ColumnElement[float]:
    """How like the names are to what was typed, 0 to 1."""
    names = SearchEntry.names
    return func.greatest(*(func.word_similarity(way.phrase, names) for way in asked), 0.0)


def _others(hits: CTE) -> ColumnElement[Any]:
    """The best of each other kind, as one JSON list: they ride along with the goods."""
    order = (hits.c.rank, hits.c.unlike, hits.c.length, hits.c.sort_key, hits.c.key)
    place = func.row_number().over(partition_by=hits.c.kind, order_by=order)
    best = select(hits, place.label("place")).where(hits.c.kind != "product").subquery()
    hit = func.jsonb_build_object(
        "kind", best.c.kind, "key", best.c.key, "name_th", best.c.name_th,
        "name_en", best.c.name_en, "place", best.c.rank,
    )  # fmt: skip
    listed = func.jsonb_agg(aggregate_order_by(hit, best.c.rank, best.c.kind, best.c.place))
    whole = select(func.coalesce(listed, literal([], JSONB))).where(best.c.place <= OTHERS)
    return whole.scalar_subquery().label("others")


def _proposed(asked: Sequence[Phrasing]) -> ColumnElement[bool]:
    """What the indexes can propose; ``_rank`` judges it."""
    phrases = [way.phrase for way in asked]
    held = [pattern for phrase in phrases for pattern in inside(phrase)]
    apart = [pattern for phrase in phrases for pattern in split_patterns(phrase)]
    return or_(
        _like(SearchEntry.text, held + apart),
        _like(SearchEntry.names, heads(asked[0]) + short_inside(phrases[0])),
        *(_all_words(SearchEntry.text, way) for way in asked),
        and_(*(or_(_like(SearchEntry.text, inside(word)), _near(word)) for word in asked[0].words)),
        *(_near(phrase) for phrase in phrases),
    )


def _rank(asked: Sequence[Phrasing]) -> ColumnElement[int]:
    """How well an entry fits: 0 is its name, then ever looser; NULL is not at all."""
    names, text = SearchEntry.names, SearchEntry.text
    phrases = [way.phrase for way in asked]
    apart = [pattern for phrase in phrases for pattern in split_patterns(phrase)]
    typos = [pattern for phrase in phrases for pattern in typo_patterns(phrase)]
    tiers = (
        _like(names, [pattern for phrase in phrases for pattern in whole(phrase)]),
        _like(names, [beginning(phrase) for phrase in phrases]),
        _like(names, [pattern for phrase in phrases for pattern in inside(phrase)]),
        _like(text, [of_kind(phrase) for phrase in phrases]),
        or_(*(_all_words(names, way) for way in asked)),
        _like(text, [pattern for phrase in phrases for pattern in inside(phrase)]),
        or_(*(_all_words(text, way) for way in asked)),
        _like(names, apart),
        _like(names, typos),
        _like(text, apart),
        _nearly_all(asked[0]),
        or_(_alike(asked) >= SIMILAR, _like(names, short_inside(phrases[0]))),
        _like(names, heads(asked[0])),
    )
    return case(*((fits, literal(place, Integer)) for place, fits in enumerate(tiers)))


def _like(column: Text, patterns: list[str]) -> ColumnElement[bool]:
    return column.like(func.any(patterns)) if patterns else false()


def _all_words(column: Text, way: Phrasing) -> ColumnElement[bool]:
    return and_(*(_like(column, inside(word)) for word in way.words))


def _nearly_all(way: Phrasing) -> ColumnElement[bool]:
    """Every word, where it is of the thing's own name perhaps with a typo."""
    names, text = SearchEntry.names, SearchEntry.text
    return and_(
        *(or_(_like(text, inside(word)), _like(names, typo_patterns(word))) for word in way.words)
    )


def _near(word: str) -> ColumnElement[bool]:
    """The index finds a word of the thing's own name alike; how alike, see ``PROPOSED``."""
    return literal(word).bool_op("<%")(SearchEntry.names)
