"""Every page in both languages, as everybody: whole in Thai, whole in English, the era right.

What people and groups have typed stands as it is in either language; so everything that is in
the database is taken out of a page's words before they are looked at.
"""

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import text

from tests.factories.standing import on_top, standing
from tests.rights_world import make_world
from tests.test_rights import OTHER_IDS, routes, rule_of, values_for

pytestmark = pytest.mark.slow

THAI = re.compile("[\u0e01-\u0e3a\u0e40-\u0e5b]+")  # without the baht sign
ENGLISH = re.compile(r"[A-Za-z]{2,}(?:[ ,;'’-]+[A-Za-z]{2,}){2,}")
YEAR = re.compile(r"\b20[2-4]\d\b")
SKIPPED = ("script", "style", "svg", "code", "title")
#: Thai on English pages, and English on Thai ones, that is meant to be so.
EXAMPLES = ("ปลาร้า", "ปลาแดก")  # of what to type, which is Thai in either language
NAMES = ("ตลาดลอยฟ้า", "ภาษาไทย", "สินค้าตามสั่ง", "GeoThai, CC BY 4.0", *EXAMPLES)
#: Papers are documents of Thai law; /style shows components with sample words in them;
#: /dev pages are for developers.
NOT_READ = ("papers.", "statements.paper", "help.style", "notices.dev", "phone.")
#: One of each kind, some to a test: all ten in one would take minutes on a busy machine.
SOME_READERS = pytest.mark.parametrize("readers", [
    ("nobody", "buyer", "consumer", "answer link"), ("leader", "treasurer", "coordinator"),
    ("marketing", "finance", "admin"),
], ids=" ".join)  # fmt: skip
#: Where everybody is let in, a few.
OPEN_READERS = ("nobody", "consumer", "admin")
OF_THE_LIBRARY = ("/sign-in", "/join", "/new-password", "/account/sign-in", "/no-such-page")


class Words(HTMLParser):
    """The words of a page that somebody sees or hears, without what is marked as the other
    language.
    """

    def __init__(self, language):
        super().__init__()
        self.language, self.found, self._inside, self._other = language, [], [], 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in ("input", "meta", "link", "img", "br", "hr", "use", "path", "source"):
            self._attributes(tag, given)
            return
        foreign = given.get("lang") not in (None, self.language)
        self._inside.append((tag, foreign))
        self._other += foreign
        self._attributes(tag, given)

    def handle_endtag(self, tag):
        while self._inside:
            open_tag, foreign = self._inside.pop()
            self._other -= foreign
            if open_tag == tag:
                return

    def handle_data(self, data):
        hidden = self._other or any(tag in SKIPPED for tag, _ in self._inside)
        if data.strip() and not hidden:
            self.found.append(data.strip())

    def _attributes(self, tag, given):
        if self._other:
            return
        seen = ("aria-label", "alt", "title", "placeholder", "data-words", "data-busy")
        self.found += [value for name, value in given.items() if name in seen and value]


@pytest.fixture(scope="module")
def made(_app):
    """One of everything and everybody, made once; these tests only read."""
    with standing(_app, lambda session: make_world(session, _app)) as made:
        yield made


@pytest.fixture
def session(app, made):
    """In the world that stands."""
    with on_top(app, made[0]) as session:
        yield session


@pytest.fixture
def world(made):
    return made[1]


@pytest.fixture
def typed(session, world):
    """Everything that stands in the database as text, the longest first."""
    columns = session.execute(
        text(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            " AND c.data_type IN ('text', 'character varying', 'ARRAY', 'jsonb')"
        )
    ).all()
    found = set()
    for table, column in columns:
        found |= set(session.scalars(text(f'SELECT DISTINCT "{column}"::text FROM "{table}"')))
    words = {part for value in found if value for part in re.split(r'["{}]', value)}
    words |= {word for value in words for word in (*value.split(), *THAI.findall(value))}
    return sorted((word for word in words if len(word) > 1), key=len, reverse=True)


def pages(app, world, language, some):
    """(who, path, the page's words) of every page that each of them may see."""
    for client in world.people.values():
        with client.session_transaction() as cookie:
            cookie["language"] = language
    for path, is_open in [*paths(app, world), *((path, True) for path in OF_THE_LIBRARY)]:
        for who in set(some) & set(OPEN_READERS) if is_open else some:
            answer = world.people[who].get(path)
            if answer.mimetype == "text/html" and answer.status_code not in (301, 302, 303):
                reader = Words(language)
                reader.feed(answer.text)
                yield who, path, reader.found


def paths(app, world):
    """Of every page, and whether all may read it; test_rights.py asks for unknown ids."""
    for endpoint, method in routes():
        rule = rule_of(app, endpoint, method)
        known = {OTHER_IDS.get(endpoint, {}).get(name, name) for name in rule.arguments}
        if method == "GET" and not endpoint.startswith(NOT_READ) and known <= set(world.ids):
            for_all = app.view_functions[endpoint].market_permission == "market.see"
            with app.test_request_context():
                path = rule.build(values_for(rule, world))[1]
            yield path, for_all


def left(words, typed):
    """The words without what somebody typed."""
    for known in (*NAMES, *typed):
        if known in words:
            words = words.replace(known, " · ")
    return words


def refuse(found):
    if found:
        lines = [f"{path} ({who}): {what}" for what, (who, path) in sorted(found.items())]
        pytest.fail("\n".join([f"{len(found)} left:", *lines]), pytrace=False)


def look(pages_read, typed, *wrong):
    """The first place of each thing that is wrong."""
    found, known = {}, {}
    for who, path, words in pages_read:
        for piece in set(words) - known.keys():
            seen = any(pattern.search(piece) for pattern in wrong)
            known[piece] = left(piece, typed) if seen else ""
            for what in (what for pattern in wrong for what in pattern.findall(known[piece])):
                found.setdefault(f"{what!r} in {piece[:90]!r}", (who, path))
    return found


@SOME_READERS
def test_no_thai_is_left_on_the_english_pages(app, world, typed, readers):
    refuse(look(pages(app, world, "en", readers), typed, THAI))


@SOME_READERS
def test_thai_pages_hold_no_english_and_count_years_in_the_buddhist_era(app, world, typed, readers):
    refuse(look(pages(app, world, "th", readers), typed, ENGLISH, YEAR))


def test_words_of_the_other_language_that_say_so_are_left_alone():
    reader = Words("en")
    reader.feed("<p>One<span lang='th'>สอง<b>สาม</b></span>two<img alt='สี่'><script>ห้า</script></p>")
    assert reader.found == ["One", "two", "สี่"]
