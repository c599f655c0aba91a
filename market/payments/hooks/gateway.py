"""Stripe's messages, once their signature is proven. Asks nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import stripe

from market.errors import Refused
from market.payments.provider import Message

SIGNATURE_SECONDS = 300  # a message signed longer ago may be a replay (Stripe's own default)


def read_message(body: bytes, signature: str | None, secrets: Sequence[str]) -> Message:
    """A webhook's message, once its signature is proven. Refused otherwise; asks nobody."""
    for secret in secrets:
        try:
            event = stripe.Webhook.construct_event(body, signature, secret, SIGNATURE_SECONDS)
            thing: Any = event.data.object
            return Message(
                id=event.id,
                kind=event.type,
                object_id=getattr(thing, "id", None) or "",
                livemode=event.livemode,
            )
        except stripe.SignatureVerificationError:
            continue
        except (ValueError, KeyError, AttributeError, TypeError) as garbage:
            raise Refused("message_unreadable") from garbage
    raise Refused("signature_wrong")
