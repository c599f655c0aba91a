"""The screens of "how many this round": which goods, how many, what price, and yes."""

from __future__ import annotations

from flask import Blueprint, Response, request

from market.db import reading
from market.errors import Conflict, MarketError, NotFound, Refused
from market.rounds import queries
from market.rounds.commands import Terms
from market.rounds.forms import typed_terms
from market.rounds.offering.queries import forecast
from market.rounds.queries import OfferView
from market.rounds.rules import RoundState
from market.web import allow, page, sentence, status_of

bp = Blueprint("offering", __name__)


@bp.get("/group/<int:group_id>/offers/<int:round_id>/goods/<int:offer_id>")
@allow("group.offer", queries.group_thing)
def ask(group_id: int, round_id: int, offer_id: int) -> Response:
    """One question a screen. Looking changes nothing; the last screen's button does."""
    return asking(group_id, round_id, offer_id)


def asking(
    group_id: int, round_id: int, offer_id: int, refusal: MarketError | None = None
) -> Response:
    """How many; then the price; then what is left over, and yes. A refusal shows where it is."""
    with reading() as session:
        round_ = queries.get_round(session, round_id)
        offer = _offer(queries.group_offers(session, round_id, group_id), offer_id)
        if round_.state is not RoundState.DRAFT:
            raise Conflict("terms_are_frozen")
        step, terms, wrong = _step(offer)
        left = forecast(session, offer, terms.price_satang)
    fault = refusal or wrong
    return page(
        f"offering/{'many' if refusal else step}.html", round=round_, offer=offer, left=left,
        terms=terms, typed=request.values, group_id=group_id,
        error=sentence(fault), status=status_of(fault),
    )  # fmt: skip


def _offer(offers: tuple[OfferView, ...], offer_id: int) -> OfferView:
    for offer in offers:
        if offer.id == offer_id:
            return offer
    raise NotFound("not_found", what="offer")


def _step(offer: OfferView) -> tuple[str, Terms, MarketError | None]:
    """Which screen the address asks for, with the numbers as they stand there."""
    known = Terms(capacity_units=offer.capacity_units, price_satang=offer.price_satang)
    capacity, price = request.args.get("capacity"), request.args.get("price")
    if capacity is None:
        return "many", known, None
    try:
        typed = typed_terms(capacity, f"{offer.price_satang / 100:.2f}")
        _whole_lots(offer, typed)
    except MarketError as wrong:
        return "many", known, wrong
    if price is None:
        return "price", typed, None
    try:
        return "yes", typed_terms(capacity, price), None
    except MarketError as wrong:
        return "price", typed, wrong


def _whole_lots(offer: OfferView, terms: Terms) -> None:
    if terms.capacity_units % offer.lot_units or terms.capacity_units < offer.min_batch_units:
        raise Refused("capacity_not_whole_lots", lot=offer.lot_units, minimum=offer.min_batch_units)
