"""Signing in with LINE, against a LINE over HTTP that keeps the vendor's protocol."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from sqlalchemy import func, select

from market.accounts.line.rules import challenge_of, local_path
from market.accounts.models import User
from market.accounts.own.models import Identity
from market.clock import utc_now
from market.notices.models import Notice
from tests.factories.accounts import PASSWORD, browser_of, make_user
from tests.factories.apps import another_app
from tests.fakes.line_server import CHANNEL, SECRET, FakeLine


@pytest.fixture
def line():
    fake = FakeLine()
    yield fake
    fake.stop()


@pytest.fixture
def market(session, app, config, line):
    changes = {
        "line_channel_id": CHANNEL, "line_channel_secret": SECRET,
        "line_access_base": line.base, "line_api_base": line.base,
    }  # fmt: skip
    with another_app(app, config, **changes) as other:
        other.test_client_class = app.test_client_class
        yield other


def english(market, user=None):
    return browser_of(market, user, language="en")


def travel(client, line, **asked):
    """To LINE and back; the market's answer to the callback."""
    there = client.get("/line/start", query_string=asked)
    assert there.status_code == 303
    back = urlsplit(line.agree(there.location))
    return client.get(f"{back.path}?{back.query}")


def linked(session):
    return dict(session.execute(select(Identity.subject, Identity.user_id)).all())


def link(session, user, subject):
    session.add(Identity(user_id=user.id, provider="line", subject=subject, linked_at=utc_now()))
    session.flush()


def letters_of(session, user):
    """What the person was written to their e-mail."""
    rows = session.scalars(select(Notice).where(Notice.address == user.email))
    return [row.payload["text"] for row in rows]


def test_the_way_to_line_carries_what_the_protocol_asks_for(market, line):
    there = english(market).get("/line/start?next=/cart").location

    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert there.startswith(f"{line.base}/oauth2/v2.1/authorize?")
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CHANNEL
    assert asked["scope"] == "openid profile"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32
    assert "disable_auto_login" not in asked  # inside LINE's browser it signs in by itself
    assert "disable_auto_login=true" in english(market).get("/line/start?by_hand=1").location


def test_a_known_line_account_signs_in_and_goes_where_it_wanted(session, market, line):
    user = make_user(session)
    link(session, user, line.subject)
    client = english(market)

    answer = travel(client, line, next="/cart?a=1")

    assert answer.location == "/cart?a=1"
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_somebody_new_is_asked_and_then_has_an_account(session, market, line, algorithm):
    line.algorithm = algorithm
    client = english(market)

    answer = travel(client, line)

    assert answer.location == "/line/first"
    assert linked(session) == {}
    assert "มาลี LINE" in client.get("/line/first").text
    client.post("/line/first")
    assert client.get("/account").status_code == 200
    [user_id] = linked(session).values()
    user = session.get(User, user_id)
    assert (user.name, user.email, user.password) == ("มาลี LINE", None, None)


def test_pressing_twice_makes_one_account(session, market, line):
    client = english(market)
    travel(client, line)
    cookie = client.get_cookie("session").value

    client.post("/line/first")
    again = english(market)
    again.set_cookie("session", cookie)
    again.post("/line/first")

    assert session.scalar(select(func.count(User.id))) == 1


def test_line_never_takes_over_an_account_by_its_e_mail_or_name(session, market, line):
    mine = make_user(session, email="malee@market.example", name=line.name)
    line.claims = {"email": "malee@market.example"}
    client = english(market)

    travel(client, line)
    client.post("/line/first")

    assert linked(session)[line.subject] != mine.id


def test_a_signed_in_person_adds_line_only_by_saying_yes(session, market, line):
    user = make_user(session)
    client = english(market, user)

    assert travel(client, line, next="/account/line").location == "/account/line"
    assert linked(session) == {}
    assert "May the LINE account" in client.get("/account/line").text
    for _twice in range(2):
        client.post("/account/line")

    assert linked(session) == {line.subject: user.id}
    assert ["LINE signs you in from now on" in text for text in letters_of(session, user)] == [True]


def test_somebody_new_may_sign_in_as_usual_and_add_line_then(session, market, line):
    user = make_user(session, email="malee@market.example", password=PASSWORD)
    client = english(market)
    travel(client, line)

    data = {"identity": "malee@market.example", "passcode": PASSWORD}
    answer = client.post("/sign-in?next=/account/line", data=data)
    assert answer.location.endswith("/account/line")
    client.post("/account/line")

    assert linked(session) == {line.subject: user.id}


def test_a_line_account_of_somebody_else_is_not_moved(session, market, line):
    other, user = make_user(session), make_user(session)
    link(session, other, line.subject)
    client = english(market, user)

    answer = travel(client, line, next="/account/line")

    assert answer.status_code == 422
    assert "opens another account" in answer.text
    assert linked(session) == {line.subject: other.id}


