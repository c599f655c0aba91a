"""Every route, as everybody. Made from the route table: a new route is tried by itself.

EXPECTED says who may do what to a thing in one tambon (`place`) and to what concerns the whole
country (`country`). It is written by hand, not computed from the policy, so that a change of the
policy shows here.
"""

from collections.abc import Iterator
from functools import cache

import pytest
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from config import Config
from market.app import OPEN_ENDPOINTS, create_app
from market.policy import RULES
from tests.factories.apps import another_app
from tests.factories.standing import on_top, standing
from tests.rights_world import World, make_world

EVERYBODY = {
    "nobody", "buyer", "consumer", "order link", "answer link", "stranger leader", "leader",
    "treasurer", "member", "neighbour", "elsewhere", "coordinator", "province", "partner",
    "marketing", "finance", "admin", "request link", "request answer link", "driver link",
}  # fmt: skip
NOT_SIGNED_IN = {
    "nobody", "buyer", "order link", "answer link", "request link", "request answer link",
    "driver link",
}  # fmt: skip
A_FEW = {"nobody", "answer link", "leader", "admin"}  # enough where everybody is let in
COUNTRY = {"marketing", "admin"}
PLACE = {"coordinator", "province"} | COUNTRY
SOMEWHERE = PLACE | {"neighbour", "elsewhere"}
GROUP = {"leader", "treasurer", "member"}
MONEY = {"finance", "admin"}

