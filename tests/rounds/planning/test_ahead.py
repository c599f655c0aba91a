"""Templates plan their rounds ahead: once each, after an outage too, around days off."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from market.db import transaction
from market.errors import Conflict, Refused
from market.rounds.commands import Payment, cancel_round, open_round
from market.rounds.methods import Payee
from market.rounds.models import Round, RoundOffer, RoundOfferPart
from market.rounds.planning.commands import (
    Choices,
    NewTemplate,
    due_templates,
    plan_next,
    set_active,
    write_template,
)
from market.rounds.planning.days import close_day, closed_days, days_off, work_on
from market.rounds.planning.models import RoundPoint, RoundTemplate
from market.rounds.planning.queries import coming
from market.rounds.planning.rules import HolidayRule, Step
from market.rounds.rules import RoundState
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.places import make_point
from tests.factories.rounds import NOON, a_pace, make_template

YEAR_END = date(2026, 12, 31)


def plan_all(session, template_id, now=NOON) -> list[date]:
    """The days of the rounds that are planned now."""
    planned = []
    while (round_id := plan_next(session, template_id, payee=Payee.MARKET, now=now)) is not None:
        planned.append(session.get_one(Round, round_id).delivery_on[0])
    return planned


def test_the_next_rounds_stand_planned_and_only_once(session):
    template = make_template(session, holidays=HolidayRule.BEFORE)

    assert plan_all(session, template) == [
        date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 6),
    ]  # fmt: skip
    assert plan_all(session, template) == [], "nothing is missing any more"
    assert due_templates(session) == [template]
    moved = session.scalars(select(Round).where(Round.delivery_on[1] == date(2026, 12, 28))).one()
    assert (moved.due_on, moved.met_on) == (date(2027, 1, 1), date(2027, 1, 1))
    assert (moved.publish_minutes, moved.fee_percent, moved.state) == (45, 50, RoundState.DRAFT)


def test_a_round_that_was_called_off_does_not_come_back(session):
    template = make_template(session)
    plan_all(session, template)
    first = session.scalars(select(Round.id).order_by(Round.due_on)).first()
    cancel_round(session, first, actor="user:1", reason="น้ำท่วม", now=NOON)

    assert plan_all(session, template) == []


def test_an_outage_of_any_length_is_caught_up(session):
    template = make_template(session, holidays=HolidayRule.SKIP)
    plan_all(session, template)

    later = plan_all(session, template, NOON + timedelta(days=60))

    assert later == [date(2027, 2, 12), date(2027, 2, 26), date(2027, 3, 5)]
    assert date(2027, 2, 19) not in later, "Makha Bucha falls into its days"


def test_a_paused_template_plans_nothing(session):
    template = make_template(session)
    set_active(session, template, False, actor="user:1", now=NOON)

    assert plan_all(session, template) == []
    assert due_templates(session) == []


def test_only_what_the_template_names_takes_part(session):
    group, other = make_group(session), make_group(session)
    rice, soap = make_product(session), make_product(session, category="soap")
    wanted = make_offer(session, group, rice)
    make_offer(session, group, soap)
    make_offer(session, other, rice)
    point = make_point(session)
    choices = Choices(categories=("rice",), group_ids=(group,), point_ids=(point,))
    template = make_template(session, choices=choices)

    round_id = plan_next(session, template, payee=Payee.MARKET, now=NOON)

    of_round = select(RoundOffer.offer_id).where(RoundOffer.round_id == round_id)
    assert session.scalars(of_round).all() == [wanted]
    points = select(RoundPoint.point_id).where(RoundPoint.round_id == round_id)
    assert session.scalars(points).all() == [point]


def test_a_template_s_own_parts_are_frozen_in_its_rounds(session):
    make_offer(session, make_group(session), make_product(session), price_satang=7001)
    template = make_template(session)
    session.get_one(RoundTemplate, template).parts = {"": {"transport": 1000}}
    round_id = plan_next(session, template, payee=Payee.MARKET, now=NOON)
    open_round(session, round_id, actor="user:1", now=NOON)

    parts = dict(session.execute(select(RoundOfferPart.part, RoundOfferPart.amount_satang)).all())

    assert parts == {"makers": 6301, "transport": 700}


def test_the_market_works_on_a_holiday_and_has_days_of_its_own(session):
    day = date(2026, 12, 25)
    close_day(session, day, ("งานประจำปี", "Annual fair"), actor="user:1", now=NOON)
    work_on(session, YEAR_END, actor="user:1", now=NOON)

    closed = closed_days(session, day, YEAR_END)

    assert day in closed
    assert YEAR_END not in closed
    off = {found.day: found for found in days_off(session, day, YEAR_END)}
    assert off[YEAR_END].works
    assert off[day].own
    template = make_template(session)
    assert plan_all(session, template)[0] == date(2026, 12, 27), "the 26th closes on the 10th"
    (first, *_rest) = coming(session, template, NOON)
    assert (first.met_en, first.due_on) == ("Annual fair", day)
    work_on(session, day, actor="user:1", now=NOON)
    assert day not in closed_days(session, day, YEAR_END)


def new_template(**changes) -> NewTemplate:
    new = NewTemplate(
        name_th="ก", name_en="a", pace=a_pace(), publish_minutes=30, payment=Payment(),
        fee_percent=100, ahead=1,
    )  # fmt: skip
    return replace(new, **changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pace": a_pace(pay=Step(days_before=15, at=NOON.time()))}, "timetable_does_not_fit"),
        ({"parts": {"": {"transport": 6000}}}, "parts_take_too_much"),
        ({"payment": Payment(methods=())}, "no_pay_method_fits"),
    ],
)
def test_a_template_whose_rounds_could_not_open_is_refused(session, changes, code):
    with pytest.raises(Refused) as refusal:
        write_template(session, new_template(**changes), actor="user:1", now=NOON)

    assert refusal.value.code == code
    assert session.scalar(select(func.count(RoundTemplate.id))) == 0


def test_the_later_of_two_writers_is_told(session):
    template = make_template(session)
    write = {"actor": "user:1", "now": NOON, "template_id": template}
    write_template(session, new_template(), version=1, **write)

    with pytest.raises(Conflict) as refusal:
        write_template(session, new_template(name_th="ข"), version=1, **write)

    assert refusal.value.code == "template_was_changed"
    assert session.get_one(RoundTemplate, template).name_th == "ก"


def test_two_sweeps_at_once_plan_each_round_once(committed):
    now = datetime.now(NOON.tzinfo)
    with transaction() as session:
        template = make_template(session, now=now, first_on=now.date() + timedelta(days=40))
    start = Barrier(2)

    def sweep() -> None:
        with committed.app_context():
            start.wait()
            planned = True
            while planned:
                with transaction() as session:
                    planned = plan_next(session, template, payee=Payee.MARKET, now=now)

    threads = [Thread(target=sweep) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with transaction() as session:
        due = session.scalars(select(Round.due_on).where(Round.template_id == template)).all()
    assert len(due) == len(set(due)) == 3
