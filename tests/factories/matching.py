"""A small closed round to match: places, groups with offers and ways, orders with one line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.models import Buyer, Grant, User
from market.accounts.rules import Role
from market.catalogue.models import Category, Enterprise, Offer, ProducerGroup, Product
from market.clock import utc_now
from market.orders.models import Order, OrderLine
from market.orders.rules import MakerChoice, PayMethod, ShortageChoice
from market.places.models import Amphoe, Lane, PickupPoint, PostRate, Province, Tambon
from market.rounds.models import Round, RoundGroup, RoundOffer
from market.rounds.rules import Cycle, RoundState

NOW = datetime(2026, 11, 25, 11, 30, tzinfo=UTC)
PROVINCE, AMPHOE, TAMBON = "98", "9801", "980101"
_serial = count(1)


def make_place(session: Session) -> None:
    """One province with one tambon, in a region of its own; made once a test."""
    if session.get(Province, PROVINCE) is not None:
        return
    names = {"name_th": "ทดสอบ", "name_en": "Test"}
    session.add(Province(code=PROVINCE, region_code="T", sort_key="ท", **names))
    session.flush()
    session.add(Amphoe(code=AMPHOE, province_code=PROVINCE, **names))
    session.flush()
    session.add(
        Tambon(code=TAMBON, amphoe_code=AMPHOE, province_code=PROVINCE, postcode="98000",
               search="ทดสอบ", sort_key="ท", **names)
    )  # fmt: skip
    session.add(
        PostRate(from_region="T", to_region="T", first_kg_satang=3000, extra_kg_satang=1000, days=2)
    )
    session.add(Category(key="test", position=99, **names))
    session.flush()


def make_round(session: Session, *, state: RoundState = RoundState.CLOSED, **values: Any) -> Round:
    """A closed round: cut-off just before NOW, a day to answer, delivery in ten days."""
    make_place(session)
    fields: dict[str, Any] = {
        "number": 900 + next(_serial), "name_th": "รอบทดสอบ", "name_en": "Test round",
        "cycle": Cycle.WEEKLY, "state": state, "opens_at": NOW - timedelta(days=5),
        "closes_at": NOW - timedelta(minutes=30), "answer_by": NOW + timedelta(hours=24),
        "first_answer_by": NOW + timedelta(hours=24), "answer_hours": 12, "rematch_limit": 2,
        "pay_by": NOW + timedelta(days=4), "delivery_on": [date(2026, 12, 4)], "sample": True,
    }  # fmt: skip
    round_ = Round(**fields | values)
    session.add(round_)
    session.flush()
    return round_


def make_live_round(session: Session, **values: Any) -> Round:
    """A round closed just now: its deadlines are ahead of the server's clock."""
    shift = utc_now() - NOW
    times = {
        "opens_at": NOW - timedelta(days=5), "closes_at": NOW - timedelta(minutes=30),
        "answer_by": NOW + timedelta(hours=24), "first_answer_by": NOW + timedelta(hours=24),
        "pay_by": NOW + timedelta(days=4),
    }  # fmt: skip
    return make_round(session, **{name: moment + shift for name, moment in times.items()} | values)


def make_product(session: Session, **values: Any) -> Product:
    """Rice by the bag, 40 to 90 baht, may be posted."""
    make_place(session)
    serial = next(_serial)
    fields: dict[str, Any] = {
        "code": f"T-RICE-{serial}", "category_key": "test", "name_th": f"ข้าว {serial}",
        "name_en": f"Rice {serial}", "unit_th": "ถุง", "unit_en": "bag", "pack": "1 กก.",
        "ship_weight_g": 1000, "ships_parcel": True, "band_low_satang": 4000,
        "band_high_satang": 9000, "reference_satang": 7000, "reference_cost_satang": 4500,
        "season_months": list(range(1, 13)), "lead_days_min": 1, "shelf_days": 0,
        "storage": "ambient", "round_cycle": "weekly", "vat_class": "exempt",
        "label_class": "food", "allergens": [], "required_certificates": [],
        "sort_key": "ข", "search": "ข้าว",
    }  # fmt: skip
    product = Product(**fields | values)
    session.add(product)
    session.flush()
    return product


def make_group(session: Session, *, ships: bool = True) -> ProducerGroup:
    """A group of ten members in the test tambon."""
    make_place(session)
    serial = next(_serial)
    names = {"name_th": f"กลุ่ม {serial}", "name_en": f"Group {serial}"}
    enterprise = Enterprise(
        code=f"T-E{serial}", legal_form="community_enterprise", tambon_code=TAMBON, **names
    )
    session.add(enterprise)
    session.flush()
    group = ProducerGroup(
        code=f"T-G{serial}", enterprise_id=enterprise.id, tambon_code=TAMBON, craft_th="ข้าว",
        craft_en="Rice", sector="food", readiness=2, members=10, households=8,
        contact_channel="phone", phone="+66812345678", ships_parcels=ships, sort_key="ก",
        search="กลุ่ม", **names,
    )  # fmt: skip
    session.add(group)
    session.flush()
    return group


