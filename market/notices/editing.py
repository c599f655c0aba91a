"""Words of notices as the market has edited them. Never commits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.errors import Refused
from market.notices.models import NoticeWords
from market.thai import normalise

MAIL, SHORT = "mail", "short"
LONGEST_WORDS = 4000
LINK_PLACE = "{url}"  # without it nobody can answer a letter
#: Shorter ones are found in words by chance.
SHORTEST_PLACE = 2


@dataclass(frozen=True)
class EditedWords:
    """A subject (of a mail) and a body, with places such as {{ url }}."""

    subject: str
    body: str


def words_in_use(session: Session) -> dict[tuple[str, str, str], EditedWords]:
    """All edited words by (event, form, language); there are few."""
    rows = session.execute(
        select(
            NoticeWords.event, NoticeWords.form, NoticeWords.language, NoticeWords.subject,
            NoticeWords.body,
        ).where(NoticeWords.withdrawn_at.is_(None))
    )  # fmt: skip
    return {(row[0], row[1], row[2]): EditedWords(row[3], row[4]) for row in rows}


def save_words(
    session: Session, key: tuple[str, str, str], words: EditedWords, *, actor: str, now: datetime
) -> None:
    """Use these words from now on; the former ones are kept as history."""
    event, form, language = key
    body = words.body.replace("\0", "").strip()
    if not body or len(body) > LONGEST_WORDS:
        raise Refused("notice_words_missing", high=LONGEST_WORDS)
    if form == MAIL and not words.subject.strip():
        raise Refused("notice_subject_missing")
    if form == MAIL and LINK_PLACE not in body:
        raise Refused("notice_link_missing", place=LINK_PLACE)
    withdraw_words(session, key, actor=actor, now=now)
    session.add(
        NoticeWords(
            event=event, form=form, language=language, subject=normalise(words.subject)[:200],
            body=body, edited_by=actor, edited_at=now,
        )
    )  # fmt: skip
    session.flush()
    record(session, actor=actor, subject=f"words:{event}", event="words.edited", at=now,
           data={"form": form, "language": language})  # fmt: skip


def withdraw_words(
    session: Session, key: tuple[str, str, str], *, actor: str, now: datetime
) -> None:
    """Back to the usual words."""
    event, form, language = key
    gone = session.execute(
        update(NoticeWords)
        .where(
            NoticeWords.event == event, NoticeWords.form == form,
            NoticeWords.language == language, NoticeWords.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
        .returning(NoticeWords.id)
    ).one_or_none()  # fmt: skip
    if gone is not None:
        record(session, actor=actor, subject=f"words:{event}", event="words.withdrawn", at=now,
               data={"form": form, "language": language})  # fmt: skip


def opened(words: str, places: Mapping[str, str]) -> str:
    """Filled words with their places in braces again, the longest first."""
    for name, shown in sorted(places.items(), key=lambda place: -len(place[1])):
        if len(shown) >= SHORTEST_PLACE:
            words = _reopened(words, shown, name)
    return words


def _reopened(words: str, shown: str, name: str) -> str:
    """Outside of the places that are open already."""
    parts = re.split(r"(\{[a-z_]+\})", words)
    return "".join(
        part if part.startswith("{") else part.replace(shown, f"{{{name}}}") for part in parts
    )
