"""The checkout and a buyer's orders. Works without scripts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import Blueprint, Response, current_app, request, session
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SWEEP_PAYMENTS, ring
from market.errors import MarketError, Refused
from market.limits import limit_orders
from market.orders.addresses import views as addresses
from market.orders.after import afterwards
from market.orders.again import views as again
from market.orders.asker import owner as _owner
from market.orders.asker import remember_buyer
from market.orders.basket import views as basket
from market.orders.checkout_queries import CheckoutView, Way, checkout_page, ways_to_pay
from market.orders.commands import cancel_order, change_lines
from market.orders.flows import place_from_cart
from market.orders.forms import CheckoutForm, clean, typed_id, typed_units
from market.orders.list_queries import orders_of
from market.orders.placing import Placed
from market.orders.queries import order_thing
from market.orders.standing import views as standing
from market.orders.together import views as together
from market.principals import Thing
from market.rounds.methods import CAPABILITIES, PayMethod, live_methods
from market.thai import show_phone
from market.web import allow, page, principal, say, see_other, sentence, status_of

bp = Blueprint("orders", __name__)
BLUEPRINTS = (bp, basket.bp, standing.bp, addresses.bp, together.bp, again.bp)

ORDERS_A_PAGE = 25


@bp.get("/checkout/<int:round_id>")
@allow("order.place")
def checkout(round_id: int) -> Response:
    """One page: where to, who, how to pay, and the most it costs."""
    way = _way(request.args)
    shown = _read_checkout(round_id, way)
    if shown is None:
        return see_other("basket.show")
    if shown.quote is not None:
        session["way"] = {"point": way.point_id, "tambon": way.tambon_code}
    contact = shown.contact
    form = CheckoutForm(
        formdata=None,
        name=contact.name,
        email=contact.email,
        phone=show_phone(contact.phone) if contact.phone else "",
        keep_address=True,
        **_kept_parts(shown, way),
    )
    # The place of another round may not serve this one: then it is simply asked again.
    asked = "point" in request.args or "tambon" in request.args
    wrong = shown.refusal if asked else None
    return _show_checkout(shown, form, way, wrong, status_of(wrong))


@bp.post("/checkout/<int:round_id>", endpoint="place")
@allow("order.place")
@limit_orders
def place(round_id: int) -> Response:
    """Order. The same page sent twice makes one order."""
    form = CheckoutForm()
    if not form.validate():
        return _checkout_again(round_id, form, None, 422)
    known = principal().buyer_ids
    try:
        _refuse_without_provider(form)
        sent = form.sent(round_id, current_app.extensions["market_config"].secret_key)
        placed = place_from_cart(_owner(), sent, known=known, now=utc_now())
    except MarketError as refusal:
        return _checkout_again(round_id, form, refusal, status_of(refusal))
    if form.email.data or principal().user_id is not None:
        ring(SEND_NOTICES)  # nobody else has a letter to wait for
    if form.at_once.data:
        ring(SWEEP_PAYMENTS)  # the charge of a round that is paid with the order
    _remember(placed)
    if placed.fresh and principal().user_id is not None:
        afterwards(form, sent, placed, principal().user_id)
    return see_other("order_page.show", number=placed.number)


@bp.get("/orders")
@allow("order.list")
def mine() -> Response:
    """The asker's own orders, newest first."""
    who = principal()
    shown = max(0, (typed_id(request.args.get("page")) or 1) - 1)
    with reading() as db_session:
        found = orders_of(
            db_session,
            who.buyer_ids,
            [link.order_id for link in who.links if link.order_id is not None],
            limit=ORDERS_A_PAGE + 1,
            offset=min(shown, 10_000) * ORDERS_A_PAGE,
        )
    return page(
        "orders/mine.html",
        orders=found[:ORDERS_A_PAGE],
        more=len(found) > ORDERS_A_PAGE,
        number=shown + 1,
    )


