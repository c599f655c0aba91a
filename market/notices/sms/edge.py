"""Who may speak for the text-message gateway. Part of the edge."""

from __future__ import annotations

import hmac

from flask import Response, current_app, request

from market.errors import NotFound

MOST_BYTES = 256 * 1024


def not_the_gateway() -> Response | None:
    """The refusal of what does not come from the gateway with the secret of the setting, or is
    too long. Raises NotFound where no gateway is set up.
    """
    secret = current_app.extensions["market_config"].sms_inbound_secret
    if secret is None:
        raise NotFound("not_found", what="channel")
    given = request.headers.get("X-Market-Secret", "")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        return Response("not yours", status=403, mimetype="text/plain")
    if (request.content_length or 0) > MOST_BYTES:
        return Response("too large", status=413, mimetype="text/plain")
    return None
