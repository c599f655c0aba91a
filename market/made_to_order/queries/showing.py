"""One request as its pages show it: written, sent, answered, agreed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.catalogue.models import ProducerGroup
from market.errors import NotFound
from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.rules import Answered, InviteState, RequestState
from market.principals import Thing

_HEAD = """
    SELECT r.id, r.state, r.version, r.words, r.units, r.unit_th, r.unit_en, r.ship_weight_g,
           r.max_price_satang, r.standards, r.needed_on, r.buyer_kind, r.org_name, r.tax_id,
           r.name, r.phone, r.email, r.picture_hash, r.category_key, r.product_id, r.point_id,
           r.tambon_code, r.address, r.address_note, r.deposit_basis_points, r.asked_at,
           r.answer_by, r.choose_by, r.follows_id, r.buyer_id,
           c.name_th AS category_th, c.name_en AS category_en, p.code AS product_code,
           p.name_th AS product_th, p.name_en AS product_en,
           pt.name_th AS point_th, pt.name_en AS point_en, pt.weekday,
           t.name_th AS tambon_th, t.name_en AS tambon_en, v.name_th AS province_th,
           v.name_en AS province_en, o.number AS order_number
      FROM goods_request r
      LEFT JOIN category c ON c.key = r.category_key
      LEFT JOIN product p ON p.id = r.product_id
      LEFT JOIN pickup_point pt ON pt.id = r.point_id
      LEFT JOIN tambon t ON t.code = r.tambon_code
      LEFT JOIN province v ON v.code = t.province_code
      LEFT JOIN orders o ON o.id = r.order_id
"""
_ONE = text(_HEAD + " WHERE r.id = :id")
_MINE = text(_HEAD + " WHERE (r.buyer_id = ANY(:buyers) OR r.id = ANY(:ids)) AND r.state <> 'draft'"
             " ORDER BY r.id DESC LIMIT 50")  # fmt: skip
_ANSWERS = text(
    """
    SELECT i.id, i.group_id, i.state, i.reasons, i.price_satang, i.units, i.lot_units, i.ready_on,
           i.words, i.cannot_reason, i.chosen_units, i.answered_at, i.on_behalf, i.asked_at,
           g.name_th, g.name_en, g.code AS group_code, t.name_th AS tambon_th,
           t.name_en AS tambon_en, v.name_th AS province_th, v.name_en AS province_en,
           v.region_code, g.phone, t.lat, t.lon,
           ARRAY(SELECT DISTINCT c.kind FROM certificate c JOIN offer o ON o.id = c.offer_id
                  WHERE o.group_id = i.group_id AND o.product_id = i.product_id
                    AND (c.expires_on IS NULL OR c.expires_on >= r.needed_on)
                  ORDER BY c.kind) AS certificates
      FROM request_invite i
      JOIN goods_request r ON r.id = i.request_id
      JOIN producer_group g ON g.id = i.group_id
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province v ON v.code = t.province_code
     WHERE i.request_id = :id AND (CAST(:group_id AS bigint) IS NULL OR i.group_id = :group_id)
     ORDER BY i.state NOT IN ('chosen', 'offered'), i.price_satang, i.score DESC, i.id
    """
)
_QUESTIONS = text(
    """
    SELECT q.id, i.group_id, q.question, q.asked_at, q.answer, q.answered_at,
           g.name_th, g.name_en
      FROM request_question q
      JOIN request_invite i ON i.id = q.invite_id
      JOIN producer_group g ON g.id = i.group_id
     WHERE i.request_id = :id AND (CAST(:group_id AS bigint) IS NULL OR i.group_id = :group_id)
     ORDER BY q.answer IS NOT NULL, q.id
    """
)
#: What the group sells of the like, as a help when it names its price.
_OWN = text(
    """
    SELECT o.price_satang, o.unit_cost_satang, o.capacity_units, p.name_th, p.name_en, p.unit_th,
           p.unit_en, p.code, p.category_key
      FROM request_invite i
      JOIN product p ON p.id = i.product_id
      LEFT JOIN offer o ON o.group_id = i.group_id AND o.product_id = i.product_id
     WHERE i.request_id = :id AND i.group_id = :group_id
    """
)


@dataclass(frozen=True, kw_only=True)
class RequestSeen:
    """A request. What a draft does not hold yet is None. Units and satang a unit."""

    id: int
    state: RequestState
    version: int
    words: str | None
    units: int | None
    unit_th: str | None
    unit_en: str | None
    ship_weight_g: int
    max_price_satang: int | None
    standards: list[str]
    needed_on: date | None
    buyer_kind: str | None
    org_name: str | None
    tax_id: str | None
    name: str | None
    phone: str | None
    email: str | None
    picture_hash: str | None
    category_key: str | None
    product_id: int | None
    point_id: int | None
    tambon_code: str | None
    address: str | None
    address_note: str | None
    deposit_basis_points: int | None
    asked_at: datetime | None
    answer_by: datetime | None
    choose_by: datetime | None
    follows_id: int | None
    buyer_id: int | None
    category_th: str | None
    category_en: str | None
    product_code: str | None
    product_th: str | None
    product_en: str | None
    point_th: str | None
    point_en: str | None
    weekday: int | None
    tambon_th: str | None
    tambon_en: str | None
    province_th: str | None
    province_en: str | None
    order_number: str | None

    @property
    def most_satang(self) -> int:
        """What all of it may cost at most, without delivery."""
        return (self.units or 0) * (self.max_price_satang or 0)


@dataclass(frozen=True, kw_only=True)
class AnswerSeen:
    """A group that was asked, and what it says."""

    id: int
    group_id: int
    state: InviteState
    reasons: list[str]
    price_satang: int | None
    units: int | None
    lot_units: int
    ready_on: date | None
    words: str | None
    cannot_reason: str | None
    chosen_units: int | None
    answered_at: datetime | None
    on_behalf: bool
    asked_at: datetime
    name_th: str
    name_en: str
    group_code: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    region_code: str
    phone: str | None
    lat: float | None
    lon: float | None
    certificates: list[str]

    def answered(self) -> Answered | None:
        """The yes, as the rules see it; None where there is none that may be chosen."""
        if self.state != InviteState.OFFERED or self.ready_on is None:
            return None
        return Answered(
            group_id=self.group_id, units=self.units or 0, lot_units=self.lot_units,
            price_satang=self.price_satang or 0, ready_on=self.ready_on,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class QuestionSeen:
    """What a group asked the buyer."""

    id: int
    group_id: int
    question: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    name_th: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class OwnGoods:
    """The like of it in the group's own terms; None where it has no standing terms."""

    price_satang: int | None
    unit_cost_satang: int | None
    capacity_units: int | None
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    code: str
    category_key: str