@bp.post("/orders/<number>/cancel")
@allow("order.change", order_thing)
def cancel(number: str) -> Response:
    """Take an order back before the cut-off."""
    with transaction() as db_session:
        order = _order(order_thing(db_session, number))
        cancel_order(db_session, order, actor=principal().actor(), now=utc_now())
    ring(SEND_NOTICES)
    say(_("Cancelled. You pay nothing."))
    return see_other("order_page.show", number=number)


@bp.post("/orders/<number>/lines")
@allow("order.change", order_thing)
def change(number: str) -> Response:
    """Change how many, before the cut-off. Fields are named units-<line>."""
    units = {
        line_id: typed_units(typed)
        for name, typed in list(request.form.items())[:200]
        if name.startswith("units-") and (line_id := typed_id(name.removeprefix("units-")))
    }
    version = typed_id(request.form.get("version")) or 0
    with transaction() as db_session:
        order = _order(order_thing(db_session, number))
        actor = principal().actor()
        change_lines(db_session, order, units, version=version, actor=actor, now=utc_now())
    say(_("Changed."))
    return see_other("order_page.show", number=number)


def _order(thing: Thing) -> int:
    if thing.order_id is None:
        raise Refused("order_not_found")
    return thing.order_id


def _way(sent: Mapping[str, str]) -> Way:
    """The place asked for, else the one chosen last in this browser."""
    point_id, tambon = typed_id(sent.get("point")), clean(sent.get("tambon"))[:6] or None
    if point_id is None and tambon is None:
        chosen = session.get("way") or {}
        point_id, tambon = chosen.get("point"), chosen.get("tambon")
    return Way(
        point_id=point_id,
        tambon_code=None if point_id is not None else tambon,
        address_id=typed_id(sent.get("kept")),
        typed=clean(sent.get("q"))[:80],
        again="change" in sent,
    )


def _kept_parts(shown: CheckoutView, way: Way) -> dict[str, str]:
    """The chosen kept address, part by part."""
    for kept in shown.addresses:
        if kept.id == way.address_id and shown.tambon and kept.tambon_code == shown.tambon.code:
            return vars(kept.parts) | {"address_note": kept.note}
    return {}


def _read_checkout(round_id: int, way: Way) -> CheckoutView | None:
    owner, known, now = _owner(), principal().buyer_ids, utc_now()
    with reading() as db_session:
        return checkout_page(db_session, owner, round_id, way, known=known, now=now)


def _checkout_again(
    round_id: int, form: CheckoutForm, refusal: MarketError | None, status: int
) -> Response:
    """The page as it was sent, with what is wrong; typed words are not lost."""
    way = _way({"point": str(form.point.data or ""), "tambon": form.tambon.data or ""})
    shown = _read_checkout(round_id, way)
    if shown is None:
        raise refusal or Refused("cart_empty")
    return _show_checkout(shown, form, way, refusal or shown.refusal, status)


def _live() -> frozenset[PayMethod]:
    config = current_app.extensions["market_config"]
    return live_methods(config.stripe_secret_key, config.stripe_methods)


def _refuse_without_provider(form: CheckoutForm) -> None:
    method = form.method()
    if CAPABILITIES[method].live and method not in _live():
        raise Refused("pay_method_not_offered")


def _show_checkout(
    shown: CheckoutView, form: CheckoutForm, way: Way, refusal: MarketError | None, status: int
) -> Response:
    with reading() as db_session:
        payment, methods = ways_to_pay(db_session, shown, _live())
    if methods and form.pay.data not in methods:
        form.pay.data = str(methods[0])
    return page(
        "orders/checkout.html",
        upfront=payment.policy == "upfront",
        methods=methods,
        status=status,
        seen=shown,
        form=form,
        way=way,
        wrong=sentence(refusal),
        key=form.key.data or secrets.token_hex(16),
        now=utc_now(),
    )


def _remember(placed: Placed) -> None:
    remember_buyer(placed.buyer_id)
    if placed.fresh:
        session["cart_count"] = max(0, session.get("cart_count", 0) - placed.lines)
