"""What a person decides about themselves: consents, the e-mail, open sessions."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, current_app, render_template, request
from flask import session as browser
from flask_babel import gettext
from flask_login import current_user
from flask_security.utils import login_user

from market.accounts.changing import still_you, tell_of_change
from market.accounts.forms import EmailForm
from market.accounts.own.consents import consents_of, set_consents
from market.accounts.own.emails import change_email, email_token, read_token, uniquifier_of
from market.accounts.own.rules import ConsentKind
from market.accounts.own.sessions import end_sessions
from market.clock import utc_now
from market.db import reading, transaction
from market.errors import Refused
from market.limits import limit_own_letters
from market.web import allow, page, principal, say, see_other

bp = Blueprint("own", __name__)


@bp.get("/account/consents")
@allow("account.use")
def consents() -> Response:
    """What the person has agreed to; nothing until they say so."""
    with reading() as session:
        standing = consents_of(session, _me())
    return page("accounts/consents.html", consents=standing)


@bp.post("/account/consents")
@allow("account.use")
def decide() -> Response:
    """Write down what changed."""
    given = set(request.form.getlist("consent"))
    wanted = {kind: str(kind) in given for kind in ConsentKind}
    with transaction() as session:
        set_consents(session, _me(), wanted, place=request.path, now=utc_now())
    say(gettext("Saved."))
    return see_other("own.consents")


@bp.get("/account/email")
@allow("account.use")
@still_you("own.email")
def email() -> Response:
    """A first or another e-mail."""
    return page("accounts/email.html", form=EmailForm(formdata=None))


@bp.post("/account/email")
@allow("account.use")
@still_you("own.email")
@limit_own_letters
def ask_email() -> Response:
    """Send a letter there; the same answer whether the address is somebody's or not."""
    form = EmailForm()
    if not form.validate_on_submit():
        return page("accounts/email.html", status=422, form=form)
    secret, wanted = current_app.config["SECRET_KEY"], form.email.data
    with reading() as session:
        token = email_token(secret, _me(), wanted, uniquifier_of(session, _me()))
    words = {
        "subject": gettext("Your new e-mail: one step is left"),
        "text": render_template("accounts/email.txt", site=_site(), token=token),
    }
    current_app.extensions["market_letters"](current_user, wanted, words)
    say(gettext("Open the letter we have sent to %(email)s.", email=wanted))
    return see_other("accounts.show")


@bp.get("/account/email/<token>")
@allow("account.use")
def prove_email(token: str) -> Response:
    """The letter's link. It only asks: programs that preview links open it too."""
    _user_id, wanted, _uniquifier = _token(token)
    response = page("accounts/email_prove.html", email=wanted)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.post("/account/email/<token>")
@allow("account.use")
def take_email(token: str) -> Response:
    """Yes, this address is mine."""
    user_id, wanted, uniquifier = _token(token)
    with transaction() as session:
        change = change_email(session, user_id, wanted, uniquifier=uniquifier, now=utc_now())
    if change.done:
        tell_of_change(
            current_user,
            gettext("Your account signs in with another e-mail from now on."),
            email=change.former,
            phone=current_user.us_phone_number,
        )
    say(gettext("Your e-mail is changed."))
    return see_other("accounts.show")


@bp.post("/account/sessions/end")
@allow("account.use")
def end_everywhere() -> Response:
    """Signed out on every other phone and computer; here the person stays."""
    with transaction() as session:
        user = end_sessions(session, _me(), uniquifier=uuid.uuid4().hex, now=utc_now())
    proved_at = browser.get("fs_paa")  # signing in again here proves nothing anew
    login_user(user, authn_via=["password"])
    browser["fs_paa"] = proved_at or 0
    say(gettext("You are signed out everywhere else."))
    return see_other("accounts.show")


def _token(token: str) -> tuple[int, str, str]:
    """The letter's link, for the one who asked for it alone. Whoever has somebody else's letter
    and says yes would put their own address, and with it their orders, into that account.
    """
    said = read_token(current_app.config["SECRET_KEY"], token)
    if said[0] != _me():
        raise Refused("email_link_over")
    return said


def _me() -> int:
    return principal().user_id or 0


def _site() -> str:
    return str(current_app.extensions["market_config"].public_url)
