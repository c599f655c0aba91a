"""Settings are complete or the start fails with a sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Config
from config.values import ConfigError

SECRET = "s" * 40
PRODUCTION = {
    "MARKET_ENV": "production",
    "DATABASE_URL": "postgres://market:secret-word@db/market",
    "REDIS_URL": "redis://cache:6379/0",
    "SECRET_KEY": SECRET,
    "PASSWORD_SALT": SECRET,
    "TOTP_SECRETS": f"1:{SECRET},2:{SECRET}",
    "PUBLIC_URL": "https://market.example/",
    "MAIL_FROM": "market@market.example",
    "PROMPTPAY_ID": "081-234-5678",
}
REQUIRED = sorted(set(PRODUCTION) - {"MARKET_ENV"})


def test_a_complete_production_environment_is_understood():
    config = Config.from_env(PRODUCTION)

    assert config.database_url == "postgresql+psycopg://market:secret-word@db/market"
    assert config.public_url == "https://market.example"
    assert config.session_cookie_secure
    assert config.promptpay_id == "0812345678"
    assert config.totp_secrets == {"1": SECRET, "2": SECRET}
    assert not config.is_development
    assert config.sweep_seconds == 60
    assert config.market_home == Path("var").absolute()


@pytest.mark.parametrize("name", REQUIRED)
def test_production_has_no_default_for_what_matters(name):
    with pytest.raises(ConfigError, match=rf"^{name} .*\. \S"):
        Config.from_env({key: value for key, value in PRODUCTION.items() if key != name})


@pytest.mark.parametrize("name", ["SECRET_KEY", "PASSWORD_SALT", "TOTP_SECRETS", "DATABASE_URL"])
def test_development_has_no_default_secret_either(name):
    env = PRODUCTION | {"MARKET_ENV": "development"}
    del env[name]

    with pytest.raises(ConfigError, match=f"^{name} "):
        Config.from_env(env)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARKET_ENV", "staging"),
        ("DATABASE_URL", "sqlite:///market.db"),
        ("REDIS_URL", "amqp://broker"),
        ("SECRET_KEY", "short"),
        ("TOTP_SECRETS", SECRET),
        ("PUBLIC_URL", "http://market.example"),
        ("PUBLIC_URL", "market"),
        ("PROMPTPAY_ID", "12345"),
        ("PROMPTPAY_ID", "๐๘๑๒๓๔๕๖๗๘"),
        ("MAIL_FROM", "the market"),
        ("SMTP_URL", "mail.example"),
        ("BOUNCE_MAILBOX", "mail.example"),
        ("BOUNCE_MAILBOX", "imap://user:word@mail.example/INBOX"),
        ("BOUNCE_MAILBOX", "imaps://user@mail.example/INBOX"),
        ("BOUNCE_MAILBOX", "imaps://user:word@mail.example:many"),
        ("BOUNCE_MAILBOX", "imaps://user:word@mail.example/a%0d%0ab"),
        ("BOUNCE_ADDRESS", "bounces"),
        ("BOUNCE_ADDRESS", "*@*.example"),
        ("MATCH_GAP", "nan"),
        ("MATCH_GAP", "-1"),
        ("REMATCH_LIMIT", "many"),
        ("SWEEP_SECONDS", "0"),
        ("ORDER_RATE", "often"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_setting_is_named_with_its_fix(name, value):
    with pytest.raises(ConfigError, match=rf"^{name} .*"):
        Config.from_env(PRODUCTION | {name: value})


OPTIONAL = ["MATCH_GAP", "ORDER_RATE", "SMTP_URL", "PROXY_HOPS", "BOUNCE_MAILBOX", "BOUNCE_ADDRESS"]


@given(st.sampled_from([*REQUIRED, *OPTIONAL]), st.text())
def test_any_value_is_taken_or_refused_by_name(name, value):
    complaint = complaint_about(PRODUCTION | {name: value})

    assert complaint is None or complaint.startswith(f"{name} ")


def test_secrets_are_not_shown():
    shown = repr(Config.from_env(PRODUCTION))

    assert SECRET not in shown
    assert "secret-word" not in shown


def complaint_about(env: dict[str, str]) -> str | None:
    """What ConfigError says about these settings, if anything."""
    try:
        Config.from_env(env)
    except ConfigError as refusal:
        return str(refusal)
    return None


def test_the_mailbox_of_returned_letters_names_where_they_come_back_to():
    box = {"BOUNCE_MAILBOX": "imaps://bounces%40market.example:secret-word@mail.example/INBOX"}
    assert Config.from_env(PRODUCTION).bounce_address is None
    config = Config.from_env(PRODUCTION | box)
    assert config.bounce_address == "bounces@market.example"
    assert "secret-word" not in repr(config)
    star = Config.from_env(PRODUCTION | box | {"BOUNCE_ADDRESS": "b+*@market.example"})
    assert star.bounce_address == "b+*@market.example"
    near = {"BOUNCE_MAILBOX": "imap://me:secret-word@127.0.0.1:1143"}
    assert Config.from_env(PRODUCTION | near).bounce_address is None


def test_without_a_stripe_key_no_cards_are_taken():
    config = Config.from_env(PRODUCTION)
    assert config.stripe_secret_key is None
    assert config.stripe_checkout_origin == "https://checkout.stripe.com"


def test_stripe_settings_are_understood_and_never_shown():
    keys = {"STRIPE_SECRET_KEY": "sk_live_abcdefgh", "STRIPE_WEBHOOK_SECRET": "whsec_abcdefgh1"}
    config = Config.from_env(
        PRODUCTION | keys | {"STRIPE_METHODS": "card", "STRIPE_API_BASE": "http://127.0.0.1:9/"}
    )
    assert config.stripe_webhook_secrets == ("whsec_abcdefgh1",)
    assert config.stripe_methods == ("card",)
    assert config.stripe_api_base == "http://127.0.0.1:9"
    assert "abcdefgh" not in repr(config)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRIPE_SECRET_KEY", "pk_live_abcdefgh"),
        ("STRIPE_WEBHOOK_SECRET", "secret"),
        ("STRIPE_METHODS", "card,cheque"),
        ("STRIPE_HOLD_HOURS", "-1"),
        ("STRIPE_API_BASE", "http://elsewhere.example"),
        ("STRIPE_CHECKOUT_ORIGIN", "https://pay.example/path"),
    ],
)
def test_a_wrong_stripe_setting_is_named(name, value):
    with pytest.raises(ConfigError, match=name):
        Config.from_env(PRODUCTION | {name: value})


def test_a_stripe_key_needs_its_webhook_secret():
    with pytest.raises(ConfigError, match="STRIPE_WEBHOOK_SECRET"):
        Config.from_env(PRODUCTION | {"STRIPE_SECRET_KEY": "sk_live_abcdefgh"})
