"""The settings of one installation: a frozen value, complete or absent.

`Config.from_env` is called in wsgi.py, workers/settings.py and the tests only. It reads nothing but
the mapping it is given and raises ConfigError, whose one sentence names the setting and the fix.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from config import letters, money, servers
from config.values import (
    address_with,
    both,
    columns,
    given,
    number,
    one_of,
    origin,
    rate,
    secret,
)

ENVIRONMENTS = ("development", "production")


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
    bounce_mailbox: str | None = field(repr=False)  # None: letters that come back are not read
    bounce_address: str | None  # the envelope's sender; * stands for each letter's own name
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
    metrics_token: str | None = field(repr=False)  # opens /metrics; None: it is not there

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
        environment = one_of(env, "MARKET_ENV", ENVIRONMENTS)
        develops = environment == "development"
        public_url = servers.public_url(env, develops)
        # One statement: a line a setting, in the order of the fields above.
        return cls(
            environment=environment,
            database_url=servers.database_url(env),
            redis_url=servers.redis_url(env),
            secret_key=secret(env, "SECRET_KEY"),
            password_salt=secret(env, "PASSWORD_SALT"),
            totp_secrets=servers.totp_secrets(env),
            market_home=Path(given(env, "MARKET_HOME", "var")).absolute(),
            public_url=public_url,
            session_cookie_secure=public_url.startswith("https://"),
            proxy_hops=number(env, "PROXY_HOPS", int, "0", low=0, high=5),
            smtp_url=letters.smtp_url(env),
            mail_from=letters.mail_from(env, develops),
            bounce_mailbox=letters.bounce_mailbox(env),
            bounce_address=letters.bounce_address(env),
            payee=money.payee(env, develops),
            promptpay_id=money.promptpay_id(env, develops),
            stripe_secret_key=money.stripe_key(env),
            stripe_webhook_secrets=money.stripe_webhook_secrets(env),
            stripe_methods=money.stripe_methods(env),
            stripe_hold_hours=number(env, "STRIPE_HOLD_HOURS", int, "120", low=0, high=720),
            stripe_api_base=origin(env, "STRIPE_API_BASE", None),
            stripe_checkout_origin=origin(
                env, "STRIPE_CHECKOUT_ORIGIN", "https://checkout.stripe.com"
            ),
            line_channel_id=letters.line_channel(env),
            line_channel_secret=given(env, "LINE_LOGIN_CHANNEL_SECRET", "") or None,
            line_access_base=origin(env, "LINE_LOGIN_ACCESS_BASE", "https://access.line.me"),
            line_api_base=origin(env, "LINE_LOGIN_API_BASE", "https://api.line.me"),
            sms_url=address_with(env, "SMS_URL", "SMS_KEY", "SMS_SECRET", "SMS_SENDER"),
            sms_key=given(env, "SMS_KEY", "") or None,
            sms_secret=given(env, "SMS_SECRET", "") or None,
            sms_sender=given(env, "SMS_SENDER", ""),
            paper_issuer=given(env, "PAPER_ISSUER", "ตลาดลอยฟ้า สินค้าตามสั่ง"),
            files_url=address_with(env, "FILES_URL", "FILES_KEY", "FILES_SECRET"),
            files_key=given(env, "FILES_KEY", "") or None,
            files_secret=given(env, "FILES_SECRET", "") or None,
            files_region=given(env, "FILES_REGION", "us-east-1"),
            line_chat_token=both(env, "LINE_CHAT_TOKEN", "LINE_CHAT_SECRET"),
            line_chat_secret=given(env, "LINE_CHAT_SECRET", "") or None,
            line_chat_api_base=origin(env, "LINE_CHAT_API_BASE", None),
            line_chat_id=given(env, "LINE_CHAT_ID", ""),
            sms_inbound_secret=given(env, "SMS_INBOUND_SECRET", "") or None,
            push_private_key=both(env, "PUSH_PRIVATE_KEY", "PUSH_PUBLIC_KEY"),
            push_public_key=given(env, "PUSH_PUBLIC_KEY", "") or None,
            slip_verify_url=address_with(env, "SLIP_VERIFY_URL", "SLIP_VERIFY_KEY"),
            slip_verify_key=given(env, "SLIP_VERIFY_KEY", "") or None,
            bank_file_columns=columns(
                env, "BANK_FILE_COLUMNS", money.BANK_FILE, money.BANK_FILE_FIELDS
            ),
            bank_import_columns={
                name: heading
                for heading, name in columns(env, "BANK_IMPORT_COLUMNS", "", money.BANK_LINE_FIELDS)
            },
            request_answer_hours=number(env, "REQUEST_ANSWER_HOURS", int, "48", low=1, high=336),
            request_deposit_percent=number(
                env, "REQUEST_DEPOSIT_PERCENT", int, "30", low=1, high=100
            ),
            match_gap=number(env, "MATCH_GAP", float, "0.0005", low=0, high=0.1),
            match_spread_lines=number(env, "MATCH_SPREAD_LINES", int, "20000", low=0, high=10**9),
            rematch_limit=number(env, "REMATCH_LIMIT", int, "2", low=0, high=9),
            sweep_seconds=number(
                env, "SWEEP_SECONDS", int, "5" if develops else "60", low=1, high=600
            ),
            sign_in_rate=rate(env, "SIGN_IN_RATE", "10 per minute; 100 per hour"),
            code_rate=rate(env, "CODE_RATE", "5 per 10 minutes; 20 per day"),
            order_rate=rate(env, "ORDER_RATE", "3000 per minute"),
            search_rate=rate(env, "SEARCH_RATE", "1200 per minute"),
            log_level=one_of(env, "LOG_LEVEL", ("INFO", "DEBUG", "WARNING", "ERROR")),
            metrics_token=servers.metrics_token(env),
        )
