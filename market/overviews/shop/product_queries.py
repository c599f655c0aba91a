"""Reading one product: what it is, who makes it in an open round, and on what terms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session

from market.catalogue.channels.queries import own_lane, sends_parcel
from market.catalogue.models import (
    Category,
    ChainCost,
    Offer,
    ProducerGroup,
    Product,
)
from market.catalogue.photos.queries import photos_of_products
from market.clock import bangkok_date
from market.errors import NotFound
from market.overviews.shop.live import WHOSE_HOURS, OpenRound, is_open, left_units
from market.overviews.shop.product_rows import (
    MakerRow,
    NextRound,
    ProductPage,
    ProductRow,
    UsualMaker,
)
from market.places.models import Amphoe, PostRate, Province, Tambon
from market.rounds.models import Round, RoundGroup, RoundOffer
from market.rounds.rules import RoundState
from market.stories.queries import answered, papers_by_group, steps_by_group
from market.voices.queries.reviews import reviews_of_product


def product_page(
    session: Session, code: str, now: datetime, round_id: int | None = None
) -> ProductPage:
    """Everything on a product's page; of the wanted round if it is open, else of the soonest.

    Raises NotFound. Eight statements, ten where no round is open for it.
    """
    product = _product(session, code)
    makers = _makers(session, product.id, now, round_id)
    usual = () if makers else _usual_makers(session, product.id)
    groups = [maker.group_id for maker in makers or usual]
    costs = session.execute(
        select(ChainCost.link_key, ChainCost.cost_satang)
        .where(ChainCost.product_id == product.id)
        .order_by(ChainCost.link_no)
    )
    return ProductPage(
        product=product,
        makers=makers,
        usual=usual,
        chain={link: cost for link, cost in costs},
        next_round=None if makers else _next_round(session, product, now),
        steps=steps_by_group(session, product.id, groups),
        papers=papers_by_group(session, product.id, groups, bangkok_date(now)),
        questions=answered(session, product_id=product.id),
        photos=photos_of_products(session, [product.id]).get(product.id, ()),
        reviews=reviews_of_product(session, product.id),
    )


def _product(session: Session, code: str) -> ProductRow:
    row = session.execute(
        select(
            Product.id, Product.code, Product.name_th, Product.name_en, Product.unit_th,
            Product.unit_en, Product.category_key.label("category"),
            Category.name_th.label("category_th"), Category.name_en.label("category_en"),
            Product.pack, Product.reference_satang, Product.reference_cost_satang,
            Product.season_months, Product.shelf_days, Product.storage,
            sends_parcel().label("ships_parcel"), own_lane().label("own_lane"),
            Product.round_cycle, Product.allergens,
        )
        .join(Category, Category.key == Product.category_key)
        .where(Product.code == code, Product.active)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("product_not_found")
    values = dict(row._mapping)
    values |= {"season_months": tuple(row.season_months), "allergens": tuple(row.allergens)}
    return ProductRow(**values)


def _makers(
    session: Session, product_id: int, now: datetime, round_id: int | None
) -> tuple[MakerRow, ...]:
    """The makers in one open round, those that sell everywhere first, nearest to a batch first."""
    values = {"now": now, "product_id": product_id}
    found = [_maker(row) for row in session.execute(_maker_query(), values)]
    wanted = [maker for maker in found if maker.round_id == round_id]
    return tuple(wanted or [maker for maker in found if maker.round_id == found[0].round_id])


@cache
def _maker_query() -> Select[*tuple[Any, ...]]:
    # One statement: a column a field of MakerRow.
    nearest = RoundOffer.reserved_units * 1.0 / RoundOffer.min_batch_units
    return (
        select(
            RoundOffer.round_id, OpenRound.closes_at, OpenRound.delivery_on,
            ProducerGroup.id.label("group_id"), ProducerGroup.code.label("group_code"),
            ProducerGroup.name_th, ProducerGroup.name_en, ProducerGroup.story_th,
            ProducerGroup.members, Tambon.name_th.label("tambon_th"),
            Tambon.name_en.label("tambon_en"), Amphoe.name_th.label("amphoe_th"),
            Amphoe.name_en.label("amphoe_en"), Province.name_th.label("province_th"),
            Province.name_en.label("province_en"), Province.region_code.label("region"),
            RoundOffer.price_satang, RoundOffer.unit_cost_satang, RoundOffer.middleman_satang,
            func.coalesce(RoundOffer.group_satang, RoundOffer.price_satang).label("group_satang"),
            RoundOffer.min_batch_units.label("minimum_units"), RoundOffer.capacity_units,
            RoundOffer.reserved_units, left_units().label("left_units"),
            RoundOffer.max_per_order, RoundOffer.ready_index, RoundOffer.in_band,
            (ProducerGroup.readiness == 1).label("local_only"), Offer.own_use,
            _post_days(func.min).label("post_days_min"),
            _post_days(func.max).label("post_days_max"),
        )
        .join(OpenRound, OpenRound.id == RoundOffer.round_id)
        .join(Offer, Offer.id == RoundOffer.offer_id)
        .join(Product, Product.id == RoundOffer.product_id)
        .join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Amphoe, Amphoe.code == Tambon.amphoe_code)
        .join(Province, Province.code == Tambon.province_code)
        .outerjoin(RoundGroup, WHOSE_HOURS)
        .where(is_open(), RoundOffer.product_id == bindparam("product_id"))
        .order_by(OpenRound.closes_at, OpenRound.id, "local_only", nearest.desc(),
                  RoundOffer.price_satang, RoundOffer.id)
    )  # fmt: skip


def _post_days(pick: Callable[..., Any]) -> ScalarSelect[int]:
    """Days by post from the maker's region to the nearest (min) or farthest (max) one."""
    return (
        select(pick(PostRate.days))
        .where(
            PostRate.from_region == Province.region_code,
            sends_parcel(),
            ProducerGroup.ships_parcels,
        )
        .scalar_subquery()
    )


