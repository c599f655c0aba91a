"""What the market runs on and how it is reached: secrets, database, broker, its own address."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from config.values import MAKE_ONE, ConfigError, given, needed, secret


def totp_secrets(env: Mapping[str, str]) -> dict[str, str]:
    """TOTP_SECRETS is `1:secret` or `1:old,2:new`: rotation keeps the old one for reading."""
    fix = f"Set it to 1:<secret>. {MAKE_ONE}"
    pairs = [part.partition(":") for part in needed(env, "TOTP_SECRETS", fix).split(",")]
    if not all(key.strip().isdecimal() and len(value.strip()) >= 32 for key, _, value in pairs):
        raise ConfigError(f"TOTP_SECRETS must be number:secret, 32 characters or more. {fix}")
    return {key.strip(): value.strip() for key, _, value in pairs}


def database_url(env: Mapping[str, str]) -> str:
    """PostgreSQL's address in SQLAlchemy's form."""
    example = "Set it to postgresql://user:password@host:5432/market (PostgreSQL 15 or newer)."
    url = needed(env, "DATABASE_URL", example)
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ConfigError(f"DATABASE_URL is not a PostgreSQL address. {example}")
    return f"postgresql+psycopg://{rest}"


def redis_url(env: Mapping[str, str]) -> str:
    """The address of the Redis-protocol server."""
    example = "Set it to redis://host:6379/0 (rediss:// with TLS; Valkey or Redis)."
    url = needed(env, "REDIS_URL", example)
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigError(f"REDIS_URL is not a Redis address. {example}")
    return url


def public_url(env: Mapping[str, str], develops: bool) -> str:
    """How people reach the market, without a closing slash; https in production."""
    example = "Set it to the market's address, for example https://market.example."
    if develops:
        url = given(env, "PUBLIC_URL", f"http://localhost:{given(env, 'PORT', '8000')}")
    else:
        url = needed(env, "PUBLIC_URL", example)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"PUBLIC_URL is {url!r}, which is no web address. {example}")
    if parts.scheme != "https" and not develops:
        raise ConfigError(f"PUBLIC_URL must start with https:// in production. {example}")
    return url.rstrip("/")


def metrics_token(env: Mapping[str, str]) -> str | None:
    """What whoever collects figures has to show; None where nobody does."""
    return secret(env, "METRICS_TOKEN") if given(env, "METRICS_TOKEN", "") else None
