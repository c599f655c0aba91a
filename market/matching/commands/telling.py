"""Notices of matching: groups are asked and reminded, buyers hear once what they will get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, func, literal, select, text
from sqlalchemy.orm import Session

from market.accounts.commands import issue_links
from market.accounts.queries import leaders_of
from market.accounts.rules import LinkPurpose, NewLink
from market.catalogue.models import ProducerGroup, Product
from market.clock import bangkok_date
from market.matching.models import Ask, Batch
from market.matching.rules import LINK_GRACE, Answer, AskKind
from market.notices.commands import notify_many
from market.notices.rules import NewNotice
from market.rounds.models import Round
from market.rounds.rules import last_answer_at

#: A national round's letters do not fit in memory together.
BUYERS_AT_ONCE = 5_000


def tell_leaders(
    session: Session,
    round_: Round,
    event: str,
    *,
    now: datetime,
    group_ids: Sequence[int] | None = None,
    about: str = "",
) -> None:
    """One notice a leader and match about everything the group is asked for, with a signed link.

    about: what sets this notice apart from the match's own, such as ``:run:7``.
    """
    asked = _asked(session, round_, group_ids)
    people = [
        (group_id, user_id)
        for group_id, users in leaders_of(session, sorted(asked)).items()
        for user_id in users
    ]
    tokens = issue_links(session, _answer_links(round_, people), now=now)
    notices = [
        NewNotice(
            event=event, subject=f"round:{round_.id}:group:{group_id}{about}",
            version=round_.rematches + 1, user_id=user_id,
            payload=asked[group_id] | {"link": f"/l/{token}"},
        )
        for (group_id, user_id), token in zip(people, tokens, strict=True)
    ]  # fmt: skip
    notify_many(session, notices, now)


def _answer_links(round_: Round, people: Sequence[tuple[int, int]]) -> list[NewLink]:
    """A link for each leader; people: group and user."""
    until = max(last_answer_at(round_.timetable()), round_.answer_by) + LINK_GRACE
    return [
        NewLink(
            purpose=LinkPurpose.ANSWER, expires_at=until, user_id=user_id, group_id=group_id,
            round_id=round_.id,
        )
        for group_id, user_id in people
    ]  # fmt: skip


def _asked(
    session: Session, round_: Round, group_ids: Sequence[int] | None
) -> dict[int, dict[str, Any]]:
    """What each group is waited for, ready for the words of a notice."""
    query = (
        select(
            Batch.group_id, ProducerGroup.name_th.label("group_th"),
            ProducerGroup.name_en.label("group_en"), Product.name_th, Product.name_en,
            Product.unit_th, Product.unit_en, func.sum(Ask.units).label("units"),
        )
        .join(Batch, Batch.id == Ask.batch_id)
        .join(ProducerGroup, ProducerGroup.id == Batch.group_id)
        .join(Product, Product.id == Batch.product_id)
        .where(
            Batch.round_id == round_.id, Ask.answer == Answer.WAITING, Ask.kind == AskKind.MAKE
        )
        .group_by(Batch.group_id, ProducerGroup.id, Product.id)
        .order_by(Batch.group_id, Product.sort_key)
    )  # fmt: skip
    if group_ids is not None:
        query = query.where(Batch.group_id == any_(literal(group_ids, ARRAY(BigInteger))))
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        rows[row.group_id].append(row)
    return {group_id: _payload(round_, items) for group_id, items in rows.items()}


def _payload(round_: Round, items: Sequence[Any]) -> dict[str, Any]:
    return {
        "round_id": round_.id,
        "group_id": items[0].group_id,
        "round_number": round_.number,
        "round_th": round_.name_th,
        "round_en": round_.name_en,
        "group_th": items[0].group_th,
        "group_en": items[0].group_en,
        "answer_by": round_.answer_by.isoformat(),
        "items": [
            {
                "name_th": item.name_th, "name_en": item.name_en, "units": int(item.units),
                "unit_th": item.unit_th, "unit_en": item.unit_en,
            }
            for item in items
        ],
    }  # fmt: skip


_CONFIRMED = text(
    """
    SELECT o.id, o.number, o.buyer_id, o.pay_method, o.delivery_fee_satang,
           sum(l.got_satang) AS goods_satang, sum(l.got) AS got, sum(l.units) AS ordered,
           jsonb_agg(jsonb_build_object(
               'name_th', p.name_th, 'name_en', p.name_en, 'unit_th', p.unit_th,
               'unit_en', p.unit_en, 'ordered', l.units, 'got', l.got) ORDER BY l.id) AS lines
      FROM orders o
      JOIN LATERAL (
           SELECT l.id, l.product_id, l.units, coalesce(sum(a.confirmed_units), 0) AS got,
                  coalesce(sum(a.confirmed_units * a.price_satang), 0) AS got_satang
             FROM order_line l LEFT JOIN assignment a ON a.line_id = l.id
            WHERE l.order_id = o.id GROUP BY l.id) AS l ON true
      JOIN product p ON p.id = l.product_id
     WHERE o.round_id = :round_id AND o.state = 'placed'
     GROUP BY o.id ORDER BY o.id
    """
)


def tell_buyers(session: Session, round_: Round, *, now: datetime) -> None:
    """Tell each buyer once what will be made, what is short and what it comes to."""
    found = session.execute(
        _CONFIRMED, {"round_id": round_.id}, execution_options={"yield_per": BUYERS_AT_ONCE}
    )
    for orders in found.partitions():
        _tell_some(session, round_, orders, now)


def _tell_some(session: Session, round_: Round, orders: Sequence[Any], now: datetime) -> None:
    links = [
        NewLink(
            purpose=LinkPurpose.ORDER, expires_at=_order_link_until(round_),
            round_id=round_.id, order_id=order.id,
        )
        for order in orders
    ]  # fmt: skip
    tokens = issue_links(session, links, now=now)
    notices = [
        NewNotice(
            event="order.confirmed",
            subject=f"order:{order.id}",
            buyer_id=order.buyer_id,
            payload=_order_payload(round_, order) | {"link": f"/l/{token}"},
        )
        for order, token in zip(orders, tokens, strict=True)
    ]
    notify_many(session, notices, now)


def _order_link_until(round_: Round) -> datetime:
    """Until everything should have arrived and a while longer, for questions."""
    days = (max(round_.delivery_on) - bangkok_date(round_.pay_by)).days
    return round_.pay_by + LINK_GRACE * (max(days, 0) + 14)


def _order_payload(round_: Round, order: Any) -> dict[str, Any]:
    goods = int(order.goods_satang)
    fee = order.delivery_fee_satang if goods else 0
    return {
        "number": order.number,
        "round_number": round_.number,
        "pay_method": order.pay_method,
        "pay_by": round_.pay_by.isoformat(),
        "amount_satang": goods + fee,
        "outcome": "all" if order.got == order.ordered else "part" if order.got else "none",
        "lines": order.lines,
    }
