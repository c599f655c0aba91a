"""Baskets of several people: opened, filled, closed, ordered. Nothing here commits.

The basket's row is locked first, before the round and all else: friends who add at once wait
for each other, and nobody adds to what is being ordered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import find_or_create_buyer, record
from market.accounts.rules import hash_token
from market.errors import Conflict, NotFound, Refused
from market.orders.cart_queries import CartOwner
from market.orders.links import basket_token
from market.orders.placing import OrderDraft, Placed, place_order
from market.orders.rules import PayMethod
from market.orders.together.queries import HOST, goods_for, lines_for_order
from market.places.queries import get_point
from market.rounds.rules import RoundState, is_open

MOST_BASKETS = 10
MOST_FRIENDS = 50
MOST_LINES = 60  # of one friend

_OPEN = text(
    """
    INSERT INTO shared_basket (id, round_id, point_id, user_id, owner_hash, host_name, token_hash,
                               created_at)
    SELECT :id, r.id, :point_id, :user_id, :token_hash, :host_name, :link_hash, :now
      FROM round r WHERE r.id = :round_id AND r.state = 'open' AND r.closes_at > :now
       AND (SELECT count(*) FROM shared_basket b WHERE b.state = 'open'
             AND (b.user_id = :user_id OR b.owner_hash = :token_hash)) < :most
    RETURNING id
    """
)
_NEXT_ID = text("SELECT nextval(pg_get_serial_sequence('shared_basket', 'id'))")
_LOCK = """
    SELECT b.id, b.state, b.round_id, b.point_id, b.serial, b.order_id, r.state AS round_state,
           r.closes_at
      FROM shared_basket b JOIN round r ON r.id = b.round_id
     WHERE {which}
       FOR NO KEY UPDATE OF b
"""
_LOCK_BY_LINK = text(_LOCK.format(which="b.token_hash = :link_hash"))
_LOCK_OWN = text(
    _LOCK.format(which="b.id = :basket_id AND (b.user_id = :user_id OR b.owner_hash = :token_hash)")
)
_JOIN = text(
    """
    INSERT INTO shared_friend (basket_id, name, key_hash, created_at)
    SELECT :basket_id, :name, :key_hash, :now
     WHERE (SELECT count(*) FROM shared_friend WHERE basket_id = :basket_id) < :most
        OR EXISTS (SELECT 1 FROM shared_friend
                    WHERE basket_id = :basket_id AND key_hash = :key_hash)
    ON CONFLICT (basket_id, key_hash) DO UPDATE SET name = excluded.name
    RETURNING id
    """
)
_FRIEND = text(
    """
    SELECT f.id, (SELECT count(*) FROM shared_line l WHERE l.friend_id = f.id) AS lines,
           (SELECT coalesce(sum(l.units), 0) FROM shared_line l
              JOIN shared_friend o ON o.id = l.friend_id
             WHERE o.basket_id = :basket_id AND o.id <> f.id
               AND l.product_id = :product_id)::bigint AS others_units
      FROM shared_friend f WHERE f.basket_id = :basket_id AND f.key_hash = :key_hash
    """
)
_PUT = text(
    """
    INSERT INTO shared_line (friend_id, product_id, units, added_at)
    VALUES (:friend_id, :product_id, :units, :now)
    ON CONFLICT (friend_id, product_id) DO UPDATE SET units = excluded.units
    """
)


@dataclass(frozen=True, kw_only=True)
class HostOrder:
    """What the host sends to order for all. phone is E.164."""

    name: str
    phone: str
    email: str | None
    pay_method: PayMethod
    expected_ceiling_satang: int


def open_basket(
    session: Session,
    owner: CartOwner,
    *,
    round_id: int,
    point_id: int,
    host_name: str,
    secret: str,
    now: datetime,
) -> int:
    """A basket for friends; its host is the first of them. Raises Refused and NotFound."""
    get_point(session, point_id)
    basket_id = int(session.execute(_NEXT_ID).scalar_one())
    values = {
        "id": basket_id, "round_id": round_id, "point_id": point_id, "host_name": host_name,
        "link_hash": hash_token(basket_token(secret, basket_id, 1)), "now": now,
        "most": MOST_BASKETS,
    }  # fmt: skip
    if session.execute(_OPEN, values | owner.columns()).one_or_none() is None:
        raise Refused("together_cannot_open", most=MOST_BASKETS)
    _add_friend(session, basket_id, host_name, HOST, now)
    _record(session, basket_id, owner, "together.opened", now)
    return basket_id


def join(session: Session, token: str, key_hash: str, name: str, *, now: datetime) -> None:
    """Give a name in a basket, or another one. Raises NotFound, Refused once it is closed."""
    basket = _by_link(session, token, now)
    if key_hash == HOST or not name:
        raise Refused("together_name")
    _add_friend(session, basket.id, name, key_hash, now)


def put_line(
    session: Session, token: str, key_hash: str, product_id: int, units: int, *, now: datetime
) -> None:
    """So many of a product for this friend, none takes it out. Only one's own lines.

    Raises NotFound, Refused once it is closed, for goods that do not get there, and where one
    order cannot have so many.
    """
    basket = _by_link(session, token, now)
    friend = session.execute(
        _FRIEND, {"basket_id": basket.id, "key_hash": key_hash, "product_id": product_id}
    ).one_or_none()
    if friend is None:
        raise Refused("together_name")
    if not units:
        session.execute(
            text("DELETE FROM shared_line WHERE friend_id = :id AND product_id = :product_id"),
            {"id": friend.id, "product_id": product_id},
        )
        return
    _check_units(session, basket, friend, product_id, units)
    session.execute(
        _PUT, {"friend_id": friend.id, "product_id": product_id, "units": units, "now": now}
    )


def close_basket(
    session: Session, basket_id: int, owner: CartOwner, *, open_again: bool, now: datetime
) -> None:
    """Nobody adds any more, or may again. Twice is once. Raises Conflict once it is ordered."""
    basket = _own(session, basket_id, owner)
    if basket.state == "ordered":
        raise Conflict("together_ordered")
    state = "open" if open_again else "closed"
    if basket.state != state:
        _set_state(session, basket_id, state)
        _record(session, basket_id, owner, f"together.{state}", now)


def new_link(
    session: Session, basket_id: int, owner: CartOwner, *, secret: str, now: datetime
) -> None:
    """Another link; the old one opens nothing any more, friends keep their lines."""
    basket = _own(session, basket_id, owner)
    token = basket_token(secret, basket_id, basket.serial + 1)
    session.execute(
        text(
            "UPDATE shared_basket SET serial = serial + 1, token_hash = :hash WHERE id = :basket_id"
        ),
        {"basket_id": basket_id, "hash": hash_token(token)},
    )
    _record(session, basket_id, owner, "together.new_link", now)


def drop_friend(
    session: Session, basket_id: int, owner: CartOwner, friend_id: int, *, now: datetime
) -> None:
    """The host takes somebody and their lines out, before it is ordered."""
    if _own(session, basket_id, owner).state == "ordered":
        raise Conflict("together_ordered")
    session.execute(
        text(
            "DELETE FROM shared_friend WHERE id = :friend_id AND basket_id = :basket_id"
            " AND key_hash <> :host"
        ),
        {"friend_id": friend_id, "basket_id": basket_id, "host": HOST},
    )
    _record(session, basket_id, owner, "together.friend_out", now)


def order_together(
    session: Session,
    basket_id: int,
    owner: CartOwner,
    sent: HostOrder,
    *,
    known: Collection[int] = (),
    now: datetime,
) -> Placed:
    """One order of everybody's lines. Sent twice it is one. Raises what ``place_order`` raises."""
    basket = _own(session, basket_id, owner)
    lines = lines_for_order(session, basket_id)
    if not lines:
        raise Refused("together_empty")
    buyer_id = find_or_create_buyer(
        session, user_id=owner.user_id, name=sent.name, phone=sent.phone, email=sent.email,
        known=known, now=now,
    )  # fmt: skip
    draft = OrderDraft(
        round_id=basket.round_id, buyer_id=buyer_id, key=_order_key(basket_id),
        pay_method=sent.pay_method, lines=lines,
        expected_ceiling_satang=sent.expected_ceiling_satang, point_id=basket.point_id,
        recipient=sent.name, phone=sent.phone,
        mail_link=owner.user_id is None and sent.email is not None,
    )  # fmt: skip
    placed = place_order(session, draft, now=now)
    if placed.fresh:
        _set_ordered(session, basket_id, placed.order_id)
        _record(session, basket_id, owner, "together.ordered", now)
    return placed


