"""Reading across subjects for the pages of groups and communities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.catalogue.photos.queries import ShownPhoto, photos_of_groups
from market.errors import NotFound
from market.stories.queries import (
    ArticleRow,
    CapitalRow,
    Told,
    articles_of,
    capitals_of,
    told_by,
)
from market.voices.queries.heard import ThanksSeen, thanks_on_page
from market.voices.queries.reviews import ReviewsPage, reviews_of_group

#: Only what is over: batches received, payouts that the bank has carried out. What goods cost is
#: what the round froze when it opened, without the links of the chain that the price pays apart.
_NUMBERS = text(
    """
    WITH done AS (
        SELECT b.id, b.round_id, b.round_offer_id, b.handed_over_at, b.group_id, b.product_id,
               r.delivery_on[b.delivery_index + 1] AS due_on
          FROM batch b JOIN round r ON r.id = b.round_id
         WHERE b.group_id = ANY(:group_ids) AND b.state IN ('delivered', 'paid_out')),
    units AS (
        SELECT d.id, coalesce(sum(a.live_units), 0) AS live
          FROM done d LEFT JOIN assignment a ON a.batch_id = d.id GROUP BY d.id),
    chain AS (
        SELECT product_id, sum(cost_satang) AS whole, coalesce(sum(cost_satang)
               FILTER (WHERE link_key NOT IN ('gathering', 'coordination')), 0) AS own
          FROM chain_cost WHERE product_id IN (SELECT product_id FROM done)
         GROUP BY product_id HAVING sum(cost_satang) > 0),
    paid AS (
        SELECT round_id, group_id, amount_satang FROM payout
         WHERE group_id = ANY(:group_ids) AND state = 'paid'),
    costs AS (
        SELECT p.round_id, p.group_id, min(p.amount_satang) AS got, coalesce(sum(
               u.live * CASE WHEN o.group_satang < o.price_satang AND c.whole IS NOT NULL
                             THEN o.unit_cost_satang * c.own / c.whole
                             ELSE o.unit_cost_satang END), 0) AS cost
          FROM paid p
          LEFT JOIN done d ON d.round_id = p.round_id AND d.group_id = p.group_id
          LEFT JOIN units u ON u.id = d.id
          LEFT JOIN round_offer o ON o.id = d.round_offer_id
          LEFT JOIN chain c ON c.product_id = d.product_id
         GROUP BY p.round_id, p.group_id)
    SELECT (SELECT count(DISTINCT round_id) FROM done) AS rounds,
           (SELECT coalesce(sum(live), 0)::bigint FROM units) AS units,
           (SELECT count(*) FROM done) AS batches,
           (SELECT count(*) FROM done
             WHERE (handed_over_at AT TIME ZONE 'Asia/Bangkok')::date <= due_on) AS on_time,
           (SELECT count(*) FROM ask k JOIN batch b ON b.id = k.batch_id
             WHERE b.group_id = ANY(:group_ids) AND k.answer <> 'waiting') AS asked,
           (SELECT count(*) FROM ask k JOIN batch b ON b.id = k.batch_id
             WHERE b.group_id = ANY(:group_ids) AND k.answer NOT IN ('waiting', 'silent'))
           AS answered,
           (SELECT coalesce(sum(got), 0)::bigint FROM costs) AS paid_satang,
           (SELECT coalesce(sum(greatest(got - cost, 0)), 0)::bigint FROM costs) AS surplus_satang
    """
)
_PLACE = text(
    """
    SELECT t.code, t.name_th, t.name_en, t.postcode, t.lat, t.lon, a.name_th AS amphoe_th,
           a.name_en AS amphoe_en, p.code AS province_code, p.name_th AS province_th,
           p.name_en AS province_en, p.region_code AS region
      FROM tambon t
      JOIN amphoe a ON a.code = t.amphoe_code
      JOIN province p ON p.code = t.province_code
     WHERE t.code = coalesce(CAST(:code AS text),
                             (SELECT tambon_code FROM producer_group
                               WHERE id = CAST(:group_id AS bigint)))
    """
)
_NETWORK = text(
    """
    SELECT count(DISTINCT g.tambon_code) AS tambons, count(DISTINCT left(g.tambon_code, 2))
           AS provinces
      FROM producer_group g WHERE g.active
    """
)
_GROUPS = text(
    """
    SELECT g.id, g.code, g.name_th, g.name_en, g.craft_th, g.craft_en, g.readiness, g.members,
           g.households,
           (SELECT count(*) FROM offer o JOIN product p ON p.id = o.product_id AND p.active
             WHERE o.group_id = g.id AND o.active) AS products
      FROM producer_group g
     WHERE g.tambon_code = :code AND g.active ORDER BY g.readiness DESC, g.sort_key, g.id
    """
)
_GOODS = text(
    """
    SELECT DISTINCT ON (p.sort_key, p.id) p.code, p.name_th, p.name_en, p.category_key AS category,
           g.code AS group_code
      FROM offer o
      JOIN product p ON p.id = o.product_id AND p.active
      JOIN producer_group g ON g.id = o.group_id
     WHERE o.group_id = ANY(:group_ids) AND o.active
     ORDER BY p.sort_key, p.id, g.id LIMIT 60
    """
)


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What is over and counted. paid: what the bank carried to the groups; surplus: of it, what
    is left above the costs that were frozen with the rounds.
    """

    rounds: int
    units: int
    batches: int
    on_time: int
    asked: int
    answered: int
    paid_satang: int
    surplus_satang: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """A tambon and where it lies."""

    code: str
    name_th: str
    name_en: str
    postcode: str
    lat: float | None
    lon: float | None
    amphoe_th: str
    amphoe_en: str
    province_code: str
    province_th: str
    province_en: str
    region: str


