"""How long pictures of slips are kept. A slip's row stays: what was sent before is known again
by its hash and reference.

A picture that stands for money stays with the books: five years from the end of the year
(Accounting Act B.E. 2543, section 14; the privacy notice says so). One that was refused, or never
taken (forged, sent for another payment), only shows somebody's name and bank: it goes when
nobody will ask about it any more.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import text

from market.clock import bangkok_date, bangkok_moment
from market.db import browsing, transaction
from market.files import Store, drop_file, forget_file

BOOKS_YEARS = 5
REFUSED_KEPT = timedelta(days=90)
AT_ONCE = 500

_OVER = text(
    """
    SELECT f.sha256 FROM stored_file f LEFT JOIN slip s ON s.file_hash = f.sha256
     WHERE f.stored_at < :refused AND (s.id IS NOT NULL OR f.owner LIKE 'slip:%')
       AND CASE coalesce(s.state, 'never taken')
           WHEN 'never taken' THEN true
           WHEN 'refused' THEN s.decided_at < :refused
           ELSE coalesce(s.decided_at, s.sent_at) < :books END
       AND NOT EXISTS (SELECT 1 FROM problem_report p WHERE p.file_hash = f.sha256)
       AND NOT EXISTS (SELECT 1 FROM money_case k
                        WHERE k.state = 'open' AND k.detail ->> 'file' = f.sha256)
     ORDER BY f.stored_at LIMIT :most
    """
)


def end_old_slips(store: Store, now: datetime) -> int:
    """Drop the pictures whose time is over; how many. The rest of many waits for the next time.

    An open case keeps its picture, and so does any other row that names the same one. Raises
    Unavailable where the store does not answer.
    """
    year = bangkok_date(now).replace(month=1, day=1)
    books = bangkok_moment(year.replace(year=year.year - BOOKS_YEARS), time())
    asked = {"refused": now - REFUSED_KEPT, "books": books, "most": AT_ONCE}
    with browsing() as session:
        over = session.scalars(_OVER, asked).all()
    return sum(_ended(store, sha256) for sha256 in over)


def _ended(store: Store, sha256: str) -> bool:
    with transaction() as session:
        forgotten = forget_file(session, sha256)
    if forgotten:
        drop_file(store, sha256)
    return forgotten
