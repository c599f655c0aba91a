"""What a group may tell, question by question, and how it must look. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from market import thai
from market.errors import NotFound, Refused

LINE = 120  # letters of a name, a role, a title
WORDS = 600  # letters of a step, of what a person says
TEXT = 12_000  # letters of a story or an article
QUESTION = 500
ANSWER = 1_500
MOST_ITEMS = 60  # of a kind a group
MOST_MINUTES = 527_040  # a year
DAY = 1_440
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_FIRST_BUDDHIST = 2400  # years of four digits from here on are of the Buddhist era
_YEARS = (1900, 2200)
_BLANKS = re.compile(r"\n{3,}")


class Consent(StrEnum):
    """Whether the person shown said yes, and how."""

    NOT_ASKED = "not_asked"
    WRITTEN = "written"
    SPOKEN = "spoken"


class CapitalKind(StrEnum):
    """The four capitals of a community."""

    RESOURCE = "resource"
    SOCIAL = "social"
    ECONOMIC = "economic"
    CULTURAL = "cultural"


class StepIcon(StrEnum):
    """What a step without a photo is drawn as."""

    GATHER = "gather"
    WASH = "wash"
    SORT = "sort"
    HANDS = "hands"
    HEAT = "heat"
    DRY = "dry"
    REST = "rest"
    WEAVE = "weave"
    MIX = "mix"
    CHECK = "check"
    PACK = "pack"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One question, on a screen of its own. fields: column -> how it is read."""

    key: str
    fields: Mapping[str, str]
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Something that a group tells: its questions in their order. rich: text with headings."""

    key: str
    asks: tuple[Ask, ...]
    rich: bool = False
    single: bool = False

    def ask(self, key: str) -> Ask:
        """A question by its key. Raises NotFound."""
        for ask in self.asks:
            if ask.key == key:
                return ask
        raise NotFound("not_found", what="question")

    def after(self, key: str) -> str | None:
        """The key of the next question, None behind the last."""
        keys = [ask.key for ask in self.asks]
        place = keys.index(key) + 1
        return keys[place] if place < len(keys) else None


def _pair(name: str, how: str) -> dict[str, str]:
    return {f"{name}_th": how, f"{name}_en": f"{how}?"}


#: how: line, words, text, minutes, product, photo, or a set of choices; "?" may be left empty.
KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            key="story",
            single=True,
            rich=True,
            asks=(Ask(key="story", fields=_pair("source", "text")),),
        ),
        Kind(
            key="steps",
            asks=(
                Ask(key="product", fields={"product_id": "product"}),
                Ask(key="words", fields=_pair("words", "words")),
                Ask(key="minutes", fields={"minutes": "minutes?"}, optional=True),
                Ask(key="icon", fields={"icon": "icon"}),
                Ask(key="photo", fields={"photo_id": "photo?"}, optional=True),
            ),
        ),
        Kind(
            key="people",
            asks=(
                Ask(key="name", fields=_pair("name", "line")),
                Ask(key="role", fields=_pair("role", "line")),
                Ask(key="words", fields=_pair("words", "words?"), optional=True),
                Ask(key="photo", fields={"photo_id": "photo?"}, optional=True),
                Ask(key="consent", fields={"consent": "consent"}),
            ),
        ),
        Kind(
            key="capitals",
            asks=(
                Ask(key="kind", fields={"kind": "capital"}),
                Ask(key="name", fields=_pair("name", "line")),
                Ask(key="words", fields=_pair("words", "words?"), optional=True),
                Ask(key="owner", fields=_pair("owner", "line?"), optional=True),
                Ask(key="product", fields={"product_id": "product?"}, optional=True),
            ),
        ),
        Kind(
            key="articles",
            rich=True,
            asks=(
                Ask(key="title", fields=_pair("title", "line")),
                Ask(key="text", fields=_pair("source", "text")),
                Ask(key="photo", fields={"photo_id": "photo?"}, optional=True),
                Ask(key="author", fields={"author": "line"}),
            ),
        ),
    )
}

_LENGTHS = {"line": LINE, "words": WORDS, "text": TEXT}
_CHOICES: Mapping[str, type[StrEnum]] = {
    "icon": StepIcon, "consent": Consent, "capital": CapitalKind,
}  # fmt: skip


def kind_of(key: str) -> Kind:
    """A kind by its key. Raises NotFound."""
    if key not in KINDS:
        raise NotFound("not_found", what="kind")
    return KINDS[key]


def values_of(
    ask: Ask, typed: Mapping[str, str], own: Mapping[str, Collection[int]]
) -> dict[str, Any]:
    """What was typed on one screen, as columns. Raises Refused in the first field that is wrong.

    own: ids of the group's "product"s and "photo"s; only these can be chosen.
    """
    return {column: _value(how, column, typed, own) for column, how in ask.fields.items()}


def _value(
    how: str, column: str, typed: Mapping[str, str], own: Mapping[str, Collection[int]]
) -> Any:
    kind, may_be_empty = how.rstrip("?"), how.endswith("?")
    said = typed.get(column, "").strip()
    if not said and may_be_empty:
        return "" if kind in _LENGTHS else None
    if kind in _LENGTHS:
        return needed_words(said, _LENGTHS[kind], lines=kind != "line")
    if kind in _CHOICES:
        return _choice(_CHOICES[kind], said)
    if kind == "minutes":
        return _minutes(said, typed.get("unit", ""))
    return _one_of(said, own[kind])


def needed_words(typed: str, most: int, *, lines: bool = True) -> str:
    """Words without what nobody can see. Raises Refused where nothing is left, or too much."""
    words = tidy(typed) if lines else thai.normalise(_CONTROL.sub(" ", typed))
    if not words:
        raise Refused("story_words_missing")
    if len(words) > most:
        raise Refused("story_too_long", limit=most)
    return words


def tidy(typed: str) -> str:
    """Text of several lines in its one spelling; never more than one empty line at a time."""
    lines = _CONTROL.sub(" ", typed.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return _BLANKS.sub("\n\n", "\n".join(map(thai.normalise, lines))).strip()


def _choice(choices: type[StrEnum], said: str) -> StrEnum:
    try:
        return choices(said)
    except ValueError:
        raise Refused("story_choose_one") from None


def _minutes(said: str, unit: str) -> int:
    factor = {"minutes": 1, "hours": 60, "days": DAY}.get(unit, 1)
    return thai.whole_number(said, low=1, high=MOST_MINUTES // factor) * factor


def _one_of(said: str, ids: Collection[int]) -> int:
    found = next((one for one in ids if str(one) == said), None)
    if found is None:
        raise Refused("story_choose_one")
    return found


def paper_values(typed: Mapping[str, str], today: date) -> dict[str, Any]:
    """What stands on a paper, as typed from it. Raises Refused, also where it has run out."""
    expires_on = typed_day(typed.get("expires_on", ""))
    if expires_on is not None and expires_on < today:
        raise Refused("paper_expired")
    return {
        "number": needed_words(typed.get("number", ""), LINE, lines=False),
        "issuer": needed_words(typed.get("issuer", ""), LINE, lines=False),
        "issued_on": typed_day(typed.get("issued_on", "")),
        "expires_on": expires_on,
    }


def typed_day(typed: str) -> date | None:
    """``31/12/2570`` or ``31/12/2027``; None for nothing. Raises Refused."""
    said = thai.arabic_digits(typed).strip()
    if not said:
        return None
    match = _DAY.fullmatch(said)
    if match is None:
        raise Refused("paper_date")
    day, month, year = map(int, match.groups())
    year = year - thai.BUDDHIST_YEARS if year >= _FIRST_BUDDHIST else year
    try:
        if not _YEARS[0] <= year <= _YEARS[1]:
            raise ValueError
        return date(year, month, day)
    except ValueError:
        raise Refused("paper_date") from None


def typed_form(day: date | None) -> str:
    """A day as ``typed_day`` reads it: ``31/12/2570``; '' for none."""
    return f"{day.day}/{day.month}/{day.year + thai.BUDDHIST_YEARS}" if day else ""
