"""The order's page: what comes next, the code, the thread, and what may still be changed."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from market.clock import utc_now
from market.db import reading
from market.fulfilment.queries import photos_of_batches, promises_of_batches
from market.matching.resolving.instead import instead_of_order
from market.orders.again.extras import extras_of
from market.orders.queries import order_thing
from market.overviews.order_page.makers import makers_of
from market.overviews.order_page.queries import see_order
from market.overviews.order_page.thread import steps_of
from market.overviews.order_page.words import next_thing
from market.overviews.phone.views import keep_offline
from market.payments.queries.back import where_it_goes
from market.payments.queries.complaints import reports_of
from market.principals import Thing
from market.weave import goods_key
from market.web import allow, page

bp = Blueprint("order_page", __name__)


@bp.get("/orders/<number>")
@allow("order.see", order_thing)
def show(number: str) -> Response:
    """One order, for its buyer, for the holder of its link, and for those who coordinate it."""
    # In one piece: all that the page shows, read in one transaction.
    now = utc_now()
    with reading() as session:
        order = see_order(session, number)
        goes = where_it_goes(session, number)
        taken = any(line.received_units for line in order.lines)
        reports = reports_of(session, number) if taken else ()
        ids = [part.batch_id for part in order.parts]
        promises = promises_of_batches(session, ids)
        photos = photos_of_batches(session, ids)
        secret = current_app.extensions["market_config"].secret_key
        extras = extras_of(session, number, secret=secret)
        instead = instead_of_order(session, number)
    changeable = order.state == "placed" and order.round_state == "open" and now < order.closes_at
    shown = page(
        "orders/show.html",
        order=order,
        next=next_thing(order),
        steps=steps_of(order, goods_key),
        changeable=changeable,
        goes=goes,
        reports=reports,
        extras=extras,
        instead=instead,
        makers=makers_of(order, promises, photos),
        now=now,
    )
    return keep_offline(shown, Thing(order_id=order.id, buyer_id=order.buyer_id))
