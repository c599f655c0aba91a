"""A person's own pages: opening a signed link, the account, the language, confirming an e-mail."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from flask_babel import gettext
from flask_security.confirmable import confirm_email_token_status, confirm_user

from market.accounts.commands import record, rename_user, set_language
from market.accounts.forms import NameForm
from market.accounts.line.views import bp as line_bp
from market.accounts.line.views import line_offered
from market.accounts.own.deletions import find_deletion
from market.accounts.own.views import bp as own_bp
from market.accounts.queries import find_link, get_account
from market.accounts.security import init_app as init_app
from market.accounts.security import remember_link, way_back
from market.clock import utc_now
from market.db import reading, transaction
from market.web import allow, page, principal, say, see_other

bp = Blueprint("accounts", __name__)
BLUEPRINTS = (bp, line_bp, own_bp)
LANGUAGES = ("th", "en")
ANSWERS = ("all", "part", "no")


@bp.get("/l/<token>")
@allow("market.see")
def open_link(token: str) -> Response:
    """Remember in this browser what the link opens, and go there. Nothing else changes.

    ``?a=all`` (part, no) only says which answer a message's button opens on the page.
    """
    with reading() as reader:
        link = find_link(reader, token, utc_now())
    if link is None:
        return _unkept(page("accounts/link_over.html", status=410))
    remember_link(link.link_id)
    opens = request.args.get("a", "")
    path = f"{link.path}?a={opens}" if opens in ANSWERS else link.path
    return _unkept(make_response(redirect(path, code=303)))


@bp.get("/account")
@allow("account.use")
def show() -> Response:
    """The account: name, contacts, roles with their desks, signing out."""
    return _account_page(NameForm(formdata=None), 200)


@bp.post("/account/name")
@allow("account.use")
def rename() -> Response:
    """Change the name shown to others."""
    form = NameForm()
    if not form.validate_on_submit():
        return _account_page(form, 422)
    who = principal()
    with transaction() as session_:
        rename_user(session_, who.user_id or 0, form.name.data)
        record(session_, actor=who.actor(), subject=who.actor(), event="user.renamed", at=utc_now())
    say(gettext("Saved."))
    return see_other("accounts.show")


@bp.post("/language", endpoint="set_language")
@allow("market.see")
def set_reading_language() -> Response:
    """Read in Thai or English from now on, and go back to the page."""
    wanted = request.form.get("lang", "")
    if wanted in LANGUAGES:
        session["language"] = wanted
        user_id = principal().user_id
        if user_id is not None:
            with transaction() as writer:
                set_language(writer, user_id, wanted)
    return make_response(redirect(way_back(), code=303))


@bp.get("/confirm-email/<token>")
@allow("market.see")
def ask_confirm(token: str) -> Response:
    """The letter's link. It only asks: programs that preview links open it too."""
    return _unkept(page("accounts/confirm.html", token=token))


@bp.post("/confirm-email/<token>")
@allow("market.see")
def confirm(token: str) -> Response:
    """The person says yes: the address is theirs."""
    expired, invalid, user = confirm_email_token_status(token)  # type: ignore[no-untyped-call]
    if expired or invalid or user is None:
        return page("accounts/link_over.html", status=410)
    with transaction():
        confirm_user(user)  # type: ignore[no-untyped-call]
    say(gettext("Your e-mail is confirmed. You may sign in."))
    return see_other("security.login")


def _account_page(form: NameForm, status: int) -> Response:
    with reading() as reader:
        account = get_account(reader, principal().user_id or 0)
        deletion = find_deletion(reader, principal().user_id or 0)
    return page(
        "accounts/show.html",
        status=status,
        account=account,
        deletion=deletion,
        form=form,
        shortcuts=_shortcuts(),
        line_offered=line_offered(),
        phone_codes="sms" in current_app.config["SECURITY_US_ENABLED_METHODS"],
    )


def _shortcuts() -> list[tuple[str, str, str]]:
    """(label, path, picture) of what other subjects keep for a person, where they have a page."""
    wanted = (
        (gettext("Addresses"), "addresses.mine", "map-pin"),
        (gettext("Standing orders"), "standing.mine", "refresh-cw"),
        (gettext("Reminders"), "signals.mine", "bell"),
    )
    pages = current_app.view_functions
    return [(label, url_for(name), icon) for label, name, icon in wanted if name in pages]


def _unkept(response: Response) -> Response:
    """A page with a token in its address: no cache keeps it, no other site learns of it."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
