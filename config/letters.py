"""How the market writes to people and knows them: mail and LINE Login."""

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from config.values import ConfigError, given, needed

#: In plain letters, with at most one star before the @.
_ADDRESS = re.compile(r"[A-Za-z0-9._+=-]+\*?[A-Za-z0-9._+=-]*@[A-Za-z0-9.-]+")


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


def bounce_mailbox(env: Mapping[str, str]) -> str | None:
    """The mailbox to which letters come back, or None where nobody looks for them."""
    fix = "Set it to imaps://user:password@host/INBOX, or leave it out."
    url = given(env, "BOUNCE_MAILBOX", "")
    try:
        parts = urlsplit(url)
        near = parts.hostname in ("localhost", "127.0.0.1")
        there = parts.port != 0 and bool(parts.hostname and parts.username and parts.password)
    except ValueError:  # a port that is none
        raise ConfigError(f"BOUNCE_MAILBOX is no mailbox. {fix}") from None
    if url and (not there or parts.scheme not in (("imap", "imaps") if near else ("imaps",))):
        raise ConfigError(f"BOUNCE_MAILBOX is no mailbox. {fix}")
    if any(not " " <= letter <= "~" for letter in unquote(url)):
        raise ConfigError(f"BOUNCE_MAILBOX has other than ASCII letters. {fix}")
    return url or None


def bounce_address(env: Mapping[str, str]) -> str | None:
    """Where letters come back to; a star in it stands for each letter's own name.

    None: to the mailbox's user where that is an address, else to where mail is sent from.
    """
    user = unquote(urlsplit(given(env, "BOUNCE_MAILBOX", "")).username or "")
    address = given(env, "BOUNCE_ADDRESS", user if _ADDRESS.fullmatch(user) else "")
    if address and not _ADDRESS.fullmatch(address):
        raise ConfigError(
            f"BOUNCE_ADDRESS is {address!r}, which is no e-mail address. Set it to the mailbox's"
            " own, for example bounces@market.example or bounces+*@market.example."
        )
    return address or None


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
