"""The settings of one installation: a frozen value, complete or absent.

`Config.from_env` is called in wsgi.py, workers/app.py and the tests only. It reads nothing but
the mapping it is given and raises ConfigError, whose one sentence names the setting and the fix.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

ENVIRONMENTS = ("development", "production")
# A number that cannot be paid to: nobody's PromptPay, for development only.
SAMPLE_PROMPTPAY_ID = "0000000000000"
# What a payout file for the bank may hold, and what it holds unless BANK_FILE_COLUMNS is set.
BANK_FILE_FIELDS = ("bank_code", "account", "name", "amount", "reference", "promptpay", "date")
BANK_FILE = "bank=bank_code,account=account,name=name,amount=amount,reference=reference"
BANK_LINE_FIELDS = ("date", "amount", "reference", "payer", "memo")
_RATES = re.compile(r"\d+ per (\d+ )?(second|minute|hour|day)s?(; ?\d+ per (\d+ )?\w+)*")
_MAKE_ONE = (
    "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))' "
    "and keep it out of the repository."
)


class ConfigError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that differs between installations. Secrets never appear in its repr."""

    environment: str
    database_url: str = field(repr=False)  # SQLAlchemy form, postgresql+psycopg://
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    password_salt: str = field(repr=False)
    totp_secrets: dict[str, str] = field(repr=False)  # key id -> secret; the highest id signs
    market_home: Path  # files, outbox without SMTP, logs
    public_url: str  # how people reach the market, without a closing slash
    session_cookie_secure: bool
    proxy_hops: int  # trusted reverse proxies in front of the web server
    smtp_url: str | None = field(repr=False)  # None: mail is kept under market_home
    mail_from: str
    payee: str  # who buyers pay in new rounds: groups, market or provider
    promptpay_id: str  # who PromptPay money goes to: 10, 13 or 15 digits
    stripe_secret_key: str | None = field(repr=False)  # None: cards are not offered
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)  # the newest first
    stripe_methods: tuple[str, ...]  # what the account may take: card, promptpay
    stripe_hold_hours: int  # how long the account's card holds surely stand
    stripe_api_base: str | None  # another server than Stripe's own, for trying out
    stripe_checkout_origin: str  # where buyers go to pay
    line_channel_id: str | None  # None: signing in with LINE is not offered
    line_channel_secret: str | None = field(repr=False)
    line_access_base: str  # where people go to say yes
    line_api_base: str  # what is asked for the proof
    sms_url: str | None  # a service for text messages; None: codes by phone are not offered
    sms_key: str | None = field(repr=False)
    sms_secret: str | None = field(repr=False)
    sms_sender: str  # the sender's name as registered with the service
    paper_issuer: str  # who signs receipts and statements on the groups' behalf
    files_url: str | None  # an S3-compatible bucket; None: a folder under market_home
    files_key: str | None = field(repr=False)
    files_secret: str | None = field(repr=False)
    files_region: str
    line_chat_token: str | None = field(repr=False)  # None: nothing is sent by LINE
    line_chat_secret: str | None = field(repr=False)
    line_chat_api_base: str | None  # another server than LINE's own, for trying out
    line_chat_id: str  # the official account's @id, for the link that opens the chat
    sms_inbound_secret: str | None = field(repr=False)
    push_private_key: str | None = field(repr=False)  # VAPID
    push_public_key: str | None
    slip_verify_url: str | None  # a slip service; None: a person alone looks at slips
    slip_verify_key: str | None = field(repr=False)
    bank_file_columns: tuple[tuple[str, str], ...]  # heading and field, in the bank's order
    bank_import_columns: dict[str, str]  # field -> the heading of the bank's statement
    request_answer_hours: int  # groups have to answer a request for goods made to order
    request_deposit_percent: int  # of such an order, paid before anything is made
    match_gap: float  # stop a match at this certified relative gap
    match_spread_lines: int  # from so many lines on all workers share a match
    rematch_limit: int  # how often the remainder of a round is matched again
    sweep_seconds: int  # how often each sweep looks for due rows
    sign_in_rate: str  # tries per address and per account
    code_rate: str  # one-time codes sent per contact
    order_rate: str  # orders placed per address
    search_rate: str  # searches and suggestions per address
    log_level: str

    @property
    def is_development(self) -> bool:
        """Whether sample data, the developer's pages and `round play` are allowed."""
        return self.environment == "development"

    @property
    def sends_sms(self) -> bool:
        """Whether codes go to phones: by a service, or in development into files."""
        return self.is_development or self.sms_url is not None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read every setting; raises ConfigError for the first one that is missing or wrong."""
        environment = _one_of(env, "MARKET_ENV", ENVIRONMENTS)
        develops = environment == "development"
        public_url = _public_url(env, develops)
        return cls(
            environment=environment,
            database_url=_database_url(env),
            redis_url=_redis_url(env),
            secret_key=_secret(env, "SECRET_KEY"),
            password_salt=_secret(env, "PASSWORD_SALT"),
            totp_secrets=_totp_secrets(env),
            market_home=Path(_given(env, "MARKET_HOME", "var")).absolute(),
            public_url=public_url,
            session_cookie_secure=public_url.startswith("https://"),
            proxy_hops=_number(env, "PROXY_HOPS", int, "0", low=0, high=5),
            smtp_url=_smtp_url(env),
            mail_from=_mail_from(env, develops),
            payee=_payee(env, develops),
            promptpay_id=_promptpay_id(env, develops),
            stripe_secret_key=_stripe_key(env),
            stripe_webhook_secrets=_stripe_webhook_secrets(env),
            stripe_methods=_stripe_methods(env),
            stripe_hold_hours=_number(env, "STRIPE_HOLD_HOURS", int, "120", low=0, high=720),
            stripe_api_base=_origin(env, "STRIPE_API_BASE", None),
            stripe_checkout_origin=_origin(
                env, "STRIPE_CHECKOUT_ORIGIN", "https://checkout.stripe.com"
            ),
            line_channel_id=_line_channel(env),
            line_channel_secret=_given(env, "LINE_LOGIN_CHANNEL_SECRET", "") or None,
            line_access_base=_origin(env, "LINE_LOGIN_ACCESS_BASE", "https://access.line.me"),
            line_api_base=_origin(env, "LINE_LOGIN_API_BASE", "https://api.line.me"),
            sms_url=_address_with(env, "SMS_URL", "SMS_KEY", "SMS_SECRET", "SMS_SENDER"),
            sms_key=_given(env, "SMS_KEY", "") or None,
            sms_secret=_given(env, "SMS_SECRET", "") or None,
            sms_sender=_given(env, "SMS_SENDER", ""),
            paper_issuer=_given(env, "PAPER_ISSUER", "ตลาดลอยฟ้า สินค้าตามสั่ง"),
            files_url=_address_with(env, "FILES_URL", "FILES_KEY", "FILES_SECRET"),
            files_key=_given(env, "FILES_KEY", "") or None,
            files_secret=_given(env, "FILES_SECRET", "") or None,
            files_region=_given(env, "FILES_REGION", "us-east-1"),
            line_chat_token=_both(env, "LINE_CHAT_TOKEN", "LINE_CHAT_SECRET"),
            line_chat_secret=_given(env, "LINE_CHAT_SECRET", "") or None,
            line_chat_api_base=_origin(env, "LINE_CHAT_API_BASE", None),
            line_chat_id=_given(env, "LINE_CHAT_ID", ""),
            sms_inbound_secret=_given(env, "SMS_INBOUND_SECRET", "") or None,
            push_private_key=_both(env, "PUSH_PRIVATE_KEY", "PUSH_PUBLIC_KEY"),
            push_public_key=_given(env, "PUSH_PUBLIC_KEY", "") or None,
            slip_verify_url=_address_with(env, "SLIP_VERIFY_URL", "SLIP_VERIFY_KEY"),
            slip_verify_key=_given(env, "SLIP_VERIFY_KEY", "") or None,
            bank_file_columns=_columns(env, "BANK_FILE_COLUMNS", BANK_FILE, BANK_FILE_FIELDS),
            bank_import_columns={
                name: heading
                for heading, name in _columns(env, "BANK_IMPORT_COLUMNS", "", BANK_LINE_FIELDS)
            },
            request_answer_hours=_number(env, "REQUEST_ANSWER_HOURS", int, "48", low=1, high=336),
            request_deposit_percent=_number(
                env, "REQUEST_DEPOSIT_PERCENT", int, "30", low=1, high=100
            ),
            match_gap=_number(env, "MATCH_GAP", float, "0.0005", low=0, high=0.1),
            match_spread_lines=_number(env, "MATCH_SPREAD_LINES", int, "20000", low=0, high=10**9),
            rematch_limit=_number(env, "REMATCH_LIMIT", int, "2", low=0, high=9),
            sweep_seconds=_number(
                env, "SWEEP_SECONDS", int, "5" if develops else "60", low=1, high=600
            ),
            sign_in_rate=_rate(env, "SIGN_IN_RATE", "10 per minute; 100 per hour"),
            code_rate=_rate(env, "CODE_RATE", "5 per 10 minutes; 20 per day"),
            order_rate=_rate(env, "ORDER_RATE", "3000 per minute"),
            search_rate=_rate(env, "SEARCH_RATE", "1200 per minute"),
            log_level=_one_of(env, "LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
        )


def _given(env: Mapping[str, str], name: str, default: str) -> str:
    return env.get(name, "").strip() or default


def _needed(env: Mapping[str, str], name: str, fix: str) -> str:
    value = env.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set. {fix}")
    return value


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """The value of a setting that has few; the first one is the default."""
    value = _given(env, name, allowed[0])
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}. Set it to one of: {', '.join(allowed)}.")
    return value


def _number(
    env: Mapping[str, str], name: str, kind: Callable[[str], T], default: str, *, low: T, high: T
) -> T:
    text = _given(env, name, default)
    try:
        value = kind(text)
    except ValueError:
        value = None
    # `not low <= value` instead of `value < low`: a NaN must not pass.
    if value is None or not low <= value <= high:  # type: ignore[operator]
        raise ConfigError(f"{name} is {text!r}. Set it to a number from {low} to {high}.")
    return value


def _secret(env: Mapping[str, str], name: str) -> str:
    value = _needed(env, name, _MAKE_ONE)
    if len(value) < 32:
        raise ConfigError(f"{name} is shorter than 32 characters. {_MAKE_ONE}")
    return value


def _totp_secrets(env: Mapping[str, str]) -> dict[str, str]:
    """TOTP_SECRETS is `1:secret` or `1:old,2:new`: rotation keeps the old one for reading."""
    fix = f"Set it to 1:<secret>. {_MAKE_ONE}"
    pairs = [part.partition(":") for part in _needed(env, "TOTP_SECRETS", fix).split(",")]
    if not all(key.strip().isdecimal() and len(value.strip()) >= 32 for key, _, value in pairs):
        raise ConfigError(f"TOTP_SECRETS must be number:secret, 32 characters or more. {fix}")
    return {key.strip(): value.strip() for key, _, value in pairs}


def _database_url(env: Mapping[str, str]) -> str:
    example = "Set it to postgresql://user:password@host:5432/market (PostgreSQL 15 or newer)."
    url = _needed(env, "DATABASE_URL", example)
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ConfigError(f"DATABASE_URL is not a PostgreSQL address. {example}")
    return f"postgresql+psycopg://{rest}"


def _redis_url(env: Mapping[str, str]) -> str:
    example = "Set it to redis://host:6379/0 (rediss:// with TLS; Valkey or Redis)."
    url = _needed(env, "REDIS_URL", example)
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigError(f"REDIS_URL is not a Redis address. {example}")
    return url


def _public_url(env: Mapping[str, str], develops: bool) -> str:
    example = "Set it to the market's address, for example https://market.example."
    if develops:
        url = _given(env, "PUBLIC_URL", f"http://localhost:{_given(env, 'PORT', '8000')}")
    else:
        url = _needed(env, "PUBLIC_URL", example)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"PUBLIC_URL is {url!r}, which is no web address. {example}")
    if parts.scheme != "https" and not develops:
        raise ConfigError(f"PUBLIC_URL must start with https:// in production. {example}")
    return url.rstrip("/")


def _smtp_url(env: Mapping[str, str]) -> str | None:
    url = env.get("SMTP_URL", "").strip()
    if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
        raise ConfigError("SMTP_URL is no mail server. Set it to smtp://user:password@host:587.")
    return url or None


def _mail_from(env: Mapping[str, str], develops: bool) -> str:
    fix = "Set it to the address mail is sent from, for example market@market.example."
    if develops:
        address = _given(env, "MAIL_FROM", "market@localhost.localdomain")
    else:
        address = _needed(env, "MAIL_FROM", fix)
    if "@" not in address or any(character.isspace() for character in address):
        raise ConfigError(f"MAIL_FROM is {address!r}, which is no e-mail address. {fix}")
    return address


def _payee(env: Mapping[str, str], develops: bool) -> str:
    """Holding other people's money may need a licence: where nobody decided, groups are paid
    directly and the market keeps only the ledger. The sample's groups have no accounts.
    """
    payee = _one_of({"PAYEE": _given(env, "PAYEE", "market" if develops else "groups")},
                    "PAYEE", ("groups", "market", "provider"))  # fmt: skip
    if payee == "provider" and not env.get("STRIPE_SECRET_KEY", "").strip():
        raise ConfigError("PAYEE is provider, but STRIPE_SECRET_KEY is not set. Set both.")
    return payee


def _promptpay_id(env: Mapping[str, str], develops: bool) -> str:
    fix = "Set it to the phone (10 digits), tax id (13) or e-wallet (15) money is paid to."
    if develops:
        value = _given(env, "PROMPTPAY_ID", SAMPLE_PROMPTPAY_ID)
    else:
        value = _needed(env, "PROMPTPAY_ID", fix)
    digits = value.replace("-", "").replace(" ", "")
    if not re.fullmatch(r"[0-9]{10}|[0-9]{13}|[0-9]{15}", digits):
        raise ConfigError(f"PROMPTPAY_ID is {value!r}, which PromptPay does not know. {fix}")
    return digits


def _stripe_key(env: Mapping[str, str]) -> str | None:
    """None where no card is taken. A key without its webhook secret would lose payments."""
    key = _given(env, "STRIPE_SECRET_KEY", "")
    if key and not re.fullmatch(r"(sk|rk)_(test|live)_\w{8,}", key):
        raise ConfigError(
            "STRIPE_SECRET_KEY is no secret key. Set it to the sk_live_... or rk_live_... of"
            " the Stripe dashboard (sk_test_... to try), or leave it empty to take no cards."
        )
    return key or None


def _stripe_webhook_secrets(env: Mapping[str, str]) -> tuple[str, ...]:
    """The signing secrets of the endpoint: two, separated by a comma, while one is changed."""
    given = _given(env, "STRIPE_WEBHOOK_SECRET", "")
    secrets = tuple(part.strip() for part in given.split(",") if part.strip())
    if not all(re.fullmatch(r"whsec_\S{8,}", secret) for secret in secrets):
        raise ConfigError("STRIPE_WEBHOOK_SECRET must be whsec_... of the endpoint /hooks/stripe.")
    if _given(env, "STRIPE_SECRET_KEY", "") and not secrets:
        raise ConfigError(
            "STRIPE_WEBHOOK_SECRET is not set, but STRIPE_SECRET_KEY is. Make the endpoint"
            " PUBLIC_URL/hooks/stripe in the Stripe dashboard and set its whsec_... here."
        )
    return secrets


def _stripe_methods(env: Mapping[str, str]) -> tuple[str, ...]:
    allowed = ("card", "promptpay")
    given = _given(env, "STRIPE_METHODS", ",".join(allowed))
    methods = tuple(dict.fromkeys(part.strip() for part in given.split(",")))
    if not set(methods) <= set(allowed):
        raise ConfigError(f"STRIPE_METHODS is {given!r}. Set it to card, promptpay or both.")
    return methods


def _line_channel(env: Mapping[str, str]) -> str | None:
    """The LINE Login channel's id, with its secret or not at all."""
    channel = _given(env, "LINE_LOGIN_CHANNEL_ID", "")
    secret = _given(env, "LINE_LOGIN_CHANNEL_SECRET", "")
    if bool(channel) != bool(secret):
        raise ConfigError(
            "LINE_LOGIN_CHANNEL_ID and LINE_LOGIN_CHANNEL_SECRET belong together: set both, as in"
            " the LINE Developers Console, or neither."
        )
    if channel and not channel.isdecimal():
        raise ConfigError(f"LINE_LOGIN_CHANNEL_ID is {channel!r}. Set it to the channel's digits.")
    return channel or None


