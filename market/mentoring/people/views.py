"""Whom to call about a group besides its leader, and who answers for a tambon."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading
from market.errors import MarketError
from market.mentoring import commands
from market.mentoring.contacts import MOST_CONTACTS, MOST_PART
from market.mentoring.forms import said, typed_contact, typed_id
from market.mentoring.queries import people, things
from market.mentoring.rules import MOST_NAME, MOST_WORDS
from market.voices.forms import typed_words as typed
from market.web import allow, carry_out, page, principal, see_other

bp = Blueprint("care_people", __name__)


@bp.get("/group/<int:group_id>/contacts")
@allow("contact.edit", things.group_thing)
def contacts(group_id: int) -> Response:
    """Who can be called when the leader cannot."""
    return _contacts(group_id)


@bp.post("/group/<int:group_id>/contacts")
@allow("contact.edit", things.group_thing)
def add(group_id: int) -> Response:
    """Somebody more; the flag about it goes at once."""
    actor, now = principal().actor(), utc_now()

    def act(session: Any) -> Any:
        commands.add_contact(session, group_id, typed_contact("part"), actor=actor, now=now)
        area = things.group_thing(session, group_id).area or ""
        commands.raise_flags(session, now=now, area=area, group_id=group_id)
        return _("Saved.")

    return carry_out(
        act,
        then=see_other("care_people.contacts", group_id=group_id),
        again=lambda refusal: _contacts(group_id, refusal),
    )


@bp.post("/contacts/<int:contact_id>/end")
@allow("contact.edit", things.contact_thing)
def end(contact_id: int) -> Response:
    """Not to be called any more."""
    now = utc_now()
    with reading() as session:
        thing = things.contact_thing(session, contact_id)
    group_id = thing.group_id or 0

    def act(session: Any) -> Any:
        commands.end_contact(session, contact_id, actor=principal().actor(), now=now)
        commands.raise_flags(session, now=now, area=thing.area or "", group_id=group_id)
        return _("Taken off. The number is deleted.")

    return carry_out(
        act,
        then=see_other("care_people.contacts", group_id=group_id),
        again=lambda refusal: _contacts(group_id, refusal),
    )


@bp.get("/care/tambons/<tambon>/officers")
@allow("care.do", things.tambon_thing)
def officers(tambon: str) -> Response:
    """Who answers for the tambon at its local authority, and who did before."""
    return _officers(tambon)


@bp.post("/care/tambons/<tambon>/officers")
@allow("care.do", things.tambon_thing)
def name(tambon: str) -> Response:
    """Somebody else answers from today; until the hand-over is confirmed there is a flag."""
    now = utc_now()

    def act(session: Any) -> Any:
        commands.name_officer(
            session, tambon, typed_id("seen"), typed_contact("office"),
            actor=principal().actor(), now=now,
        )  # fmt: skip
        commands.raise_flags(session, now=now, area=tambon)
        return _("Saved.")

    return _carried(act, tambon)


@bp.post("/care/officers/<int:officer_id>/confirm")
@allow("care.do", things.officer_thing)
def confirm(officer_id: int) -> Response:
    """The new officer knows the work."""
    now = utc_now()
    with reading() as session:
        tambon = things.officer_thing(session, officer_id).area or ""

    def act(session: Any) -> Any:
        commands.confirm_handover(
            session, officer_id, typed("note"), actor=principal().actor(), now=now
        )
        commands.raise_flags(session, now=now, area=tambon)
        return _("The hand-over is confirmed.")

    return _carried(act, tambon)


def _carried(act: Any, tambon: str) -> Response:
    return carry_out(
        act,
        then=see_other("care_people.officers", tambon=tambon),
        again=lambda refusal: _officers(tambon, refusal),
    )


def _contacts(group_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        group = things.get_cared(session, group_id)
        found = people.contacts_of(session, group_id)
    return page(
        "mentoring/contacts.html", group=group, contacts=found, most=MOST_CONTACTS,
        most_name=MOST_NAME, most_part=MOST_PART, **said(refusal),
    )  # fmt: skip


def _officers(tambon: str, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        place = people.get_tambon(session, tambon)
        found = people.officers_of(session, tambon)
        flags = people.flags_of_tambon(session, tambon)
    return page(
        "mentoring/officers.html", place=place, officers=found, flags=flags, most_name=MOST_NAME,
        most_words=MOST_WORDS, **said(refusal),
    )  # fmt: skip
