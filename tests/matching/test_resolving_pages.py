"""The pages of a shortfall: what they cost, show and take once."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import func, select

from market.clock import utc_now
from market.matching.calling.models import CallNote
from market.matching.calling.queries import calls_due
from market.matching.calling.rules import Outcome
from market.matching.flows import match_round
from market.matching.resolving.alternatives import choices_instead
from market.matching.resolving.models import ShortfallStep
from market.matching.resolving.overview import short_products, steps_done
from market.matching.resolving.queries import get_short
from market.matching.rules import Answer
from market.matching.whatif.models import Simulation
from market.overviews.board.cases import cases_of
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import (
    NOW,
    TAMBON,
    make_group,
    make_live_round,
    make_offer,
    make_order,
    make_product,
)
from tests.factories.shop import statements
from tests.matching.short_kit import ELSEWHERE, HERE, make_short
from tests.matching.test_answers import ask_of


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
