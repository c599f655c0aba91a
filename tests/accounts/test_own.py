"""What a person decides about themselves: consents, a new e-mail, open sessions."""

import hashlib
import re
from contextlib import contextmanager

import pytest
from sqlalchemy import event, func, select, text

from market.accounts.own.consents import consents_of, set_consents
from market.accounts.own.models import ConsentEvent
from market.accounts.own.rules import WORDS_VERSION, ConsentKind
from market.clock import utc_now
from market.db import db
from market.local import ROOT
from market.notices.models import ChatCode, Notice
from tests.factories.accounts import PASSWORD, browser_of, make_user

#: Of the words of the consent page as they stood on WORDS_VERSION. Changing them? Set both.
WORDS_OF = {"2026-11-23": "373fa03c4b137041"}


@contextmanager
def statements():
    """What is sent to the database meanwhile."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def english(app, user):
    return browser_of(app, user, language="en")


def given(session, user):
    return {consent.kind for consent in consents_of(session, user.id) if consent.given}


def test_nothing_is_agreed_to_until_somebody_says_so(session, app):
    user = make_user(session)

    page = english(app, user).get("/account/consents").text

    assert given(session, user) == set()
    assert "checked" not in page.split("<main", 1)[1]


def test_a_consent_is_given_taken_back_and_both_are_remembered(session, app):
    user = make_user(session)
    client = english(app, user)

    client.post("/account/consents", data={"consent": ["news", "photo"]})
    assert given(session, user) == {ConsentKind.NEWS, ConsentKind.PHOTO}
    client.post("/account/consents", data={"consent": "photo"})

    assert given(session, user) == {ConsentKind.PHOTO}
    rows = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id)).all()
    assert [(row.kind, row.given) for row in rows] == [
        ("news", True), ("photo", True), ("news", False),
    ]  # fmt: skip
    assert {(row.words_version, row.place) for row in rows} == {
        (WORDS_VERSION, "/account/consents")
    }


def test_saying_the_same_again_writes_nothing(session, app):
    user = make_user(session)
    wanted = {ConsentKind.NEWS: True}

    assert set_consents(session, user.id, wanted, place="/x", now=utc_now()) == 1
    assert set_consents(session, user.id, wanted, place="/x", now=utc_now()) == 0
    english(app, user).post("/account/consents", data={"consent": ["news", "no-such-kind"]})
    assert session.scalar(select(func.count(ConsentEvent.id))) == 1


@pytest.mark.parametrize(
    "change", ["UPDATE consent_event SET given = false", "DELETE FROM consent_event"]
)
def test_the_history_cannot_be_rewritten(session, change):
    user = make_user(session)
    set_consents(session, user.id, {ConsentKind.NEWS: True}, place="/x", now=utc_now())

    with pytest.raises(Exception, match="append-only"), session.begin_nested():
        session.execute(text(change))


def test_new_words_get_a_new_version():
    """A consent names the words it was given to, so the words of a version never change."""
    page = (ROOT / "templates" / "accounts" / "consents.html").read_text()
    words = page.split("{% set words", 1)[1].split("%}", 1)[0]

    assert WORDS_OF[WORDS_VERSION] == hashlib.sha256(words.encode()).hexdigest()[:16]
    assert set(re.findall(r'"(\w+)": \(_', words)) == set(ConsentKind)


def link_in(session, user):
    letters = select(Notice).where(Notice.user_id == user.id, Notice.channel == "email")
    letter = session.scalars(letters.order_by(Notice.id.desc())).first()
    return letter.address, re.search(r"(/account/email/\S+)", letter.payload["text"]).group(1)


def test_a_new_e_mail_counts_once_its_letter_is_answered(session, app):
    user = make_user(session, email="old@market.example")
    client = english(app, user)

    client.post("/account/email", data={"email": " New@Market.Example "})
    address, path = link_in(session, user)
    assert address == "new@market.example"
    session.refresh(user)
    assert user.email == "old@market.example"
    assert client.get(path).status_code == 200
    session.refresh(user)
    assert user.email == "old@market.example"  # programs that preview links change nothing
    assert client.post(path).status_code == 303
    session.refresh(user)
    assert user.email == "new@market.example"
    assert client.post(path).status_code == 303  # twice does it once
    told = select(Notice.address).where(Notice.user_id == user.id, Notice.channel == "email")
    assert sorted(session.scalars(told)) == ["new@market.example", "old@market.example"]


def test_whoever_signed_in_long_ago_shows_first_that_it_is_still_them(session, app):
    user = make_user(session, email="mine@market.example", password=PASSWORD)
    client = browser_of(app, user, language="en", fs_paa=1.0)
    ask = {"email": "thief@market.example"}

    for method, path in (
        ("GET", "/account/email"), ("POST", "/account/email"), ("GET", "/account/line"),
        ("POST", "/account/line"), ("POST", "/account/line/unlink"),
        ("POST", "/account/notices/chat"),
    ):  # fmt: skip
        page = path.removesuffix("/unlink").removesuffix("/chat")
        answer = client.open(path, method=method, data=ask if method == "POST" else None)
        assert answer.location == f"/account/verify?next={page}", (method, path)
    assert session.scalars(select(Notice)).all() == []
    assert session.scalars(select(ChatCode)).all() == []

    typed = {"passcode": PASSWORD, "submit": "1"}
    assert client.post("/account/verify?next=/account/email", data=typed).status_code == 302
    assert client.post("/account/email", data=ask).location == "/account"


def test_an_e_mail_of_another_account_is_not_taken(session, app):
    make_user(session, email="taken@market.example")
    user = make_user(session, email="mine@market.example")
    client = english(app, user)
    client.post("/account/email", data={"email": "taken@market.example"})
    _address, path = link_in(session, user)

    answer = client.post(path)

    assert answer.status_code == 409
    assert "opens another account" in answer.text
    session.refresh(user)
    assert user.email == "mine@market.example"


def test_a_letter_that_somebody_else_asked_for_takes_no_address_to_them(session, app):
    thief, victim = make_user(session), make_user(session, email="victim@market.example")
    english(app, thief).post("/account/email", data={"email": "victims-other@market.example"})
    _address, path = link_in(session, thief)
    had = thief.email

    client = english(app, victim)

    assert client.get(path).status_code == 422
    assert client.post(path).status_code == 422
    session.refresh(thief)
    assert thief.email == had


def test_a_letter_is_over_once_sessions_were_ended(session, app):
    user = make_user(session, email="mine@market.example")
    client = english(app, user)
    client.post("/account/email", data={"email": "new@market.example"})
    _address, path = link_in(session, user)
    client.post("/account/sessions/end")

    assert client.post(path).status_code == 422
    session.refresh(user)
    assert user.email == "mine@market.example"


@pytest.mark.parametrize("token", ["x", "a.b.c", "💥", "W10.x.y"])
def test_a_made_up_link_is_refused_with_a_sentence(session, app, token):
    answer = english(app, make_user(session)).get(f"/account/email/{token}")

    assert answer.status_code == 422
    assert "Ask for a new one" in answer.text


@pytest.mark.parametrize("email", ["", "no address", "a" * 300 + "@market.example", "x@"])
def test_what_is_no_e_mail_is_refused_and_sends_nothing(session, app, email):
    answer = english(app, make_user(session)).post("/account/email", data={"email": email})

    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert session.scalars(select(Notice)).all() == []


def test_letters_to_new_addresses_are_limited(session, app):
    client = english(app, make_user(session))

    tries = [
        client.post("/account/email", data={"email": f"n{n}@market.example"}).status_code
        for n in range(6)
    ]

    assert tries == [303] * 5 + [429]


def test_signing_out_everywhere_leaves_only_this_browser(session, app):
    user = make_user(session)
    here, thief = english(app, user), english(app, user)

    assert here.post("/account/sessions/end").status_code == 303

    assert here.get("/account").status_code == 200
    assert thief.get("/account").status_code == 302


def test_the_account_page_asks_the_same_however_much_there_is(session, app):
    user = make_user(session)
    client = english(app, user)
    with statements() as few:
        client.get("/account")
    for turn in range(6):
        wanted = {kind: turn % 2 == 0 for kind in ConsentKind}
        set_consents(session, user.id, wanted, place="/x", now=utc_now())
    with statements() as many:
        client.get("/account")

    assert len(many) == len(few)
