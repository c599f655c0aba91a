"""What a signed-in buyer asked for besides the order: keep the address, the same every round.

The order is placed by then; nothing here takes it back. Part of the edge.
"""

from __future__ import annotations

from flask_babel import gettext as _

from market.clock import utc_now
from market.db import transaction
from market.errors import MarketError
from market.orders.addresses.commands import NewAddress, save_address
from market.orders.checkout import Checkout
from market.orders.forms import CheckoutForm
from market.orders.placing import Placed
from market.orders.standing.starting import keep_ordering
from market.web import say, sentence


def afterwards(form: CheckoutForm, sent: Checkout, placed: Placed, user_id: int | None) -> None:
    """Do what was ticked, and say in words what could not be done."""
    if user_id is None:
        return
    try:
        if form.keep_address.data and form.house_no.data and sent.tambon_code:
            _keep_address(form, sent, user_id)
        if form.every.data in ("1", "2") and sent.gift is None:
            with transaction() as session:
                every = int(form.every.data)
                keep_ordering(session, placed.order_id, user_id, every=every, now=utc_now())
            say(_("Ordered, and again every round from the next one on."))
    except MarketError as refusal:
        say(sentence(refusal), "error")


def _keep_address(form: CheckoutForm, sent: Checkout, user_id: int) -> None:
    given = NewAddress(
        recipient=sent.gift.name if sent.gift else sent.name,
        phone=(sent.gift.phone if sent.gift else sent.phone) or "",
        tambon_code=sent.tambon_code or "",
        parts=form.parts(),
        note=(sent.address_note or "")[:300],
    )
    with transaction() as session:
        save_address(session, user_id, given, now=utc_now())
