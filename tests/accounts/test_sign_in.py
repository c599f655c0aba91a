"""Signing in as people do it: password, code, recovery; and what a stranger learns: nothing."""

import difflib
import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from market.accounts.models import User
from market.clock import utc_now
from market.notices.models import Notice
from tests.factories.accounts import PASSWORD, browser_of, make_user

WRONG = "That did not match"
TH_WRONG = "ไม่ตรงกัน"


@pytest.fixture(autouse=True)
def english(client):
    """Tests read English."""
    with client.session_transaction() as cookie:
        cookie["language"] = "en"


def letters(session, user=None):
    """Letters in the outbox, newest last."""
    wanted = select(Notice).where(Notice.event == "account.mail").order_by(Notice.id)
    found = session.scalars(wanted).all()
    return [letter for letter in found if user is None or letter.user_id == user.id]


def code_in(letter) -> str:
    """The six digits of a letter."""
    return re.search(r"\b(\d{6})\b", letter.payload["text"]).group(1)


def sign_in(client, identity, passcode, **more):
    """Post the sign-in form."""
    return client.post("/sign-in", data={"identity": identity, "passcode": passcode, **more})


def difflib_of(texts):
    """Where pages differ."""
    first, *others = (text.splitlines() for text in texts)
    return [line for other in others for line in difflib.unified_diff(first, other, n=0)]


def is_signed_in(client) -> bool:
    """The account page opens."""
    return client.get("/account").status_code == 200


def test_a_password_signs_in_and_a_post_signs_out(session, client):
    make_user(session, email="malee@market.example", password=PASSWORD)

    answer = sign_in(client, " Malee@Market.Example ", PASSWORD)

    assert answer.status_code == 302
    assert is_signed_in(client)
    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)
    client.post("/sign-out")
    assert not is_signed_in(client)


def test_a_wrong_password_an_unknown_account_and_a_closed_one_look_the_same(session, client):
    make_user(session, email="malee@market.example", password=PASSWORD)
    make_user(session, email="closed@market.example", password=PASSWORD, active=False)
    make_user(session, email="new@market.example", password=PASSWORD, confirmed=False)

    pages = [
        sign_in(client, "malee@market.example", "wrong-password"),
        sign_in(client, "nobody@market.example", "wrong-password"),
        sign_in(client, "closed@market.example", PASSWORD),
        sign_in(client, "new@market.example", "wrong-password"),
    ]

    texts = {
        re.sub(r"[a-z]+@market\.example|\"I[\w.-]{40,}\"", "", page.get_data(as_text=True))
        for page in pages
    }
    assert {page.status_code for page in pages} == {200}
    assert len(texts) == 1, difflib_of(texts)
    assert WRONG in texts.pop()
    assert not is_signed_in(client)


def test_a_code_by_e_mail_signs_in_once(session, client, app):
    user = make_user(session, email="malee@market.example")

    client.post("/sign-in/code", data={"identity": "malee@market.example"})
    [letter] = letters(session, user)
    code = code_in(letter)

    assert letter.address == "malee@market.example"
    assert sign_in(client, "malee@market.example", code).status_code == 302
    other = app.test_client()
    assert sign_in(other, "malee@market.example", code).status_code == 200
    assert not is_signed_in(other)


def test_a_code_by_phone_is_a_file_in_development(session, client, config):
    make_user(session, phone="+66812345678")
    folder = config.market_home / "sms"
    earlier = set(folder.glob("*.json"))  # other tests send some too

    client.post("/sign-in/code", data={"identity": "๐๘๑-๒๓๔-๕๖๗๘"})
    [file] = set(folder.glob("*.json")) - earlier
    message = json.loads(file.read_text())

    assert message["to"] == "+66812345678"
    code = re.search(r"\d{6}", message["text"]).group()
    assert sign_in(client, "0812345678", code).status_code == 302
    assert is_signed_in(client)


def test_asking_for_a_code_tells_nothing_about_the_account(session, client):
    make_user(session, email="malee@market.example")

    known = client.post("/sign-in/code", data={"identity": "malee@market.example"})
    unknown = client.post("/sign-in/code", data={"identity": "nobody@market.example"})

    def text(page):
        return re.sub(
            r"(malee|nobody)@market\.example|\"I[\w.-]{40,}\"", "", page.get_data(as_text=True)
        )

    assert (known.status_code, text(known)) == (unknown.status_code, text(unknown))
    assert len(letters(session)) == 1


