"""Names stand in the order of the Thai dictionary, wherever a list is sorted by name."""

import csv
import re

import pytest
from sqlalchemy import text

from market import thai
from market.local import ROOT

BY_NAME = re.compile(r"(?:ORDER BY|order_by\()[^\n]*\b\w*name(?:_th|_en)?\b[^\n]*")
SORTED = re.compile(r"""sort_key|thai_order|string_agg|array_agg|window""")


def every_name():
    """The names of the country's tambons, amphoes and provinces, and of the sample's goods."""
    folders = (ROOT / "market" / "places" / "data", ROOT / "market" / "sample")
    names = set()
    for path in [path for folder in folders for path in folder.glob("*.csv")]:
        with path.open(encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        names |= {row[key] for row in rows for key in row if key in ("th", "name_th")}
    return sorted(name for name in names if name)


def test_keys_sort_as_icu_does():
    """thai_order.txt: every eighth of those names, sorted by PostgreSQL 15 with th-x-icu."""
    ordered = (ROOT / "tests" / "thai_order.txt").read_text().splitlines()
    assert len(ordered) > 700

    assert sorted(ordered, key=lambda name: (thai.sort_key(name), ordered.index(name))) == ordered


def test_the_database_makes_the_same_keys(session):
    names = every_name()
    assert len(names) > 5000

    rows = session.scalars(
        text("SELECT thai_order(n) FROM unnest(CAST(:names AS text[])) WITH ORDINALITY x(n, i)"
             " ORDER BY i"),
        {"names": names},
    ).all()  # fmt: skip

    assert list(rows) == [thai.sort_key(name) for name in names]


def test_the_database_compares_keys_by_byte(session):
    """An index on sort_key and Python's sorted() agree only then."""
    names = ["เกาะ", "กาแฟ", "แกง", "ขนม", "ไก่", "ก้าง", "กาง"]
    rows = session.scalars(
        text("SELECT k FROM unnest(CAST(:keys AS text[])) k ORDER BY k"),
        {"keys": [thai.sort_key(name) for name in names]},
    ).all()

    assert rows == sorted(thai.sort_key(name) for name in names)


@pytest.mark.parametrize(
    ("first", "second"),
    [("จตุรพักตรพิมาน", "จ.ป.ร."), ("แปรรูป", "แป-ระ"), ("เกาะ", "แกง"), ("กาง", "ก้าง"), ("น้ำ", "บัว")],
)
def test_dots_dashes_and_leading_vowels_sort_as_in_a_dictionary(first, second):
    assert thai.sort_key(first) < thai.sort_key(second)


def test_no_list_is_sorted_by_a_bare_name():
    """By bytes เกาะ would stand behind ฮ: a stored sort_key, or thai_order() of the name."""
    bare = [
        f"{path.relative_to(ROOT)}: {found.group().strip()}"
        for path in sorted((ROOT / "market").rglob("*.py"))
        for found in BY_NAME.finditer(path.read_text())
        if not SORTED.search(found.group())
    ]

    assert bare == []
