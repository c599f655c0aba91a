"""Asking to be reminded, and stopping: signed in, or by the links of our letters."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import NotFound, Refused
from market.limits import limit_letters
from market.rounds.signals import queries
from market.rounds.signals.forms import email_from, row_from, target_from, wish_from
from market.rounds.signals.reminding import (
    confirm_reminders,
    remind_guest,
    remind_user,
    stop_by_key,
    stop_reminders,
)
from market.rounds.signals.rules import Owner
from market.web import allow, machine, page, principal, say, see_other, sentence

bp = Blueprint("signals", __name__)


@bp.get("/remind")
@allow("market.see")
def ask() -> Response:
    """What would be waited for, and one button."""
    return _ask_page()


@bp.post("/remind")
@limit_letters
@allow("market.see")
def remind() -> Response:
    """Keep a signed-in person's reminder; write to a guest's address first."""
    now, user_id = utc_now(), principal().user_id
    try:
        wish = wish_from(request.form)
        email = "" if user_id else email_from(request.form.get("email", ""))
        with transaction() as session:
            if user_id:
                remind_user(session, user_id, wish, now=now)
            else:
                remind_guest(session, email, wish, now=now)
    except Refused as refusal:
        return _ask_page(status=422, wrong=sentence(refusal))
    if user_id:
        say(_("We will tell you when a round with it opens."))
        return see_other("signals.mine")
    ring(SEND_NOTICES)
    return page("signals/sent.html", email=email)


@bp.get("/reminders")
@allow("account.use")
def mine() -> Response:
    """A signed-in person's reminders."""
    who = principal()
    with reading() as session:
        found = queries.reminders_of(session, who.user_id, who.buyer_ids)
    return page("signals/mine.html", reminders=found, token=None)


@bp.post("/reminders/stop")
@allow("account.use")
def stop() -> Response:
    """Stop one of the asker's own reminders, or all."""
    who = principal()
    owners = [Owner(user_id=who.user_id), *(Owner(buyer_id=one) for one in sorted(who.buyer_ids))]
    with transaction() as session:
        stopped = stop_reminders(session, owners, row_from(request.form), now=utc_now())
    _say_stopped(stopped)
    return see_other("signals.mine")


@bp.get("/reminders/mail/<token>")
@allow("market.see")
def by_mail(token: str) -> Response:
    """What a letter's link opens. It changes nothing: programs that preview links open it too."""
    try:
        with reading() as session:
            owner = queries.owner_of(session, token, utc_now())
            buyers = () if owner.buyer_id is None else (owner.buyer_id,)
            found = queries.reminders_of(session, owner.user_id, buyers)
    except NotFound:
        return _unkept(page("accounts/link_over.html", status=410))
    return _unkept(page("signals/mine.html", reminders=found, token=token))


@bp.post("/reminders/mail/<token>/yes")
@allow("market.see")
def confirm(token: str) -> Response:
    """The address says yes to what it was asked about."""
    return _changed_by_mail(token, stopping=False)


@bp.post("/reminders/mail/<token>/stop")
@machine
@allow("market.see")
def stop_by_mail(token: str) -> Response:
    """Stop one reminder or all, without signing in. Mail readers post here too (RFC 8058): the
    token in the address proves as much as a form token would.
    """
    return _changed_by_mail(token, stopping=True)


def _changed_by_mail(token: str, *, stopping: bool) -> Response:
    try:
        with transaction() as session:
            if stopping:
                changed = stop_by_key(session, token, row_from(request.form), now=utc_now())
            else:
                changed = confirm_reminders(session, token, now=utc_now())
    except NotFound:
        return _unkept(page("accounts/link_over.html", status=410))
    if stopping:
        _say_stopped(changed)
    elif changed:
        say(_("Thank you. We will write when a round with it opens."))
    return _unkept(see_other("signals.by_mail", token=token))


def _say_stopped(stopped: int) -> None:
    if stopped:
        say(_("Stopped. We will not write about it again."))


def _ask_page(*, status: int = 200, wrong: str = "") -> Response:
    """The page that asks, with what was typed; a thing that does not exist is not found."""
    with reading() as session:
        target = queries.get_target(session, target_from(request.values))
    try:
        wish = wish_from(request.values)
    except Refused:
        wish = wish_from({name: v for name, v in request.values.items() if name != "units"})
    return page(
        "signals/ask.html", status=status, wrong=wrong, target=target, wish=wish,
        email=request.form.get("email", "")[:300],
    )  # fmt: skip


def _unkept(response: Response) -> Response:
    """A page with a token in its address: no cache keeps it, no other site learns of it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
