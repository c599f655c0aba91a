"""How the market writes to people and knows them: mail and LINE Login."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from config.values import ConfigError, given, needed


def smtp_url(env: Mapping[str, str]) -> str | None:
    """The mail server, or None where mail is kept in files."""
    url = env.get("SMTP_URL", "").strip()
    if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
        raise ConfigError("SMTP_URL is no mail server. Set it to smtp://user:password@host:587.")
    return url or None


def mail_from(env: Mapping[str, str], develops: bool) -> str:
    """The address that mail is sent from."""
    fix = "Set it to the address mail is sent from, for example market@market.example."
    if develops:
        address = given(env, "MAIL_FROM", "market@localhost.localdomain")
    else:
        address = needed(env, "MAIL_FROM", fix)
    if "@" not in address or any(character.isspace() for character in address):
        raise ConfigError(f"MAIL_FROM is {address!r}, which is no e-mail address. {fix}")
    return address


def line_channel(env: Mapping[str, str]) -> str | None:
    """The LINE Login channel's id, with its secret or not at all."""
    channel = given(env, "LINE_LOGIN_CHANNEL_ID", "")
    secret = given(env, "LINE_LOGIN_CHANNEL_SECRET", "")
    if bool(channel) != bool(secret):
        raise ConfigError(
            "LINE_LOGIN_CHANNEL_ID and LINE_LOGIN_CHANNEL_SECRET belong together: set both, as in"
            " the LINE Developers Console, or neither."
        )
    if channel and not channel.isdecimal():
        raise ConfigError(f"LINE_LOGIN_CHANNEL_ID is {channel!r}. Set it to the channel's digits.")
    return channel or None
