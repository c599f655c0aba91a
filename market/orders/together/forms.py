"""What the host types to order for all."""

from __future__ import annotations

import re
from collections.abc import Mapping

from market.errors import Refused
from market.orders.forms import MAIL_LENGTH, NAME_LENGTH, clean
from market.orders.rules import PayMethod
from market.orders.together.commands import HostOrder
from market.thai import phone_e164


def typed_host_order(sent: Mapping[str, str]) -> HostOrder:
    """Name, phone, perhaps an e-mail, how it is paid and the total that was seen."""
    name, email = clean(sent.get("name"))[:NAME_LENGTH], clean(sent.get("email"))
    if not name:
        raise Refused("standing_name")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email[:MAIL_LENGTH]):
        raise Refused("together_email")
    if not re.fullmatch(r"\d{1,13}", sent.get("expected", "")):
        raise Refused("page_damaged")
    pay = sent.get("pay", "")
    return HostOrder(
        name=name,
        phone=phone_e164(clean(sent.get("phone"))),
        email=email or None,
        pay_method=PayMethod(pay) if pay in set(PayMethod) else PayMethod.PROMPTPAY,
        expected_ceiling_satang=int(sent["expected"]),
    )
