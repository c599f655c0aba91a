"""Placing an order: accepted whole with units held, or refused whole. Never commits."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import issue_link, record
from market.accounts.rules import LinkPurpose
from market.errors import Conflict, Refused, Unavailable
from market.notices.commands import notify
from market.orders.holds import lock_room, seat_in, write_holds
from market.orders.queries import Goods, Quote, quote_order, read_market
from market.orders.rules import DraftLine, OrderState, PayMethod, QuotedLine
from market.orders.seating import Refusal, Wish
from market.rounds.rules import RoundState, is_open

PICKUP_CODES = 1_000_000
CODE_TRIES = 5
LINK_DAYS = 60  # after the round's last delivery a guest may still look


@dataclass(frozen=True, kw_only=True)
class OrderDraft:
    """An order as a buyer sends it: to a point, or to an address in a tambon."""

    round_id: int
    buyer_id: int
    key: str  # the same key makes one order
    pay_method: PayMethod
    lines: tuple[DraftLine, ...]
    expected_ceiling_satang: int  # what the buyer saw, delivery included
    point_id: int | None = None
    tambon_code: str | None = None
    recipient: str | None = None
    phone: str | None = None
    address: str | None = None
    address_note: str | None = None
    mail_link: bool = False  # a guest's letter carries a signed link


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An accepted order; not fresh where the same key had placed it before."""

    order_id: int
    number: str
    buyer_id: int
    fresh: bool
    lines: int = 0


_ROUND = """
    SELECT r.number, r.state, r.closes_at, r.answer_by, r.delivery_on, r.name_th, r.name_en,
           r.pay_methods, (SELECT array[o.id::text, o.number, o.buyer_id::text] FROM orders o
             WHERE o.idempotency_key = :key) AS placed
      FROM round r WHERE r.id = :round_id
"""
_PLACED = text("SELECT id, number, buyer_id FROM orders WHERE idempotency_key = :key")

_INSERT = text(
    """
    WITH numbered AS (
        SELECT nextval(pg_get_serial_sequence('orders', 'id')) AS id
    ), placed AS (
        INSERT INTO orders (id, number, round_id, buyer_id, state, idempotency_key, pay_method,
                            point_id, tambon_code, recipient, phone, address, address_note,
                            delivery_index, delivery_fee_satang, pickup_code, placed_at)
        SELECT id, :round_number || '-' || lpad(id::text, greatest(4, length(id::text)), '0'),
               :round_id, :buyer_id, 'placed', :key, :pay_method, :point_id, :tambon_code,
               :recipient, :phone, :address, :address_note, :delivery_index, :fee, :pickup_code,
               :now
          FROM numbered
        ON CONFLICT DO NOTHING
        RETURNING id, number
    )
    INSERT INTO order_line (order_id, round_id, product_id, group_id, maker, shortage, units,
                            ceiling_satang)
    SELECT placed.id, :round_id, l.* FROM placed,
           unnest(CAST(:products AS bigint[]), CAST(:groups AS bigint[]), CAST(:makers AS text[]),
                  CAST(:shortages AS text[]), CAST(:units AS bigint[]),
                  CAST(:ceilings AS bigint[])) AS l
    RETURNING id, product_id, order_id, (SELECT number FROM placed) AS number
    """
)


def place_order(
    session: Session, draft: OrderDraft, *, now: datetime, locking: bool = True
) -> Placed:
    """Accept an order whole or refuse it whole.

    Each line is held by offers that may serve it. The round is held FOR SHARE, so none is
    accepted after the cut-off; offers are locked last. Raises Refused (round closed, not
    enough left, cannot come there, too many at once) and Conflict where the price is not
    what the buyer saw. ``locking=False`` exists for the test that proves the race.
    """
    round_ = _open_round(session, draft.round_id, draft.key, now=now, locking=locking)
    if round_.placed is not None:
        order_id, number, buyer_id = round_.placed
        return Placed(order_id=int(order_id), number=number, buyer_id=int(buyer_id), fresh=False)
    if draft.pay_method.value not in round_.pay_methods:
        raise Refused("pay_method_not_offered")
    quote = _quote(session, draft, round_.delivery_on)
    placed, line_ids = _insert(session, draft, quote, round_.number, now)
    if not placed.fresh:
        return placed
    _tell(session, draft, placed, quote, round_, now)
    # Last: everybody who wants these goods waits from here to the commit.
    _hold(session, draft.round_id, quote, line_ids, locking=locking)
    return placed


