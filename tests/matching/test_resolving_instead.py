"""Other goods instead of what falls short: offered, taken by the buyer or left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from market.accounts.models import AuditEvent
from market.errors import Conflict, NotFound, Refused
from market.matching.commands import settle_answers
from market.matching.models import Assignment, UnservedLine
from market.matching.resolving.alternatives import choices_instead
from market.matching.resolving.asking import ask_more
from market.matching.resolving.instead import answer_instead, instead_of_order, offer_instead
from market.matching.resolving.models import InsteadOffer
from market.matching.resolving.rules import OfferState
from market.matching.rules import Answer
from market.notices.models import Notice
from market.notices.rules import Channel
from market.orders.list_queries import orders_of
from market.orders.models import Order
from market.overviews.audit.queries import broken_promises
from market.overviews.order_page.queries import see_order
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import (
    NOW,
    TAMBON,
    make_group,
    make_offer,
    make_product,
)
from tests.matching.short_kit import HERE, neighbours, state_of, wish
from tests.matching.test_answers import ask_of, publish, reply


def other_goods(session, short, price=6000, capacity=100):
    product = make_product(session)
    return make_offer(
        session, short.round, make_group(session), product, price=price, capacity=capacity
    )


def test_a_buyer_takes_other_goods_and_the_next_match_serves_them(session, short):
    other = other_goods(session, short, capacity=20)
    found = choices_instead(session, short.round.id, short.product.id, HERE)
    assert [c.round_offer_id for c in found if c.round_offer_id == other.id] == [other.id]

    offer_instead(session, wish(short, offer=other), HERE, actor="user:7", now=NOW)

    first, second = (session.get_one(Order, line.order_id) for line in short.lines)
    (offered,) = instead_of_order(session, first.number)
    (refused,) = instead_of_order(session, second.number)
    taken = answer_instead(session, first.number, offered.id, accept=True, actor="guest", now=NOW)
    answer_instead(session, first.number, offered.id, accept=True, actor="guest", now=NOW)
    answer_instead(session, second.number, refused.id, accept=False, actor="guest", now=NOW)
    seen, (listed,) = see_order(session, first.number), orders_of(session, (), (first.id,))
    assert seen.ceiling_satang == listed.total_satang == 60000 + first.delivery_fee_satang
    assert (len(seen.lines), listed.lines) == (1, 1), "what was replaced is not counted"
    assert broken_promises(session, now=NOW) == ()
    with pytest.raises(Conflict, match="instead_answered"):
        answer_instead(session, first.number, offered.id, accept=False, actor="guest", now=NOW)
    with pytest.raises(NotFound):
        answer_instead(session, second.number, offered.id, accept=True, actor="guest", now=NOW)

    reply(session, ask_of(session, short.waits), Answer.ALL)
    assert settle_answers(session, short.round.id, now=NOW) is RoundState.CLOSED
    publish(session, short.round)
    given = select(func.sum(Assignment.units)).where(Assignment.line_id == taken.new_line_id)
    assert session.scalar(given) == 10
    assert broken_promises(session, now=NOW) == ()


def test_nobody_is_offered_what_costs_more_or_when_no_match_is_left(session, short):
    dear = other_goods(session, short, price=9500)
    with pytest.raises(Refused, match="resolve_nobody_instead"), session.begin_nested():
        offer_instead(session, wish(short, offer=dear), HERE, actor="user:7", now=NOW)
    short.round.rematch_limit = 0
    fine = other_goods(session, short)
    with pytest.raises(Refused, match="resolve_no_rematch"), session.begin_nested():
        offer_instead(session, wish(short, offer=fine), HERE, actor="user:7", now=NOW)


def test_goods_of_a_group_elsewhere_are_not_promised_by_this_area(session, short):
    _asker, _friend, _mine, theirs = neighbours(session, short)
    other = other_goods(session, short)
    before = state_of(session)

    assert choices_instead(session, short.round.id, short.product.id, theirs) == ()
    with pytest.raises(Refused, match="resolve_nobody_instead"), session.begin_nested():
        offer_instead(session, wish(short, offer=other), theirs, actor="user:7", now=NOW)
    assert state_of(session) == before


def events_of(session, offer_id, channel=Channel.INAPP):
    """What a buyer was told about an offer by one way, and what became of it."""
    told = select(Notice.event, Notice.state).where(
        Notice.subject == f"instead:{offer_id}", Notice.channel == channel
    )
    return dict(session.execute(told).all())


def test_an_offer_ends_when_the_group_makes_the_goods_and_the_round_goes_on(session, app, short):
    other = other_goods(session, short)
    offer_instead(session, wish(short, offer=other), HERE, actor="user:7", now=NOW)
    ask_more(session, wish(short, units=10, number=2), HERE, actor="user:7", now=NOW)
    first, second = (session.get_one(Order, line.order_id) for line in short.lines)
    (offered,), (left,) = (instead_of_order(session, order.number) for order in (first, second))
    assert (offered.group_asked, left.group_asked) == (True, False)
    with pytest.raises(Refused, match="instead_group_asked"), session.begin_nested():
        answer_instead(session, first.number, offered.id, accept=True, actor="guest", now=NOW)

    reply(session, ask_of(session, short.waits), Answer.ALL)
    for _tap in range(2):
        reply(session, ask_of(session, short.room), Answer.ALL)

    (over,), (open_,) = (instead_of_order(session, order.number) for order in (first, second))
    assert (over.state, over.made_units, open_.state) == (OfferState.LAPSED, 10, OfferState.OPEN)
    trail = select(AuditEvent.subject).where(AuditEvent.event == "line.instead_withdrawn")
    assert session.scalars(trail).all() == [f"line:{short.lines[0].id}"]
    by_mail = events_of(session, offered.id, Channel.EMAIL)
    assert by_mail == {"order.instead": "skipped", "order.made_after_all": "due"}
    assert "order.made_after_all" not in events_of(session, left.id, Channel.EMAIL)
    reader = make_user(session)
    make_grant(session, reader, "tambon_coordinator", area=TAMBON)
    shown = browser_of(app, reader).get(f"/orders/{first.number}").text
    assert "สินค้าที่คุณสั่งไว้ มีกลุ่มทำได้แล้ว" in shown
    assert "คุณต้องการสินค้านี้แทนไหม" not in shown
    with pytest.raises(Refused, match="instead_not_needed"), session.begin_nested():
        answer_instead(session, first.number, offered.id, accept=True, actor="guest", now=NOW)

    assert settle_answers(session, short.round.id, now=NOW) is RoundState.CONFIRMING
    answer_instead(session, second.number, left.id, accept=False, actor="guest", now=NOW)
    assert settle_answers(session, short.round.id, now=NOW) is not RoundState.CONFIRMING
    assert broken_promises(session, now=NOW) == ()


def test_an_offer_stays_when_the_group_says_no_and_silence_keeps_the_refund(session, short):
    other = other_goods(session, short)
    offer_instead(session, wish(short, offer=other), HERE, actor="user:7", now=NOW)
    ask_more(session, wish(short, number=2), HERE, actor="user:7", now=NOW)
    reply(session, ask_of(session, short.room), Answer.NO)
    order = session.get_one(Order, short.lines[0].order_id)
    (offered,) = instead_of_order(session, order.number)
    assert offered.state == OfferState.OPEN

    later = offered.answer_by + timedelta(minutes=1)
    before = session.scalar(select(func.count()).select_from(UnservedLine))
    with pytest.raises(Refused, match="instead_too_late"), session.begin_nested():
        answer_instead(session, order.number, offered.id, accept=True, actor="guest", now=later)
    assert session.scalar(select(func.count()).select_from(UnservedLine)) == before
    settle_answers(session, short.round.id, now=later)
    assert set(session.scalars(select(InsteadOffer.state))) == {OfferState.LAPSED}
    assert instead_of_order(session, order.number) == ()