def test_joining_needs_the_letter_and_a_click_and_previews_confirm_nothing(session, client):
    form = {
        "name": "  มาลี   ดีงาม ", "email": "New@Market.Example",
        "password": PASSWORD, "password_confirm": PASSWORD,
    }  # fmt: skip
    answer = client.post("/join", data=form)
    user = session.scalars(select(User).where(User.email == "new@market.example")).one()
    [letter] = letters(session, user)
    path = re.search(r"http://localhost:\d+(/confirm-email/\S+)", letter.payload["text"]).group(1)

    assert answer.status_code == 302
    assert (user.name, user.confirmed_at, user.language) == ("มาลี ดีงาม", None, "en")
    assert sign_in(client, "new@market.example", PASSWORD).status_code == 200
    assert client.get(path).status_code == 200
    session.refresh(user)
    assert user.confirmed_at is None
    assert client.post(path).status_code == 303
    assert sign_in(client, "new@market.example", PASSWORD).status_code == 302


def test_joining_with_a_known_e_mail_looks_the_same_and_makes_nobody(session, client, app):
    known = make_user(session, email="malee@market.example", password=PASSWORD)
    form = {"name": "x", "password": PASSWORD, "password_confirm": PASSWORD}

    first = client.post("/join", data={**form, "email": "malee@market.example"})
    second = app.test_client().post("/join", data={**form, "email": "fresh@market.example"})

    assert (first.status_code, first.location) == (second.status_code, second.location)
    assert len(session.scalars(select(User)).all()) == 2
    [letter] = letters(session, known)
    assert "It has one already." in letter.payload["text"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 10_000},
        {"email": "no address"},
        {"email": "มาลี@market.example"},
        {"email": "a" * 300 + "@market.example"},
        {"password": "short", "password_confirm": "short"},
        {"password_confirm": "something else entirely"},
    ],
)
def test_bad_input_when_joining_makes_nobody(session, client, change):
    form = {
        "name": "มาลี 🧺", "email": "new@market.example",
        "password": PASSWORD, "password_confirm": PASSWORD,
    }  # fmt: skip

    answer = client.post("/join", data={**form, **change})

    assert answer.status_code == 200
    assert "field-error" in answer.get_data(as_text=True)
    assert session.scalars(select(User)).all() == []
    assert letters(session) == []


def test_a_forgotten_password_is_chosen_anew_from_the_letter(session, client):
    user = make_user(session, email="malee@market.example", password=PASSWORD)

    page = client.post(
        "/new-password",
        data={"email": "malee@market.example"},
        headers={"Host": "evil.example"},
        follow_redirects=True,
    )
    text = letters(session, user)[0].payload["text"]
    path = re.search(r"http://localhost:\d+(/new-password/\S+)", text).group(1)
    fresh = {"password": "another-long-one", "password_confirm": "another-long-one"}

    assert page.status_code == 200
    assert "evil.example" not in text
    assert client.get(path).status_code == 200
    assert client.post(path, data=fresh).status_code == 302
    assert sign_in(client, "malee@market.example", PASSWORD).status_code == 200
    assert sign_in(client, "malee@market.example", "another-long-one").status_code == 302


def test_changing_the_password_ends_other_sessions(session, client, app):
    user = make_user(session, email="malee@market.example", password=PASSWORD)
    sign_in(client, "malee@market.example", PASSWORD)
    thief = browser_of(app, user)
    assert is_signed_in(thief)

    answer = client.post(
        "/account/password",
        data={
            "password": PASSWORD,
            "new_password": "another-long-one",
            "new_password_confirm": "another-long-one",
        },
    )

    assert answer.status_code == 302
    assert not is_signed_in(thief)


def test_a_way_on_is_only_followed_inside_the_market(session, client):
    make_user(session, email="malee@market.example", password=PASSWORD)

    for bad in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"):
        answer = client.post(
            "/sign-in",
            query_string={"next": bad},
            data={"identity": "malee@market.example", "passcode": PASSWORD},
        )
        going = urlsplit(answer.location or "")
        assert (going.scheme, going.netloc) == ("", "")
        assert not (answer.location or "").startswith(("//", "/\\"))
        client.post("/sign-out")
    answer = client.post(
        "/sign-in",
        query_string={"next": "/account?tab=1"},
        data={"identity": "malee@market.example", "passcode": PASSWORD},
    )
    assert answer.location == "/account?tab=1"


def test_pages_that_need_an_account_send_a_guest_to_sign_in_and_back(client):
    answer = client.get("/account")

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/account"


@pytest.mark.parametrize(
    "path", ["/us-signin", "/us-verify-link?code=1&id=2", "/confirm/x", "/verify"]
)
def test_the_library_s_side_doors_are_closed(client, path):
    assert client.get(path).status_code == 404
    assert client.post(path).status_code in (404, 405)


def test_signing_out_forgets_what_this_browser_knew(session, app):
    user = make_user(session, password=PASSWORD)
    client = browser_of(app, user, buyer_ids=[7], links=[8], cart_count=3)

    client.post("/sign-out")

    with client.session_transaction() as cookie:
        assert not {"buyer_ids", "links", "cart_count", "_user_id"} & set(cookie)


def test_the_session_lasts_sixty_days(app):
    assert app.permanent_session_lifetime == timedelta(days=60)
    assert utc_now().tzinfo is not None