EXPECTED: dict[tuple[str, str], set[str]] = {
    ("market.see", "none"): EVERYBODY,
    ("market.see", "place"): EVERYBODY,
    ("cart.use", "none"): EVERYBODY,
    ("hook.send", "none"): EVERYBODY,
    ("order.place", "none"): EVERYBODY,
    ("order.list", "none"): EVERYBODY,
    ("notice.list", "none"): EVERYBODY,
    ("account.use", "none"): EVERYBODY - NOT_SIGNED_IN,
    ("order.see", "place"): {"buyer", "order link"} | PLACE | MONEY,
    ("order.change", "place"): {"buyer", "order link"},
    ("notice.see", "none"): {"consumer"},
    ("data.take", "none"): {"consumer"},
    ("group.desk", "place"): GROUP | {"answer link"} | PLACE,
    ("group.offer", "place"): {"leader"} | PLACE,
    ("photo.edit", "place"): {"leader", "member"} | PLACE,
    ("batch.answer", "place"): {"leader", "answer link"},
    ("batch.answer_for", "place"): PLACE,
    ("batch.report", "place"): {"leader", "member", "answer link"} | PLACE,
    ("group.money", "place"): {"leader", "treasurer"} | PLACE | MONEY,
    ("board.see", "none"): SOMEWHERE,
    ("demand.see", "none"): SOMEWHERE | GROUP | {"stranger leader", "partner"},
    ("board.see", "country"): SOMEWHERE,
    ("shortfall.resolve", "country"): SOMEWHERE,
    ("match.see", "none"): SOMEWHERE,
    ("match.see", "country"): SOMEWHERE,
    ("round.see", "none"): SOMEWHERE | {"finance"},
    ("round.see", "country"): SOMEWHERE | {"finance"},
    ("round.manage", "country"): COUNTRY,
    ("match.run", "country"): COUNTRY,
    ("match.publish", "country"): COUNTRY,
    ("money.see", "country"): COUNTRY | MONEY,
    ("money.see", "place"): PLACE | MONEY,
    ("receipt.record", "country"): COUNTRY | MONEY,
    ("receipt.record", "place"): PLACE | MONEY,
    ("payout.record", "country"): MONEY,
    ("payout.record", "place"): MONEY,
    ("refund.record", "country"): MONEY,
    ("refund.record", "place"): MONEY,
    ("problem.list", "none"): SOMEWHERE | MONEY,
    ("problem.decide", "place"): PLACE | MONEY,
    ("account.enter", "place"): {"leader", "treasurer"} | MONEY,
    ("account.confirm", "country"): MONEY,
    ("shares.decide", "place"): {"leader", "treasurer"},
    ("paper.see", "place"): {"buyer", "order link"} | PLACE | MONEY,
    ("problem.enter", "place"): PLACE | MONEY,
    ("voice.say", "place"): {"buyer", "order link"},
    ("voice.report", "none"): EVERYBODY,
    ("voice.answer", "place"): {"leader", "member"} | PLACE,
    ("voice.list", "none"): SOMEWHERE,
    ("voice.hide", "place"): PLACE,
    ("gather.see", "none"): SOMEWHERE,
    ("trip.manage", "place"): PLACE,
    ("trip.drive", "place"): PLACE | {"driver link"},
    ("box.case", "place"): PLACE,
    ("point.desk", "place"): {"leader", "member"} | PLACE,
    ("import.list", "none"): SOMEWHERE | {"leader", "stranger leader"},
    ("import.see", "place"): PLACE,
    ("import.change", "place"): {"coordinator"},
    ("books.own", "none"): EVERYBODY - NOT_SIGNED_IN,
    ("books.sums", "none"): SOMEWHERE,
    ("request.write", "none"): EVERYBODY,
    ("request.prove", "place"): {"request link"},
    ("request.see", "place"): {"buyer", "request link"} | PLACE,
    ("request.choose", "place"): {"buyer", "request link"},
    ("request.answer", "place"): {"leader", "request answer link"},
    ("request.asked", "place"): {"leader", "member", "request answer link"} | PLACE,
    ("request.answer_for", "place"): PLACE,
    ("request.list", "none"): SOMEWHERE,
    ("request.invite", "country"): COUNTRY,
    ("story.edit", "place"): {"leader"} | PLACE,
    ("story.check", "place"): PLACE,
    ("question.ask", "none"): EVERYBODY - NOT_SIGNED_IN | {"buyer"},
    ("question.report", "none"): EVERYBODY,
    ("synonym.edit", "country"): COUNTRY,
    ("notice.manage", "country"): COUNTRY,
    ("country.see", "none"): SOMEWHERE | {"partner"},
    ("area.see", "place"): PLACE | {"partner"},
    ("province.see", "place"): {"province", "partner"} | COUNTRY,
    ("care.list", "none"): SOMEWHERE,
    ("report.list", "none"): SOMEWHERE | GROUP | {"stranger leader", "finance"},
    ("report.own", "none"): {"consumer"},
    ("care.do", "place"): PLACE,
    ("care.decide", "place"): {"province"} | COUNTRY,
    ("care.read", "place"): GROUP | PLACE,
    ("advice.read", "place"): GROUP,
    ("contact.edit", "place"): {"leader"} | PLACE,
}
#: Routes whose names stand for another thing of the world than usual.
OTHER_IDS: dict[str, dict[str, str]] = {
    "sheets.template": {"kind": "sheet_kind"},
    "imports.send": {"kind": "sheet_kind"},
    "shop.group": {"code": "group_code"},
    "community.show": {"code": "tambon"},
    "community.feed": {"code": "tambon"},
    "community.preview": {"kind": "og_kind", "code": "group_code"},
    "questions.form": {"code": "group_code"},
    "questions.send": {"code": "group_code"},
    "photos.file": {"name": "photo_name"},
    "orders.checkout": {"round_id": "open_round_id"},
    "made_to_order.reply": {"question_id": "request_question_id"},
    "request_writing.ask": {"question": "request_question"},
    "request_writing.answer": {"question": "request_question"},
    "work.tick": {"step": "work_step"},
    "visits.ask": {"step": "visit_step"},
    "visits.answer": {"step": "visit_step"},
    "standing.again": {"run_id": "standing_run_id"},
    "statements.accept": {"line_id": "bank_line_id"},
    "statements.link": {"line_id": "bank_line_id"},
    "statements.aside": {"line_id": "bank_line_id"},
    "voices.photo": {"photo_id": "sent_photo_id"},
    "showing.photo": {"photo_id": "sent_photo_id"},
    "showing.hide": {"photo_id": "sent_photo_id"},
}


NO_IDS = {
    "suffix",
    "extension",
    "step",
    "topic",
    "page",
    "table",
    "question",
    "kind",
    "ask",
}  # words of a route that are no thing's id


@cache
def route_table() -> Flask:
    """The application as it is read before tests run: nothing is connected to."""
    return create_app(_no_servers())


def routes(*, of_somebody: bool = False) -> list[tuple[str, str]]:
    """Every (endpoint, method) of the application's route table, or those with a thing's id."""
    app, found = route_table(), set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_ENDPOINTS or rule.endpoint.startswith("security."):
            continue
        owned = rule.arguments and getattr(app.view_functions[rule.endpoint], "market_thing", None)
        if owned or not of_somebody:
            found |= {(rule.endpoint, method) for method in rule.methods - {"HEAD", "OPTIONS"}}
    return sorted(found)


