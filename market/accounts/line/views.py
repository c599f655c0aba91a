"""Signing in with LINE: there, back, and what happens to somebody who is new here.

Whom LINE vouches for waits in the browser's signed session until the person says what to do:
open an account, or add LINE to the one they have. Nothing is linked by coming back alone.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, request, session
from flask_babel import gettext
from flask_login import current_user
from flask_security.proxies import _datastore
from flask_security.utils import login_user

from market.accounts.changing import still_you, tell_of_change
from market.accounts.line.gateway import LineLogin
from market.accounts.line.rules import TRIP, LinePerson, Trip, authorize_url, local_path, new_trip
from market.accounts.own.identities import (
    find_line_user,
    join_with_line,
    line_name_of,
    link_line,
    unlink_line,
)
from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError, NotFound, Refused
from market.limits import limit_guesses
from market.web import allow, language, page, principal, say, see_other, sentence, status_of

bp = Blueprint("line", __name__)
AFTER = "/account"


def line_offered() -> bool:
    """Has the installation a LINE Login channel?"""
    return current_app.extensions["market_config"].line_channel_id is not None


@bp.get("/line/start")
@allow("market.see")
def start() -> Response:
    """Off to LINE, with secrets that only this browser and LINE's answer will hold."""
    config = _config()
    trip = new_trip(local_path(request.args.get("next"), AFTER), time.time())
    session["line_trip"] = trip.kept()
    there = authorize_url(
        config.line_access_base,
        config.line_channel_id,
        _callback(),
        trip,
        language="th-TH" if language() == "th" else "en-US",
        by_hand="by_hand" in request.args,
    )
    return make_response(redirect(there, code=303))


@bp.get("/line/back")
@limit_guesses
@allow("market.see")
def back() -> Response:
    """LINE sends people here, with a code or with why not."""
    trip = _trip()
    if request.args.get("error"):
        say(gettext("You are not signed in with LINE. Nothing has changed: choose a way below."))
        return see_other("security.login", next=trip.back_to if trip else None)
    if trip is None or request.args.get("state") != trip.state:
        return _failed(Refused("line_trip_over"))
    try:
        person = _person(trip)
    except MarketError as wrong:
        return _failed(wrong)
    return _arrive(person, trip.back_to)


@bp.get("/line/first")
@allow("market.see")
def first() -> Response:
    """LINE vouches for somebody whom we do not know: a new account, or one they have?"""
    person = _waiting()
    return page("accounts/line_first.html", person=person, next=session.get("line_next", AFTER))


@bp.post("/line/first")
@allow("market.see")
def join() -> Response:
    """A new account, signed in."""
    person = _waiting()
    with transaction() as writer:
        user_id = join_with_line(writer, person, language=language(), now=utc_now())
    return _sign_in(user_id, session.pop("line_next", AFTER))


@bp.get("/account/line")
@allow("account.use")
@still_you("line.show")
def show() -> Response:
    """LINE as a way to sign in: add it, or take it away."""
    with reading() as reader:
        linked = line_name_of(reader, principal().user_id or 0)
    waiting = None if linked else _find_waiting()
    return page("accounts/line.html", linked=linked, waiting=waiting, offered=line_offered())


@bp.post("/account/line")
@allow("account.use")
@still_you("line.show")
def link() -> Response:
    """Yes, this LINE account may sign in here."""
    person = _waiting()
    with transaction() as writer:
        is_new = link_line(writer, principal().user_id or 0, person, now=utc_now())
    session.pop("line_person", None)
    if is_new:
        _tell(gettext("LINE signs you in from now on."))
    say(gettext("LINE signs you in from now on."))
    return see_other("accounts.show")


@bp.post("/account/line/unlink")
@allow("account.use")
@still_you("line.show")
def unlink() -> Response:
    """LINE signs in no more."""
    with transaction() as writer:
        unlink_line(writer, principal().user_id or 0, now=utc_now())
    _tell(gettext("LINE does not sign you in any more."))
    say(gettext("LINE does not sign you in any more."))
    return see_other("accounts.show")


def _tell(what: str) -> None:
    tell_of_change(current_user, what, email=current_user.email, phone=current_user.us_phone_number)


def _arrive(person: LinePerson, back_to: str) -> Response:
    mine = principal().user_id
    with reading() as reader:
        user_id = find_line_user(reader, person.subject)
    if user_id is not None and mine in (None, user_id):
        return _sign_in(user_id, back_to)
    if user_id is not None:
        return _failed(Refused("line_opens_another"))
    session["line_person"] = {"sub": person.subject, "name": person.name, "until": _later()}
    session["line_next"] = back_to
    return see_other("line.first" if mine is None else "line.show")


def _sign_in(user_id: int, back_to: str) -> Response:
    """Also somebody who is signed in: coming back shows anew that it is still them."""
    session.pop("line_person", None)
    user = _datastore.find_user(id=user_id)
    if user is None or not user.active:
        raise Refused("account_closed")
    login_user(user, authn_via=["line"])
    return make_response(redirect(local_path(back_to, AFTER), code=303))


def _person(trip: Trip) -> LinePerson:
    config = _config()
    gateway = LineLogin(config.line_api_base, config.line_channel_id, config.line_channel_secret)
    code = request.args.get("code", "")
    return gateway.person_of(
        code, callback=_callback(), verifier=trip.verifier, nonce=trip.nonce
    )  # fmt: skip


def _trip() -> Trip | None:
    """The trip under way, taken out of the session: it is good once."""
    kept = session.pop("line_trip", None)
    if not kept or kept["until"] < time.time():
        return None
    return Trip(**kept)


def _find_waiting() -> LinePerson | None:
    kept = session.get("line_person")
    if not kept or kept["until"] < time.time():
        session.pop("line_person", None)
        return None
    return LinePerson(subject=kept["sub"], name=kept["name"])


def _waiting() -> LinePerson:
    person = _find_waiting()
    if person is None:
        raise Refused("line_trip_over")
    return person


def _failed(error: MarketError) -> Response:
    current_app.logger.info("signing in with LINE failed: %s %s", error.code, error.data)
    return page("accounts/line_failed.html", status=status_of(error), sentence=sentence(error))


def _later() -> float:
    return time.time() + TRIP.total_seconds()


def _config() -> Any:
    if not line_offered():
        raise NotFound("not_found", what="page")
    return current_app.extensions["market_config"]


def _callback() -> str:
    return f"{_config().public_url}/line/back"