def _order_key(basket_id: int) -> str:
    """A basket is ordered once: the order's key comes from its row."""
    return hashlib.sha256(f"together:{basket_id}".encode()).hexdigest()


def _set_ordered(session: Session, basket_id: int, order_id: int) -> None:
    session.execute(
        text("UPDATE shared_basket SET state = 'ordered', order_id = :order_id WHERE id = :id"),
        {"id": basket_id, "order_id": order_id},
    )


def _by_link(session: Session, token: str, now: datetime) -> Any:
    basket = session.execute(_LOCK_BY_LINK, {"link_hash": hash_token(token)}).one_or_none()
    if basket is None:
        raise NotFound("together_not_found")
    if basket.state != "open" or not is_open(RoundState(basket.round_state), basket.closes_at, now):
        raise Refused("together_closed")
    return basket


def _own(session: Session, basket_id: int, owner: CartOwner) -> Any:
    basket = session.execute(_LOCK_OWN, owner.columns() | {"basket_id": basket_id}).one_or_none()
    if basket is None:
        raise NotFound("together_not_found")
    return basket


def _check_units(session: Session, basket: Any, friend: Any, product_id: int, units: int) -> None:
    found = goods_for(session, basket.round_id, basket.point_id, product_ids=[product_id])
    if not found:
        raise Refused("together_not_there")
    most = min(found[0].most_units, found[0].left_units) - friend.others_units
    if units > most:
        raise Refused("together_too_many", most=max(0, most))
    if friend.lines >= MOST_LINES:
        raise Refused("together_too_many_lines", most=MOST_LINES)


def _add_friend(session: Session, basket_id: int, name: str, key_hash: str, now: datetime) -> None:
    values = {
        "basket_id": basket_id, "name": name, "key_hash": key_hash, "now": now,
        "most": MOST_FRIENDS,
    }  # fmt: skip
    if session.execute(_JOIN, values).one_or_none() is None:
        raise Refused("together_full", most=MOST_FRIENDS)


def _set_state(session: Session, basket_id: int, state: str) -> None:
    session.execute(
        text("UPDATE shared_basket SET state = :state WHERE id = :id"),
        {"id": basket_id, "state": state},
    )


def _record(session: Session, basket_id: int, owner: CartOwner, event: str, now: datetime) -> None:
    actor = "guest" if owner.user_id is None else f"user:{owner.user_id}"
    record(session, actor=actor, subject=f"together:{basket_id}", event=event, at=now)
