"""Groups, products and standing offers."""

from itertools import count

from sqlalchemy.orm import Session

from market import thai
from market.catalogue.models import Category, Certificate, Enterprise, Offer, ProducerGroup, Product
from tests.factories.places import make_tambon

_serial = count(1)


def make_group(
    session: Session,
    *,
    tambon_code: str = "320502",
    region: str = "NE",
    readiness: int = 2,
    ships_parcels: bool | None = None,
    shared_minutes: int | None = None,
    members: int = 20,
    name: str | None = None,
) -> int:
    """A producer group with its enterprise; it ships parcels when it is ready."""
    make_tambon(session, tambon_code, region=region)
    serial = next(_serial)
    name = name or f"กลุ่มข้าวอินทรีย์ {serial}"
    enterprise = Enterprise(
        code=f"E{serial}", name_th=name, name_en=f"Enterprise {serial}",
        legal_form="community_enterprise", tambon_code=tambon_code, founded_on_year=2008,
    )  # fmt: skip
    session.add(enterprise)
    session.flush()
    group = ProducerGroup(
        code=f"G{serial}", enterprise_id=enterprise.id, tambon_code=tambon_code, name_th=name,
        name_en=f"Group {serial}", craft_th="ข้าวอินทรีย์", craft_en="Organic rice", sector="crop",
        readiness=readiness, members=members, households=members // 2, contact_channel="line",
        story_th="สีข้าวเองทุกรอบ",
        ships_parcels=readiness == 2 if ships_parcels is None else ships_parcels,
        shared_minutes=shared_minutes, sort_key=thai.sort_key(name),
        search=thai.search_text(name),
    )  # fmt: skip
    session.add(group)
    session.flush()
    return group.id


def make_product(
    session: Session,
    *,
    name: str | None = None,
    cycle: str = "weekly",
    ships_parcel: bool = True,
    weight_g: int = 1050,
    band_satang: tuple[int, int] = (6000, 8000),
    category: str = "rice",
    required: tuple[str, ...] = (),
) -> int:
    """A product, by default one kilogram of rice in bags at 60 to 80 baht."""
    serial = next(_serial)
    name = name or f"ข้าวหอมมะลิ {serial}"
    if not session.get(Category, category):
        session.add(Category(key=category, name_th=category, name_en=category, position=1))
        session.flush()
    product = Product(
        code=f"T{serial:04d}", category_key=category, name_th=name, name_en=f"Rice {serial}",
        unit_th="ถุง", unit_en="bag", pack="1 kg", ship_weight_g=weight_g,
        ships_parcel=ships_parcel, band_low_satang=band_satang[0], band_high_satang=band_satang[1],
        reference_satang=sum(band_satang) // 2, reference_cost_satang=4690,
        season_months=list(range(1, 13)), lead_days_min=5, shelf_days=365, storage="ambient",
        round_cycle=cycle, vat_class="exempt", label_class="check", allergens=[],
        required_certificates=list(required), sort_key=thai.sort_key(name),
        search=thai.search_text(name),
    )  # fmt: skip
    session.add(product)
    session.flush()
    return product.id


def make_offer(
    session: Session,
    group_id: int,
    product_id: int,
    *,
    capacity: int = 100,
    min_batch: int = 20,
    lot: int = 10,
    price_satang: int = 7000,
    cost_satang: int = 4700,
    lead_days: int = 5,
    max_per_order: int | None = None,
    minutes_per_unit: int = 0,
    own_use: bool = True,
    certificates: tuple[str, ...] = (),
    cycle: str = "weekly",
) -> int:
    """A group's standing terms for a product."""
    offer = Offer(
        code=f"O{next(_serial):05d}", group_id=group_id, product_id=product_id, round_cycle=cycle,
        capacity_units=capacity, min_batch_units=min_batch, lot_units=lot, lead_days=lead_days,
        price_satang=price_satang, unit_cost_satang=cost_satang, middleman_satang=5700,
        max_per_order=max_per_order or capacity, season_months=list(range(1, 13)),
        minutes_per_unit=minutes_per_unit, own_use=own_use,
    )  # fmt: skip
    session.add(offer)
    session.flush()
    session.add_all(Certificate(offer_id=offer.id, kind=kind) for kind in certificates)
    session.flush()
    return offer.id
