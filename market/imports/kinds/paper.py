"""Orders taken on paper: one order per phone and pick-up point, placed as any other order is.

The check asks the same rules without holding anything; carrying out places each order in a
transaction of its own, under a key made from the import, so that a worker that dies in the
middle has placed what it placed and the next one goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import find_or_create_buyer, record
from market.errors import Conflict, NotFound, Refused
from market.imports.cells import plain
from market.imports.kinds.base import Job, Kind, beyond
from market.imports.kinds.paper_world import ROUND, World, read_world
from market.imports.rules import Row, tell_twins
from market.imports.sheets import ORDERS
from market.orders.commands import cancel_order
from market.orders.holds import lock_room, seat_in
from market.orders.placing import OrderDraft, place_order, wish_for
from market.orders.queries import MarketView, Quote, quote_order, read_market
from market.orders.rules import DraftLine, MakerChoice, PayMethod
from market.orders.seating import Wish

_KNOWN = text(
    """
    SELECT DISTINCT o.buyer_id FROM orders o JOIN buyer b ON b.id = o.buyer_id
     WHERE b.phone = :phone AND b.user_id IS NULL AND b.email IS NULL
       AND o.idempotency_key LIKE 'paper:%' AND EXISTS (
           SELECT 1 FROM unnest(CAST(:areas AS text[])) area WHERE o.tambon_code LIKE area || '%')
    """
)
_ORDER = text(
    """
    SELECT o.id, o.version, o.state, o.funded_at, coalesce(p.tambon_code, o.tambon_code) AS area
      FROM orders o LEFT JOIN pickup_point p ON p.id = o.point_id WHERE o.id = :id
    """
)
_AREA = text("SELECT tambon_code FROM pickup_point WHERE id = :id")


def judge(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """As many statements as pick-up points are named, and seven; never one a row."""
    world = read_world(session, job, rows)
    for row in rows:
        _find(row, world)
    tell_twins(rows, ("phone", "point_id", "product_id"))
    for key, basket in baskets(rows).items():
        _check_basket(basket, key, world)
    good = [row for row in rows if not row.faults]
    _check_market(session, job, good, world)
    for row in rows:
        row.settle(None)


def _find(row: Row, world: World) -> None:
    for key, known, code in (
        ("point", world.points, "no_point"), ("product", world.goods, "not_in_round"),
    ):  # fmt: skip
        said = row.given.get(key)
        found = known.get(plain(said)) if said else None
        if found is not None:
            row.given[f"{key}_id"] = found.id
        elif said:
            row.wrong(key, code, value=said)
    if "group" in row.given:
        row.given["group_id"] = world.groups.get(row.given["group"])
        if row.given["group_id"] is None:
            row.wrong("group", "no_group", value=row.given["group"])
    if method_of(row).value not in world.round.pay_methods:
        row.wrong("cash", "pay_method_not_offered")


def method_of(row: Row) -> PayMethod:
    """Cash at the point, which is what paper means, unless the sheet says no."""
    return PayMethod.CASH if row.given.get("cash", True) else PayMethod.PROMPTPAY


def baskets(rows: Sequence[Row]) -> dict[tuple[str, int], list[Row]]:
    """Rows without faults by phone and point: what becomes one order."""
    found: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        if not row.faults:
            found.setdefault((row.given["phone"], row.given["point_id"]), []).append(row)
    return found


def digest_of(key: tuple[str, int], rows: Sequence[Row]) -> str:
    """The same paper read twice gives the same: phone, point, and units of each product."""
    lines = sorted((row.given["product_id"], row.given["units"]) for row in rows)
    return hashlib.sha256(f"{key} {lines}".encode()).hexdigest()[:24]


def _check_basket(rows: Sequence[Row], key: tuple[str, int], world: World) -> None:
    first = rows[0]
    for row in rows[1:]:
        if plain(row.given["name"]) != plain(first.given["name"]):
            row.wrong("name", "other_name", row=first.no, name=first.given["name"])
        if method_of(row) is not method_of(first):
            row.wrong("cash", "other_method", row=first.no)
    for row in rows:
        number = world.before.get((*key, row.given["product_id"], row.given["units"]))
        if number is not None:  # a mended sheet still holds what was ordered already
            row.wrong("product", "ordered_before", number=number)


def _check_market(session: Session, job: Job, rows: Sequence[Row], world: World) -> None:
    """Does it come there, and is there enough for all of them together?"""
    products = {row.given["product_id"] for row in rows}
    wishes: list[Wish] = []
    offers: dict[int, Any] = {}
    by_no = {row.no: row for row in rows}
    for point_id in sorted({row.given["point_id"] for row in rows}):
        market = read_market(session, job.round_id or 0, products, point_id=point_id)
        here = [row for row in rows if row.given["point_id"] == point_id]
        quote = _quoted(market, here, world.round.delivery_on)
        if quote is None:
            for row in here:
                row.wrong("point", "point_shut_this_round")
            continue
        offers |= {offer.offer_id: offer for offer in quote.offers}
        wishes += _wishes(quote, here)
    if not wishes:
        return
    room = lock_room(session, job.round_id or 0, list(offers.values()), locking=False)
    for refusal in seat_in(session, room, wishes).refusals:
        row = by_no[refusal.line]
        row.wrong("units", "not_enough_left", left=refusal.left_units)


def _quoted(market: MarketView, rows: Sequence[Row], delivery_on: Sequence[Any]) -> Quote | None:
    try:
        return quote_order(market, [line_of(row) for row in rows], delivery_on)
    except Refused:
        return None


def _wishes(quote: Quote, rows: Sequence[Row]) -> list[Wish]:
    wishes = []
    for row, quoted in zip(rows, quote.lines, strict=True):
        if not quoted.offers:
            row.wrong("product", "not_delivered_there")
        elif row.given["units"] > quoted.most_units:
            row.wrong("units", "too_many_for_one", most=quoted.most_units)
        else:
            row.given["ceiling_satang"] = quoted.ceiling_satang
            wishes.append(wish_for(quoted, row.no))
    return wishes


def line_of(row: Row) -> DraftLine:
    """The row as a line of an order: any maker, unless a group is named."""
    group_id = row.given.get("group_id")
    maker = MakerChoice.ANY if group_id is None else MakerChoice.FIRST
    return DraftLine(
        product_id=row.given["product_id"], units=row.given["units"], maker=maker,
        group_id=group_id,
    )  # fmt: skip


def apply(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """Place one order of these rows (a single basket). A product that finds no room any more
    leaves the order, with its reason; the others are placed. Nothing is placed at a point that
    is the importer's no more.
    """
    area = session.scalars(_AREA, {"id": rows[0].given["point_id"]}).one()
    left = [row for row in rows if not beyond(job, row, area)]
    while left:
        try:
            with session.begin_nested():
                _place(session, job, left)
            return
        except (Refused, Conflict, NotFound) as refusal:
            product = refusal.data.get("product_id")
            out = [row for row in left if row.given["product_id"] == product] or left
            for row in out:
                row.outcome, row.reason, row.reason_data = "refused", refusal.code, refusal.data
            left = [row for row in left if row not in out]


def _place(session: Session, job: Job, rows: Sequence[Row]) -> None:
    first = rows[0]
    phone, point_id = first.given["phone"], first.given["point_id"]
    known = session.scalars(_KNOWN, {"phone": phone, "areas": list(job.reach.areas)}).all()
    buyer_id = find_or_create_buyer(
        session, user_id=None, name=first.given["name"], phone=phone, email=None, known=known,
        now=job.now,
    )  # fmt: skip
    lines = tuple(line_of(row) for row in rows)
    placed = place_order(
        session,
        OrderDraft(
            round_id=job.round_id or 0, buyer_id=buyer_id,
            key=f"paper:{digest_of((phone, point_id), rows)}:{job.import_id}",
            pay_method=method_of(first), lines=lines,
            expected_ceiling_satang=_ceiling(session, job, point_id, lines),
            point_id=point_id, recipient=first.given["name"], phone=phone,
        ),
        now=job.now,
    )  # fmt: skip
    if placed.fresh:
        record(session, actor=job.actor, subject=f"order:{placed.order_id}",
               event="order.from_paper", at=job.now, data={"import": job.import_id})  # fmt: skip
    for row in rows:
        row.outcome, row.target_id = "applied", placed.order_id
        row.reason_data = {"number": placed.number}


def _ceiling(session: Session, job: Job, point_id: int, lines: Sequence[DraftLine]) -> int:
    """Nobody sees a price on paper: what the round says now is what is ordered at."""
    market = read_market(
        session, job.round_id or 0, {line.product_id for line in lines}, point_id=point_id
    )
    found = session.execute(ROUND, {"id": job.round_id}).one()
    return quote_order(market, lines, found.delivery_on).total_satang


def undo(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """Cancel one order (its rows), where the round still takes changes, nobody touched it and its
    point is still the importer's.
    """
    order = session.execute(_ORDER, {"id": rows[0].target_id}).one_or_none()
    if order is not None and any([beyond(job, row, order.area) for row in rows]):
        return
    outcome, reason, data = "undone", None, dict[str, Any]()
    if order is None or order.state == "cancelled":
        pass
    elif order.version != 1 or order.funded_at is not None:
        outcome, reason = "kept", "changed_since"
    else:
        try:
            with session.begin_nested():
                cancel_order(session, order.id, actor=job.actor, now=job.now)
        except (Refused, Conflict) as refusal:
            outcome, reason, data = "kept", refusal.code, refusal.data
    for row in rows:
        row.outcome, row.reason = outcome, reason
        row.reason_data = (row.reason_data or {}) | data


ORDER_KIND = Kind(sheet=ORDERS, judge=judge, apply=apply, undo=undo, one_by_one=True)
