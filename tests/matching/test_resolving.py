"""A shortfall while groups answer: more is asked, offered to a neighbour, or replaced."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.clock import utc_now
from market.errors import Conflict, MarketError, NotFound, Refused
from market.matching.calling.models import CallNote
from market.matching.calling.queries import calls_due
from market.matching.calling.rules import Outcome
from market.matching.commands import settle_answers
from market.matching.flows import match_round
from market.matching.models import Ask, Assignment, UnservedLine
from market.matching.resolving.alternatives import choices_instead
from market.matching.resolving.asking import Wish, ask_more
from market.matching.resolving.instead import answer_instead, instead_of_order, offer_instead
from market.matching.resolving.models import InsteadOffer, NeighbourOffer, ShortfallStep
from market.matching.resolving.neighbours import answer_neighbour, offer_to_neighbour
from market.matching.resolving.overview import incoming, short_products, steps_done
from market.matching.resolving.queries import get_short
from market.matching.resolving.rules import OfferState
from market.matching.rules import Answer
from market.matching.whatif.models import Simulation
from market.notices.models import Notice
from market.orders.list_queries import orders_of
from market.orders.models import Order
from market.orders.rules import MakerChoice
from market.overviews.audit.queries import broken_promises
from market.overviews.board.cases import cases_of
from market.overviews.order_page.queries import see_order
from market.places.models import Tambon
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import (
    AMPHOE,
    NOW,
    PROVINCE,
    TAMBON,
    make_group,
    make_leader,
    make_live_round,
    make_offer,
    make_order,
    make_product,
    make_round,
)
from tests.factories.shop import statements
from tests.matching.test_answers import ask_of, confirmed, publish, reply

HERE, ELSEWHERE = ("98",), ("97",)


@pytest.fixture
def short(session):
    """One group said no to 20 bags of two buyers; another has room for 30 in lots of 10."""
    return make_short(session)


def make_short(session: Session, **values):
    now = values.get("now", NOW)
    round_ = make_live_round(session) if now != NOW else make_round(session)
    product = make_product(session)
    no, room = make_group(session), make_group(session)
    make_leader(session, room)
    # The first is far cheaper to deliver from for nobody; it gets all by being named.
    make_offer(session, round_, no, product, capacity=100)
    lines = [
        make_order(session, round_, product, 10, group=no, maker=MakerChoice.FIRST)
        for _ in range(2)
    ]
    other = make_offer(session, round_, room, product, capacity=values.get("capacity", 30))
    waits = make_group(session)
    rice = make_product(session)
    make_offer(session, round_, waits, rice)
    make_order(session, round_, rice, 10, group=waits, maker=MakerChoice.ONLY)
    publish(session, round_, now)
    reply(session, ask_of(session, no), Answer.NO, now=now)
    session.flush()
    return type(
        "Short", (), {"round": round_, "product": product, "lines": lines, "offer": other,
                      "room": room, "no": no, "waits": waits, "rice": rice},
    )  # fmt: skip


def wish(short, units=20, number=1, offer=None):
    return Wish(
        round_id=short.round.id, product_id=short.product.id,
        round_offer_id=(offer or short.offer).id, units=units, number=number, words="ฝนตก",
    )  # fmt: skip


def state_of(session: Session) -> tuple[int, ...]:
    """How many asks, assignments, steps and notices there are."""
    return tuple(
        session.scalar(select(func.count()).select_from(model)) or 0
        for model in (Ask, Assignment, ShortfallStep, NeighbourOffer, InsteadOffer, Notice)
    )


def test_the_page_says_who_gets_less_and_who_could_make_more(session, short):
    found = get_short(session, short.round.id, short.product.id, HERE, now=NOW)

    assert (found.short_units, found.short_lines, found.nothing_lines) == (20, 2, 2)
    assert found.satang == 20 * 9000
    helper = found.maker(short.offer.id)
    assert (helper.helps, helper.stops, helper.mine) == (20, "", True)
    assert helper.after_permille(20) > helper.before_permille
    assert [row.product_id for row in short_products(session, short.round.id, HERE)] == [
        short.product.id
    ]
    with pytest.raises(NotFound):
        get_short(session, short.round.id, short.product.id, ELSEWHERE, now=NOW)


def test_a_group_asked_for_more_makes_it_and_every_promise_holds(session, short):
    step = ask_more(session, wish(short), HERE, actor="user:7", now=NOW)

    ask = ask_of(session, short.room)
    assert (ask.units, ask.answer, ask.run_id) == (20, Answer.WAITING, step.run_id)
    assert get_short(session, short.round.id, short.product.id, HERE, now=NOW).short_units == 0
    assert broken_promises(session) == ()
    told = select(Notice.subject).where(Notice.event == "batch.asked").distinct()
    assert any(f":run:{step.run_id}" in subject for subject in session.scalars(told))

    reply(session, ask, Answer.PART, units=10)
    assert [confirmed(session, line) for line in short.lines] == [10, 0]
    assert broken_promises(session) == ()
    (done,) = steps_done(session, short.round.id, HERE)
    assert (done.kind, done.came, done.accepted) == ("ask", "part", 10)


def test_what_a_coordinator_added_is_frozen_in_the_next_match(session, short):
    ask_more(session, wish(short, 10), HERE, actor="user:7", now=NOW)
    reply(session, ask_of(session, short.room), Answer.ALL)
    reply(session, ask_of(session, short.waits), Answer.ALL)

    assert settle_answers(session, short.round.id, now=NOW) is RoundState.CLOSED
    publish(session, short.round)

    assert sum(confirmed(session, line) for line in short.lines) == 10
    assert ask_of(session, short.room).units == 10, "the match asks for the rest"
    assert broken_promises(session) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"units": 15}, "part_not_whole_lots"),
        ({"units": 30}, "resolve_units_range"),
        ({"units": 0}, "resolve_units_range"),
        ({"number": 2}, "resolve_moved_on"),
    ],
)
def test_a_wish_that_does_not_fit_changes_nothing(session, short, change, code):
    before = state_of(session)
    with pytest.raises(MarketError) as refusal, session.begin_nested():
        ask_more(session, wish(short, **change), HERE, actor="user:7", now=NOW)
    assert refusal.value.code == code
    assert state_of(session) == before


def test_after_the_answers_or_too_near_to_paying_nothing_is_asked(session, short):
    late = short.round.pay_by - timedelta(hours=1)
    with pytest.raises(Refused, match="resolve_too_late"), session.begin_nested():
        ask_more(session, wish(short), HERE, actor="user:7", now=late)
    short.round.state = RoundState.PAYING
    session.flush()
    with pytest.raises(Refused, match="resolve_not_confirming"), session.begin_nested():
        ask_more(session, wish(short), HERE, actor="user:7", now=NOW)


def neighbours(session, short):
    """The group with room moves next door, where somebody else coordinates."""
    code = AMPHOE + "09"
    session.add(
        Tambon(code=code, amphoe_code=AMPHOE, province_code=PROVINCE, name_th="ข้าง",
               name_en="Next", postcode="98000", search="ข้าง", sort_key="ข")
    )  # fmt: skip
    session.flush()
    short.room.tambon_code = code
    asker, friend = make_user(session), make_user(session)
    make_grant(session, asker, "tambon_coordinator", area=TAMBON)
    make_grant(session, friend, "tambon_coordinator", area=code)
    session.flush()
    return asker, friend, (TAMBON,), (code,)


def test_a_neighbour_is_offered_and_decides(session, short):
    asker, friend, mine, theirs = neighbours(session, short)
    who = f"user:{asker.id}"
    with pytest.raises(Refused, match="resolve_not_yours"), session.begin_nested():
        ask_more(session, wish(short), mine, actor=who, now=NOW)

    offer = offer_to_neighbour(session, wish(short), mine, actor=who, now=NOW)

    assert incoming(session, short.round.id, mine) == ()
    assert [ask.id for ask in incoming(session, short.round.id, theirs)] == [offer.id]
    told = select(Notice.user_id).where(Notice.event == "shortfall.offered").distinct()
    assert session.scalars(told).all() == [friend.id]
    with pytest.raises(Conflict, match="resolve_offered_already"), session.begin_nested():
        offer_to_neighbour(session, wish(short, number=2), mine, actor=who, now=NOW)

    answer = {"reply": "ได้", "areas": theirs, "actor": f"user:{friend.id}", "now": NOW}
    answer_neighbour(session, offer.id, accept=True, **answer)
    again = answer_neighbour(session, offer.id, accept=True, **answer)

    assert again.state is OfferState.ACCEPTED
    assert ask_of(session, short.room).units == 20
    with pytest.raises(Conflict, match="resolve_offer_answered"):
        answer_neighbour(session, offer.id, accept=False, **answer)
    told = select(Notice.user_id).where(Notice.event == "shortfall.answered").distinct()
    assert session.scalars(told).all() == [asker.id]
    assert broken_promises(session) == ()


def test_the_round_waits_for_a_neighbour_as_long_as_for_groups(session, short):
    asker, _friend, mine, _theirs = neighbours(session, short)
    offer = offer_to_neighbour(session, wish(short), mine, actor=f"user:{asker.id}", now=NOW)
    reply(session, ask_of(session, short.waits), Answer.ALL)

    assert settle_answers(session, short.round.id, now=NOW) is RoundState.CONFIRMING
    later = short.round.answer_by + timedelta(minutes=1)
    assert settle_answers(session, short.round.id, now=later) is RoundState.CLOSED
    session.refresh(offer)
    assert offer.state is OfferState.LAPSED


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
    assert broken_promises(session) == ()
    with pytest.raises(Conflict, match="instead_answered"):
        answer_instead(session, first.number, offered.id, accept=False, actor="guest", now=NOW)
    with pytest.raises(NotFound):
        answer_instead(session, second.number, offered.id, accept=True, actor="guest", now=NOW)

    reply(session, ask_of(session, short.waits), Answer.ALL)
    assert settle_answers(session, short.round.id, now=NOW) is RoundState.CLOSED
    publish(session, short.round)
    given = select(func.sum(Assignment.units)).where(Assignment.line_id == taken.new_line_id)
    assert session.scalar(given) == 10
    assert broken_promises(session) == ()


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


def test_a_line_made_after_all_is_not_replaced_and_silence_keeps_the_refund(session, short):
    other = other_goods(session, short)
    offer_instead(session, wish(short, offer=other), HERE, actor="user:7", now=NOW)
    ask_more(session, wish(short, number=2), HERE, actor="user:7", now=NOW)
    order = session.get_one(Order, short.lines[0].order_id)
    (offered,) = instead_of_order(session, order.number)
    before = session.scalar(select(func.count()).select_from(UnservedLine))
    with pytest.raises(Refused, match="instead_not_needed"), session.begin_nested():
        answer_instead(session, order.number, offered.id, accept=True, actor="guest", now=NOW)
    assert session.scalar(select(func.count()).select_from(UnservedLine)) == before

    later = offered.answer_by + timedelta(minutes=1)
    with pytest.raises(Refused, match="instead_too_late"), session.begin_nested():
        answer_instead(session, order.number, offered.id, accept=True, actor="guest", now=later)
    settle_answers(session, short.round.id, now=later)
    assert set(session.scalars(select(InsteadOffer.state))) == {OfferState.LAPSED}


def test_the_page_asks_as_much_for_two_lines_as_for_thirty(session, short):
    def ask():
        with statements() as asked:
            get_short(session, short.round.id, short.product.id, HERE, now=NOW)
            choices_instead(session, short.round.id, short.product.id, HERE)
            short_products(session, short.round.id, HERE)
            steps_done(session, short.round.id, HERE)
        return len(asked)

    few = ask()
    for _ in range(28):
        make_order(session, short.round, short.product, 3)
    for _ in range(10):
        make_offer(session, short.round, make_group(session), short.product)
    assert ask() == few


def test_the_pages_show_the_effect_then_do_it_once(session, app):
    short = make_short(session, now=utc_now())
    user, stranger = make_user(session), make_user(session)
    make_grant(session, user, "tambon_coordinator", area=TAMBON)
    make_grant(session, stranger, "tambon_coordinator", area="100101")
    browser, other = browser_of(app, user), browser_of(app, stranger)
    base = f"/rounds/{short.round.id}/short"
    page = f"{base}/{short.product.id}"

    assert f"{short.product.name_th}" in browser.get(base).text
    assert "20" in browser.get(page).text
    assert other.get(page).status_code == 404
    effect = browser.get(f"{page}/effect?kind=ask&offer={short.offer.id}&units=20").text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', effect))
    fields.pop("csrf_token")
    assert fields == {
        "kind": "ask", "offer": str(short.offer.id), "number": "1", "units": "20",
    }  # fmt: skip

    assert other.post(page, data=fields).status_code == 404
    assert session.scalar(select(func.count()).select_from(ShortfallStep)) == 0
    assert browser.post(page, data=fields).status_code == 303
    assert browser.post(page, data=fields).status_code == 303  # a second tab
    assert session.scalar(select(func.count()).select_from(ShortfallStep)) == 1
    assert ask_of(session, short.room).units == 20


def test_before_the_match_is_sent_other_numbers_are_tried_from_the_same_page(session, app):
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    offer = make_offer(session, round_, group, product, capacity=10)
    make_order(session, round_, product, 25)
    assert match_round(round_.id, now=utc_now())
    user = make_user(session)
    make_grant(session, user, "marketing", area="")
    browser = browser_of(app, user)

    page = browser.get(f"/rounds/{round_.id}/short").text
    fields = dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page))
    more = {"product": fields["product"], f"capacity-{offer.id}": fields[f"capacity-{offer.id}"]}
    without = {"product": fields["product"], f"high-{offer.id}": "0", "reason": fields["reason"]}
    for wanted in (more, without):
        assert browser.post(f"/rounds/{round_.id}/match/try", data=wanted).status_code == 303

    tried = session.scalars(select(Simulation).order_by(Simulation.id)).all()
    said = [trial.changes["offers"][0] for trial in tried]
    assert [(change["capacity"], change["high"]) for change in said] == [(30, None), (None, 0)]
    waits = browser.get(
        f"/rounds/{round_.id}/match/tries/{tried[0].id}", headers={"HX-Request": "true"}
    )
    assert waits.headers["ETag"]


def test_calls_are_kept_once_and_an_answer_on_the_phone_with_its_note(session, app):
    short = make_short(session, now=utc_now())
    user = make_user(session)
    make_grant(session, user, "tambon_coordinator", area=TAMBON)
    browser = browser_of(app, user)
    path = f"/rounds/{short.round.id}/calls"
    sheet = f"{path}/{short.waits.id}"

    assert "+66812345678"[-4:] in browser.get(path).text
    assert browser.post(sheet, data={"outcome": "reached"}).status_code == 422
    call = {"outcome": "later", "again": "4", "person": "ป้าแดง", "phone": "+66812345678"}
    for _ in range(2):  # a double tap
        assert browser.post(sheet, data=call).status_code == 303
    ask = ask_of(session, short.waits)
    answer = {"answer": "all", "note": "ทำได้", "person": "ป้าแดง"}
    assert browser.post(f"/asks/{ask.id}/answer-for", data=answer).status_code in (302, 303)
    assert browser.post(f"/asks/{ask.id}/answer-for", data=answer).status_code in (302, 303)

    kept = session.scalars(select(CallNote).order_by(CallNote.id)).all()
    assert [(note.outcome, note.ask_id, note.person) for note in kept] == [
        (Outcome.LATER, None, "ป้าแดง"), (Outcome.REACHED, ask.id, "ป้าแดง"),
    ]  # fmt: skip
    assert kept[0].call_again_at - kept[0].called_at == timedelta(hours=4)
    due = calls_due(session, short.round.id, (TAMBON,), now=utc_now())
    assert due.groups == 0
    assert ask_of(session, short.waits).answer is Answer.ALL
    assert browser.get(sheet).status_code == 200
    assert "ป้าแดง" in browser.get(sheet).text
    cases = cases_of(session, (TAMBON,), money=False, now=utc_now())
    assert [case.kind for case in cases] == []


def test_cases_count_what_waits_in_the_own_area_only(session, short):
    kinds = {case.kind: case.cases for case in cases_of(session, HERE, money=False, now=NOW)}
    assert kinds == {"silent": 1}
    assert cases_of(session, ELSEWHERE, money=False, now=NOW) == ()
    with statements() as few:
        cases_of(session, ("",), money=True, now=NOW)
    assert len(few) == 1


# --- two coordinators at once -----------------------------------------------------------


# --- the rule ---------------------------------------------------------------------------
