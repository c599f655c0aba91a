"""Consents: given and taken back as rows; the newest of a kind stands, and none means no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from market.accounts.own.models import ConsentEvent
from market.accounts.own.rules import WORDS_VERSION, ConsentKind

_STANDING = text("SELECT kind, given, at FROM consent_now WHERE user_id = :user_id")


@dataclass(frozen=True)
class Consent:
    """Where one kind of consent stands; ``at`` is None when nothing was ever said."""

    kind: ConsentKind
    given: bool = False
    at: datetime | None = None


def consents_of(session: Session, user_id: int) -> tuple[Consent, ...]:
    """All kinds, those never answered as not given."""
    said = {row.kind: row for row in session.execute(_STANDING, {"user_id": user_id})}
    return tuple(
        Consent(kind, said[kind].given, said[kind].at) if kind in said else Consent(kind)
        for kind in ConsentKind
    )


def set_consents(
    session: Session, user_id: int, wanted: Mapping[ConsentKind, bool], *, place: str, now: datetime
) -> int:
    """Write down what changed, with the words it was said to; how many did.

    place is the page, "/account/consents". Saying the same again writes nothing.
    """
    changed = [
        consent.kind
        for consent in consents_of(session, user_id)
        if wanted.get(consent.kind, consent.given) != consent.given
    ]
    rows = [
        {
            "user_id": user_id, "kind": str(kind), "given": wanted[kind],
            "words_version": WORDS_VERSION, "place": place, "at": now,
        }
        for kind in changed
    ]  # fmt: skip
    if rows:
        session.execute(insert(ConsentEvent), rows)
    return len(rows)


def give_consent(
    session: Session, kind: ConsentKind, user_id: int | None, *, now: datetime
) -> None:
    """Ticked where it is needed, beside what it is about. A guest's stands only there (None)."""
    if user_id is not None:
        set_consents(session, user_id, {kind: True}, place="where it was needed", now=now)
