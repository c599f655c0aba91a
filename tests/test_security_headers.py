"""What every answer carries: no inline script, careful cookies, form tokens, no server secrets."""

import re

import pytest
from sqlalchemy import update

from market.accounts.models import Buyer
from market.accounts.rules import Role
from market.app import OPEN_ENDPOINTS
from market.clock import utc_now
from market.matching.models import Ask
from market.notices.commands import notify
from market.notices.gateway import compose
from market.notices.rules import ClaimedNotice
from market.notices.words import render_letter
from market.orders.models import Order
from market.rounds.models import Round
from tests.factories.accounts import PASSWORD, browser_of, make_grant, make_user
from tests.factories.apps import another_app
from tests.factories.rounds import make_round
from tests.rights_world import make_world
from tests.test_rights import rule_of, values_for

#: Pages that caches keep hold no form token. Another site could at most change the language of
#: somebody without an account: SameSite=Lax keeps the session out of its posts.
#: The provider signs what it sends, as LINE does, and the text gateway knows a secret; the token
#: of a letter's link says whose reminders stop.
WITHOUT_TOKEN = {
    "accounts.set_language", "hooks.stripe", "chat.line", "chat.sms", "sms_reports.report",
    "signals.stop_by_mail",
}  # fmt: skip
PAGES = (
    "/", "/sign-in", "/join", "/new-password", "/account", "/inbox", "/no-such-page",
    "/account/consents", "/account/email", "/account/line", "/account/data", "/account/leave",
    "/line/first", "/line/back", "/privacy",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_allow_no_inline_script_or_style(session, app, path):
    answer = browser_of(app, make_user(session)).get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self';" in policy + ";"
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_pages_use_none_themselves(session, client, path):
    html = client.get(path).get_data(as_text=True)

    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<[^>]+\son[a-z]+=", html)
    # Data for machines is never run: the browser tests see no complaint about it either.
    assert not re.search(r'<script(?! type="application/ld\+json">)(?![^>]*\ssrc=)', html)
    assert "<style" not in html


@pytest.mark.parametrize("path", ["/sign-in", "/join", "/new-password"])
def test_pages_with_passwords_are_kept_by_no_cache(session, app, path):
    answer = browser_of(app).get(path)

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"].split(", ")


SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_what_people_type_is_never_part_of_the_page(session, app):
    world = make_world(session, app)
    user = make_user(session, name=SCRIPT)
    session.execute(update(Buyer).values(name=SCRIPT))
    session.execute(update(Order).values(recipient=SCRIPT))
    session.execute(update(Ask).values(note=SCRIPT))
    session.execute(update(Round).values(name_th=SCRIPT, name_en=SCRIPT))
    payload = {"link": "/", "number": SCRIPT, "round_th": SCRIPT, "round_en": SCRIPT}
    notify(
        session, event="order.cancelled", subject="order:1", payload=payload, now=utc_now(),
        user_id=user.id,
    )  # fmt: skip
    seen = browser_of(app, user).get("/account").text + browser_of(app, user).get("/inbox").text
    pages = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods]

    shown = 0
    for rule in pages:
        if not getattr(app.view_functions[rule.endpoint], "market_permission", None):
            continue
        with app.test_request_context():
            path = rule.build(values_for(rule, world))[1]
        answer = world.people["admin"].get(path)
        if answer.mimetype != "text/html":
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            continue
        text = answer.text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        shown += "&lt;script&gt;" in text

    assert shown >= 5, "the words were on few pages: this test looks at nothing"
    assert "&lt;script&gt;" in seen
    assert "<script>alert" not in seen


def test_letters_escape_what_people_type(session, app):
    payload = {"link": "/", "number": SCRIPT, "text": SCRIPT, "subject": f"x\r\nBcc: {SCRIPT}"}
    letters = [
        render_letter(ClaimedNotice(1, "a@b.example", language, event, payload, 1))
        for event in ("order.cancelled", "account.mail")
        for language in ("th", "en")
    ]

    for letter in letters:
        assert SCRIPT in letter.text
        assert "<script>" not in letter.html
        assert "&lt;script&gt;" in letter.html
        assert "\n" not in letter.subject
        message = compose(letter, "market@market.example").as_bytes()
        assert b"\nBcc:" not in message.split(b"\r\n\r\n")[0]


