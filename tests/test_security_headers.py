"""What every answer carries: no inline script, careful cookies, form tokens, no server secrets."""

import re

import pytest

from market.app import OPEN_ENDPOINTS
from tests.factories.accounts import PASSWORD, browser_of, make_user
from tests.factories.apps import another_app
from tests.rights_world import make_world
from tests.test_rights import rule_of, values_for

#: Pages that caches keep hold no form token. Another site could at most change the language of
#: somebody without an account: SameSite=Lax keeps the session out of its posts.
WITHOUT_TOKEN = {"accounts.set_language"}
PAGES = ("/", "/sign-in", "/join", "/new-password", "/account", "/inbox", "/no-such-page")


@pytest.mark.parametrize("path", PAGES)
def test_pages_allow_no_inline_script_or_style(session, app, path):
    answer = browser_of(app, make_user(session)).get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self';" in policy + ";"
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", PAGES)
def test_pages_use_none_themselves(session, client, path):
    html = client.get(path).get_data(as_text=True)

    assert not re.search(r"<[^>]+\sstyle=", html)
    assert not re.search(r"<[^>]+\son[a-z]+=", html)
    assert not re.search(r"<script(?![^>]*\ssrc=)", html)
    assert "<style" not in html


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


def test_errors_show_no_insides(app, monkeypatch):
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "health.healthz", lambda: 1 / 0)

    answer = app.test_client().get("/healthz")

    assert answer.status_code == 500
    assert "ZeroDivisionError" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)
