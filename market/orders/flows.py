"""Placing an order where many buyers want the same thing: tried again, then given up in words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.exc import OperationalError

from market.db import transaction
from market.errors import Unavailable
from market.orders.cart_queries import CartOwner
from market.orders.checkout import Checkout, checkout
from market.orders.placing import Placed

TRIES = 3
#: serialization_failure, deadlock_detected, lock_not_available: nothing was changed, try again.
TRY_AGAIN = frozenset({"40001", "40P01", "55P03"})


def place_from_cart(
    owner: CartOwner, sent: Checkout, *, known: Collection[int] = (), now: datetime
) -> Placed:
    """One transaction; where others held the rows for too long, three.

    Raises what ``checkout`` raises, and Unavailable("busy") after the last try.
    """
    for _ in range(TRIES):
        try:
            with transaction() as session:
                return checkout(session, owner, sent, known=known, now=now)
        except OperationalError as failure:
            if getattr(failure.orig, "sqlstate", None) not in TRY_AGAIN:
                raise
    raise Unavailable("busy")
