"""Keeping what was searched, without who searched."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.rounds.signals.rules import MOST_TERMS_A_DAY, SHOWN_LENGTH, storable_term
from market.thai import normalise

#: A day keeps so many different words; those that are already there go on counting.
_NOTE = text(
    """
    INSERT INTO search_note AS n (day, province_code, term, shown, times, missed)
    SELECT CAST(:day AS date), CAST(:province AS text), CAST(:term AS text), :shown, 1, :missed
     WHERE (SELECT count(*) FROM search_note WHERE day = :day) < :most
        OR EXISTS (SELECT 1 FROM search_note
                    WHERE day = :day AND province_code = :province AND term = :term)
    ON CONFLICT (day, province_code, term)
    DO UPDATE SET times = n.times + 1, missed = n.missed + excluded.missed
    """
)


def note_search(
    session: Session, words: str, found: bool, province: str | None, now: datetime
) -> bool:
    """Count one search for the demand board; whether it was kept. One statement at most.

    Only the words, the Thai day and the searcher's province (2 digits, or None) stay:
    no person, no address, no time of day. What may be personal is not kept at all.
    """
    term = storable_term(words)
    if term is None:
        return False
    known = province if province and len(province) == 2 and province.isdecimal() else ""
    session.execute(
        _NOTE,
        {
            "day": bangkok_date(now), "province": known, "term": term,
            "shown": normalise(words)[:SHOWN_LENGTH],
            "missed": 0 if found else 1, "most": MOST_TERMS_A_DAY,
        },
    )  # fmt: skip
    return True
