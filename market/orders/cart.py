"""Baskets: wishes in the database that reserve nothing. Never commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound, Refused
from market.orders.cart_queries import CartOwner, count_lines
from market.orders.rules import IfShort, MakerChoice, choices_for
from market.rounds.rules import RoundState, is_open

_CART = text(
    """
    INSERT INTO cart (user_id, token_hash, updated_at) VALUES (:user_id, :token_hash, :now)
    ON CONFLICT ({column}) DO UPDATE SET updated_at = excluded.updated_at RETURNING id
    """.replace("{column}", "user_id")
)
_BROWSER_CART = text(_CART.text.replace("(user_id) DO", "(token_hash) DO"))

_FITTING = text(
    """
    SELECT r.state, r.closes_at, max(o.max_per_order) AS most_units,
           max(o.price_satang) AS price_satang
      FROM round r
      LEFT JOIN round_offer o ON o.round_id = r.id AND o.product_id = :product_id
       AND (o.group_id = :group_id OR (:maker <> 'only' AND o.in_band))
     WHERE r.id = :round_id
     GROUP BY r.id
    """
)
_PUT = text(
    """
    INSERT INTO cart_line (cart_id, round_id, product_id, group_id, maker, units, seen_satang)
    VALUES (:cart_id, :round_id, :product_id, :group_id, :maker, :units, :seen)
    ON CONFLICT (cart_id, round_id, product_id) DO UPDATE
       SET group_id = excluded.group_id, maker = excluded.maker,
           seen_satang = excluded.seen_satang,
           units = least(:most, excluded.units + CASE
               WHEN cart_line.group_id IS NOT DISTINCT FROM excluded.group_id
               THEN cart_line.units ELSE 0 END)
    """
)


def put_line(
    session: Session,
    owner: CartOwner,
    *,
    round_id: int,
    product_id: int,
    maker: MakerChoice,
    group_id: int | None,
    units: int,
    now: datetime,
) -> int:
    """Wish for goods of an open round; a second time adds, up to what one order may take.

    Returns how many lines the basket has. Raises Refused where the round does not take
    orders or nobody there makes it.
    """
    if (maker is MakerChoice.ANY) != (group_id is None):
        raise Refused("not_offered")
    wish = {
        "round_id": round_id,
        "product_id": product_id,
        "group_id": group_id,
        "maker": maker.value,
    }
    found = session.execute(_FITTING, wish).one_or_none()
    if found is None or not is_open(RoundState(found.state), found.closes_at, now):
        raise Refused("round_closed")
    if found.most_units is None:
        raise Refused("not_offered")
    if not 1 <= units <= found.most_units:
        raise Refused("number_out_of_range", low=1, high=found.most_units)
    cart = _CART if owner.user_id is not None else _BROWSER_CART
    cart_id = session.execute(cart, owner.columns() | {"now": now}).scalar_one()
    seen = {"most": found.most_units, "seen": found.price_satang}
    session.execute(_PUT, wish | {"cart_id": cart_id, "units": units} | seen)
    return count_lines(session, owner)


def set_units(session: Session, owner: CartOwner, line_id: int, units: int) -> None:
    """So many of a wish; 0 removes it.

    Raises NotFound for a line of somebody else's basket, Refused above what an order may take.
    """
    values = owner.columns() | {"line_id": line_id, "units": units}
    most_units = session.execute(_MOST, values).scalar_one_or_none()
    if most_units is None:
        raise NotFound("line_not_found")
    if not 0 <= units <= most_units:
        raise Refused("number_out_of_range", low=0, high=most_units)
    session.execute(_SET_UNITS if units else _REMOVE, values)


_MOST = text(
    """
    SELECT coalesce(max(o.max_per_order), 0)
      FROM cart_line l
      JOIN cart c ON c.id = l.cart_id
      LEFT JOIN round_offer o ON o.round_id = l.round_id AND o.product_id = l.product_id
       AND (o.group_id = l.group_id OR (l.maker <> 'only' AND o.in_band))
     WHERE l.id = :line_id AND (c.user_id = :user_id OR c.token_hash = :token_hash)
     GROUP BY l.id
    """
)
#: The wishes of one's own basket for a round that is over, and the open round that has the goods.
_NEXT = """
    SELECT l.id, l.cart_id, l.product_id, l.group_id, l.maker, l.shortage, l.units, l.seen_satang,
           n.round_id, n.most_units
      FROM cart c
      JOIN cart_line l ON l.cart_id = c.id
      JOIN LATERAL (
          SELECT r.id AS round_id, max(o.max_per_order) AS most_units
            FROM round r
            JOIN round_offer o ON o.round_id = r.id AND o.product_id = l.product_id
             AND (o.group_id = l.group_id OR (l.maker <> 'only' AND o.in_band))
           WHERE r.state = 'open' AND r.closes_at > :now
           GROUP BY r.id ORDER BY r.closes_at, r.id LIMIT 1) n ON n.round_id <> l.round_id
     WHERE (c.user_id = :user_id OR c.token_hash = :token_hash) AND l.round_id = :round_id
