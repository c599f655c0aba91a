"""How a person is told: their ways in their order, their chat, their browsers."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.accounts.changing import still_you
from market.clock import utc_now
from market.db import reading, transaction
from market.errors import NotFound, Refused
from market.notices import commands, contacts
from market.notices.carriers import carriers_of
from market.notices.own.telling import tell_of_chat
from market.notices.push.services import is_push_service
from market.notices.queries import own_ways
from market.notices.returned.commands import trust_again
from market.notices.returned.queries import is_wrong
from market.notices.rules import OWN_WAYS, Channel, Screen, moved
from market.web import allow, page, principal, say, see_other

bp = Blueprint("ways", __name__)
ADDRESS_LENGTH = 1000
UP, DOWN, ON, OFF = "up", "down", "on", "off"


@bp.get("/account/notices")
@allow("account.use")
def show() -> Response:
    """The ways in their order."""
    return _show(None)


def _show(code: str | None) -> Response:
    user_id, config = _me(), current_app.extensions["market_config"]
    with reading() as session:
        ways = own_ways(session, user_id)
        addresses = contacts.addresses_of(session, user_id)
        wrong = is_wrong(session, addresses[Channel.EMAIL] or "", utc_now())
    carried = carriers_of(config).keys()
    used = [one for one in ways if one in carried]
    return page(
        "notices/ways.html", used=used, unused=[one for one in OWN_WAYS if one in carried
                                                and one not in ways],
        addresses=addresses, code=code, line_chat=Channel.LINE in carried,
        line_chat_id=config.line_chat_id, push_key=config.push_public_key,
        phone_codes=config.sends_sms, mail_wrong=wrong,
    )  # fmt: skip


@bp.post("/account/notices")
@allow("account.use")
def change() -> Response:
    """One way up or down, in or out."""
    typed, act = request.form.get("channel", ""), request.form.get("act", "")
    if typed not in OWN_WAYS or act not in (UP, DOWN, ON, OFF):
        raise Refused("way_not_known")
    channel, user_id = Channel(typed), _me()
    with transaction() as session:
        ways = tuple(one for one in own_ways(session, user_id) if one != channel or act != OFF)
        if act == ON and channel not in ways:
            ways += (channel,)
        if act == ON and channel is Channel.EMAIL:
            trust_again(session, contacts.addresses_of(session, user_id)[channel] or "")
        if act in (UP, DOWN) and channel in ways:
            carried = carriers_of(current_app.extensions["market_config"]).keys()
            ways = moved([one for one in ways if one in carried], channel, up=act == UP)
        commands.set_ways(session, user_id, ways)
    say(_("Kept."))
    return see_other("ways.show")


@bp.post("/account/notices/chat")
@allow("account.use")
@still_you("ways.show")
def chat() -> Response:
    """A code to send in the chat; or nothing comes there any more (off=1)."""
    user_id, now = _me(), utc_now()
    if request.form.get("off"):
        with transaction() as session:
            was_linked = contacts.unlink(session, user_id, Channel.LINE, now=now)
        if was_linked:
            tell_of_chat(user_id, linked=False)
        say(_("Nothing is sent to your LINE any more."))
        return see_other("ways.show")
    with transaction() as session:
        code = contacts.issue_code(session, user_id, now=now)
    answer = _show(code)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/account/notices/screen")
@allow("account.use")
def screen() -> Response:
    """This browser shows notices from now on, or no more (off=1)."""
    user_id, sent = _me(), request.form
    endpoint = sent.get("endpoint", "")
    if len(endpoint) > ADDRESS_LENGTH or not is_push_service(endpoint):
        raise Refused("screen_unusable")
    with transaction() as session:
        if sent.get("off"):
            commands.forget_screen(session, endpoint, user_id)
        else:
            kept = Screen(endpoint, sent.get("p256dh", "")[:200], sent.get("auth", "")[:100])
            commands.add_screen(session, user_id, kept, utc_now())
    return Response(status=204)


def _me() -> int:
    """Whoever is signed in here; the right account.use lets nobody else come this far."""
    user_id = principal().user_id
    if user_id is None:
        raise NotFound("not_found", what="user")
    return user_id
