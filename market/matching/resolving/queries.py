"""A product that is short as a coordinator sees it: who gets less, who could make more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import cos, hypot, radians
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.errors import NotFound
from market.matching.queries.pictures import share_permille
from market.matching.resolving import rows
from market.matching.resolving.rules import Given, Maker, Want, fill
from market.matching.rules import Mode
from market.orders.rules import MakerChoice, ShortageChoice
from market.rounds.queries import RoundView, get_round

KM_A_DEGREE = 111.2
SHOWN_LINES = 50


@dataclass(frozen=True, kw_only=True)
class ShortLine:
    """A line that gets less. satang: at most what its buyer does not pay. number: only for those
    who may see the order."""

    id: int
    number: str | None
    units: int
    short_units: int
    satang: int
    priority: int
    whole: bool
    placed_at: datetime


@dataclass(frozen=True, kw_only=True)
class MakerView:
    """An offer beside the shortfall. helps: units it could take over, in whole lots.

    given: which lines would get them. stops: why it cannot be asked; '' where it can.
    before_permille, after_permille: of the group's fair share, now and with ``helps`` more.
    """

    maker: Maker
    name_th: str
    name_en: str
    tambon_code: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    papers: tuple[str, ...]
    km: int | None
    mine: bool
    said_less: bool
    given: tuple[Given, ...]
    stops: str
    got_satang: int
    reference_satang: int
    entitlement_satang: int
    wants: Sequence[Want] = field(repr=False)
    room_g: Mapping[tuple[int, int], int] = field(repr=False)

    def give(self, units: int) -> tuple[Given, ...]:
        """Which lines would get at most so many units."""
        return () if self.stops else fill(self.maker, self.wants, units, self.room_g)

    @property
    def helps(self) -> int:
        """Units that it could take over."""
        return sum(part.units for part in self.given)

    @property
    def before_permille(self) -> int:
        """Of its fair share, as things stand."""
        return share_permille(self.got_satang, self.entitlement_satang)

    def after_permille(self, units: int) -> int:
        """Of its fair share, with so many more."""
        more = self.got_satang + units * self.reference_satang
        return share_permille(more, self.entitlement_satang)


@dataclass(frozen=True, kw_only=True)
class Short:
    """A product of a round that is short, and all that may be done. step: number of the next."""

    round: RoundView
    product_id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    lines: tuple[ShortLine, ...]
    makers: tuple[MakerView, ...]
    step: int
    short_units: int
    short_lines: int
    satang: int
    nothing_lines: int  # that get nothing at all

    def maker(self, round_offer_id: int) -> MakerView:
        """One of the makers. Raises NotFound."""
        for view in self.makers:
            if view.maker.round_offer_id == round_offer_id:
                return view
        raise NotFound("not_found", what="offer")


_PRODUCT = text(
    """
    SELECT p.id AS product_id, p.code AS product_code, p.name_th, p.name_en, p.unit_th, p.unit_en,
           (SELECT coalesce(max(s.number), 0) + 1 FROM shortfall_step s
             WHERE s.round_id = :round_id AND s.product_id = p.id) AS step,
           EXISTS (SELECT 1 FROM round_offer f JOIN producer_group g ON g.id = f.group_id
                    WHERE f.round_id = :round_id AND f.product_id = p.id
                      AND g.tambon_code LIKE ANY (:areas)) AS mine
      FROM product p WHERE p.id = :product_id
    """
)


def get_short(
    session: Session, round_id: int, product_id: int, areas: Sequence[str], *, now: datetime
) -> Short:
    """The product with its lines and makers. 6 statements. Raises NotFound, also for a product
    that no group of these areas offers in the round.
    """
    like = [area + "%" for area in areas]
    given = {"round_id": round_id, "product_id": product_id, "areas": like}
    row = session.execute(_PRODUCT, given).one_or_none()
    if row is None or not row.mine:
        raise NotFound("not_found", what="product")
    found = rows.lines(session, round_id, product_id)
    offers = rows.offers(session, round_id, product_id, like, bangkok_date(now))
    ways = _Ways(rows.lanes(session, round_id, product_id), rows.posts(session))
    first = found[0] if found else None
    named = {name: value for name, value in row._mapping.items() if name != "mine"}
    return Short(
        **named,
        round=get_round(session, round_id),
        lines=tuple(_line(line, areas) for line in found[-SHOWN_LINES:][::-1]),
        makers=_makers(found, offers, ways),
        short_units=int(first.all_units) if first else 0,
        short_lines=first.all_lines if first else 0,
        satang=int(first.all_satang) if first else 0,
        nothing_lines=first.all_nothing if first else 0,
    )


def _line(row: Any, areas: Sequence[str]) -> ShortLine:
    own = any(row.tambon_code.startswith(area) for area in areas)
    missing = row.units - row.promised
    return ShortLine(
        id=row.id, number=row.number if own else None, units=row.units, short_units=missing,
        satang=missing * row.ceiling_satang, priority=row.priority,
        whole=row.shortage == ShortageChoice.NOTHING, placed_at=row.placed_at,
    )  # fmt: skip


class _Ways:
    """How a group's goods get to an order, and what still fits."""

    def __init__(self, lanes: Sequence[Any], posts: frozenset[tuple[str, str]]) -> None:
        self.lanes = {(lane.group_id, lane.point_id): lane.max_weight_g for lane in lanes}
        self.used = {
            (lane.group_id, lane.point_id, lane.delivery_index): lane.grams
            for lane in lanes
            if lane.delivery_index is not None
        }
        self.posts = posts

    def of(self, offer: Any, line: Any) -> Mode | None:
        """Its own way before the post; None where neither leads there."""
        if (offer.group_id, line.point_id) in self.lanes:
            return Mode.LANE
        posted = offer.posts and (offer.region, line.region) in self.posts
        return Mode.POST if posted else None

    def room_g(self, offer: Any, lines: Sequence[Any]) -> dict[tuple[int, int], int]:
        """Grams that still fit on the group's own ways with a limit, by point and date."""
        found = {}
        for line in lines:
            limit = self.lanes.get((offer.group_id, line.point_id), 0)
            if limit:
                key = (line.point_id, line.delivery_index)
                used = self.used.get((offer.group_id, *key), 0)
                found[key] = max(0, limit - int(used))
        return found


