"""Codes by phone: an account by its number alone, and what it may not open."""

import json
import re
from datetime import timedelta

import pytest
import redis
from sqlalchemy import select

from market.accounts.commands import forget_unproved
from market.accounts.models import AuditEvent, User
from market.accounts.queries import standing_of
from market.clock import utc_now
from market.notices.models import Notice
from tests.accounts.test_sign_in import is_signed_in, sign_in
from tests.factories.accounts import PASSWORD, browser_of, make_buyer, make_user


@pytest.fixture(autouse=True)
def english(client):
    """Tests read English."""
    with client.session_transaction() as cookie:
        cookie["language"] = "en"


def newest_sms(config, earlier):
    """The one message that came since; its number and its code."""
    [file] = set((config.market_home / "sms").glob("*.json")) - earlier
    message = json.loads(file.read_text())
    return message["to"], re.search(r"\d{6}", message["text"]).group()


@pytest.fixture
def ask_code(client, config):
    """Ask for a code by phone as the page does; the code."""

    def ask(identity, browser=client):
        earlier = set((config.market_home / "sms").glob("*.json"))
        page = browser.post("/sign-in/code", data={"identity": identity, "submit_send_code": "1"})
        assert page.status_code == 200
        assert "Type the code" in page.text
        return newest_sms(config, earlier)[1]

    return ask


def type_code(client, identity, code):
    """What the second step sends."""
    return sign_in(client, identity, code, step="code", submit="1")


def test_a_phone_alone_opens_an_account_once_its_code_is_typed(session, client, ask_code):
    code = ask_code("๐๘๑-๒๓๔ ๕๖๗๘")
    user = session.scalars(select(User)).one()

    assert (user.us_phone_number, user.confirmed_at) == ("+66812345678", None)
    assert (
        type_code(client, "๐๘๑-๒๓๔ ๕๖๗๘", "000000" if code != "000000" else "1" * 6).status_code
        == 200
    )
    session.refresh(user)
    assert user.confirmed_at is None
    thai = code.translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert type_code(client, "๐๘๑-๒๓๔ ๕๖๗๘", f" {thai[:3]} {thai[3:]} ").status_code == 302
    session.refresh(user)
    assert user.confirmed_at is not None
    assert is_signed_in(client)


def test_numbers_nobody_proved_are_forgotten_after_a_day(session, client, ask_code):
    ask_code("0812345678")
    proved = make_user(session, phone="+66898765432")

    assert forget_unproved(session, utc_now()) == 0
    assert forget_unproved(session, utc_now() + timedelta(days=1, minutes=1)) == 1
    assert session.scalars(select(User)).all() == [proved]


def test_a_code_ends_after_five_wrong_tries(session, client, ask_code):
    make_user(session, phone="+66812345678")
    code = ask_code("0812345678")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"

    pages = [type_code(client, "0812345678", wrong) for _ in range(5)]

    assert {page.status_code for page in pages} == {200}
    assert "ask for another code" in pages[-1].text
    assert type_code(client, "0812345678", code).status_code == 200
    assert not is_signed_in(client)


def test_the_tenth_minute_is_the_last(session, client, ask_code, config):
    make_user(session, phone="+66812345678")
    code = ask_code("0812345678")
    with redis.Redis.from_url(config.redis_url) as memory:
        [key] = memory.keys("market:code:*")
        assert 0 < memory.ttl(key) <= 600
        memory.delete(key)  # as the ten minutes do

    page = type_code(client, "0812345678", code)

    assert "ask for another code" in page.text
    assert not is_signed_in(client)


def test_too_many_codes_are_refused_with_a_sentence(session, client, config):
    pages = [client.post("/sign-in/code", data={"identity": "0812345678"}) for _ in range(6)]

    assert [page.status_code for page in pages] == [200] * 5 + [429]
    assert "Too many tries" in pages[-1].text


def test_a_number_of_another_account_cannot_be_added(session, app, config):
    make_user(session, phone="+66812345678")
    mine = make_user(session, email="malee@market.example")
    client = browser_of(app, mine, language="en", fs_paa=utc_now().timestamp(), fs_gexp=9e9)

    page = client.post("/account/sign-in", data={"chosen_method": "sms", "phone": "0812345678"})

    assert "sign in with it instead" in page.text
    session.refresh(mine)
    assert mine.us_phone_number is None


