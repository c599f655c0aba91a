"""A simulated guest orders. Used by the simulation and to fill the sample rounds."""

from __future__ import annotations

from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from market.accounts.commands import find_or_create_buyer
from market.errors import Refused
from market.orders.placing import OrderDraft, place_order
from market.orders.queries import quote_order, read_market
from market.orders.rules import PayMethod
from market.overviews.play import queries
from market.overviews.play.queries import Aisle
from market.overviews.play.rules import pick_lines
from market.rounds.queries import get_round

CASH_SHARE = 0.3


def order_at(
    session: Session, round_id: int, aisle: Aisle, rng: Random, *, number: int, now: datetime
) -> None:
    """One guest's order at one destination. Raises Refused where the goods have run out."""
    lines = pick_lines(rng, aisle.goods)
    market = read_market(
        session,
        round_id,
        [line.product_id for line in lines],
        point_id=aisle.point_id,
        tambon_code=aisle.tambon_code,
    )
    quoted = quote_order(market, lines, get_round(session, round_id).delivery_on)
    name, phone = f"ผู้ซื้อจำลอง {number + 1}", f"+668{rng.randrange(10**8):08d}"
    buyer_id = find_or_create_buyer(
        session, user_id=None, name=name, phone=phone, email=None, now=now
    )
    home = aisle.tambon_code is not None
    cash = not home and rng.random() < CASH_SHARE
    draft = OrderDraft(
        round_id=round_id,
        buyer_id=buyer_id,
        key=f"play-{round_id}-{number}",
        pay_method=PayMethod.CASH if cash else PayMethod.PROMPTPAY,
        lines=lines,
        expected_ceiling_satang=quoted.total_satang,
        point_id=aisle.point_id,
        tambon_code=aisle.tambon_code,
        recipient=name if home else None,
        phone=phone if home else None,
        address="1 หมู่ 1" if home else None,
    )
    place_order(session, draft, now=now)


def fill_round(session: Session, round_id: int, count: int, *, seed: int, now: datetime) -> None:
    """Sample orders for an open round; those for which goods have run out fall away."""
    rng = Random(seed)  # noqa: S311  samples must be the same everywhere
    aisles = queries.aisles(session, round_id)
    for number in range(count):
        try:
            with session.begin_nested():
                order_at(session, round_id, rng.choice(aisles), rng, number=number, now=now)
        except Refused:
            continue
