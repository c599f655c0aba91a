"""An address as somebody types it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from market.errors import Refused
from market.orders.addresses.commands import NewAddress
from market.orders.addresses.rules import PARTS, AddressParts, address_parts
from market.orders.forms import NAME_LENGTH, clean
from market.thai import phone_e164

PART_LENGTH, NOTE_LENGTH = 120, 300


def typed_parts(sent: Mapping[str, str]) -> AddressParts:
    """House, village number, village, lane and road; Thai digits too."""
    return address_parts({part: clean(sent.get(part))[:PART_LENGTH] for part in PARTS})


def typed_address(sent: Mapping[str, str]) -> NewAddress:
    """A whole address. Raises Refused for the first thing that is missing."""
    tambon = clean(sent.get("tambon"))
    if not re.fullmatch(r"\d{6}", tambon):
        raise Refused("choose_destination")
    recipient = clean(sent.get("recipient"))[:NAME_LENGTH]
    if not recipient:
        raise Refused("standing_name")
    return NewAddress(
        recipient=recipient,
        phone=phone_e164(clean(sent.get("phone"))),
        tambon_code=tambon,
        parts=typed_parts(sent),
        note=clean(sent.get("note"))[:NOTE_LENGTH],
    )
