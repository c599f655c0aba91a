"""The inbox, and the developer's mail that exists in development only."""

from sqlalchemy import select

from market.clock import utc_now
from market.notices.commands import notify
from market.notices.models import Notice
from tests.factories.accounts import browser_of, make_buyer, make_user
from tests.factories.apps import another_app

NOW = utc_now()


def tell(session, link="/goods", **who):
    """One notice; its in-app id."""
    notify(session, event="no.such", subject=f"x:{link}", payload={"link": link}, now=NOW, **who)
    return session.scalars(
        select(Notice.id).where(Notice.channel == "inapp").order_by(Notice.id.desc())
    ).first()


def seen(session, notice_id):
    """When it was seen."""
    session.expire_all()
    return session.get(Notice, notice_id).seen_at


def test_an_inbox_shows_one_s_own_and_opening_marks_it_read(session, app):
    user, other = make_user(session), make_user(session)
    mine, theirs = tell(session, user_id=user.id), tell(session, user_id=other.id)
    client = browser_of(app, user)

    page = client.get("/inbox").get_data(as_text=True)
    answer = client.post(f"/inbox/{mine}")

    assert f"/inbox/{mine}" in page
    assert f"/inbox/{theirs}" not in page
    assert (answer.status_code, answer.headers["Location"]) == (303, "/goods")
    assert seen(session, mine) is not None
    assert client.post(f"/inbox/{theirs}").status_code == 403
    assert seen(session, theirs) is None


def test_a_guest_reads_what_this_browser_was_told(session, app):
    buyer_id = make_buyer(session)
    mine = tell(session, buyer_id=buyer_id)

    assert f"/inbox/{mine}" in browser_of(app, buyer_ids=[buyer_id]).get("/inbox").text
    assert f"/inbox/{mine}" not in browser_of(app).get("/inbox").text
    browser_of(app, buyer_ids=[buyer_id]).post("/inbox/seen")
    assert seen(session, mine) is not None


def test_a_link_out_of_the_market_is_not_followed(session, app):
    user = make_user(session)

    for link in ("https://evil.example", "//evil.example", "/\\evil.example"):
        notice_id = tell(session, link, user_id=user.id)
        answer = browser_of(app, user).post(f"/inbox/{notice_id}")
        assert answer.headers["Location"] == "/"


def test_kept_mail_is_read_in_development(session, client):
    make_user(session, phone="+66812345678")
    client.post("/sign-in/code", data={"identity": "0812345678"})

    page = client.get("/dev/mail").text

    assert "+66812345678" in page
    assert client.get("/dev/mail/nothing.eml").status_code == 404
    assert client.get("/dev/mail/..%2Fsecrets.json").status_code == 404


def test_production_has_no_developer_s_pages_and_no_codes_by_phone(config, app):
    settings = {"environment": "production", "public_url": "https://market.example"}
    with another_app(app, config, **settings) as live:
        page = live.test_client().get("/sign-in").text

    assert not [rule for rule in live.url_map.iter_rules() if rule.rule.startswith("/dev")]
    assert live.config["SECURITY_US_ENABLED_METHODS"] == ["password", "email"]
    assert "ยังไม่" in page
