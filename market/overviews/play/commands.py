"""A simulated guest orders. Used by the simulation and to fill the sample rounds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import find_or_create_buyer
from market.errors import Refused
from market.orders.placing import OrderDraft, place_order
from market.orders.queries import quote_order, read_market
from market.orders.rules import DraftLine, PayMethod
from market.overviews.play import queries
from market.overviews.play.queries import Aisle
from market.overviews.play.rules import pick_lines

CASH_SHARE = 0.3
NAMES = ("มานี", "ปิติ", "ชูใจ", "วีระ", "สมคิด", "เพชร", "จันทร", "ดวงแก้ว", "สายใจ", "ก้องเกียรติ", "นภา")
PEOPLE = 240  # who order again and again


def order_at(
    session: Session, round_id: int, aisle: Aisle, rng: Random, *, number: int, now: datetime,
    known: Collection[int] = (), person: int | None = None,
) -> int:  # fmt: skip
    """One guest's order at one destination; the buyer's id. person: as whom, of ``known``
    buyers or a new one. Raises Refused where the goods have run out.
    """
    person = number if person is None else person
    lines = pick_lines(rng, aisle.goods)
    ceiling_satang = _ceiling(session, round_id, aisle, lines)
    name = f"{NAMES[person % len(NAMES)]} จำลอง {person + 1}"
    phone = f"+6680000{(person + 1) % 10_000:04d}"
    buyer_id = find_or_create_buyer(
        session, user_id=None, name=name, phone=phone, email=None, now=now, known=known
    )
    home = aisle.tambon_code is not None
    cash = not home and rng.random() < CASH_SHARE
    draft = OrderDraft(
        round_id=round_id,
        buyer_id=buyer_id,
        key=f"play-{round_id}-{number}",
        pay_method=PayMethod.CASH if cash else PayMethod.PROMPTPAY,
        lines=lines,
        expected_ceiling_satang=ceiling_satang,
        point_id=aisle.point_id,
        tambon_code=aisle.tambon_code,
        recipient=name if home else None,
        phone=phone if home else None,
        address="1 หมู่ 1" if home else None,
    )
    place_order(session, draft, now=now)
    return buyer_id


def _ceiling(session: Session, round_id: int, aisle: Aisle, lines: Sequence[DraftLine]) -> int:
    """What the guest would have read at the checkout, satang."""
    market = read_market(
        session, round_id, [line.product_id for line in lines], point_id=aisle.point_id,
        tambon_code=aisle.tambon_code,
    )  # fmt: skip
    return quote_order(market, lines, aisle.delivery_on).total_satang


def fill_round(
    session: Session,
    round_id: int,
    count: int,
    *,
    seed: int,
    now: datetime,
    points: int | None = None,
) -> None:
    """Sample orders for an open round, of people who order again and again.

    Those for which goods have run out fall away. points: only at so many destinations, those
    that most groups reach.
    """
    rng = Random(seed)  # noqa: S311  samples must be the same everywhere
    aisles = sorted(queries.aisles(session, round_id), key=lambda a: -len(a.groups))[:points]
    known = set(session.scalars(text("SELECT id FROM buyer WHERE name LIKE '% จำลอง %'")))
    for number in range(count):
        try:
            with session.begin_nested():
                buyer_id = order_at(
                    session, round_id, rng.choice(aisles), rng, number=number, now=now,
                    known=known, person=rng.randrange(PEOPLE),
                )  # fmt: skip
        except Refused:
            continue
        known.add(buyer_id)


_UNSENT = text(
    """
    UPDATE notice SET seen_at = CASE channel WHEN 'inapp' THEN created_at END,
           state = CASE channel WHEN 'inapp' THEN state ELSE 'skipped' END,
           error = CASE channel WHEN 'inapp' THEN error ELSE 'settled' END
     WHERE created_at < :before AND (channel = 'inapp' OR state IN ('due', 'spare'))
    """
)


def leave_past_unsent(session: Session, *, now: datetime) -> None:
    """What would have been told days ago is not sent any more, and was read."""
    session.execute(_UNSENT, {"before": now - timedelta(days=2)})