def _origin(env: Mapping[str, str], name: str, default: T) -> str | T:
    """``https://host``, without a path; plain http on this machine only."""
    given = _given(env, name, "").rstrip("/")
    if not given:
        return default
    parts = urlsplit(given)
    near = parts.hostname in ("localhost", "127.0.0.1", "::1")
    plain = parts.path or parts.query or parts.fragment or parts.username
    if (
        not parts.hostname
        or plain
        or parts.scheme not in (("http", "https") if near else ("https",))
    ):
        raise ConfigError(f"{name} is {given!r}. Set it to an address such as https://host.")
    return given


def _both(env: Mapping[str, str], name: str, other: str) -> str | None:
    """A setting that is of no use without another."""
    if _given(env, name, "") or _given(env, other, ""):
        _needed(env, other, f"{name} needs it: set both or neither.")
        return _needed(env, name, f"{other} needs it: set both or neither.")
    return None


def _address_with(env: Mapping[str, str], name: str, *secrets: str) -> str | None:
    """An optional https address (http on this machine only) that needs these secrets."""
    url = _given(env, name, "")
    if not url:
        return None
    parts = urlsplit(url)
    near = parts.hostname in ("localhost", "127.0.0.1")
    if parts.scheme not in (("http", "https") if near else ("https",)) or not parts.hostname:
        raise ConfigError(f"{name} is no https address. Set it to one, or leave it out.")
    for secret in secrets:
        _needed(env, secret, f"{name} needs it: set both or neither.")
    return url


def _columns(
    env: Mapping[str, str], name: str, default: str, fields: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """``heading=field,heading=field``; the heading is the bank's own word."""
    given = _given(env, name, default)
    pairs = [part.rpartition("=") for part in given.split(",") if part.strip()]
    wrong = [field for heading, _, field in pairs if field.strip() not in fields or not heading]
    if wrong:
        raise ConfigError(
            f"{name} names {wrong[0]!r}. Set it to heading=field pairs; the fields are "
            f"{', '.join(fields)}."
        )
    return tuple((heading.strip(), field.strip()) for heading, _, field in pairs)


def _rate(env: Mapping[str, str], name: str, default: str) -> str:
    value = _given(env, name, default)
    if not _RATES.fullmatch(value):
        raise ConfigError(f"{name} is {value!r}. Set it like: 10 per minute; 100 per hour.")
    return value
