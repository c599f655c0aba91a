"""Who can be called about a group besides its leader, and who answers for a tambon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import ProducerGroup
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.mentoring.models import GroupContact, Officer
from market.mentoring.rules import MOST_NAME, MOST_WORDS, check_optional, check_words
from market.places.models import Tambon

MOST_PART = 100
MOST_CONTACTS = 5  # of a group at a time


@dataclass(frozen=True, kw_only=True)
class NewContact:
    """Somebody to call; part: "เหรัญญิก", or the office of an officer. phone as +66…"""

    name: str
    phone: str
    part: str = ""

    def checked(self, most_part: int) -> dict[str, str]:
        """Name and part as they are stored. Refused where the name is missing or too long."""
        return {
            "name": check_words(self.name, MOST_NAME),
            "part": check_optional(self.part, most_part),
            "phone": self.phone,
        }


def add_contact(
    session: Session, group_id: int, new: NewContact, *, actor: str, now: datetime
) -> None:
    """Somebody more to call; the same number again changes name and part."""
    lock(session, ProducerGroup, group_id)
    values = new.checked(MOST_PART)
    session.execute(
        insert(GroupContact)
        .values(
            group_id=group_id, from_on=bangkok_date(now), entered_at=now, entered_by=actor,
            **values,
        )
        .on_conflict_do_update(
            index_elements=["group_id", "phone"], index_where=text("to_on IS NULL"),
            set_={"name": values["name"], "part": values["part"]},
        )
    )  # fmt: skip
    mine = (GroupContact.group_id == group_id) & GroupContact.to_on.is_(None)
    if (session.scalar(select(func.count()).where(mine)) or 0) > MOST_CONTACTS:
        raise Refused("contacts_full", most=MOST_CONTACTS)
    _record(session, f"group:{group_id}", "contact.added", actor, now)


def end_contact(session: Session, contact_id: int, *, actor: str, now: datetime) -> None:
    """Somebody is not to be called any more; their number goes. Twice is as good as once."""
    contact = lock(session, GroupContact, contact_id)
    if contact.to_on is None:
        contact.to_on, contact.phone = bangkok_date(now), None
        _record(session, f"group:{contact.group_id}", "contact.ended", actor, now)


def name_officer(
    session: Session, tambon_code: str, seen_id: int | None, new: NewContact,
    *, actor: str, now: datetime,
) -> None:  # fmt: skip
    """Who answers for the tambon from today; seen_id: whom the writer saw there, None nobody.

    The one before stays on the list with the day, without the number. Conflict: somebody
    wrote another one meanwhile.
    """
    if session.get(Tambon, tambon_code, with_for_update={"key_share": True}) is None:
        raise NotFound("not_found", what="place")
    values = new.checked(MOST_NAME)
    current = session.scalars(
        select(Officer).where(Officer.tambon_code == tambon_code, Officer.to_on.is_(None))
    ).one_or_none()
    if (current and current.id) != seen_id:
        raise Conflict("officer_changed_meanwhile")
    today = bangkok_date(now)
    if current is not None:
        current.to_on, current.phone = today, None
        session.flush()
    session.add(
        Officer(
            tambon_code=tambon_code, name=values["name"], office=values["part"],
            phone=values["phone"], from_on=today, after_id=current and current.id,
            entered_at=now, entered_by=actor,
        )
    )  # fmt: skip
    session.flush()
    _record(session, f"tambon:{tambon_code}", "officer.named", actor, now)


def confirm_handover(
    session: Session, officer_id: int, note: str, *, actor: str, now: datetime
) -> None:
    """The new officer knows the work, and how that is known. Twice is as good as once."""
    officer = lock(session, Officer, officer_id)
    if officer.confirmed_at is not None:
        return
    if officer.after_id is None or officer.to_on is not None:
        raise Conflict("officer_needs_no_handover")
    officer.confirm_note = check_words(note, MOST_WORDS)
    officer.confirmed_at, officer.confirmed_by = now, actor
    _record(session, f"tambon:{officer.tambon_code}", "officer.handed_over", actor, now)


def _record(session: Session, subject: str, event: str, actor: str, now: datetime) -> None:
    record(session, actor=actor, subject=subject, event=event, at=now)