def _maker(row: Row[*tuple[Any, ...]]) -> MakerRow:
    values = dict(row._mapping)
    values["delivery_on"] = tuple(row.delivery_on)
    return MakerRow(**values)


def _usual_makers(session: Session, product_id: int) -> tuple[UsualMaker, ...]:
    """Who makes it when a round is open, ready groups first."""
    rows = session.execute(
        select(
            ProducerGroup.id.label("group_id"), ProducerGroup.code.label("group_code"),
            ProducerGroup.name_th, ProducerGroup.name_en, ProducerGroup.members,
            Tambon.name_th.label("tambon_th"), Tambon.name_en.label("tambon_en"),
            Amphoe.name_th.label("amphoe_th"), Amphoe.name_en.label("amphoe_en"),
            Province.name_th.label("province_th"), Province.name_en.label("province_en"),
            Province.region_code.label("region"), Offer.own_use,
        )
        .join(Offer, Offer.group_id == ProducerGroup.id)
        .join(Tambon, Tambon.code == ProducerGroup.tambon_code)
        .join(Amphoe, Amphoe.code == Tambon.amphoe_code)
        .join(Province, Province.code == Tambon.province_code)
        .where(Offer.product_id == product_id, Offer.active, ProducerGroup.active)
        .order_by(ProducerGroup.readiness.desc(), ProducerGroup.sort_key, ProducerGroup.id)
        .limit(12)
    )  # fmt: skip
    return tuple(UsualMaker(**row._mapping) for row in rows)


def _next_round(session: Session, product: ProductRow, now: datetime) -> NextRound:
    """The next planned round of the product's cycle."""
    opens_at = session.scalar(
        select(func.min(Round.opens_at)).where(
            Round.state == RoundState.DRAFT,
            Round.cycle == product.round_cycle,
            Round.opens_at > now,
        )
    )
    return NextRound(opens_at=opens_at)
