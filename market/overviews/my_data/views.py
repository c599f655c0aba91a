"""Taking one's data along, and leaving."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, make_response
from flask_babel import gettext

from market.accounts.own.deletions import ask_deletion, cancel_deletion, find_deletion
from market.accounts.own.exports import ask_export, export_thing, newest_export, ready_file
from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import MAKE_EXPORT, SEND_NOTICES, ring
from market.files import read_file, store_of
from market.limits import limit_exports
from market.overviews.my_data.queries import what_holds
from market.overviews.my_data.telling import tell_leaving
from market.overviews.my_data.words import HOLD_WORDS
from market.web import allow, page, principal, say, see_other

bp = Blueprint("my_data", __name__)


@bp.get("/account/data")
@allow("account.use")
def show() -> Response:
    """Ask for everything that is kept, see how far it is, take it."""
    with reading() as session:
        export = newest_export(session, _me())
    return page("my_data/data.html", export=export, now=utc_now())


@bp.post("/account/data")
@allow("account.use")
@limit_exports
def ask() -> Response:
    """Have it made; asking twice makes it once."""
    with transaction() as session:
        export_id = ask_export(session, _me(), now=utc_now())
    if export_id is not None:
        ring(MAKE_EXPORT, export_id)
    return see_other("my_data.show")


@bp.get("/account/data/<int:export_id>")
@allow("data.take", export_thing)
def take(export_id: int) -> Response:
    """The archive itself, to its person alone."""
    config = current_app.extensions["market_config"]
    with reading() as session:
        sha256 = ready_file(session, export_id, utc_now())
        kind, data = read_file(session, store_of(config), sha256)
    response = make_response(data)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = f'attachment; filename="my-data-{export_id}.zip"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/account/leave")
@allow("account.use")
def leave() -> Response:
    """What leaving means, what holds it up, and the request that stands."""
    with reading() as session:
        deletion = find_deletion(session, _me())
        held = [HOLD_WORDS[code] for code in what_holds(session, _me())]
    return page("my_data/leave.html", deletion=deletion, held=held, now=utc_now())


@bp.post("/account/leave")
@allow("account.use")
def ask_leave() -> Response:
    """Forget me in seven days."""
    with transaction() as session:
        ask_deletion(session, _me(), now=utc_now())
        tell_leaving(session, _me(), now=utc_now())
    ring(SEND_NOTICES)
    return see_other("my_data.leave")


@bp.post("/account/leave/stop")
@allow("account.use")
def stay() -> Response:
    """No, I stay."""
    with transaction() as session:
        cancel_deletion(session, _me(), now=utc_now())
    say(gettext("You stay. Nothing is deleted."))
    return see_other("accounts.show")


def _me() -> int:
    return principal().user_id or 0
