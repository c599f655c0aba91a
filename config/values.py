"""Reading one value of a kind: a number, an address, a secret, and two that belong together.

Each raises ConfigError, whose one sentence names the setting and the fix.
"""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

_RATES = re.compile(r"\d+ per (\d+ )?(second|minute|hour|day)s?(; ?\d+ per (\d+ )?\w+)*")
MAKE_ONE = (
    "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))' "
    "and keep it out of the repository."
)


class ConfigError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


def given(env: Mapping[str, str], name: str, default: str) -> str:
    """What is set, without the space around it, else the default."""
    return env.get(name, "").strip() or default


def needed(env: Mapping[str, str], name: str, fix: str) -> str:
    """What must be set."""
    value = env.get(name, "").strip()
    if not value:
        raise ConfigError(f"{name} is not set. {fix}")
    return value


def one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """The value of a setting that has few; the first one is the default."""
    value = given(env, name, allowed[0])
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}. Set it to one of: {', '.join(allowed)}.")
    return value


def number(
    env: Mapping[str, str], name: str, kind: Callable[[str], T], default: str, *, low: T, high: T
) -> T:
    """A number of this kind, from ``low`` to ``high``."""
    text = given(env, name, default)
    try:
        value = kind(text)
    except ValueError:
        value = None
    # `not low <= value` instead of `value < low`: a NaN must not pass.
    if value is None or not low <= value <= high:  # type: ignore[operator]
        raise ConfigError(f"{name} is {text!r}. Set it to a number from {low} to {high}.")
    return value


def secret(env: Mapping[str, str], name: str) -> str:
    """A secret long enough not to be guessed."""
    value = needed(env, name, MAKE_ONE)
    if len(value) < 32:
        raise ConfigError(f"{name} is shorter than 32 characters. {MAKE_ONE}")
    return value


def origin(env: Mapping[str, str], name: str, default: T) -> str | T:
    """``https://host``, without a path; plain http on this machine only."""
    typed = given(env, name, "").rstrip("/")
    if not typed:
        return default
    parts = urlsplit(typed)
    near = parts.hostname in ("localhost", "127.0.0.1", "::1")
    plain = parts.path or parts.query or parts.fragment or parts.username
    if (
        not parts.hostname
        or plain
        or parts.scheme not in (("http", "https") if near else ("https",))
    ):
        raise ConfigError(f"{name} is {typed!r}. Set it to an address such as https://host.")
    return typed


def both(env: Mapping[str, str], name: str, other: str) -> str | None:
    """A setting that is of no use without another."""
    if given(env, name, "") or given(env, other, ""):
        needed(env, other, f"{name} needs it: set both or neither.")
        return needed(env, name, f"{other} needs it: set both or neither.")
    return None


def address_with(env: Mapping[str, str], name: str, *secrets: str) -> str | None:
    """An optional https address (http on this machine only) that needs these secrets."""
    url = given(env, name, "")
    if not url:
        return None
    parts = urlsplit(url)
    near = parts.hostname in ("localhost", "127.0.0.1")
    if parts.scheme not in (("http", "https") if near else ("https",)) or not parts.hostname:
        raise ConfigError(f"{name} is no https address. Set it to one, or leave it out.")
    for secret in secrets:
        needed(env, secret, f"{name} needs it: set both or neither.")
    return url


def columns(
    env: Mapping[str, str], name: str, default: str, fields: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """``heading=field,heading=field``; the heading is the bank's own word."""
    typed = given(env, name, default)
    pairs = [part.rpartition("=") for part in typed.split(",") if part.strip()]
    wrong = [field for heading, _, field in pairs if field.strip() not in fields or not heading]
    if wrong:
        raise ConfigError(
            f"{name} names {wrong[0]!r}. Set it to heading=field pairs; the fields are "
            f"{', '.join(fields)}."
        )
    return tuple((heading.strip(), field.strip()) for heading, _, field in pairs)


def rate(env: Mapping[str, str], name: str, default: str) -> str:
    """How often something may be done, in Flask-Limiter's words."""
    value = given(env, name, default)
    if not _RATES.fullmatch(value):
        raise ConfigError(f"{name} is {value!r}. Set it like: 10 per minute; 100 per hour.")
    return value