def _open_round(
    session: Session, round_id: int, key: str, *, now: datetime, locking: bool = True
) -> Any:
    mode = " FOR SHARE OF r" if locking else ""
    row = session.execute(text(_ROUND + mode), {"round_id": round_id, "key": key}).one_or_none()
    if row is None:
        raise Refused("round_not_found")
    if row.placed is None and not is_open(RoundState(row.state), row.closes_at, now):
        raise Refused("round_closed", closes_at=row.closes_at.isoformat())
    return row


def _quote(session: Session, draft: OrderDraft, delivery_on: Sequence[Any]) -> Quote:
    if not draft.lines:
        raise Refused("cart_empty")
    market = read_market(
        session,
        draft.round_id,
        {line.product_id for line in draft.lines},
        point_id=draft.point_id,
        tambon_code=draft.tambon_code,
    )
    quote = quote_order(market, draft.lines, delivery_on)
    check_lines(quote)
    if draft.point_id is None and draft.pay_method is PayMethod.CASH:
        raise Refused("cash_only_at_point")
    if quote.total_satang != draft.expected_ceiling_satang:
        raise Conflict("price_changed", total_satang=quote.total_satang)
    return quote


def check_lines(quote: Quote) -> None:
    """Raises Refused for the first line that nobody can bring there, or that asks for too much."""
    for quoted in quote.lines:
        if not quoted.offers:
            raise Refused(
                "not_delivered_there",
                product_id=quoted.line.product_id,
                **names(quote.goods, quoted.line.product_id),
            )
        if quoted.line.units > quoted.most_units:
            raise Refused(
                "too_many_for_one",
                most=quoted.most_units,
                product_id=quoted.line.product_id,
                **names(quote.goods, quoted.line.product_id),
            )


def names(goods: Mapping[int, Goods], product_id: int) -> dict[str, str]:
    """A product's names and units for a sentence; Thai and English sentences take their own."""
    if product_id not in goods:
        return {"product_th": "สินค้านี้", "product_en": "this product", "unit_th": "", "unit_en": ""}
    found = goods[product_id]
    return {
        "product_th": found.name_th,
        "product_en": found.name_en,
        "unit_th": found.unit_th,
        "unit_en": found.unit_en,
    }


def _insert(
    session: Session, draft: OrderDraft, quote: Quote, round_number: int, now: datetime
) -> tuple[Placed, dict[int, int]]:
    """The order and its lines in one statement; a taken pick-up code is drawn again."""
    values = _columns(draft, quote) | {"round_number": round_number, "now": now}
    for _ in range(CODE_TRIES):
        code = f"{secrets.randbelow(PICKUP_CODES):06d}"
        rows = session.execute(_INSERT, values | {"pickup_code": code}).all()
        if rows:
            placed = Placed(
                order_id=rows[0].order_id,
                number=rows[0].number,
                buyer_id=draft.buyer_id,
                fresh=True,
                lines=len(rows),
            )
            return placed, {row.product_id: row.id for row in rows}
        twin = session.execute(_PLACED, {"key": draft.key}).one_or_none()
        if twin is not None:
            return Placed(
                order_id=twin.id, number=twin.number, buyer_id=twin.buyer_id, fresh=False
            ), {}
    raise Unavailable("no_pickup_code")