def see_request(session: Session, request_id: int) -> RequestSeen:
    """One request. Raises NotFound."""
    row = session.execute(_ONE, {"id": request_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="request")
    return RequestSeen(**row._mapping)


def requests_of(
    session: Session, buyer_ids: Collection[int], request_ids: Collection[int] = ()
) -> tuple[RequestSeen, ...]:
    """A buyer's requests, or those a link opens, the newest first."""
    if not buyer_ids and not request_ids:
        return ()
    rows = session.execute(_MINE, {"buyers": sorted(buyer_ids), "ids": sorted(request_ids)})
    return tuple(RequestSeen(**row._mapping) for row in rows)


def answers_of(
    session: Session, request_id: int, group_id: int | None = None
) -> tuple[AnswerSeen, ...]:
    """The groups that were asked: those who can first, the cheapest first. Or one of them."""
    rows = session.execute(_ANSWERS, {"id": request_id, "group_id": group_id})
    return tuple(AnswerSeen(**row._mapping) for row in rows)


def questions_of(
    session: Session, request_id: int, group_id: int | None = None
) -> tuple[QuestionSeen, ...]:
    """What groups asked back, the open questions first."""
    rows = session.execute(_QUESTIONS, {"id": request_id, "group_id": group_id})
    return tuple(QuestionSeen(**row._mapping) for row in rows)


def own_goods(session: Session, request_id: int, group_id: int) -> OwnGoods | None:
    """What the group makes that comes nearest; None where nothing does."""
    row = session.execute(_OWN, {"id": request_id, "group_id": group_id}).one_or_none()
    return None if row is None else OwnGoods(**row._mapping)


def request_thing(session: Session, request_id: int, **_view_args: Any) -> Thing:
    """Whose request this is. What nobody has sent yet belongs to its letter alone."""
    row = session.execute(
        select(GoodsRequest.state, GoodsRequest.buyer_id, GoodsRequest.tambon_code).where(
            GoodsRequest.id == request_id
        )
    ).one_or_none()
    if row is None or row.state is RequestState.DRAFT:
        raise NotFound("not_found", what="request")
    if row.state is RequestState.PROVING:
        return Thing(request_id=request_id)
    return Thing(request_id=request_id, buyer_id=row.buyer_id, area=row.tambon_code)


def invite_thing(session: Session, request_id: int, group_id: int, **_view_args: Any) -> Thing:
    """A group's own part of a request. Raises NotFound where it was not asked."""
    area = session.scalar(
        select(ProducerGroup.tambon_code)
        .join(RequestInvite, RequestInvite.group_id == ProducerGroup.id)
        .where(RequestInvite.request_id == request_id, RequestInvite.group_id == group_id)
    )
    if area is None:
        raise NotFound("not_found", what="request")
    return Thing(request_id=request_id, group_id=group_id, area=area)