def test_orders_of_a_guest_come_with_the_proof_and_never_before(session, client, app, ask_code):
    guest = make_buyer(session, phone="+66812345678", email=None)
    other = make_buyer(session, phone="+66898765432", email=None)
    code = ask_code("0812345678")
    with client.session_transaction() as cookie:
        assert "_user_id" not in cookie
    user = session.scalars(select(User)).one()

    type_code(client, "0812345678", code)

    mine = standing_of(session, user.id, (), utc_now()).buyer_ids
    assert mine == {guest}
    assert other not in mine


def test_an_e_mail_that_nobody_confirmed_opens_no_orders(session):
    guest = make_buyer(session, phone=None, email="malee@market.example")
    liar = make_user(session, email="malee@market.example", confirmed=False)

    assert standing_of(session, liar.id, (), utc_now()).buyer_ids == frozenset()
    liar.confirmed_at = utc_now()
    session.flush()
    assert standing_of(session, liar.id, (), utc_now()).buyer_ids == {guest}


def test_whoever_planted_the_session_knows_no_form_token_after_signing_in(session, client):
    make_user(session, email="malee@market.example", password=PASSWORD)
    client.get("/sign-in")
    with client.session_transaction() as cookie:
        planted = cookie["csrf_token"]

    sign_in(client, "malee@market.example", PASSWORD)
    client.get("/account")

    with client.session_transaction() as cookie:
        assert cookie["csrf_token"] != planted


def test_a_number_somebody_merely_typed_does_not_keep_its_owner_out(session, app, ask_code):
    ask_code("0812345678")
    mine = make_user(session, email="malee@market.example")
    client = browser_of(app, mine, language="en", fs_paa=utc_now().timestamp(), fs_gexp=9e9)

    page = client.post("/account/sign-in", data={"chosen_method": "sms", "phone": "0812345678"})

    assert "sign in with it instead" not in page.text
    assert "Type it here to finish" in page.text


def test_the_only_way_in_is_not_closed(session, app):
    mine = make_user(session, phone="+66812345678")
    mine.email = None
    mine.us_totp_secrets = '{"sms": "x"}'
    session.flush()
    client = browser_of(app, mine, language="en", fs_paa=utc_now().timestamp(), fs_gexp=9e9)

    page = client.post("/account/sign-in", data={"delete_method": "sms"})

    assert "only way in" in page.text
    session.refresh(mine)
    assert mine.us_phone_number == "+66812345678"


def letters_to(session, address):
    """What was written to an address, one after another."""
    rows = select(Notice).where(Notice.address == address).order_by(Notice.id)
    return [row.payload["text"] for row in session.scalars(rows)]


def only_sms(config, earlier):
    """The one message that came since: to whom, and its words."""
    [file] = set((config.market_home / "sms").glob("*.json")) - earlier
    message = json.loads(file.read_text())
    return message["to"], message["text"]


def test_a_phone_that_is_added_or_taken_away_is_told_to_the_e_mail_and_to_the_phone(
    session, app, config
):
    mine = make_user(session, email="malee@market.example")
    client = browser_of(app, mine, language="en")
    earlier = set((config.market_home / "sms").glob("*.json"))
    add = {"chosen_method": "sms", "phone": "0812345678"}
    page = client.post("/account/sign-in", data=add).text
    to_type = re.search(r'action="(/account/sign-in/[^"]+)"', page).group(1)
    _number, code = newest_sms(config, earlier)
    assert letters_to(session, "malee@market.example") == []

    client.post(to_type, data={"passcode": code})
    session.refresh(mine)
    assert mine.us_phone_number == "+66812345678"
    earlier = set((config.market_home / "sms").glob("*.json"))
    client.post("/account/sign-in", data={"delete_method": "sms"})

    session.refresh(mine)
    assert mine.us_phone_number is None
    added, removed = letters_to(session, "malee@market.example")
    assert "081-234-5678 signs in from now on" in added
    assert "081-234-5678 does not sign in any more" in removed
    number, words = only_sms(config, earlier)
    assert number == "+66812345678"
    assert "If it was not you" in words
    events = select(AuditEvent.event).where(AuditEvent.event.startswith("phone."))
    assert session.scalars(events).all() == ["phone.added", "phone.removed"]


def test_a_first_e_mail_is_told_to_the_phone_that_had_no_other_way(session, app, config):
    mine = make_user(session, phone="+66812345678")
    mine.email = None
    session.flush()
    client = browser_of(app, mine, language="en")
    client.post("/account/email", data={"email": "new@market.example"})
    [letter] = letters_to(session, "new@market.example")
    earlier = set((config.market_home / "sms").glob("*.json"))

    client.post(re.search(r"(/account/email/\S+)", letter).group(1))

    number, words = only_sms(config, earlier)
    assert number == "+66812345678"
    assert "another e-mail" in words
