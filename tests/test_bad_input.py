"""What no page takes, whoever sends it: each is refused in words, and nothing is a fault."""

import time
from inspect import getfile, unwrap
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from market.accounts.models import User
from market.accounts.rules import Role
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_product
from tests.factories.rounds import make_round, offer_in_round
from tests.rights_world import make_world
from tests.test_rights import routes, rule_of, values_for

HUGE = "9" * 25  # more than the database can count to
PLAN = {
    "name_th": "รอบ", "name_en": "Round", "cycle": "weekly", "opens_on": "2030-01-01",
    "closes_on": "2030-01-03", "closes_time": "18:00", "delivery_on": "2030-01-15",
}  # fmt: skip


@pytest.fixture
def admin(session, app):
    """A browser that may do everything."""
    user = make_user(session)
    make_grant(session, user, Role.ADMINISTRATOR, area="")
    return browser_of(app, user)


@pytest.mark.parametrize(
    "path",
    ["/rounds/{}", "/asks/{}", "/batches/{}", "/points/{}/desk", "/money/{}", "/group/{}",
     "/board/{}", "/rounds/{}/match", "/group/{}/offers/1", "/group/1/offers/{}", "/checkout/{}"],
)  # fmt: skip
def test_ids_that_no_row_can_have_are_not_found(session, client, admin, path):
    assert client.get(path.format(HUGE)).status_code == 404
    assert admin.get(path.format(HUGE)).status_code == 404


def test_text_that_cannot_be_stored_is_refused_and_changes_nothing(session, client, app):
    user = make_user(session, name="Somsri")
    browser = browser_of(app, user)

    answer = browser.post("/account/name", data={"name": "a\0b"})
    sign_in = client.post("/sign-in/code", data={"identity": "a@market.example\0"})

    assert (answer.status_code, sign_in.status_code) == (422, 422)
    assert "<h1" in answer.text
    assert session.scalar(select(User.name).where(User.id == user.id)) == "Somsri"
    assert browser.post("/account/name", data={"\0": "x"}).status_code == 422


def test_a_file_whose_name_cannot_be_stored_is_refused(session, admin):
    head = "Content-Disposition: form-data; name=statement; filename*=UTF-8''a%00b.csv"
    body = f"--x\r\n{head}\r\n\r\nวันที่,เงินเข้า\r\n1/1/2569,7\r\n--x--\r\n"
    answer = admin.post(
        "/money/lines", data=body.encode(), content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("body", ["[1]", '"x"', "null", "{", '{"identity": ["a"]}'])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/join", "/new-password"])
def test_there_is_no_second_door_for_programs(session, client, path, body):
    answer = client.post(path, data=body, content_type="application/json")

    assert answer.status_code == 415
    assert "<h1" in answer.text


@pytest.mark.parametrize("price", ["1.x", "1.1e5", "1.9e99", "1.", "1.NaN", "7.001", "1" + "0" * 9])
def test_a_price_is_a_number_with_two_decimals_at_most(session, admin, price):
    round_id, group_id = make_round(session, state=RoundState.DRAFT), make_group(session)
    offer_id = offer_in_round(session, round_id, group_id, make_product(session))

    answer = admin.post(
        f"/group/{group_id}/offers/{round_id}",
        data={"offer_id": str(offer_id), "capacity": "10", "price": price},
    )

    assert answer.status_code == 422


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2101-01-01"])
@pytest.mark.parametrize("field", ["opens_on", "closes_on", "delivery_on"])
def test_a_round_is_planned_in_this_century(session, admin, field, day):
    answer = admin.post("/rounds/new", data=PLAN | {field: day})

    assert answer.status_code == 422
    assert session.scalars(select(Round)).all() == []


def test_a_new_account_is_made_of_the_form_s_fields_only(session, client):
    client.post(
        "/join",
        data={
            "name": "มาลี", "email": "malee@market.example", "password": "a-long-enough-password",
            "password_confirm": "a-long-enough-password", "us_phone_number": "+66812345678",
            "confirmed_at": "2026-01-01", "fs_uniquifier": "mine", "sample": "1", "id": "1",
            "roles": "administrator", "active": "",
        },
    )  # fmt: skip

    user = session.scalars(select(User).where(User.email == "malee@market.example")).one()
    assert (user.us_phone_number, user.confirmed_at, user.sample) == (None, None, False)
    assert user.active
    assert user.fs_uniquifier != "mine"


@pytest.mark.parametrize("way", ["password", "authenticator", "x", "sms", ""])
def test_only_the_ways_to_sign_in_that_a_page_offers_are_set_up(session, app, way):
    browser = browser_of(app, make_user(session), fs_paa=time.time())

    assert browser.post("/account/sign-in", data={"chosen_method": way}).status_code == 200


def test_a_failing_statement_does_not_write_people_into_the_log(session, app):
    with pytest.raises(SQLAlchemyError) as failure, session.begin_nested():
        session.scalars(select(User).where(User.email == "malee@market.example\0")).all()

    assert "malee" not in str(failure.value)


#: Fields that carry a number of ours, not one that somebody types. A page is counted in rows.
NUMBERS = {
    "GET": {"page": str(2**63 - 1), "before": HUGE},
    "POST": {"version": HUGE, "offer_id": HUGE},
}


def test_numbers_beyond_the_database_are_refused_by_every_page(session, app):
    """Each page whose file reads such a field gets it, with real ids in its address."""
    world = make_world(session, app)
    tried = 0
    for endpoint, method in routes():
        source = Path(getfile(unwrap(app.view_functions[endpoint]))).read_text()
        sent = {name: no for name, no in NUMBERS[method].items() if f'"{name}"' in source}
        if sent:
            rule = rule_of(app, endpoint, method)
            with app.test_request_context():
                path = rule.build(values_for(rule, world))[1]
            with session.begin_nested() as kept:
                answer = world.people["admin"].open(
                    path, method=method, **{"query_string" if method == "GET" else "data": sent}
                )
                kept.rollback()
            session.expire_all()
            assert answer.status_code < 500, f"{method} {path}: {answer.status}"
            tried += 1
    assert tried > 30
