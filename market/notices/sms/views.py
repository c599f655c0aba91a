"""Where the text-message gateway tells what became of a message."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from market.clock import utc_now
from market.db import transaction
from market.doorbell import SEND_NOTICES, ring
from market.notices.delivery import note_delivery
from market.notices.rules import Channel
from market.notices.sms.edge import not_the_gateway
from market.notices.sms.rules import delivery_told
from market.web import allow, machine

bp = Blueprint("sms_reports", __name__)


@bp.post("/hooks/sms/report")
@machine
@allow("hook.send")
def report() -> Response:
    """A report (form or JSON): ``message_id`` and ``status``, or ``Transaction`` and ``Status``.

    404 for a message that is not known: it may be known in a moment, gateways tell again.
    """
    refusal = not_the_gateway()
    if refusal is not None:
        return refusal
    sent: Any = request.get_json(silent=True) if request.is_json else request.form
    told = delivery_told(sent)
    if told is None:
        return Response("chat_unreadable", status=400, mimetype="text/plain")
    ref, arrived = told
    if arrived is None:
        return Response("on its way", mimetype="text/plain")
    with transaction() as session:
        changed = note_delivery(session, Channel.SMS, ref, arrived=arrived, now=utc_now())
    ring(SEND_NOTICES)
    if changed is None:
        return Response("unknown", status=404, mimetype="text/plain")
    return Response("kept", mimetype="text/plain")
