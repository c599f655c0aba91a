"""Reading baskets of several people: the goods of a round at a point, who wants what, the sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market import thai
from market.accounts.rules import hash_token
from market.errors import NotFound, Refused
from market.orders.cart_queries import CartOwner
from market.orders.placing import check_lines
from market.orders.queries import REACHES, Quote, quote_order, read_market
from market.orders.rules import DraftLine, MakerChoice
from market.orders.together.rules import BasketState

HOST = "host"  # instead of a browser's secret: the host is known by who they are
GOODS_SHOWN = 24


@dataclass(frozen=True, kw_only=True)
class GoodsView:
    """Goods that get to the point in time. group_id is set where only one group can make it."""

    product_id: int
    code: str
    category: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    price_satang: int  # the most a unit costs there
    group_id: int | None
    most_units: int
    left_units: int

    def draft(self, units: int) -> DraftLine:
        """As one line of the order."""
        maker = MakerChoice.ANY if self.group_id is None else MakerChoice.ONLY
        return DraftLine(
            product_id=self.product_id, units=units, maker=maker, group_id=self.group_id
        )


@dataclass(frozen=True, kw_only=True)
class FriendLine:
    """So many of a product for one friend."""

    product_id: int
    code: str
    category: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    units: int
    price_satang: int

    @property
    def total_satang(self) -> int:
        """The most it may cost."""
        return self.units * self.price_satang


@dataclass(frozen=True, kw_only=True)
class FriendView:
    """A friend and their lines."""

    id: int
    name: str
    host: bool
    key_hash: str
    lines: tuple[FriendLine, ...]

    @property
    def total_satang(self) -> int:
        """The most theirs may cost."""
        return sum(line.total_satang for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class BasketView:
    """A basket with everybody in it. Friends are shown the host's name and nothing else of them."""

    id: int
    state: BasketState
    serial: int
    round_id: int
    round_th: str
    round_en: str
    closes_at: datetime
    delivery_on: tuple[date, ...]
    open: bool
    host_name: str
    point_id: int
    point_th: str
    point_en: str
    province_th: str
    province_en: str
    hours: str | None
    number: str | None
    friends: tuple[FriendView, ...]

    @property
    def total_satang(self) -> int:
        """The most all of it may cost."""
        return sum(friend.total_satang for friend in self.friends)


_BASKET = """
    SELECT b.id, b.state, b.serial, b.round_id, r.name_th AS round_th, r.name_en AS round_en,
           r.closes_at, r.delivery_on,
           b.state = 'open' AND r.state = 'open' AND r.closes_at > :now AS open,
           b.host_name, b.point_id, pt.name_th AS point_th, pt.name_en AS point_en,
           v.name_th AS province_th, v.name_en AS province_en, pt.hours, o.number
      FROM shared_basket b
      JOIN round r ON r.id = b.round_id
      JOIN pickup_point pt ON pt.id = b.point_id
      JOIN tambon t ON t.code = pt.tambon_code
      JOIN province v ON v.code = t.province_code
      LEFT JOIN orders o ON o.id = b.order_id
"""
_BY_LINK = text(_BASKET + " WHERE b.token_hash = :link_hash AND r.closes_at > :now")
_OWN = text(_BASKET + " WHERE b.id = :id AND (b.user_id = :user_id OR b.owner_hash = :token_hash)")
_MINE = text(
    _BASKET + " WHERE (b.user_id = :user_id OR b.owner_hash = :token_hash)"
    " AND (r.closes_at > :now OR b.order_id IS NOT NULL) ORDER BY b.id DESC LIMIT 20"
)
_FRIENDS = text(
    """
    SELECT f.id, f.name, f.key_hash, l.product_id, l.units, p.code, p.category_key AS category,
           p.name_th, p.name_en, p.unit_th, p.unit_en
      FROM shared_friend f
      LEFT JOIN shared_line l ON l.friend_id = f.id
      LEFT JOIN product p ON p.id = l.product_id
     WHERE f.basket_id = :basket_id
     ORDER BY f.key_hash <> 'host', f.id, l.id
    """
)
#: One line a product: any maker within the band, else the cheapest that gets there. Terms are
#: frozen while the round is open, so friends and the order see the same.
_GOODS = text(
    f"""
    SELECT p.id AS product_id, p.code, p.category_key AS category, p.name_th, p.name_en,
           p.unit_th, p.unit_en, max(o.max_per_order) AS most_units,
           CASE WHEN bool_or(o.in_band) THEN max(o.price_satang) FILTER (WHERE o.in_band)
                ELSE min(o.price_satang) END AS price_satang,
           CASE WHEN bool_or(o.in_band) THEN NULL
                ELSE (array_agg(o.group_id ORDER BY o.price_satang, o.id))[1] END AS group_id,
           greatest(0, sum(o.capacity_units - o.reserved_units))::bigint AS left_units
      FROM round_offer o
      JOIN round r ON r.id = o.round_id
      JOIN product p ON p.id = o.product_id
      JOIN producer_group g ON g.id = o.group_id
      JOIN tambon ht ON ht.code = g.tambon_code
      JOIN province home ON home.code = ht.province_code
      JOIN pickup_point pt ON pt.id = :point_id AND pt.active
      JOIN tambon pt_t ON pt_t.code = pt.tambon_code
      JOIN province target ON target.code = pt_t.province_code
     WHERE o.round_id = :round_id
       AND (CAST(:products AS bigint[]) IS NULL OR p.id = ANY (CAST(:products AS bigint[])))
       AND p.search LIKE :typed
       AND o.ready_index < cardinality(r.delivery_on)
       AND (pt.weekday IS NULL OR EXISTS (
            SELECT 1 FROM generate_subscripts(r.delivery_on, 1) AS day
             WHERE extract(isodow FROM r.delivery_on[day]) - 1 = pt.weekday
               AND day - 1 >= o.ready_index))
       AND {REACHES.format(point="pt.id", region="target.region_code")}
     GROUP BY p.id
     ORDER BY p.sort_key, p.id
     LIMIT :shown
    """  # noqa: S608 - only our own fragment is put in
)


