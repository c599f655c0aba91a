"""Reading places: what an address field offers while somebody types, and the points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, select, text
from sqlalchemy.orm import Session

from market import thai
from market.errors import NotFound
from market.places.models import Amphoe, PickupPoint, Province, Tambon


@dataclass(frozen=True, kw_only=True)
class TambonView:
    """A tambon with its amphoe and province, as an address shows it."""

    code: str
    name_th: str
    name_en: str
    amphoe_th: str
    amphoe_en: str
    province_th: str
    province_en: str
    province_code: str
    region_code: str
    postcode: str


@dataclass(frozen=True, kw_only=True)
class PointView:
    """A pick-up point; group_id is set where it is a group's own place."""

    id: int
    code: str
    name_th: str
    name_en: str
    tambon_code: str
    province_th: str
    province_en: str
    weekday: int | None
    hours: str | None
    group_id: int | None


_TAMBON = (
    select(
        Tambon.code,
        Tambon.name_th,
        Tambon.name_en,
        Amphoe.name_th.label("amphoe_th"),
        Amphoe.name_en.label("amphoe_en"),
        Province.name_th.label("province_th"),
        Province.name_en.label("province_en"),
        Province.code.label("province_code"),
        Province.region_code,
        Tambon.postcode,
    )
    .join(Amphoe, Amphoe.code == Tambon.amphoe_code)
    .join(Province, Province.code == Tambon.province_code)
)

_POINT = (
    select(
        PickupPoint.id,
        PickupPoint.code,
        PickupPoint.name_th,
        PickupPoint.name_en,
        PickupPoint.tambon_code,
        Province.name_th.label("province_th"),
        Province.name_en.label("province_en"),
        PickupPoint.weekday,
        PickupPoint.hours,
        PickupPoint.group_id,
    )
    .join(Tambon, Tambon.code == PickupPoint.tambon_code)
    .join(Province, Province.code == Tambon.province_code)
)


#: What people write before a name: ตำบล, แขวง, อำเภอ, เขต, จังหวัด, whole or short, and in English.
_KINDS = re.compile(
    r"(?<!\S)(?:ตำบล|ต\.|แขวง|อำเภอ|อ\.|เขต|จังหวัด|จ\."
    r"|(?:tambon|amphoe|khwaeng|khet|changwat)(?!\S))"
)
_MOST_WORDS = 6
_NEAR = text("SET LOCAL pg_trgm.word_similarity_threshold = 0.45")


def typed_words(typed: str) -> list[str]:
    """The words to look for in what somebody typed of an address; at most six."""
    plain = re.sub(r"[%_\\,/]", " ", thai.normalise(typed[:80]))
    # A space here parts names, so it is cut before the spelling that knows no spaces.
    words = _KINDS.sub(" ", plain.lower()).split()
    return [thai.search_text(word) for word in words][:_MOST_WORDS]


def search_tambons(session: Session, typed: str, limit: int = 12) -> tuple[TambonView, ...]:
    """Tambons of which every typed word is part of the name, amphoe, province or postcode.

    Where there is none, those that are spelled nearly so. Names that begin with the first
    word come first.
    """
    words = typed_words(typed)
    if not words:
        return ()
    query = _TAMBON
    for word in words:
        query = query.where(Tambon.search.like(f"%{word}%"))
    first = func.starts_with(Tambon.search, words[0]).desc()
    exact = (Tambon.name_th == words[0]).desc()
    rows = session.execute(query.order_by(exact, first, Tambon.sort_key).limit(limit))
    found = tuple(TambonView(**row._mapping) for row in rows)
    return found or _nearly(session, words, limit)


def _nearly(session: Session, words: Sequence[str], limit: int) -> tuple[TambonView, ...]:
    """By trigrams, through the same index."""
    query = _TAMBON
    nearness: ColumnElement[float] = literal(0.0)
    for word in words:
        query = query.where(Tambon.search.op("%>")(word))
        nearness = nearness + func.word_similarity(word, Tambon.search)
    session.execute(_NEAR)
    rows = session.execute(query.order_by(nearness.desc(), Tambon.sort_key).limit(limit))
    return tuple(TambonView(**row._mapping) for row in rows)


def get_tambon(session: Session, code: str) -> TambonView:
    """One tambon by its 6-digit code. Raises NotFound."""
    row = session.execute(_TAMBON.where(Tambon.code == code)).one_or_none()
    if row is None:
        raise NotFound("tambon_not_found")
    return TambonView(**row._mapping)


def get_point(session: Session, point_id: int) -> PointView:
    """One active pick-up point. Raises NotFound."""
    row = session.execute(
        _POINT.where(PickupPoint.id == point_id, PickupPoint.active)
    ).one_or_none()
    if row is None:
        raise NotFound("point_not_found")
    return PointView(**row._mapping)


def points_by_province(session: Session) -> tuple[PointView, ...]:
    """Every active pick-up point, by province, the public ones first. One statement."""
    rows = session.execute(
        _POINT.where(PickupPoint.active).order_by(
            Province.sort_key,
            PickupPoint.group_id.isnot(None),
            func.thai_order(PickupPoint.name_th),
        )
    )
    return tuple(PointView(**row._mapping) for row in rows)