@pytest.mark.parametrize("path", PAGES)
def test_shared_caches_keep_nobodys_page(session, app, path):
    answer = browser_of(app, make_user(session)).get(path)

    words = set(answer.headers["Cache-Control"].split(", "))
    assert "private" in words
    assert words & {"no-cache", "no-store"}
    assert "Cookie" in answer.headers["Vary"]


def test_production_has_no_developer_s_pages(session, app, config):
    with another_app(app, config, environment="production") as live:
        client = live.test_client()
        user = make_user(session)
        make_grant(session, user, Role.ADMINISTRATOR, area="")
        round_id = make_round(session)
        answers = [
            client.get("/dev/mail"),
            client.get("/dev/mail/x.eml"),
            browser_of(live, user).post(f"/play/{round_id}/step"),
        ]

    assert [answer.status_code for answer in answers] == [404] * 3


def cookies_of(app, config, public_url):
    """The cookies that a page with a form sets where the market is reached by this address."""
    secure = public_url.startswith("https")
    with another_app(app, config, public_url=public_url, session_cookie_secure=secure) as other:
        other.config["WTF_CSRF_ENABLED"] = True
        return other.test_client().get("/sign-in").headers.getlist("Set-Cookie"), other.config


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(config, app):
    plain, _ = cookies_of(app, config, "http://localhost:8000")
    safe, settings = cookies_of(app, config, "https://market.example")

    assert plain
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in plain + safe)
    assert all("Secure" in cookie for cookie in safe)
    assert settings["REMEMBER_COOKIE_SECURE"]
    assert settings["REMEMBER_COOKIE_HTTPONLY"]


def test_every_post_needs_its_form_token(session, app, csrf):
    world = make_world(session, app)
    posts = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in rule.methods
        and rule.endpoint not in OPEN_ENDPOINTS | WITHOUT_TOKEN
        and not rule.endpoint.startswith("security.")
    ]

    for rule in posts:
        with app.test_request_context():
            path = rule_of(app, rule.endpoint, "POST").build(values_for(rule, world))[1]
        answer = world.people["admin"].post(path, data={"csrf_token": "made-up"})
        assert answer.status_code == 400, f"{path}: {answer.status}"


@pytest.mark.parametrize(
    "path",
    ["/sign-in", "/sign-in/code", "/sign-out", "/join", "/new-password", "/confirm",
     "/account/password", "/account/sign-in", "/account/verify"],
)  # fmt: skip
def test_so_does_the_sign_in_library(session, app, csrf, path):
    user = make_user(session, email="malee@market.example", password=PASSWORD)
    client = browser_of(app, user)

    assert client.post(path, data={"email": "malee@market.example"}).status_code == 400
    assert client.get("/account").status_code == 200


def test_no_page_and_no_repr_shows_a_secret(config, client):
    secrets = [config.secret_key, config.password_salt, *config.totp_secrets.values()]
    shown = repr(config) + "".join(client.get(path).get_data(as_text=True) for path in PAGES)
    shown += client.get("/metrics").get_data(as_text=True)

    assert not any(secret in shown for secret in secrets)


@pytest.mark.parametrize(
    ("token", "shown", "status"),
    [(None, None, 404), (None, "Bearer None", 404), ("t" * 40, None, 404),
     ("t" * 40, "Bearer ", 404), ("t" * 40, "Bearer ต", 404), ("t" * 40, "t" * 40, 404),
     ("t" * 40, "Bearer " + "t" * 40, 200)],
)  # fmt: skip
def test_figures_for_operators_are_there_for_whoever_shows_the_token(
    app, config, token, shown, status
):
    with another_app(app, config, environment="production", metrics_token=token) as live:
        asked = {"Authorization": shown.encode().decode("latin-1")} if shown else {}
        answer = live.test_client().get("/metrics", headers=asked)

    assert answer.status_code == status
    assert ("python_info" in answer.get_data(as_text=True)) == (status == 200)


def test_errors_show_no_insides(app, monkeypatch):
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "health.healthz", lambda: 1 / 0)

    answer = app.test_client().get("/healthz")

    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("environment", "key", "said"),
    [("production", "sk_test_12345678", 1), ("production", "sk_live_12345678", 0),
     ("development", "sk_test_12345678", 0)],
)  # fmt: skip
def test_cards_that_cost_nothing_are_said_loudly(app, config, caplog, environment, key, said):
    with another_app(app, config, environment=environment, stripe_secret_key=key):
        pass
    assert caplog.text.count("test key") == said
    assert key not in caplog.text
