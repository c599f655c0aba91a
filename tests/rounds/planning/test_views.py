"""The planning desk over HTTP: a template, its rounds, a copy, all lines; and what is no form."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from market.accounts.rules import Role
from market.clock import bangkok_date, utc_now
from market.rounds.models import Round, RoundOffer
from market.rounds.planning.forms import USUAL
from market.rounds.planning.models import RoundTemplate
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.rounds import make_round, offer_in_round
from tests.factories.shop import statements

NAMES = {"name_th": "รอบศุกร์", "name_en": "Fridays", "method": "cash"}


@pytest.fixture
def desk(session, app):
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    return browser_of(app, user)


def first_on():
    return (bangkok_date(utc_now()) + timedelta(days=45)).isoformat()


def test_a_template_is_written_plans_its_rounds_and_one_is_copied(session, desk):
    make_offer(session, make_group(session), make_product(session))
    typed = USUAL | NAMES | {"first_on": first_on(), "ahead": "๒", "holidays": "before"}

    made = desk.post("/rounds/templates/new", data=typed)
    assert made.status_code == 303
    assert desk.post(f"{made.location}/plan").status_code == 303
    rounds = session.scalars(select(Round).order_by(Round.due_on)).all()
    assert len(rounds) == 2
    page = desk.get(made.location).text
    assert all(f"/rounds/{round_.id}" in page for round_ in rounds)

    copy = {"delivery_on": first_on(), "key": "a-key-of-a-form"}
    again = [desk.post(f"/rounds/{rounds[0].id}/copy", data=copy).location for _ in range(2)]
    assert again[0] == again[1]
    assert session.scalar(select(func.count(Round.id))) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"first_on": "soon"}, {"closes_time": "25:00"}, {"ahead": "13"}, {"group": "99999"},
        {"point": "9" * 30, "products": "ไม่มี"}, {"pay_before": "16"},
        {"cycle": "daily"},
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_nothing_is_kept(session, desk, wrong):
    typed = USUAL | NAMES | {"first_on": first_on()} | wrong
    answer = desk.post("/rounds/templates/new", data=typed)

    assert answer.status_code == 422
    assert "รอบศุกร์" in answer.text, "what was typed is still there"
    assert session.scalar(select(func.count(RoundTemplate.id))) == 0


def test_all_lines_cost_the_same_for_three_and_for_sixty(session, desk):
    round_id = make_round(session, state=RoundState.DRAFT)
    group = make_group(session)
    sent = []
    for lines in (3, 57):
        for _ in range(lines):
            offer_in_round(session, round_id, group, make_product(session))
        with statements() as found:
            page = desk.get(f"/rounds/{round_id}/lines?page=9&round_id=3&_external=1")
        assert page.status_code == 200
        sent.append(len(found))
    assert sent[0] == sent[1] <= 14

    offer = session.scalars(select(RoundOffer).where(RoundOffer.round_id == round_id)).first()
    was = f"{offer.version}:{offer.capacity_units}:{offer.min_batch_units}:{offer.lot_units}:7000"
    address = f"/rounds/{round_id}/lines?q=&round_id=3&_anchor=x"
    typed = {f"w-{offer.id}": was, f"p-{offer.id}": "75"}
    assert desk.post(address, data=typed).status_code == 303
    stale = desk.post(address, data=typed | {f"p-{offer.id}": "80"})
    assert stale.status_code == 422
    assert "฿75" in stale.text, "what stands there now"
    session.expire_all()
    assert session.get_one(RoundOffer, offer.id).price_satang == 7500