@dataclass(frozen=True, kw_only=True)
class GroupAbout:
    """What a group's page shows beside its goods."""

    told: Told
    numbers: Numbers
    place: Place
    photos: tuple[ShownPhoto, ...]
    reviews: ReviewsPage
    thanks: tuple[ThanksSeen, ...]


@dataclass(frozen=True, kw_only=True)
class CommunityGroup:
    """A group of a community."""

    id: int
    code: str
    name_th: str
    name_en: str
    craft_th: str
    craft_en: str
    readiness: int
    members: int
    households: int
    products: int


@dataclass(frozen=True, kw_only=True)
class CommunityGoods:
    """Something that a community makes."""

    code: str
    name_th: str
    name_en: str
    category: str
    group_code: str


@dataclass(frozen=True, kw_only=True)
class Community:
    """A tambon with its groups; tambons and provinces count the whole network."""

    place: Place
    groups: tuple[CommunityGroup, ...]
    goods: tuple[CommunityGoods, ...]
    capitals: tuple[CapitalRow, ...]
    articles: tuple[ArticleRow, ...]
    numbers: Numbers
    tambons: int
    provinces: int


def group_about(session: Session, group_id: int) -> GroupAbout:
    """What a group tells, what it has delivered, where it is. At most eleven statements."""
    return GroupAbout(
        told=told_by(session, group_id),
        numbers=numbers_of(session, [group_id]),
        place=place_of(session, group_id=group_id),
        photos=photos_of_groups(session, [group_id]).get(group_id, ()),
        reviews=reviews_of_group(session, group_id),
        thanks=thanks_on_page(session, group_id),
    )


def community_page(session: Session, code: str) -> Community:
    """A tambon with all its groups. Raises NotFound. Seven statements, for 1 group or for 20."""
    place = place_of(session, code)
    groups: tuple[CommunityGroup, ...] = _rows(session, _GROUPS, CommunityGroup, code=code)
    if not groups:
        raise NotFound("community_not_found")
    ids = [group.id for group in groups]
    network = session.execute(_NETWORK).one()
    return Community(
        place=place,
        groups=groups,
        goods=_rows(session, _GOODS, CommunityGoods, group_ids=ids),
        capitals=capitals_of(session, ids),
        articles=articles_of(session, ids),
        numbers=numbers_of(session, ids),
        tambons=network.tambons,
        provinces=network.provinces,
    )


def numbers_of(session: Session, group_ids: list[int]) -> Numbers:
    """What these groups have delivered and were paid, together."""
    return Numbers(**session.execute(_NUMBERS, {"group_ids": group_ids}).one()._mapping)


def place_of(session: Session, code: str | None = None, *, group_id: int | None = None) -> Place:
    """A tambon by its code, or that of a group. Raises NotFound."""
    row = session.execute(_PLACE, {"code": code, "group_id": group_id}).one_or_none()
    if row is None:
        raise NotFound("community_not_found")
    return Place(**row._mapping)


def _rows(session: Session, query: Any, kind: type[Any], **wanted: Any) -> tuple[Any, ...]:
    return tuple(kind(**row._mapping) for row in session.execute(query, wanted))
