"""What somebody typed, as patterns to look for. Pure.

Everything is compared folded (``thai.fold``): without tone marks, short vowels and the
difference of letters that sound alike. What then still differs is a typo, a synonym, a word
left out in the middle, or words written together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from market import thai

WORDS = 6
PHRASINGS = 6
LONGEST_SYNONYM = 24
SHORTEST_SYNONYM = 3  # shorter ones are replaced as whole words only
SHORT = 3  # fewer letters fit into everything: they must be a name, or begin one
TYPO_LETTERS = 4  # shorter words must be spelled right
FUZZY_LETTERS = 40  # longer phrases too: every letter is more patterns, and anybody may ask
SHORTEST_PIECE = 3
_ESCAPED = re.compile(r"([\\%_])")


#: Goods stand before other things that fit a little better: people come to buy.
GOODS_LEAD = 1.5
#: From this rank on what was found is only of the same sort.
OF_THE_SORT = 12


@dataclass(frozen=True, kw_only=True)
class Synonymous:
    """What was said and what it means here, both folded."""

    said: str
    means: str


@dataclass(frozen=True, kw_only=True)
class Phrasing:
    """One way to understand what was typed: the whole, and its words."""

    phrase: str
    words: tuple[str, ...]


def phrasing(typed: str) -> Phrasing:
    """What was typed, folded. Nothing that can be read: an empty phrase."""
    words = [singular(word) for word in map(thai.fold, typed.split()[:WORDS])]
    found = tuple(word for word in words if word)
    return Phrasing(phrase=singular(thai.fold(typed)).strip(), words=found)


def singular(word: str) -> str:
    """An English plural without its ending; other words as they are."""
    if not re.fullmatch(r"[a-z ]{4,}s", word) or word.endswith("ss"):
        return word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


def parts_of(phrase: str) -> list[str]:
    """Every run of letters in a phrase that could be a synonym."""
    ends = range(1, len(phrase) + 1)
    return sorted({phrase[max(0, end - size) : end] for end in ends
                   for size in range(2, LONGEST_SYNONYM + 1)})  # fmt: skip


def phrasings(typed: str, synonyms: Iterable[Synonymous]) -> tuple[Phrasing, ...]:
    """What was typed, first as it is, then with synonyms put in, the longest first."""
    first = phrasing(typed)
    ways = {first.phrase: first}
    for synonym in sorted(synonyms, key=lambda pair: (-len(pair.said), pair.said, pair.means)):
        words = tuple(_put_in(word, synonym) for word in first.words)
        way = Phrasing(phrase=thai.fold(" ".join(words)), words=words)
        ways.setdefault(way.phrase, way)
    return tuple(list(ways.values())[:PHRASINGS])


def _put_in(word: str, synonym: Synonymous) -> str:
    """The word with the synonym in it; a short one must be the whole word."""
    if len(synonym.said) < SHORTEST_SYNONYM:
        return synonym.means if word == synonym.said else word
    return word.replace(synonym.said, synonym.means)


def escaped(word: str) -> str:
    """The word as itself in a LIKE pattern."""
    return _ESCAPED.sub(r"\\\1", word)


def whole(phrase: str) -> list[str]:
    """Patterns for a name that is the phrase; an English one may be words of the name."""
    word = escaped(phrase)
    if not re.fullmatch(r"[a-z ]+", phrase):
        return [f"%|{word}|%"]
    return [f"%{before}{word}{after}%" for before in "| " for after in "| "]


def beginning(phrase: str) -> str:
    """A pattern for a name that begins with the phrase."""
    return f"%|{escaped(phrase)}%"


def inside(word: str) -> list[str]:
    """Patterns for text that holds the word; a short one must begin a name or a word in it."""
    if len(word) >= SHORT:
        return [f"%{escaped(word)}%"]
    return [f"%|{escaped(word)}%", f"% {escaped(word)}%"]


def short_inside(phrase: str) -> list[str]:
    """Patterns for a short Thai word anywhere in a name: no index helps here, see ``SHORT``."""
    is_short = len(phrase) == SHORT - 1 and not phrase.isascii()
    return [f"%{escaped(phrase)}%"] if is_short else []


def of_kind(phrase: str) -> str:
    """A pattern for a product whose kind of goods begins with the phrase."""
    return f"%#{escaped(phrase)}%"


def heads(way: Phrasing) -> list[str]:
    """Patterns for what is at least the same sort of thing: a Thai compound begins with its
    head (``ปุ๋ยคอก`` is a ``ปุ๋ย``), an English one ends with it.
    """
    last = way.words[-1] if way.words else ""
    if re.fullmatch(r"[a-z]+", last):
        return inside(last) if len(way.words) > 1 and len(last) >= TYPO_LETTERS else []
    if len(way.phrase) > FUZZY_LETTERS:
        return []
    half = max(SHORT, -(-len(way.phrase) // 2))
    starts = {way.phrase[:size].strip() for size in range(half, len(way.phrase))}
    return [f"%|{escaped(start)}%" for start in sorted(starts) if len(start) >= SHORT]


def split_patterns(phrase: str) -> list[str]:
    """Patterns for two halves of a phrase with something between them, in either order."""
    if len(phrase) > FUZZY_LETTERS:
        return []
    cuts = range(SHORTEST_PIECE, len(phrase) - SHORTEST_PIECE + 1)
    halves = [(escaped(phrase[:cut].strip()), escaped(phrase[cut:].strip())) for cut in cuts]
    return [f"%{left}%{right}%" for left, right in halves] + [
        f"%{right}%{left}%" for left, right in halves
    ]


def typo_patterns(word: str) -> list[str]:
    """LIKE patterns of a word with one letter wrong, missing, too many, or swapped.

    The word itself is not among them; words that are too short have none.
    """
    if not TYPO_LETTERS <= len(word) <= FUZZY_LETTERS:
        return []
    letters = [escaped(letter) for letter in word]
    patterns: dict[str, None] = {}
    for i in range(len(letters)):
        before, after = "".join(letters[:i]), "".join(letters[i + 1 :])
        patterns[f"{before}_{after}"] = None  # a wrong letter
        patterns[f"{before}{after}"] = None  # one too many
        if i:
            patterns[f"{before}_{letters[i]}{after}"] = None  # one is missing
        if after:
            swapped = "".join(letters[i + 2 :])
            patterns[f"{before}{letters[i + 1]}{letters[i]}{swapped}"] = None
    patterns.pop("".join(letters), None)
    return [f"%{pattern}%" for pattern in patterns]