def _makers(lines: Sequence[Any], offers: Sequence[Any], ways: _Ways) -> tuple[MakerView, ...]:
    home = _home(offers)
    views = [_maker(offer, lines, ways, home) for offer in offers]
    return tuple(sorted(views, key=_best_first))


def _best_first(view: MakerView) -> tuple[bool, bool, int, int, int]:
    far = view.km if view.km is not None else 10**6
    return (bool(view.stops), not view.mine, -view.helps, far, view.maker.round_offer_id)


def _home(offers: Sequence[Any]) -> tuple[float, float] | None:
    """Where distances start: the reader's own groups that make this, on average."""
    known = [(o.lat, o.lon) for o in offers if o.mine and o.lat is not None and o.lon is not None]
    if not known:
        return None
    return sum(lat for lat, _ in known) / len(known), sum(lon for _, lon in known) / len(known)


def _km(offer: Any, home: tuple[float, float] | None) -> int | None:
    if home is None or offer.lat is None or offer.lon is None:
        return None
    north = offer.lat - home[0]
    east = (offer.lon - home[1]) * cos(radians(home[0]))
    return round(KM_A_DEGREE * hypot(north, east))


def _maker(
    offer: Any, lines: Sequence[Any], ways: _Ways, home: tuple[float, float] | None
) -> MakerView:
    maker = _terms(offer)
    wants = [_want(maker, offer, line, ways) for line in lines]
    room_g = ways.room_g(offer, lines)
    given = fill(maker, wants, maker.room_units, room_g)
    return MakerView(
        maker=maker, name_th=offer.name_th, name_en=offer.name_en, tambon_code=offer.tambon_code,
        tambon_th=offer.tambon_th, tambon_en=offer.tambon_en, province_th=offer.province_th,
        province_en=offer.province_en, papers=tuple(offer.papers), km=_km(offer, home),
        mine=offer.mine, said_less=offer.less, given=given if not offer.waits else (),
        stops=_stops(offer, maker, wants, given), got_satang=int(offer.got_satang),
        reference_satang=offer.reference_satang, entitlement_satang=offer.entitlement_satang,
        wants=wants, room_g=room_g,
    )  # fmt: skip


def _terms(offer: Any) -> Maker:
    made = int(offer.confirmed + offer.waiting)
    room = offer.capacity_units - made
    if offer.high_units is not None:
        room = min(room, offer.high_units - made)
    if offer.shared_minutes is not None and offer.minutes_per_unit:
        room = min(room, (offer.shared_minutes - int(offer.minutes)) // offer.minutes_per_unit)
    return Maker(
        round_offer_id=offer.round_offer_id, group_id=offer.group_id,
        price_satang=offer.price_satang, room_units=max(0, room), made_units=made,
        lot_units=offer.lot_units, min_batch_units=offer.min_batch_units,
        ready_index=offer.ready_index, in_band=offer.in_band,
    )  # fmt: skip


def _want(maker: Maker, offer: Any, line: Any, ways: _Ways) -> Want:
    return Want(
        line_id=line.id, units=line.units - line.promised,
        whole=line.shortage == ShortageChoice.NOTHING,
        way=ways.of(offer, line) if _may(maker, line) else None,
        lane_key=(line.point_id, line.delivery_index) if line.point_id else None,
        unit_g=line.ship_weight_g,
    )  # fmt: skip


def _may(maker: Maker, line: Any) -> bool:
    """Does the buyer take it from this maker, at this price, by this date?"""
    own = line.group_id == maker.group_id
    return bool(
        (own or (line.maker != MakerChoice.ONLY and maker.in_band))
        and maker.price_satang <= line.ceiling_satang
        and maker.ready_index <= line.delivery_index
    )


def _stops(offer: Any, maker: Maker, wants: Sequence[Want], given: Sequence[Given]) -> str:
    if offer.waits:
        return "waits"
    if maker.room_units < maker.lot_units:
        return "full"
    if not any(want.way for want in wants):
        return "cannot_reach"
    return "" if given else "too_few"
