"""An order that was agreed upon before it exists: one line, its makers and prices settled."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.orders.models import Order, OrderLine
from market.orders.placing import PICKUP_CODES
from market.orders.rules import MakerChoice, OrderState, PayMethod, ShortageChoice


@dataclass(frozen=True, kw_only=True)
class AgreedOrder:
    """What was agreed: so many of a product, to a point or an address. The key makes it one."""

    round_id: int
    round_number: int
    buyer_id: int
    key: str
    pay_method: PayMethod
    product_id: int
    units: int
    ceiling_satang: int  # the dearest of the agreed prices
    fee_satang: int
    tambon_code: str
    point_id: int | None = None
    recipient: str | None = None
    phone: str | None = None
    address: str | None = None
    address_note: str | None = None


def place_agreed(
    session: Session, agreed: AgreedOrder, *, actor: str, now: datetime
) -> tuple[Order, OrderLine]:
    """The order and its line. Its round is new, so no other order can have its pick-up code."""
    order_id = session.scalars(select(func.nextval("orders_id_seq"))).one()
    order = Order(
        id=order_id, number=f"{agreed.round_number}-{order_id:04d}", round_id=agreed.round_id,
        buyer_id=agreed.buyer_id, state=OrderState.PLACED, idempotency_key=agreed.key,
        pay_method=agreed.pay_method, point_id=agreed.point_id, tambon_code=agreed.tambon_code,
        recipient=agreed.recipient, phone=agreed.phone, address=agreed.address,
        address_note=agreed.address_note, delivery_index=0, delivery_fee_satang=agreed.fee_satang,
        pickup_code=f"{secrets.randbelow(PICKUP_CODES):06d}", placed_at=now,
    )  # fmt: skip
    session.add(order)
    session.flush()
    line = OrderLine(
        order_id=order.id, round_id=agreed.round_id, product_id=agreed.product_id,
        maker=MakerChoice.ANY, shortage=ShortageChoice.FEWER, units=agreed.units,
        ceiling_satang=agreed.ceiling_satang,
    )  # fmt: skip
    session.add(line)
    session.flush()
    record(
        session, actor=actor, subject=f"order:{order.id}", event="order.placed", at=now,
        to_state=OrderState.PLACED, data={"agreed": True, "units": agreed.units},
    )  # fmt: skip
    return order, line
