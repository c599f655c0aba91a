"""A small market for tests of ordering: places, makers, an open round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from market.accounts.models import Buyer
from market.catalogue.models import Category, Enterprise, Offer, ProducerGroup, Product
from market.orders.commands import OrderDraft, Placed, place_order
from market.orders.rules import DraftLine, MakerChoice, PayMethod, ShortageChoice
from market.places.models import (
    Amphoe,
    DeliveryTariff,
    Lane,
    PickupPoint,
    PostRate,
    Province,
    Tambon,
)
from market.rounds.models import Round, RoundGroup, RoundOffer
from market.rounds.rules import Cycle, RoundState

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
CUT_OFF = NOON + timedelta(days=2)
_keys = count(1)


def number_from(first: int) -> None:
    """Start codes and round numbers here: for a database that other runs have filled before."""
    global _keys
    _keys = count(first)


@dataclass
class SmallMarket:
    """Ids of what ``make_market`` made."""

    round_id: int
    product_id: int
    group_ids: list[int]
    offer_ids: list[int]  # of the round
    point_id: int
    tambon_code: str


def make_market(
    session: Session,
    *,
    groups: int = 1,
    capacity: int = 20,
    price_satang: int = 7000,
    closes_at: datetime = CUT_OFF,
    opens_at: datetime = NOON - timedelta(days=2),
    shared_minutes: int | None = None,
    minutes_per_unit: int = 0,
    point: str = "U01",
    parcels: bool = True,
) -> SmallMarket:
    """One product, ``groups`` makers that reach one point, and a round open at NOON."""
    places(session)
    round_ = make_round(session, opens_at=opens_at, closes_at=closes_at)
    product = make_product(session)
    point_id = make_point(session, code=point)
    market = SmallMarket(round_.id, product.id, [], [], point_id, "100101")
    for _ in range(groups):
        group = make_group(session, ships_parcels=parcels, shared_minutes=shared_minutes)
        join(
            session,
            market,
            group,
            product,
            capacity=capacity,
            price_satang=price_satang,
            minutes_per_unit=minutes_per_unit,
            shared_minutes=shared_minutes,
        )
        session.add(
            Lane(
                group_id=group.id,
                point_id=point_id,
                distance_m=1000,
                cost_satang_per_kg=0,
                fixed_cost_satang=0,
                max_weight_g=10**9,
            )
        )
    session.flush()
    return market


def places(session: Session) -> None:
    """Bangkok and Surin, one tambon each, post between them and a tariff."""
    if session.get(Province, "10") is not None:
        return
    session.add_all(
        [
            Province(code="10", name_th="กรุงเทพมหานคร", name_en="Bangkok", region_code="C",
                     sort_key="กรุงเทพ"),
            Province(code="32", name_th="สุรินทร์", name_en="Surin", region_code="NE",
                     sort_key="สุรินทร์"),
        ]
    )  # fmt: skip
    session.flush()
    session.add_all(
        [
            Amphoe(code="1001", province_code="10", name_th="พระนคร", name_en="Phra Nakhon"),
            Amphoe(code="3201", province_code="32", name_th="เมืองสุรินทร์", name_en="Mueang Surin"),
        ]
    )
    session.flush()
    session.add_all(
        [
            Tambon(code="100101", amphoe_code="1001", province_code="10", name_th="พระบรมมหาราชวัง",
                   name_en="Phra Borom Maha Ratchawang", postcode="10200", lat=13.75, lon=100.49,
                   search="พระบรมมหาราชวังพระนครกรุงเทพมหานคร 10200", sort_key="พระบรม"),
            Tambon(code="320101", amphoe_code="3201", province_code="32", name_th="ในเมือง",
                   name_en="Nai Mueang", postcode="32000", lat=14.88, lon=103.49,
                   search="ในเมืองเมืองสุรินทร์สุรินทร์ 32000", sort_key="ในเมือง"),
            DeliveryTariff(to_region="C", first_kg_satang=4500, extra_kg_satang=1000),
            PostRate(from_region="NE", to_region="C", first_kg_satang=4000, extra_kg_satang=900,
                     days=2),
        ]
    )  # fmt: skip
    session.flush()


def make_round(
    session: Session,
    *,
    opens_at: datetime = NOON - timedelta(days=2),
    closes_at: datetime = CUT_OFF,
    state: RoundState = RoundState.OPEN,
    delivery_on: tuple[date, ...] = (date(2026, 12, 5), date(2026, 12, 6)),
) -> Round:
    """A weekly round; delivery on Saturday and Sunday."""
    serial = next(_keys)
    round_ = Round(
        number=serial,
        name_th=f"รอบที่ {serial}",
        name_en=f"Round {serial}",
        cycle=Cycle.WEEKLY,
        state=state,
        opens_at=opens_at,
        closes_at=closes_at,
        answer_by=closes_at + timedelta(days=1),
        first_answer_by=closes_at + timedelta(days=1),
        answer_hours=12,
        rematch_limit=2,
        pay_by=closes_at + timedelta(days=3),
        delivery_on=list(delivery_on),
    )
    session.add(round_)
    session.flush()
    return round_


def make_product(session: Session, *, name: str = "ข้าวหอมมะลิ", weight_g: int = 1050) -> Product:
    """Jasmine rice in bags; the band is 60 to 80 baht."""
    if session.get(Category, "rice") is None:
        session.add(Category(key="rice", name_th="ข้าว", name_en="Rice", position=1))
        session.flush()
    serial = next(_keys)
    product = Product(
        code=f"XP{serial:03d}",
        category_key="rice",
        name_th=f"{name} {serial}",
        name_en=f"Jasmine rice {serial}",
        unit_th="ถุง",
        unit_en="bag",
        pack="1 kg",
        ship_weight_g=weight_g,
        ships_parcel=True,
        band_low_satang=6000,
        band_high_satang=8000,
        reference_satang=7000,
        reference_cost_satang=4690,
        season_months=list(range(1, 13)),
        lead_days_min=5,
        shelf_days=365,
        storage="ambient",
        round_cycle="weekly",
        vat_class="exempt",
        label_class="check",
        allergens=[],
        required_certificates=[],
        sort_key=name,
        search=name,
    )
    session.add(product)
    session.flush()
    return product


def make_group(
    session: Session, *, ships_parcels: bool = True, shared_minutes: int | None = None
) -> ProducerGroup:
    """A group in Surin."""
    serial = next(_keys)
    enterprise = Enterprise(
        code=f"XE{serial}", name_th="วิสาหกิจชุมชน", name_en="Enterprise",
        legal_form="community_enterprise", tambon_code="320101", founded_on_year=2550,
    )  # fmt: skip
    session.add(enterprise)
    session.flush()
    group = ProducerGroup(
        code=f"XG{serial}",
        enterprise_id=enterprise.id,
        tambon_code="320101",
        name_th=f"กลุ่มที่ {serial}",
        name_en=f"Group {serial}",
        craft_th="ข้าว",
        craft_en="rice",
        sector="rice",
        readiness=2 if ships_parcels else 1,
        members=20,
        households=15,
        contact_channel="line",
        ships_parcels=ships_parcels,
        shared_minutes=shared_minutes,
        sort_key="กลุ่ม",
        search="กลุ่ม",
    )
    session.add(group)
    session.flush()
    return group


def join(
    session: Session,
    market: SmallMarket,
    group: ProducerGroup,
    product: Product,
    *,
    capacity: int,
    price_satang: int = 7000,
    minutes_per_unit: int = 0,
    shared_minutes: int | None = None,
    max_per_order: int = 10,
    ready_index: int = 0,
    in_band: bool = True,
) -> RoundOffer:
    """The group offers the product in the round."""
    terms = {
        "group_id": group.id,
        "product_id": product.id,
        "capacity_units": capacity,
        "min_batch_units": 1,
        "lot_units": 1,
        "lead_days": 5,
        "price_satang": price_satang,
        "unit_cost_satang": 4690,
        "middleman_satang": 5000,
        "max_per_order": min(max_per_order, capacity),
        "minutes_per_unit": minutes_per_unit,
    }
    offer = Offer(
        code=f"XO{next(_keys)}", round_cycle="weekly", season_months=list(range(1, 13)),
        own_use=True, **terms,
    )  # fmt: skip
    session.add(offer)
    session.flush()
    known = session.query(RoundGroup).filter_by(round_id=market.round_id, group_id=group.id)
    if known.one_or_none() is None:
        session.add(
            RoundGroup(round_id=market.round_id, group_id=group.id, entitlement_satang=100_000,
                       shared_minutes=shared_minutes)
        )  # fmt: skip
    round_offer = RoundOffer(
        round_id=market.round_id, offer_id=offer.id, ready_index=ready_index, in_band=in_band,
        **terms,
    )  # fmt: skip
    session.add(round_offer)
    session.flush()
    market.offer_ids.append(round_offer.id)
    if group.id not in market.group_ids:
        market.group_ids.append(group.id)
    return round_offer


def make_point(session: Session, *, code: str = "U01", weekday: int | None = 5) -> int:
    """A pick-up point in Bangkok; Saturdays."""
    point = PickupPoint(
        code=f"{code}-{next(_keys)}", name_th="จุดรับลาดยาว", name_en="Lat Yao Point",
        tambon_code="100101", weekday=weekday, hours="16:00-19:00", capacity_boxes=60,
    )  # fmt: skip
    session.add(point)
    session.flush()
    return point.id


def make_buyer(session: Session, *, email: str | None = None) -> int:
    """A guest with a phone."""
    buyer = Buyer(name="ผู้ซื้อ", phone="+66812345678", email=email)
    session.add(buyer)
    session.flush()
    return buyer.id


def draft(
    market: SmallMarket,
    buyer_id: int,
    *,
    units: int = 2,
    maker: MakerChoice = MakerChoice.ANY,
    group_id: int | None = None,
    shortage: ShortageChoice = ShortageChoice.FEWER,
    key: str | None = None,
    expected: int | None = None,
    price_satang: int = 7000,
    **to: object,
) -> OrderDraft:
    """An order of the market's product, to its point unless ``to`` says otherwise."""
    to = to or {"point_id": market.point_id}
    return OrderDraft(
        round_id=market.round_id,
        buyer_id=buyer_id,
        key=key or f"key-{next(_keys)}",
        pay_method=PayMethod.PROMPTPAY,
        lines=(
            DraftLine(
                product_id=market.product_id,
                units=units,
                maker=maker,
                group_id=group_id,
                shortage=shortage,
            ),
        ),
        expected_ceiling_satang=units * price_satang if expected is None else expected,
        **to,  # type: ignore[arg-type]
    )


def order(session: Session, market: SmallMarket, *, now: datetime = NOON, **wish: object) -> Placed:
    """Place an order of a new buyer."""
    return place_order(session, draft(market, make_buyer(session), **wish), now=now)  # type: ignore[arg-type]