def _columns(draft: OrderDraft, quote: Quote) -> dict[str, Any]:
    lines = [quoted.line for quoted in quote.lines]
    return {
        "round_id": draft.round_id,
        "buyer_id": draft.buyer_id,
        "key": draft.key,
        "pay_method": draft.pay_method.value,
        "point_id": draft.point_id,
        "tambon_code": quote.destination.tambon_code,
        "recipient": draft.recipient,
        "phone": draft.phone,
        "address": draft.address,
        "address_note": draft.address_note,
        "delivery_index": quote.delivery_index,
        "fee": quote.fee_satang,
        "products": [line.product_id for line in lines],
        "groups": [line.group_id for line in lines],
        "makers": [line.maker.value for line in lines],
        "shortages": [line.shortage.value for line in lines],
        "units": [line.units for line in lines],
        "ceilings": [quoted.ceiling_satang for quoted in quote.lines],
    }


def _hold(
    session: Session, round_id: int, quote: Quote, line_ids: Mapping[int, int], *, locking: bool
) -> None:
    wishes = [wish_for(quoted, line_ids[quoted.line.product_id]) for quoted in quote.lines]
    room = lock_room(session, round_id, quote.offers, locking=locking)
    seating = seat_in(session, room, wishes)
    if seating.refusals:
        products = {line_id: product_id for product_id, line_id in line_ids.items()}
        raise not_enough(quote.goods, seating.refusals[0], products)
    write_holds(session, room, taken=seating.taken, given_back=seating.given_back)


def wish_for(quoted: QuotedLine, line_id: int, units: int | None = None) -> Wish:
    """What seating needs to know of a line."""
    named = [o.offer_id for o in quoted.offers if o.group_id == quoted.line.group_id]
    return Wish(
        line=line_id,
        units=quoted.line.units if units is None else units,
        offer_ids=tuple(offer.offer_id for offer in quoted.offers),
        named_offer_id=named[0] if named else None,
    )


def not_enough(
    goods: Mapping[int, Goods], refusal: Refusal, products: Mapping[int, int]
) -> Refused:
    """The refusal in data: how many of which product are left. ``products``: line -> product."""
    product_id, left = products[refusal.line], refusal.left_units
    code = "not_enough" if left else "full"
    return Refused(code, left=left, product_id=product_id, **names(goods, product_id))


def _tell(
    session: Session, draft: OrderDraft, placed: Placed, quote: Quote, round_: Any, now: datetime
) -> None:
    subject = f"order:{placed.order_id}"
    record(
        session, actor=f"buyer:{draft.buyer_id}", subject=subject, event="order.placed", at=now,
        to_state=OrderState.PLACED, data={"total_satang": quote.total_satang},
    )  # fmt: skip
    notify(
        session, event="order.placed", subject=subject, now=now, buyer_id=draft.buyer_id,
        payload={
            "link": _link(session, draft, placed, round_.closes_at, now),
            "number": placed.number,
            "round_th": round_.name_th,
            "round_en": round_.name_en,
            "lines": [
                {"units": quoted.line.units, **names(quote.goods, quoted.line.product_id)}
                for quoted in quote.lines
            ],
            "total_satang": quote.total_satang,
            "fee_satang": quote.fee_satang,
            "closes_at": round_.closes_at.isoformat(),
            "answer_by": round_.answer_by.isoformat(),
        },
    )  # fmt: skip


def _link(
    session: Session, draft: OrderDraft, placed: Placed, closes_at: datetime, now: datetime
) -> str:
    """The order's page; for a guest who gave an address, by a link that opens it."""
    if not draft.mail_link:
        return f"/orders/{placed.number}"
    token = issue_link(
        session, LinkPurpose.ORDER, expires_at=closes_at + timedelta(days=LINK_DAYS), now=now,
        order_id=placed.order_id,
    )  # fmt: skip
    return f"/l/{token}"
