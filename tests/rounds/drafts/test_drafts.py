"""Drafts changed as a whole: points, days; and a template made from a round."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.catalogue.models import Offer
from market.errors import Conflict, Refused
from market.rounds.commands import open_round
from market.rounds.drafts.commands import Moved, make_template, move_drafts, set_points
from market.rounds.drafts.queries import points_of, rounds_to_move
from market.rounds.methods import Payee
from market.rounds.models import Round, RoundOffer
from market.rounds.planning.commands import plan_next
from market.rounds.planning.days import close_day
from market.rounds.planning.models import RoundPoint, RoundTemplate
from market.rounds.planning.queries import coming, get_template
from market.rounds.planning.rules import HolidayRule
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.places import make_point
from tests.factories.rounds import NOON, join, make_round, offer_in_round
from tests.factories.rounds import make_template as a_template
from tests.factories.shop import statements
from tests.factories.wide import widen

WHO = {"actor": "user:1", "now": NOON}


def test_a_template_from_a_round_says_what_the_round_says_and_plans_nothing_yet(session):
    source = make_round(session)
    group, rice = make_group(session), make_product(session)
    offer_in_round(session, source, group, rice)
    point = make_point(session)
    session.add(RoundPoint(round_id=source, point_id=point))
    old = session.get_one(Round, source)
    old.fee_percent, old.publish_minutes, old.pay_methods = 50, 90, ["card", "promptpay"]
    session.flush()

    made = make_template(session, source, **WHO)

    assert make_template(session, source, **WHO) == made, "a second press finds the first"
    assert session.scalar(select(func.count(RoundTemplate.id))) == 1
    view, template = get_template(session, made), session.get_one(RoundTemplate, made)
    assert (view.group_ids, len(view.product_codes), view.point_ids) == ((group,), 1, (point,))
    assert (template.fee_percent, template.publish_minutes, template.ahead) == (50, 90, 0)
    assert template.pay_methods == ["card", "promptpay"]
    template.ahead = 1
    session.flush()
    (new, *_rest) = coming(session, made, NOON)
    days = new.times.delivery_on[0] - old.delivery_on[0]
    assert days > timedelta(0)
    assert new.times.opens_at - old.opens_at == new.times.pay_by - old.pay_by == days


def test_a_template_costs_the_same_for_three_goods_and_for_three_hundred(session):
    sent = []
    for many in (3, 300):
        source = make_round(session)
        offer = make_offer(session, make_group(session), make_product(session))
        join(session, source, offer)
        start = many * 10
        widen(session, source, offer, range(start, start + many - 1))
        with statements() as found:
            make_template(session, source, **WHO)
        sent.append(len(found))
    assert sent[0] == sent[1] <= 16


def test_the_points_of_a_draft_are_changed_and_a_stale_page_is_told(session):
    draft = make_round(session, state=RoundState.DRAFT)
    one, two = make_point(session), make_point(session)
    set_points(session, draft, [one, two], seen=[], **WHO)
    assert points_of(session, draft) == {one, two}
    set_points(session, draft, [one, two], seen=[], **WHO)  # the same again is no quarrel

    with pytest.raises(Conflict) as refusal:
        set_points(session, draft, [one], seen=[], **WHO)
    assert refusal.value.code == "points_were_changed"
    with pytest.raises(Refused):
        set_points(session, draft, [99_999], seen=[one, two], **WHO)
    assert points_of(session, draft) == {one, two}
    session.get_one(Round, draft).state = RoundState.OPEN
    session.flush()
    with pytest.raises(Conflict) as refusal:
        set_points(session, draft, [], seen=[one, two], **WHO)
    assert refusal.value.code == "terms_are_frozen"


def test_drafts_that_meet_a_later_day_off_are_moved_once_by_their_rule(session):
    make_offer(session, make_group(session), make_product(session))
    template = a_template(session, holidays=HolidayRule.BEFORE)
    first = plan_next(session, template, payee=Payee.MARKET, now=NOON)
    second = plan_next(session, template, payee=Payee.MARKET, now=NOON)
    before = session.get_one(Round, first)
    at, opens, closes = before.delivery_on[0], before.opens_at, before.closes_at
    assert rounds_to_move(session, NOON) == ()
    for day in (at, session.get_one(Round, second).delivery_on[0]):
        close_day(session, day, ("งานประจำปี", "Annual fair"), **WHO)
    open_round(session, second, **WHO)

    (move,) = rounds_to_move(session, NOON)
    assert (move.round_id, move.met, move.fits) == (first, at, True)
    assert move.to < at
    assert move_drafts(session, {first: at + timedelta(days=30)}, **WHO).rounds == 0, "a stale page"
    assert move_drafts(session, {first: move.to, second: move.to}, **WHO) == Moved(1, 0)
    assert move_drafts(session, {first: move.to}, **WHO).rounds == 0

    session.refresh(before)
    assert before.delivery_on[0] == move.to
    assert opens - before.opens_at == closes - before.closes_at == at - move.to
    assert (before.due_on, before.met_on) == (at, at)
    assert rounds_to_move(session, NOON) == ()
    assert plan_next(session, template, payee=Payee.MARKET, now=NOON) != first


def test_offers_without_a_season_or_papers_on_the_new_days_leave_with_words(session):
    group = make_group(session, readiness=2)
    kept, summer, expired = (make_offer(session, group, make_product(session)) for _n in range(3))
    template = a_template(session)
    draft = plan_next(session, template, payee=Payee.MARKET, now=NOON)
    close_day(session, session.get_one(Round, draft).delivery_on[0], ("ก", "a"), **WHO)
    (move,) = rounds_to_move(session, NOON)
    assert (move.fits, move.misfits) == (True, 0)
    session.get_one(Offer, summer).season_months = [move.cut_off.month % 12 + 1]
    session.get_one(Offer, expired).own_use = False
    session.flush()

    (move,) = rounds_to_move(session, NOON)
    assert move.misfits == 2
    assert move_drafts(session, {draft: move.to}, **WHO) == Moved(1, 2)
    left = select(RoundOffer.offer_id).where(RoundOffer.round_id == draft)
    assert session.scalars(left).all() == [kept]
    told = select(AuditEvent.subject).where(AuditEvent.event == "offer.withdrawn")
    assert set(session.scalars(told)) == {f"offer:{summer}", f"offer:{expired}"}


def test_what_its_rule_leaves_out_is_told_and_stays(session):
    template = a_template(session, holidays=HolidayRule.SKIP)
    draft = plan_next(session, template, payee=Payee.MARKET, now=NOON)
    day = session.get_one(Round, draft).delivery_on[0]
    close_day(session, day, ("ก", "a"), **WHO)

    (move,) = rounds_to_move(session, NOON)

    assert (move.to, move.fits) == (None, False)
    assert move_drafts(session, {draft: date(2027, 1, 1)}, **WHO).rounds == 0


def test_the_desk_does_all_three_over_http(session, app):
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    desk = browser_of(app, user)
    draft = make_round(session, state=RoundState.DRAFT)
    point = make_point(session)

    assert f'action="/rounds/{draft}/template"' in desk.get(f"/rounds/{draft}").text
    assert desk.post(f"/rounds/{draft}/template").location.startswith("/rounds/templates/")
    page = desk.get(f"/rounds/{draft}/points")
    assert f'value="{point}"' in page.text
    assert desk.post(f"/rounds/{draft}/points", data={"point": point}).status_code == 303
    assert desk.post(f"/rounds/{draft}/points", data={"point": ""}).status_code == 409
    assert desk.post("/rounds/days/move", data={"move": ["x", "1:soon"]}).status_code == 303
    assert points_of(session, draft) == {point}
