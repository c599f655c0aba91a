"""Whose basket the asker of a request has. Part of the edge, for the views of ordering."""

from __future__ import annotations

import secrets

from flask import session

from market.clock import utc_now
from market.db import transaction
from market.orders.cart import merge_cart
from market.orders.cart_queries import CartOwner
from market.web import principal

BUYERS_KEPT = 50


def owner(*, create: bool = False) -> CartOwner:
    """Whose basket this is. A browser's goes into the person's once they have signed in."""
    who, token = principal(), session.get("cart")
    if who.user_id is None:
        if token is None and create:
            token = session["cart"] = secrets.token_urlsafe(32)
            session.permanent = True
        return CartOwner(token=token or secrets.token_urlsafe(32))
    if token is not None:
        with transaction() as db_session:
            merge_cart(db_session, token, who.user_id, now=utc_now())
        session.pop("cart")
    return CartOwner(user_id=who.user_id)


def remember_buyer(buyer_id: int) -> None:
    """A guest sees their orders in this browser without signing in."""
    if principal().user_id is None:
        others = [known for known in session.get("buyer_ids", ()) if known != buyer_id]
        session["buyer_ids"] = [buyer_id, *others][:BUYERS_KEPT]
        session.permanent = True
