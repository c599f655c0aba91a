"""Searches are counted without the person, and nothing personal is ever kept."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from market.rounds.signals import commands
from market.rounds.signals.commands import note_search
from market.rounds.signals.models import SearchNote
from market.rounds.signals.rules import storable_term

LATE = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)  # after midnight in Bangkok


def kept(session):
    """The rows as plain values."""
    session.expire_all()
    rows = session.scalars(select(SearchNote).order_by(SearchNote.term, SearchNote.province_code))
    return [(row.day.day, row.province_code, row.term, row.times, row.missed) for row in rows]


def test_a_search_is_counted_by_thai_day_and_province_in_its_folded_form(session):
    note_search(session, "ข้าวหอมมะลิ", True, "32", LATE)
    note_search(session, " ขาวหอมมลิ ", False, "32", LATE)
    note_search(session, "ข้าวหอมมะลิ", True, None, LATE)

    assert kept(session) == [(24, "", "ขาวหอมมลิ", 1, 0), (24, "32", "ขาวหอมมลิ", 2, 1)]


@pytest.mark.parametrize(
    "words",
    [
        "", " ", "ก", "081-234-5678", "โทร ๐๘๑ ๒๓๔ ๕๖๗๘", "somsri@talad.example",
        "1 1037 00123 45 6", "https://evil.example",
        "www.evil.example", "ข้าว" * 40, "<script>alert(1)</script>",
        "' OR 1=1; --", "%%%%", "ก็็็็็", "🙂🙂🙂", "aaaaaaa", "12345", "line id somsri",
        "ก ข ค ง จ ฉ ช ซ ฌ", "rice\x00", "rice\ud800",
    ],
)  # fmt: skip
def test_junk_and_what_may_be_personal_is_never_kept(session, words):
    assert storable_term(words) is None
    assert not note_search(session, words, True, "32", LATE)
    assert kept(session) == []


@pytest.mark.parametrize("words", ["ปลาร้า", "organic rice", "ข้าว 5 กก.", "ผ้าขาวม้า", "mali 105"])
def test_what_people_look_for_is_kept(words):
    assert storable_term(words)


@pytest.mark.parametrize("province", ["3205", "xx", "", "๓๒x"])
def test_an_odd_province_is_nowhere(session, province):
    note_search(session, "ปลาร้า", True, province, LATE)

    assert kept(session)[0][1] == ""


def test_a_day_keeps_so_many_words_and_goes_on_counting_those(session, monkeypatch):
    monkeypatch.setattr(commands, "MOST_TERMS_A_DAY", 2)
    for words in ("ปลาร้า", "ข้าวเหนียว", "มะม่วง", "ปลาร้า"):
        note_search(session, words, True, None, LATE)

    assert [(term, times) for _day, _where, term, times, _missed in kept(session)] == [
        ("ขาวเหนียว", 1),
        ("ปลารา", 2),
    ]