def test_a_second_line_account_needs_the_first_taken_away(session, market, line):
    user = make_user(session)
    link(session, user, "U-first")
    client = english(market, user)
    travel(client, line, next="/account/line")

    assert client.post("/account/line").status_code == 409
    assert linked(session) == {"U-first": user.id}


def test_the_only_way_in_cannot_be_taken_away(session, market, line):
    client = english(market)
    travel(client, line)
    client.post("/line/first")

    answer = client.post("/account/line/unlink")

    assert answer.status_code == 422
    assert "only way in" in answer.text
    assert len(linked(session)) == 1


def test_line_is_taken_away_where_an_e_mail_is_left(session, market, line):
    user = make_user(session, email="malee@market.example")
    link(session, user, line.subject)

    assert english(market, user).post("/account/line/unlink").status_code == 303
    assert linked(session) == {}
    [letter] = letters_of(session, user)
    assert "LINE does not sign you in any more" in letter


def test_cancelling_at_line_says_what_to_do(session, market, line):
    line.refuses = True
    client = english(market)

    answer = travel(client, line, next="/cart")

    assert answer.location == "/sign-in?next=/cart"
    assert "choose a way below" in client.get(answer.location).text


def test_an_outage_says_what_to_do_and_signs_nobody_in(session, market, line):
    client = english(market)
    there = client.get("/line/start").location
    back = urlsplit(line.agree(there))
    line.down = True

    answer = client.get(f"{back.path}?{back.query}")

    assert answer.status_code == 503
    assert "Try again soon" in answer.text
    assert "Sign in another way" in answer.text
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://access.example"},
        {"aud": "1234567890"},
        {"exp": 1},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
    ],
)
def test_a_token_that_says_something_else_is_refused(session, market, line, lie):
    user = make_user(session)
    link(session, user, line.subject)
    line.claims = lie

    refuse(session, market, line)


def test_a_token_signed_by_somebody_else_is_refused(session, market, line):
    link(session, make_user(session), line.subject)
    line.secret = "f" * 32

    refuse(session, market, line)


def refuse(session, market, line):
    client = english(market)
    answer = travel(client, line)
    assert answer.status_code == 422
    assert "could not be checked" in answer.text
    assert client.get("/account").status_code == 302


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(session, market, line):
    link(session, make_user(session), line.subject)
    mine, victim = english(market), english(market)
    back = urlsplit(line.agree(mine.get("/line/start").location))
    victim.get("/line/start")

    answer = victim.get(f"{back.path}?{back.query}")

    assert answer.status_code == 422
    assert victim.get("/account").status_code == 302


def test_a_way_back_is_good_once(session, market, line):
    link(session, make_user(session, language="en"), line.subject)
    client = english(market)
    back = urlsplit(line.agree(client.get("/line/start").location))
    client.get(f"{back.path}?{back.query}")
    client.post("/sign-out")

    answer = client.get(f"{back.path}?{back.query}")

    assert answer.status_code == 422
    assert "Start again" in answer.text


def test_a_code_stolen_on_the_way_is_useless_without_the_verifier(session, market, line):
    link(session, make_user(session), line.subject)
    victim, thief = english(market), english(market)
    stolen = dict(parse_qsl(urlsplit(line.agree(victim.get("/line/start").location)).query))
    own = dict(parse_qsl(urlsplit(thief.get("/line/start").location).query))

    answer = thief.get("/line/back", query_string={"code": stolen["code"], "state": own["state"]})

    assert answer.status_code == 422
    assert thief.get("/account").status_code == 302


def test_a_closed_account_stays_closed(session, market, line):
    user = make_user(session, active=False)
    link(session, user, line.subject)

    assert travel(english(market), line).status_code == 422


def test_without_a_channel_line_is_not_offered(session, client):
    assert client.get("/line/start").status_code == 404
    assert "LINE" not in client.get("/sign-in").text


def test_guessing_at_the_way_back_is_limited(session, market):
    client = english(market)
    tries = [client.get("/line/back?code=1&state=2").status_code for _ in range(11)]

    assert tries == [422] * 10 + [429]


ELSEWHERE = [
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example",
    "javascript:alert(1)", "http:/evil.example", "/\t/evil.example", "/%0d\n/x", "evil.example",
    "", None, "/" + "a" * 600,
]  # fmt: skip


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_sent_to_another_site(wanted):
    assert local_path(wanted, "/account") == "/account"


@pytest.mark.parametrize("wanted", ["/", "/cart", "/goods?q=a%20b#x", "/orders/1-1"])
def test_paths_of_ours_are_kept(wanted):
    assert local_path(wanted, "/account") == wanted


def test_the_challenge_is_the_one_of_the_standard():
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