"""
_MOVE_ON = text(
    f"""
    WITH wish AS ({_NEXT}), moved AS (
        INSERT INTO cart_line (cart_id, round_id, product_id, group_id, maker, shortage, units,
                               seen_satang)
        SELECT cart_id, round_id, product_id, group_id, maker, shortage,
               least(units, most_units), seen_satang FROM wish
        ON CONFLICT (cart_id, round_id, product_id)
        DO UPDATE SET units = greatest(cart_line.units, excluded.units)
    ), gone AS (DELETE FROM cart_line WHERE id IN (SELECT id FROM wish) RETURNING id)
    SELECT count(*) FROM gone
    """  # noqa: S608 - only our own fragment is put in
)
_SET_UNITS = text("UPDATE cart_line SET units = :units WHERE id = :line_id")
_REMOVE = text("DELETE FROM cart_line WHERE id = :line_id")


def move_on(session: Session, owner: CartOwner, round_id: int, *, now: datetime) -> int:
    """Wishes of a round that is over go to the open one that has the goods; how many went.

    The others stay and wait. The price that the buyer saw goes along, so a change is said.
    """
    values = owner.columns() | {"round_id": round_id, "now": now}
    return int(session.execute(_MOVE_ON, values).scalar_one())


def drop_round(session: Session, owner: CartOwner, round_id: int) -> None:
    """Take out all wishes of one round. Twice is once."""
    session.execute(
        text(
            "DELETE FROM cart_line l USING cart c WHERE c.id = l.cart_id"
            " AND (c.user_id = :user_id OR c.token_hash = :token_hash) AND l.round_id = :round_id"
        ),
        owner.columns() | {"round_id": round_id},
    )


def answer_if_short(
    session: Session, owner: CartOwner, round_id: int, answer: IfShort, line_id: int | None = None
) -> None:
    """What to do where it falls short: for one line, or for the whole basket of a round."""
    named, shortage = choices_for(answer, MakerChoice.ONLY)
    session.execute(
        text(
            "UPDATE cart_line l SET shortage = :shortage,"
            " maker = CASE l.maker WHEN 'any' THEN 'any' ELSE :named END FROM cart c"
            " WHERE c.id = l.cart_id AND (c.user_id = :user_id OR c.token_hash = :token_hash)"
            " AND l.round_id = :round_id"
            " AND (CAST(:line_id AS bigint) IS NULL OR l.id = :line_id)"
        ),
        owner.columns()
        | {
            "round_id": round_id,
            "line_id": line_id,
            "named": named.value,
            "shortage": shortage.value,
        },
    )


def merge_cart(session: Session, token: str, user_id: int, *, now: datetime) -> None:
    """After signing in: a browser's basket goes into the person's; what is there already stays."""
    mine = CartOwner(user_id=user_id)
    cart_id = session.execute(_CART, mine.columns() | {"now": now}).scalar_one()
    old = CartOwner(token=token).columns()["token_hash"]
    session.execute(
        text(
            "INSERT INTO cart_line"
            " (cart_id, round_id, product_id, group_id, maker, shortage, units, seen_satang)"
            " SELECT :cart_id, l.round_id, l.product_id, l.group_id, l.maker, l.shortage, l.units,"
            " l.seen_satang"
            " FROM cart_line l JOIN cart c ON c.id = l.cart_id WHERE c.token_hash = :old"
            " ON CONFLICT (cart_id, round_id, product_id) DO NOTHING"
        ),
        {"cart_id": cart_id, "old": old},
    )
    session.execute(text("DELETE FROM cart WHERE token_hash = :old"), {"old": old})
    session.execute(
        text(
            "UPDATE shared_basket SET user_id = :user_id, owner_hash = NULL WHERE owner_hash = :old"
        ),
        {"user_id": user_id, "old": old},
    )
