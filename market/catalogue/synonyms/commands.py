"""Adding a word that people use, and taking one off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market import thai
from market.accounts.commands import record
from market.catalogue.models import Synonym
from market.errors import Refused

SHORTEST, LONGEST = 2, 24  # letters of what is said, folded: the search looks for such runs
LONGEST_MEANING = 60


def add_synonym(session: Session, said: str, means: str, *, actor: str, now: datetime) -> bool:
    """From now on who types ``said`` also finds ``means``; whether that is new.

    Raises Refused for words that the search could not use, or that are the same to it.
    """
    said, means = thai.normalise(said), thai.normalise(means)
    key, meaning = thai.fold(said).strip(), thai.fold(means).strip()
    _check(key, meaning)
    shown = f"{said} = {means}"
    wish = insert(Synonym).values(said=key, means=meaning, shown=shown)
    changed = session.scalar(
        wish.on_conflict_do_update(
            index_elements=["said", "means"],
            set_={"active": True, "shown": wish.excluded.shown},
            where=~Synonym.active,
        ).returning(Synonym.said)
    )
    if changed is not None:
        _record(session, "added", shown, actor, now)
    return changed is not None


def remove_synonym(session: Session, said: str, means: str, *, actor: str, now: datetime) -> bool:
    """Take a pair off, both as the table keeps them; whether it was there."""
    shown = session.scalar(
        update(Synonym)
        .where(Synonym.said == said, Synonym.means == means, Synonym.active)
        .values(active=False)
        .returning(Synonym.shown)
    )
    if shown is not None:
        _record(session, "removed", shown, actor, now)
    return shown is not None


def _check(said: str, means: str) -> None:
    if not (SHORTEST <= len(said) <= LONGEST):
        raise Refused("synonym_length", low=SHORTEST, high=LONGEST)
    if not (SHORTEST <= len(means) <= LONGEST_MEANING):
        raise Refused("synonym_meaning_length", low=SHORTEST, high=LONGEST_MEANING)
    if said == means:
        raise Refused("synonym_same")


def _record(session: Session, event: str, shown: str, actor: str, now: datetime) -> None:
    record(session, actor=actor, subject="synonym", event=event, at=now, data={"pair": shown})
