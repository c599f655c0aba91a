"""What the checkout page shows: the wishes, the ways to get them, and the most they cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import MarketError, NotFound, Refused
from market.orders.addresses.queries import AddressView, addresses_of
from market.orders.cart_queries import CartOwner, CartRound, cart_of
from market.orders.placing import check_lines
from market.orders.queries import REACHES, Quote, quote_order, read_market
from market.orders.rules import DraftLine
from market.places.queries import (
    PointView,
    TambonView,
    get_point,
    get_tambon,
    search_tambons,
)
from market.rounds.methods import Asking, PayMethod, offered
from market.rounds.queries import PaymentView, payment_of
from market.rounds.rules import delivery_index


@dataclass(frozen=True, kw_only=True)
class Way:
    """Where the buyer wants it, as far as they have said."""

    point_id: int | None = None
    tambon_code: str | None = None
    typed: str = ""  # part of an address, to search
    again: bool = False  # choose another
    address_id: int | None = None  # one of the kept ones, in that tambon


@dataclass(frozen=True, kw_only=True)
class PointChoice:
    """A pick-up point to which every line can come."""

    id: int
    name_th: str
    name_en: str
    province_th: str
    province_en: str
    hours: str | None
    on: date


@dataclass(frozen=True, kw_only=True)
class Contact:
    """What the page fills in by itself."""

    name: str = ""
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class CheckoutView:
    """The page. quote is None until a way is chosen that serves; refusal says why not."""

    cart: CartRound
    quote: Quote | None
    refusal: MarketError | None
    point: PointView | None
    tambon: TambonView | None
    points: tuple[PointChoice, ...]
    tambons: tuple[TambonView, ...]
    contact: Contact
    addresses: tuple[AddressView, ...] = ()

    @property
    def delivery_on(self) -> date | None:
        """The day the goods come."""
        return None if self.quote is None else self.cart.delivery_on[self.quote.delivery_index]


_POINTS = text(
    f"""
    WITH wish AS (
        SELECT * FROM unnest(CAST(:products AS bigint[]), CAST(:groups AS bigint[]),
                             CAST(:makers AS text[])) AS w (product_id, group_id, maker)
    ), able AS (
        SELECT pt.id, w.product_id, min(o.ready_index) AS ready
          FROM pickup_point pt
          JOIN tambon pt_t ON pt_t.code = pt.tambon_code
          JOIN province target ON target.code = pt_t.province_code
         CROSS JOIN wish w
          JOIN round_offer o ON o.round_id = :round_id AND o.product_id = w.product_id
           AND (o.group_id = w.group_id OR (w.maker <> 'only' AND o.in_band))
          JOIN product p ON p.id = o.product_id
          JOIN producer_group g ON g.id = o.group_id
          JOIN tambon ht ON ht.code = g.tambon_code
          JOIN province home ON home.code = ht.province_code
         WHERE pt.active AND {REACHES.format(point="pt.id", region="target.region_code")}
         GROUP BY pt.id, w.product_id
    )
    SELECT pt.id, pt.name_th, pt.name_en, pt.weekday, pt.hours, province.name_th AS province_th,
           province.name_en AS province_en, max(able.ready) AS ready
      FROM able
      JOIN pickup_point pt ON pt.id = able.id
      JOIN tambon t ON t.code = pt.tambon_code
      JOIN province ON province.code = t.province_code
     GROUP BY pt.id, province.code
    HAVING count(*) = :lines
     ORDER BY province.sort_key, pt.group_id IS NOT NULL,
           thai_order(pt.name_th), pt.id
    """  # noqa: S608 - only our own fragment is put in
)


def points_for(
    session: Session, round_id: int, lines: Sequence[DraftLine], delivery_on: Sequence[date]
) -> tuple[PointChoice, ...]:
    """The points to which every line can come in time. One statement."""
    rows = session.execute(
        _POINTS,
        {
            "round_id": round_id,
            "products": [line.product_id for line in lines],
            "groups": [line.group_id for line in lines],
            "makers": [line.maker.value for line in lines],
            "lines": len(lines),
        },
    )
    choices = (_choice(row, delivery_on) for row in rows)
    return tuple(choice for choice in choices if choice is not None)


def _choice(row: Any, delivery_on: Sequence[date]) -> PointChoice | None:
    index = delivery_index(delivery_on, row.weekday)
    if row.weekday is None:
        index = row.ready  # open on every date: the first by which all is ready
    if index is None or index < row.ready:
        return None
    return PointChoice(
        id=row.id,
        name_th=row.name_th,
        name_en=row.name_en,
        province_th=row.province_th,
        province_en=row.province_en,
        hours=row.hours,
        on=delivery_on[index],
    )


def checkout_page(
    session: Session,
    owner: CartOwner,
    round_id: int,
    way: Way,
    *,
    known: Collection[int],
    now: datetime,
) -> CheckoutView | None:
    """Everything the page needs; None where the basket has nothing of this round."""
    carts = cart_of(session, owner, now=now, round_id=round_id)
    if not carts:
        return None
    lines = [line.draft() for line in carts[0].lines]
    point, tambon, quote, refusal = _try(session, carts[0], lines, way)
    choosing = quote is None or way.again
    return CheckoutView(
        cart=carts[0],
        quote=quote,
        refusal=refusal,
        point=point,
        tambon=tambon,
        points=points_for(session, round_id, lines, carts[0].delivery_on) if choosing else (),
        tambons=search_tambons(session, way.typed) if way.typed else (),
        contact=contact_of(session, owner, known),
        addresses=addresses_of(session, owner.user_id),
    )


def ways_to_pay(
    session: Session, view: CheckoutView, live: frozenset[PayMethod]
) -> tuple[PaymentView, tuple[PayMethod, ...]]:
    """How the round is paid for, and what of it fits the place and the amount."""
    payment = payment_of(session, view.cart.round_id)
    asking = Asking(
        policy=payment.policy,
        payee=payment.payee,
        live=live,
        at_point=view.point is not None,
        amount_satang=view.quote.total_satang if view.quote else None,
    )
    return payment, offered(payment.methods, asking)


def _try(
    session: Session, cart: CartRound, lines: Sequence[DraftLine], way: Way
) -> tuple[PointView | None, TambonView | None, Quote | None, MarketError | None]:
    point = tambon = None
    if way.point_id is None and way.tambon_code is None:
        return None, None, None, None
    try:
        if way.point_id is not None:
            point = get_point(session, way.point_id)
        elif way.tambon_code is not None:
            tambon = get_tambon(session, way.tambon_code)
        return point, tambon, _quote(session, cart, lines, way), None
    except (Refused, NotFound) as refusal:
        return point, tambon, None, refusal


def _quote(session: Session, cart: CartRound, lines: Sequence[DraftLine], way: Way) -> Quote:
    market = read_market(
        session,
        cart.round_id,
        {line.product_id for line in lines},
        point_id=way.point_id,
        tambon_code=way.tambon_code,
    )
    quote = quote_order(market, lines, cart.delivery_on)
    check_lines(quote)
    return quote


_CONTACT = text(
    """
    SELECT coalesce(b.name, u.name) AS name, coalesce(b.phone, u.us_phone_number) AS phone,
           coalesce(b.email, u.email) AS email
      FROM buyer b FULL JOIN "user" u ON u.id = b.user_id
     WHERE u.id = :user_id OR b.id = ANY (CAST(:known AS bigint[]))
     ORDER BY u.id = :user_id DESC NULLS LAST, b.id DESC
     LIMIT 1
    """
)


def contact_of(session: Session, owner: CartOwner, known: Collection[int]) -> Contact:
    """Name, phone and e-mail as the asker gave them last. One statement."""
    if owner.user_id is None and not known:
        return Contact()
    row = session.execute(
        _CONTACT, {"user_id": owner.user_id, "known": sorted(known)}
    ).one_or_none()
    if row is None:
        return Contact()
    return Contact(name=row.name, phone=row.phone, email=row.email)
