"""Where LINE and the text-message gateway bring what leaders answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request

from market.clock import utc_now
from market.db import transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import NotFound, Refused, Unavailable
from market.matching.chat.commands import hear
from market.matching.chat.rules import Outcome
from market.matching.chat.words import reply_to
from market.notices.carriers import line_of
from market.notices.own.telling import tell_of_chat
from market.notices.rules import Channel, ChatEvent
from market.notices.sms.edge import MOST_BYTES, not_the_gateway
from market.notices.sms.rules import storable
from market.thai import phone_e164
from market.web import allow, machine

if TYPE_CHECKING:
    from market.notices.line.gateway import LineCarrier

bp = Blueprint("chat", __name__)


@bp.post("/hooks/line")
@machine
@allow("hook.send")
def line() -> Response:
    """What people did in the chat: signed by LINE, each event once, answered by a free reply."""
    config = current_app.extensions["market_config"]
    if config.line_chat_secret is None or config.line_chat_token is None:
        raise NotFound("not_found", what="channel")
    if (request.content_length or 0) > MOST_BYTES:
        return Response("too large", status=413, mimetype="text/plain")
    from market.notices.line.gateway import read_events  # a slow import, for LINE alone

    body, signature = request.get_data(as_text=True), request.headers.get("X-Line-Signature", "")
    try:
        events = read_events(config.line_chat_secret, body, signature)
    except Refused as refusal:
        current_app.logger.warning("a chat message is refused: %s", refusal.code)
        return Response(refusal.code, status=400, mimetype="text/plain")
    carrier, answers = line_of(config), True
    for event in events:
        answers = _take(event, carrier, answers=answers)
    ring(SEND_NOTICES)
    return Response("kept", mimetype="text/plain")


def _take(event: ChatEvent, carrier: LineCarrier | None, *, answers: bool) -> bool:
    """Whether LINE still takes replies: a service that is away is not waited for twice."""
    with transaction() as session:
        heard = hear(session, Channel.LINE, event, now=utc_now())
    if heard is not None and heard.outcome is Outcome.LINKED:
        tell_of_chat(heard.data["user_id"], linked=True)
    if heard is None or not event.reply_token or event.data == "unfollow" or not answers:
        return answers
    if carrier is None:
        return False
    try:
        carrier.reply(event.reply_token, reply_to(heard, event.key))
    except (Unavailable, Refused) as failure:
        # The answer itself is kept; only its echo is lost, and the page shows it.
        current_app.logger.warning("a chat reply was not sent: %s", failure.code)
        return not isinstance(failure, Unavailable)
    return True


@bp.post("/hooks/sms")
@machine
@allow("hook.send")
def sms() -> Response:
    """A text message of a leader, brought by the gateway with the secret of the setting."""
    not_theirs = not_the_gateway()
    if not_theirs is not None:
        return not_theirs
    sent: Any = request.get_json(silent=True) if request.is_json else request.form
    try:
        event = _text_message(sent)
    except Refused as refusal:
        return Response(refusal.code, status=400, mimetype="text/plain")
    with transaction() as session:
        heard = hear(session, Channel.SMS, event, now=utc_now())
    said = heard is not None and heard.outcome is not Outcome.UNKNOWN_PERSON
    return Response(
        reply_to(heard, event.key, Channel.SMS).text if heard and said else "",
        mimetype="text/plain",
    )


def _text_message(sent: Any) -> ChatEvent:
    """``id``, ``from`` and ``text``; raises Refused where one is missing or no Thai number."""
    if not isinstance(sent, Mapping):
        raise Refused("chat_unreadable")
    key, text = str(sent.get("id") or "")[:200], str(sent.get("text") or "")[:500]
    if not key or not text or not storable(key):
        raise Refused("chat_unreadable")
    return ChatEvent(key=key, sender=phone_e164(str(sent.get("from") or "")), text=text)