def make_offer(
    session: Session, round_: Round, group: ProducerGroup, product: Product, *,
    capacity: int = 100, minimum: int = 10, lot: int = 10, price: int = 7000,
    shared_minutes: int | None = None, minutes_per_unit: int = 0,
) -> RoundOffer:  # fmt: skip
    """The group takes part in the round with this product."""
    units = {"capacity_units": capacity, "min_batch_units": minimum, "lot_units": lot}
    terms = {
        "price_satang": price, "unit_cost_satang": 4500, "middleman_satang": 5500,
        "max_per_order": capacity, "minutes_per_unit": minutes_per_unit, "lead_days": 3,
    }  # fmt: skip
    offer = Offer(
        code=f"T-O{next(_serial)}", group_id=group.id, product_id=product.id,
        round_cycle="weekly", season_months=list(range(1, 13)), own_use=True, **units, **terms,
    )  # fmt: skip
    session.add(offer)
    session.flush()
    taken = select(RoundGroup.id).where(
        RoundGroup.round_id == round_.id, RoundGroup.group_id == group.id
    )
    if session.scalar(taken) is None:
        session.add(
            RoundGroup(round_id=round_.id, group_id=group.id, shared_minutes=shared_minutes,
                       entitlement_satang=400_000)
        )  # fmt: skip
    joined = RoundOffer(
        round_id=round_.id, offer_id=offer.id, group_id=group.id, product_id=product.id,
        ready_index=0, in_band=True, **units, **terms,
    )  # fmt: skip
    session.add(joined)
    session.flush()
    return joined


def make_point(session: Session, *groups: ProducerGroup) -> PickupPoint:
    """A pick-up point that these groups drive to."""
    make_place(session)
    serial = next(_serial)
    point = PickupPoint(
        code=f"T-P{serial}", name_th=f"จุด {serial}", name_en=f"Point {serial}", tambon_code=TAMBON
    )
    session.add(point)
    session.flush()
    for group in groups:
        session.add(
            Lane(group_id=group.id, point_id=point.id, distance_m=1000, cost_satang_per_kg=100,
                 fixed_cost_satang=2000, max_weight_g=0)
        )  # fmt: skip
    session.flush()
    return point


def make_order(
    session: Session, round_: Round, product: Product, units: int, *,
    point: PickupPoint | None = None, group: ProducerGroup | None = None,
    maker: MakerChoice = MakerChoice.ANY, shortage: ShortageChoice = ShortageChoice.FEWER,
    ceiling: int = 9000, priority: int = 1,
) -> OrderLine:  # fmt: skip
    """An order with one line, to a point or by parcel to the test tambon."""
    serial = next(_serial)
    buyer = Buyer(name=f"ผู้ซื้อ {serial}", email=f"buyer{serial}@example.org", sample=True)
    session.add(buyer)
    session.flush()
    order = Order(
        number=f"{round_.number}-{serial:04d}", round_id=round_.id, buyer_id=buyer.id,
        idempotency_key=f"t-{serial}", pay_method=PayMethod.PROMPTPAY,
        point_id=point.id if point else None, tambon_code=TAMBON,
        recipient=None if point else "สมใจ", phone=None if point else "+66812345678",
        address=None if point else "1 หมู่ 2", delivery_index=0,
        delivery_fee_satang=0 if point else 4000, pickup_code=f"{serial:06d}",
        placed_at=NOW - timedelta(hours=2),
    )  # fmt: skip
    session.add(order)
    session.flush()
    line = OrderLine(
        order_id=order.id, round_id=round_.id, product_id=product.id, maker=maker,
        group_id=group.id if group else None, shortage=shortage, units=units,
        ceiling_satang=ceiling, priority=priority,
    )  # fmt: skip
    session.add(line)
    session.flush()
    return line


def make_clusters(session: Session, *, orders: int = 60) -> Round:
    """A closed round of two bunches of groups and goods with nothing in common, so that its
    match falls into several pieces at every step.
    """
    chance = Random(5)
    round_ = make_live_round(session)
    for goods in (3, 2):
        groups = [make_group(session) for _ in range(2)]
        point = make_point(session, *groups)
        for product in [make_product(session) for _ in range(goods)]:
            for group in groups:
                make_offer(
                    session, round_, group, product, capacity=chance.choice((30, 50)),
                    minimum=chance.choice((10, 20)), lot=chance.choice((1, 5)),
                )  # fmt: skip
            for _ in range(orders // 5):
                make_order(
                    session, round_, product, chance.randint(1, 9),
                    point=chance.choice((point, None)),
                )  # fmt: skip
    return round_


def make_leader(session: Session, group: ProducerGroup, role: Role = Role.GROUP_LEADER) -> User:
    """A user who leads the group, with an e-mail."""
    serial = next(_serial)
    user = User(
        name=f"หัวหน้า {serial}", email=f"leader{serial}@example.org", active=True,
        fs_uniquifier=f"t-leader-{serial}", confirmed_at=NOW, language="th", sample=True,
    )  # fmt: skip
    session.add(user)
    session.flush()
    session.add(Grant(user_id=user.id, role=role, group_id=group.id))
    session.flush()
    return user
