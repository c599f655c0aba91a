"""Standing orders: every round once, each failure said, nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from market.accounts.models import User
from market.errors import Conflict, NotFound, Refused
from market.notices.models import Notice
from market.notices.rules import ClaimedNotice
from market.notices.words import inbox_line, render_letter
from market.orders.models import Order, OrderLine
from market.orders.rules import DraftLine, MakerChoice, PayMethod, ShortageChoice
from market.orders.standing import commands
from market.orders.standing.models import StandingOrder, StandingRun
from market.orders.standing.queries import see_standing, standing_of
from market.orders.standing.rules import RunState, StandingLine
from market.orders.standing.running import claim_runs, plan_runs, read_markets
from market.orders.standing.settling import settle_run
from market.orders.standing.starting import keep_ordering
from market.rounds.models import RoundOffer
from market.rounds.rules import Cycle
from tests.factories.orders import (
    CUT_OFF,
    NOON,
    join,
    make_group,
    make_market,
    make_product,
    make_round,
    order,
)
from tests.factories.shop import statements


def make_user(session, name="สมศรี"):
    user = User(name=name, email=f"{name}@example.org", fs_uniquifier=name, active=True)
    session.add(user)
    session.flush()
    return user.id


def wish(market, units=2, *, ceiling=7000, shortage=ShortageChoice.FEWER, product_id=None):
    draft = DraftLine(
        product_id=product_id or market.product_id, units=units, maker=MakerChoice.ANY,
        group_id=None, shortage=shortage,
    )  # fmt: skip
    return StandingLine(draft=draft, ceiling_satang=ceiling)


def terms(market, **other):
    usual = {
        "every": 1, "pay_method": PayMethod.PROMPTPAY, "recipient": "สมศรี",
        "phone": "+66812345678", "point_id": market.point_id,
    }  # fmt: skip
    return commands.Terms(**usual | other)


def make_standing(session, market, *lines, user_id=None, **other):
    return commands.create_standing(
        session, user_id or make_user(session), Cycle.WEEKLY, terms(market, **other),
        lines or [wish(market)], now=NOON,
    )  # fmt: skip


def run_round(session, now=NOON):
    """What the sweep does, in one transaction."""
    plan_runs(session, now=now)
    runs = claim_runs(session, now=now)
    markets = read_markets(session, runs)
    return [settle_run(session, run, markets[run.place], now=now) for run in runs]


def runs_of(session, standing_id):
    session.expire_all()
    query = select(StandingRun).where(StandingRun.standing_id == standing_id)
    return session.scalars(query.order_by(StandingRun.id)).all()


def test_every_open_round_is_ordered_in_once(session):
    market = make_market(session)
    standing_id = make_standing(session, market)

    (outcome,) = run_round(session)
    again = run_round(session, NOON + timedelta(hours=1))

    assert outcome.state is RunState.PLACED
    assert again == []
    (run,) = runs_of(session, standing_id)
    assert run.order_id == outcome.placed.order_id
    assert session.scalars(select(OrderLine.units)).all() == [2]
    assert session.scalar(select(Order.recipient)) == "สมศรี"


def test_what_is_too_dear_is_left_out_and_the_rest_is_ordered_and_told(session):
    market = make_market(session)
    other = make_product(session)
    join(session, market, make_group(session), other, capacity=9, price_satang=9000)
    standing_id = make_standing(
        session, market, wish(market), wish(market, product_id=other.id, ceiling=8000)
    )

    (outcome,) = run_round(session)

    assert outcome.state is RunState.PART
    (run,) = runs_of(session, standing_id)
    (missed,) = run.missed
    assert (missed["product_id"], missed["code"]) == (other.id, "standing_too_dear")
    assert missed["data"] == {"price_satang": 9000, "ceiling_satang": 8000}
    told = session.scalar(select(Notice).where(Notice.event == "standing.part"))
    assert told.payload["missed"][0]["product_th"] == other.name_th
    assert session.scalar(select(func.count()).select_from(OrderLine)) == 1


@pytest.mark.parametrize(
    ("shortage", "state", "units"),
    [(ShortageChoice.FEWER, RunState.PART, [3]), (ShortageChoice.NOTHING, RunState.FAILED, [])],
)
def test_short_goods_follow_the_buyers_answer(session, shortage, state, units):
    market = make_market(session, capacity=10)
    order(session, market, units=7)
    placed_by_others = session.scalars(select(OrderLine.id)).all()
    make_standing(session, market, wish(market, 5, shortage=shortage))

    (outcome,) = run_round(session)

    assert outcome.state is state
    query = select(OrderLine.units).where(OrderLine.id.notin_(placed_by_others))
    assert session.scalars(query).all() == units
    reserved = session.scalar(select(RoundOffer.reserved_units))
    assert reserved == 7 + sum(units)


def test_nothing_offered_fails_in_words_and_can_be_tried_again(session):
    market = make_market(session)
    other = make_product(session)
    user_id = make_user(session)
    standing_id = make_standing(session, market, wish(market, product_id=other.id), user_id=user_id)

    (outcome,) = run_round(session)

    assert (outcome.state, outcome.reason) == (RunState.FAILED, "standing_nothing")
    assert session.scalar(select(func.count()).select_from(Order)) == 0
    assert session.scalar(select(Notice.event)) == "standing.failed"
    (run,) = runs_of(session, standing_id)
    with pytest.raises(NotFound):
        commands.try_again(session, run.id, user_id + 1, now=NOON)

    join(session, market, make_group(session), other, capacity=9)
    market_reaches_all(session, market)
    commands.try_again(session, run.id, user_id, now=NOON)
    (outcome,) = run_round(session)

    assert outcome.state is RunState.PLACED
    with pytest.raises(Conflict):
        commands.try_again(session, run.id, user_id, now=NOON)


def market_reaches_all(session, market):
    session.execute(
        text(
            "INSERT INTO lane (group_id, point_id, distance_m, cost_satang_per_kg,"
            " fixed_cost_satang, max_weight_g) SELECT id, :point, 1, 0, 0, 1 FROM producer_group"
            " ON CONFLICT DO NOTHING"
        ),
        {"point": market.point_id},
    )


@pytest.mark.parametrize("change", ["shut", "no such method", "closed"])
def test_what_stops_the_whole_order_is_kept_as_its_reason(session, change):
    market = make_market(session)
    standing_id = make_standing(session, market)
    plan_runs(session, now=NOON)
    now, reason = NOON, "place_not_served"
    if change == "shut":
        session.execute(text("UPDATE pickup_point SET active = false"))
    elif change == "closed":
        now, reason = CUT_OFF, "round_closed"
    else:
        session.execute(text("UPDATE round SET pay_methods = '{cash}'"))
        reason = "pay_method_not_offered"

    (outcome,) = run_round(session, now)

    assert (outcome.state, outcome.reason) == (RunState.FAILED, reason)
    assert [run.reason for run in runs_of(session, standing_id)] == [reason]


def later_round(session, market, days):
    """Another weekly round with the same offers."""
    opens_at = NOON + timedelta(days=days)
    round_ = make_round(session, opens_at=opens_at, closes_at=opens_at + timedelta(days=2))
    session.execute(
        text(
            "INSERT INTO round_offer (round_id, offer_id, group_id, product_id, capacity_units,"
            " min_batch_units, lot_units, price_satang, unit_cost_satang, middleman_satang,"
            " max_per_order, minutes_per_unit, lead_days, ready_index, in_band)"
            " SELECT :round_id, offer_id, group_id, product_id, capacity_units, min_batch_units,"
            " lot_units, price_satang, unit_cost_satang, middleman_satang, max_per_order,"
            " minutes_per_unit, lead_days, ready_index, in_band FROM round_offer"
            " WHERE round_id = :old"
        ),
        {"round_id": round_.id, "old": market.round_id},
    )
    return opens_at + timedelta(hours=1)


def close_all(session):
    session.execute(text("UPDATE round SET state = 'closed' WHERE state = 'open'"))
    session.expire_all()


def test_each_second_round_rests_between(session):
    market = make_market(session)
    standing_id = make_standing(session, market, every=2)

    run_round(session)
    for days in (7, 14, 21):
        close_all(session)
        run_round(session, later_round(session, market, days))

    states = [run.state for run in runs_of(session, standing_id)]
    assert states == [RunState.PLACED, RunState.RESTING, RunState.PLACED, RunState.RESTING]


def test_skipping_passes_one_round_and_pausing_all_until_resumed(session):
    market = make_market(session)
    user_id = make_user(session)
    standing_id = make_standing(session, market, user_id=user_id)
    commands.skip_next(session, standing_id, user_id, skip=True, now=NOON)
    commands.skip_next(session, standing_id, user_id, skip=True, now=NOON)

    run_round(session)
    close_all(session)
    commands.act(session, standing_id, user_id, "pause", now=NOON)
    week = later_round(session, market, 7)
    assert run_round(session, week) == []
    commands.act(session, standing_id, user_id, "resume", now=week)
    run_round(session, week)

    states = [run.state for run in runs_of(session, standing_id)]
    assert states == [RunState.SKIPPED, RunState.PLACED]
    assert session.get_one(StandingOrder, standing_id).skip_next is False


def test_pausing_between_planning_and_placing_orders_nothing(session):
    market = make_market(session)
    user_id = make_user(session)
    standing_id = make_standing(session, market, user_id=user_id)
    plan_runs(session, now=NOON)
    commands.act(session, standing_id, user_id, "end", now=NOON)

    (outcome,) = run_round(session)

    assert outcome.state is RunState.SKIPPED
    assert session.scalar(select(func.count()).select_from(Order)) == 0
    with pytest.raises(Conflict):
        commands.act(session, standing_id, user_id, "resume", now=NOON)


def test_a_change_needs_the_owner_and_the_version_that_was_seen(session):
    market = make_market(session)
    user_id = make_user(session)
    standing_id = make_standing(session, market, user_id=user_id)
    lines = [wish(market, 5)]

    with pytest.raises(NotFound):
        commands.change_standing(
            session, standing_id, user_id + 1, terms(market), lines, version=1, now=NOON
        )
    with pytest.raises(Conflict):
        commands.change_standing(
            session, standing_id, user_id, terms(market), lines, version=9, now=NOON
        )
    commands.change_standing(
        session, standing_id, user_id, terms(market), lines, version=1, now=NOON
    )
    run_round(session)

    assert session.scalars(select(OrderLine.units)).all() == [5]


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"point_id": None}, "choose_destination"),
        ({"tambon_code": "100101", "address": "1"}, "choose_destination"),
        ({"every": 3}, "page_damaged"),
        (
            {"point_id": None, "tambon_code": "100101", "address": "1",
             "pay_method": PayMethod.CASH},
            "cash_only_at_point",
        ),
    ],
)  # fmt: skip
def test_terms_that_do_not_fit_are_refused(session, other, code):
    market = make_market(session)

    with pytest.raises(Refused) as refusal:
        make_standing(session, market, **other)

    assert refusal.value.code == code
    assert session.scalar(select(func.count()).select_from(StandingOrder)) == 0


def test_planning_claiming_and_reading_cost_the_same_for_one_and_for_many(session):
    market = make_market(session, capacity=100)
    make_standing(session, market)
    counts = []
    for more in (0, 12):
        for number in range(more):
            make_standing(session, market, user_id=make_user(session, f"u{number}"))
        with statements() as seen:
            plan_runs(session, now=NOON)
            runs = claim_runs(session, now=NOON)
            read_markets(session, runs)
        counts.append(len(seen))

    assert counts[0] == counts[1] == 5


def test_a_standing_order_for_somebody_else_renames_no_buyer(session):
    market = make_market(session)
    user_id = make_user(session)
    make_standing(session, market, user_id=user_id, recipient="สมศรี")
    make_standing(session, market, user_id=user_id, recipient="ยาย", phone="+66899999999")

    names = session.execute(text("SELECT name, phone FROM buyer")).all()

    assert [tuple(row) for row in names] == [("สมศรี", "+66812345678")]


def test_keeping_an_order_twice_is_one_and_a_cancelled_one_cannot_be_kept(session):
    market = make_market(session)
    user_id = make_user(session)
    placed = order(session, market)

    first = keep_ordering(session, placed.order_id, user_id, every=2, now=NOON)
    assert keep_ordering(session, placed.order_id, user_id, every=1, now=NOON) == first
    assert run_round(session) == []  # this round is ordered already

    other = order(session, market)
    session.execute(
        text("UPDATE orders SET state = 'cancelled' WHERE id = :id"), {"id": other.order_id}
    )
    with pytest.raises(Refused):
        keep_ordering(session, other.order_id, user_id, every=1, now=NOON)
    assert session.scalar(select(func.count()).select_from(StandingOrder)) == 1


def test_what_was_left_out_is_said_in_words_in_both_languages(app, session):
    market = make_market(session)
    other = make_product(session)
    join(session, market, make_group(session), other, capacity=9, price_satang=9000)
    make_standing(session, market, wish(market), wish(market, product_id=other.id, ceiling=8000))
    run_round(session)
    told = session.scalar(
        select(Notice).where(Notice.event == "standing.part", Notice.channel == "inapp")
    )

    with app.test_request_context():
        for language, words in (("th", "เกินเพดาน ฿80"), ("en", "above your ceiling of ฿80")):
            letter = render_letter(ClaimedNotice(1, "a@b.c", language, told.event, told.payload, 1))
            assert words in letter.text
            assert "/standing/" in letter.text
        assert other.name_th in inbox_line(told.event, told.payload)


def test_the_pages_cost_the_same_for_one_line_and_for_many(session):
    market = make_market(session)
    user_id = make_user(session)
    standing_id = make_standing(session, market, user_id=user_id)
    counts = []
    for more in (0, 6):
        for _ in range(more):
            other = make_product(session)
            join(session, market, make_group(session), other, capacity=9)
            line = wish(market, product_id=other.id)
            commands.add_line(session, standing_id, user_id, line, now=NOON)
            make_standing(session, market, user_id=user_id)
        with statements() as sent:
            standing_of(session, user_id)
            seen = see_standing(session, standing_id, user_id, now=NOON)
        counts.append(len(sent))

    assert counts == [5, 5]
    assert len(seen.lines) == 7
    assert seen.lines[0].price_satang == 7000