def goods_for(
    session: Session,
    round_id: int,
    point_id: int,
    *,
    typed: str = "",
    product_ids: Collection[int] | None = None,
    shown: int = GOODS_SHOWN,
) -> tuple[GoodsView, ...]:
    """Goods of a round that get to a point in time, by name. One statement."""
    words = thai.search_text(typed[:80].replace("%", " ").replace("_", " ")).strip()
    rows = session.execute(
        _GOODS,
        {
            "round_id": round_id,
            "point_id": point_id,
            "typed": f"%{words}%",
            "products": None if product_ids is None else sorted(product_ids),
            "shown": shown,
        },
    )
    return tuple(GoodsView(**row._mapping) for row in rows)


def basket_by_link(session: Session, token: str, *, now: datetime) -> BasketView:
    """What a link opens until the cut-off. Raises NotFound: for a guess, and once it is over."""
    row = session.execute(_BY_LINK, {"link_hash": hash_token(token), "now": now}).one_or_none()
    return _basket(session, row)


def own_basket(session: Session, basket_id: int, owner: CartOwner, *, now: datetime) -> BasketView:
    """The host's. Raises NotFound for somebody else's."""
    values = owner.columns() | {"id": basket_id, "now": now}
    return _basket(session, session.execute(_OWN, values).one_or_none())


def baskets_of(session: Session, owner: CartOwner, *, now: datetime) -> tuple[BasketView, ...]:
    """The asker's own ones, without their friends. One statement."""
    rows = session.execute(_MINE, owner.columns() | {"now": now})
    return tuple(_view(row, ()) for row in rows)


def lines_for_order(session: Session, basket_id: int) -> tuple[DraftLine, ...]:
    """Everybody's units by product, as lines of the one order. Raises Refused: goods are gone."""
    basket = session.execute(
        text("SELECT round_id, point_id FROM shared_basket WHERE id = :id"), {"id": basket_id}
    ).one()
    units: dict[int, int] = defaultdict(int)
    for row in session.execute(_FRIENDS, {"basket_id": basket_id}):
        if row.product_id is not None:
            units[row.product_id] += row.units
    goods = goods_for(
        session, basket.round_id, basket.point_id, product_ids=list(units), shown=len(units)
    )
    if len(goods) < len(units):
        raise Refused("together_not_there")
    return tuple(one.draft(units[one.product_id]) for one in goods)


def quote_together(session: Session, basket: BasketView) -> Quote:
    """What the one order costs at most. Raises what keeps it from being placed."""
    lines = lines_for_order(session, basket.id)
    market = read_market(
        session, basket.round_id, {line.product_id for line in lines}, point_id=basket.point_id
    )
    quote = quote_order(market, lines, basket.delivery_on)
    check_lines(quote)
    return quote


def _basket(session: Session, row: Any) -> BasketView:
    if row is None:
        raise NotFound("together_not_found")
    found = session.execute(_FRIENDS, {"basket_id": row.id}).all()
    wanted = {line.product_id for line in found if line.product_id is not None}
    goods = goods_for(session, row.round_id, row.point_id, product_ids=wanted, shown=len(wanted))
    prices = {one.product_id: one.price_satang for one in goods}
    return _view(row, _friends(found, prices))


def _view(row: Any, friends: tuple[FriendView, ...]) -> BasketView:
    kinds = {"state": BasketState(row.state), "delivery_on": tuple(row.delivery_on)}
    return BasketView(**dict(row._mapping) | kinds, friends=friends)


def _friends(rows: Sequence[Any], prices: dict[int, int]) -> tuple[FriendView, ...]:
    by_friend: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_friend[row.id].append(row)
    return tuple(
        FriendView(
            id=friend_id,
            name=mine[0].name,
            key_hash=mine[0].key_hash,
            host=mine[0].key_hash == HOST,
            lines=tuple(_line(row, prices) for row in mine if row.product_id is not None),
        )
        for friend_id, mine in by_friend.items()
    )


def _line(row: Any, prices: dict[int, int]) -> FriendLine:
    names = ("product_id", "code", "category", "name_th", "name_en", "unit_th", "unit_en", "units")
    return FriendLine(
        **{name: getattr(row, name) for name in names}, price_satang=prices.get(row.product_id, 0)
    )