def _no_servers() -> Config:
    """Settings to read the route table with; nothing is connected to."""
    secret = "x" * 40
    return Config.from_env(
        {
            "DATABASE_URL": "postgresql://localhost/none", "REDIS_URL": "redis://localhost:1/0",
            "SECRET_KEY": secret, "PASSWORD_SALT": secret, "TOTP_SECRETS": f"1:{secret}",
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(_app) -> Iterator[tuple[Connection, World]]:
    """One of everything and everybody, made once: that took longer than most of these tests."""
    with standing(_app, lambda session: make_world(session, _app)) as made:
        yield made


@pytest.fixture
def session(app, made) -> Iterator[Session]:
    """In the world that stands; what a test changes is taken back."""
    with on_top(app, made[0]) as session:
        yield session


@pytest.fixture
def world(made) -> Iterator[World]:
    """The world that stands, and after the test everybody's cookies as they were."""
    _connection, world = made
    cookies = {name: dict(client._cookies) for name, client in world.people.items()}
    yield world
    for name, client in world.people.items():
        client._cookies = cookies[name]


def rule_of(app: Flask, endpoint: str, method: str) -> Rule:
    """The route of an endpoint that takes this method."""
    return next(rule for rule in app.url_map.iter_rules(endpoint) if method in rule.methods)


def values_for(rule: Rule, world: World) -> dict[str, object]:
    """Real ids for a route's arguments."""
    other = OTHER_IDS.get(rule.endpoint, {})
    needed = rule.arguments - set(rule.defaults or ())
    missing = {other.get(name, name) for name in needed} - set(world.ids)
    assert not missing, f"teach tests/rights_world.py a {missing} for {rule.rule}"
    return {name: world.ids[other.get(name, name)] for name in needed}


def kind_of(app: Flask, session, view, values) -> str:
    """Does the thing concern the country, a place, or nothing in particular?"""
    if view.market_thing is None:
        return "none"
    with app.test_request_context():
        thing = view.market_thing(session, **values)
    if thing.area is None:
        return "none"
    return "country" if thing.area == "" else "place"


def test_every_route_has_a_rule(app):
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        permission = getattr(view, "market_permission", None)
        known = rule.endpoint in OPEN_ENDPOINTS or rule.endpoint.startswith("security.")
        assert known or permission in RULES, f"{rule.endpoint} has no rule"


@pytest.mark.parametrize(("endpoint", "method"), routes())
def test_a_route_lets_in_whom_it_should_and_nobody_else(app, session, world, endpoint, method):
    view, rule = app.view_functions[endpoint], rule_of(app, endpoint, method)
    values = values_for(rule, world)
    expected = EXPECTED[view.market_permission, kind_of(app, session, view, values)]
    with app.test_request_context():
        path = rule.build(values)[1]

    # Those who are refused come first: what the others may do can change the thing.
    people = A_FEW if expected == EVERYBODY else EVERYBODY
    for name in sorted(people, key=lambda name: (name in expected, name)):
        answer = world.people[name].open(path, method=method)
        let_in = not refused(answer, name, method)
        assert let_in == (name in expected), f"{name} at {method} {path}: {answer.status}"
        assert answer.status_code < 500, f"{name} at {method} {path}: {answer.status}"


def refused(answer, name: str, method: str) -> bool:
    """Was this person turned away? Guests who look are sent to sign in, all others get 403."""
    sent_to_sign_in = answer.status_code == 302 and answer.location.startswith("/sign-in")
    assert not sent_to_sign_in or (name in NOT_SIGNED_IN and method == "GET")
    return sent_to_sign_in or answer.status_code == 403


@pytest.mark.parametrize(("endpoint", "method"), routes(of_somebody=True))
def test_ids_that_do_not_exist_look_like_those_of_others(app, session, world, endpoint, method):
    rule = rule_of(app, endpoint, method)
    unknown = {
        name: value if name in NO_IDS else _unknown(value)
        for name, value in values_for(rule, world).items()
    }
    with app.test_request_context():
        path = rule.build(unknown)[1]

    there = world.people["nobody"].open(rule_path(app, rule, world), method=method)
    absent = world.people["nobody"].open(path, method=method)

    assert absent.status_code == there.status_code
    for name in ("admin", "leader", "consumer"):
        assert world.people[name].open(path, method=method).status_code in (403, 404, 422)


def rule_path(app: Flask, rule: Rule, world: World) -> str:
    """The route's path with real ids."""
    with app.test_request_context():
        return rule.build(values_for(rule, world))[1]


def _unknown(value: object) -> object:
    return 987_654_321 if isinstance(value, int) else "no-such"


def test_a_route_without_a_mark_is_refused_to_everybody(config, app):
    with another_app(app, config) as careless:
        careless.add_url_rule("/forgotten", "forgotten", lambda: "secret")
        answer = careless.test_client().get("/forgotten")

    assert answer.status_code == 302
    assert "secret" not in answer.get_data(as_text=True)
