"""A round whose groups have confirmed and whose buyers are about to pay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup, Product
from market.matching.models import Assignment, Batch, MatchRun
from market.matching.rules import BatchState, Mode, RunState
from market.orders.models import Order, OrderLine
from market.orders.rules import MakerChoice, PayMethod, ShortageChoice
from market.payments.charges import raise_charges
from market.payments.models import Charge
from market.payments.recording import record_receipt
from market.places.models import PickupPoint
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState
from tests.factories.matching import (
    NOW,
    make_group,
    make_leader,
    make_offer,
    make_order,
    make_point,
    make_product,
    make_round,
)

PRICE = 7000


@dataclass
class Paying:
    """A PAYING round: one group, one product, one point, and what was made of it."""

    round: Round
    group: ProducerGroup
    product: Product
    point: PickupPoint
    offer: RoundOffer
    run: MatchRun
    batch: Batch
    leader: Any
    orders: list[Order] = field(default_factory=list)
    lines: list[OrderLine] = field(default_factory=list)

    @property
    def after_pay_by(self) -> Any:
        """A moment when the pay-by time has passed."""
        return self.round.pay_by + timedelta(minutes=1)


def make_paying(session: Session, *, minimum: int = 10, lot: int = 10, **product: Any) -> Paying:
    """A round in PAYING with one confirmed batch and no orders yet."""
    round_ = make_round(session, state=RoundState.PAYING)
    group = make_group(session)
    goods = make_product(session, **product)
    point = make_point(session, group)
    run = MatchRun(
        round_id=round_.id, rematch_no=0, state=RunState.PUBLISHED, mode="exact", params={},
        versions={}, started_at=NOW, finished_at=NOW, published_at=NOW,
    )  # fmt: skip
    session.add(run)
    session.flush()
    offer = make_offer(session, round_, group, goods, minimum=minimum, lot=lot, price=PRICE)
    batch = _batch(session, round_, offer)
    leader = make_leader(session, group)
    return Paying(round_, group, goods, point, offer, run, batch, leader)


def _batch(session: Session, round_: Round, offer: RoundOffer) -> Batch:
    batch = Batch(
        round_id=round_.id, round_offer_id=offer.id, group_id=offer.group_id,
        product_id=offer.product_id, delivery_index=0, state=BatchState.CONFIRMED,
        confirmed_units=0, to_make_units=0, version=1,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch


def add_batch(session: Session, paying: Paying, *, price: int = PRICE, **product: Any) -> Batch:
    """Another product and group in the same round."""
    group = make_group(session)
    goods = make_product(session, **product)
    offer = make_offer(session, paying.round, group, goods, minimum=5, lot=1, price=price)
    make_leader(session, group)
    return _batch(session, paying.round, offer)


def add_order(
    session: Session,
    paying: Paying,
    units: int,
    *,
    confirmed: int | None = None,
    cash: bool = False,
    parcel: bool = False,
    shortage: ShortageChoice = ShortageChoice.FEWER,
    maker: MakerChoice = MakerChoice.ANY,
) -> Order:
    """An order of the product of which ``confirmed`` units (None: all) were confirmed."""
    line = make_order(
        session, paying.round, paying.product, units, shortage=shortage, maker=maker,
        point=None if parcel else paying.point,
        group=None if maker is MakerChoice.ANY else paying.group,
    )  # fmt: skip
    order = session.get_one(Order, line.order_id)
    order.pay_method = PayMethod.CASH if cash else PayMethod.PROMPTPAY
    assign(session, paying, paying.batch, line, units if confirmed is None else confirmed)
    paying.orders.append(order)
    paying.lines.append(line)
    return order


def add_line(
    session: Session,
    paying: Paying,
    order: Order,
    batch: Batch,
    units: int,
    *,
    shortage: ShortageChoice = ShortageChoice.FEWER,
    confirmed: int | None = None,
) -> OrderLine:
    """Another line in an order, made by another batch."""
    line = OrderLine(
        order_id=order.id, round_id=paying.round.id, product_id=batch.product_id,
        maker=MakerChoice.ANY, group_id=None, shortage=shortage, units=units,
        ceiling_satang=9000, priority=1,
    )  # fmt: skip
    session.add(line)
    session.flush()
    assign(session, paying, batch, line, units if confirmed is None else confirmed)
    return line


def assign(session: Session, paying: Paying, batch: Batch, line: OrderLine, units: int) -> None:
    """Units of the batch were confirmed for the line."""
    if not units:
        return
    offer = session.get_one(RoundOffer, batch.round_offer_id)
    session.add(
        Assignment(
            run_id=paying.run.id, batch_id=batch.id, line_id=line.id, mode=Mode.LANE, units=units,
            confirmed_units=units, live_units=0, received_units=0, price_satang=offer.price_satang,
        )
    )  # fmt: skip
    batch.confirmed_units += units
    session.flush()


def charge_of(session: Session, order: Order) -> Charge:
    """The order's charge, as it is in the database now."""
    query = select(Charge).where(Charge.order_id == order.id)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def pay(session: Session, order: Order, *, now: Any = NOW) -> None:
    """The treasurer saw this order's transfer."""
    charge = charge_of(session, order)
    record_receipt(
        session, charge.id, bank_reference=f"REF-{order.id:06d}",
        amount_satang=charge.amount_satang, actor="user:1", now=now,
    )  # fmt: skip


def raise_and_pay(session: Session, paying: Paying, *, now: Any = NOW) -> None:
    """Charges raised and every PromptPay one of them paid."""
    raise_charges(session, paying.round.id, now=now)
    for order in paying.orders:
        if order.pay_method is PayMethod.PROMPTPAY and live_units(session, order):
            pay(session, order, now=now)


def live_units(session: Session, order: Order) -> int:
    """Units still to be delivered for an order."""
    query = text(
        "SELECT coalesce(sum(a.live_units), 0) FROM assignment a"
        " JOIN order_line l ON l.id = a.line_id WHERE l.order_id = :id"
    )
    return int(session.execute(query, {"id": order.id}).scalar_one())


def state_of(session: Session, row: Any) -> str:
    """The state of a row, read anew."""
    session.refresh(row)
    return str(row.state)


def ledger(session: Session) -> dict[str, int]:
    """Balances by kind of account, debits positive."""
    rows = session.execute(text("SELECT kind, sum(amount_satang) AS s FROM posting GROUP BY kind"))
    return {row.kind: int(row.s) for row in rows if row.s}
