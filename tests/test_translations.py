"""Thai is complete: every text of the pages, mails and refusals is in a catalogue, and fits."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po

from market.app import TRANSLATIONS
from market.local import ROOT

THAI = ROOT / "market" / "translations" / "th" / "LC_MESSAGES"
SOURCES = (("market", "*.py"), ("workers", "*.py"), ("templates", "*.html"), ("templates", "*.txt"))
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
# %(name)s of gettext; {name} of the error sentences, filled by market.web.sentence.
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)[^}]*\}")
Text = str | tuple[str, ...]


def test_every_text_is_translated():
    known = {text for message in translated() for text in _texts(message.id)}

    missing = [f"{where}: {text!r}" for text, where in sorted(used().items()) if text not in known]

    refuse(missing, "in no Thai catalogue")


def test_no_translation_is_marked_as_a_guess():
    fuzzy = [f"{name}.po: {message.id!r}" for name, message in messages() if message.fuzzy]

    refuse(fuzzy, "marked fuzzy: check them, they are not shown")


def test_every_translation_fills_the_same_places_as_its_text():
    wrong = [
        f"{name}.po: {message.id!r} has {sorted(wanted)}, {text!r} has {sorted(placed(text))}"
        for name, message in messages()
        for wanted in [placed(_texts(message.id)[-1])]
        for text in _texts(message.string)
        if text and placed(text) != wanted
    ]

    refuse(wrong, "filling other places than their text")


def test_two_catalogues_never_say_one_text_differently():
    """All domains are merged into one; which of two would win depends on their order."""
    said = {name: {m.id: m.string for m in catalogue(name) if m.id} for name in names()}

    differing = [
        f"{text!r}: {one}.po {said[one][text]!r}, {two}.po {said[two][text]!r}"
        for one, two in combinations(said, 2)
        for text in said[one].keys() & said[two].keys()
        if said[one][text] != said[two][text]
    ]

    refuse(differing, "said in two ways")


def test_every_catalogue_counts_as_thai_does():
    """Merged catalogues share one rule; with another one a plural would be shown in English."""
    wrong = [name for name in names() if catalogue(name).plural_forms != "nplurals=1; plural=0;"]
    doubled = [
        f"{name}.po: {message.id[0]!r}"
        for name, message in messages()
        if message.pluralizable and len(_texts(message.string)) != 1
    ]

    refuse(wrong, "with another Plural-Forms than nplurals=1; plural=0;")
    refuse(doubled, "with more than msgstr[0]")


def test_every_catalogue_is_loaded_by_the_application():
    assert set(names()) <= set(TRANSLATIONS)


@pytest.mark.parametrize(
    ("text", "places"),
    [("%(n)s of 100%%", {"n"}), ("{units} {unit_th}", {"units", "unit"}), ("plain", set())],
)
def test_places_are_found_in_both_styles(text, places):
    assert placed(text) == places


@pytest.mark.parametrize("language", ["en", "th"])
def test_guides_name_things_as_the_pages_do(language):
    """In docs/users what is bold is on the screen; … stands for what the page fills in."""
    shown = {_spoken(text) for text in used()}
    if language == "th":
        shown = {_spoken(text) for m in translated() for text in _texts(m.string)}

    unknown = [
        f"{path.name}: {words!r}"
        for path in sorted((ROOT / "docs" / "users").glob(f"*.{language}.md"))
        for words in re.findall(r"\*\*(.+?)\*\*", path.read_text(), re.DOTALL)
        if _spoken(words) not in shown
    ]

    refuse(unknown, "bold in the guides and on no page")


def refuse(found: list[str], what: str) -> None:
    """Fail with the whole list, a line each."""
    if found:
        pytest.fail("\n".join([f"{len(found)} {what}:", *found]), pytrace=False)


@cache
def used() -> dict[str, str]:
    """Each text with the place that uses it first."""
    found: dict[str, str] = {}
    for folder, pattern in SOURCES:
        for path in sorted((ROOT / folder).rglob(pattern)):
            for line, text in texts_in(path):
                found.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    return found


def texts_in(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every message in one file; of a plural, both of its forms."""
    method = "python" if path.suffix == ".py" else "jinja2"
    options = {"trimmed": "true", "silent": "false", "trim_blocks": "true", "encoding": "utf-8"}
    for line, text, _comments, _context in extract_from_file(
        method, path, keywords=KEYWORDS, options=options
    ):
        yield from ((line, part) for part in _texts(text) if part)


def names() -> list[str]:
    return sorted(path.stem for path in THAI.glob("*.po"))


@cache
def catalogue(name: str) -> Catalog:
    with (THAI / f"{name}.po").open("rb") as file:
        return read_po(file, locale="th", domain=name, abort_invalid=True)


def messages() -> Iterator[tuple[str, Message]]:
    for name in names():
        yield from ((name, message) for message in catalogue(name) if message.id)


def translated() -> Iterator[Message]:
    return (m for _name, m in messages() if all(_texts(m.string)) and not m.fuzzy)


def placed(text: str) -> set[str]:
    """The places of a text; a name that comes in both languages is one place."""
    found = {first or second for first, second in PLACEHOLDER.findall(text)}
    return {re.sub("_(th|en)$", "", name) for name in found}


def _texts(message: Text | Sequence[str]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


def _spoken(text: str) -> str:
    """A text with … for what is filled in, cut after it; without the last full stop."""
    return re.sub(r"\s+", " ", PLACEHOLDER.sub("…", text)).split("…")[0].strip().rstrip(".,")
