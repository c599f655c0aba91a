"""Mail: an SMTP server, or files under MARKET_HOME/mail where none is set."""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageDefect
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from market.clock import utc_now
from market.errors import Refused, Unavailable
from market.notices.returned.rules import Seal, says_wrong
from market.notices.rules import Letter, Mailer, one_line

TIMEOUT_SECONDS = 20
#: There is no such mailbox, now and later (RFC 5321 4.2.3, RFC 7504).
NO_MAILBOX = frozenset({550, 551, 553, 556})
FROM_NAME = "ตลาดลอยฟ้า"


@dataclass(frozen=True)
class WayBack:
    """Where a letter comes back to that cannot be delivered, and how we know it again.

    address: the envelope's sender; a star in it stands for the letter's own name.
    """

    address: str
    seal: Seal


@dataclass(frozen=True)
class SmtpMailer:
    """Sends by the server of ``smtp://user:password@host:587`` (STARTTLS) or ``smtps://``."""

    url: str
    sender: str
    back: WayBack | None = None

    def send(self, letter: Letter) -> str | None:
        """Hand the letter to the server. Its name, where somebody looks for what comes back.

        Raises Unavailable when it cannot be taken now, Refused where there is no such mailbox.
        """
        ref = self.back.seal.ref(letter.key) if self.back else None
        sent_by = self.back.address.replace("*", ref or "") if self.back else None
        try:
            with self._connect() as server:
                server.send_message(compose(letter, self.sender, ref), from_addr=sent_by)
        except smtplib.SMTPRecipientsRefused as refusal:
            if {code for code, _said in refusal.recipients.values()} <= NO_MAILBOX:
                wrong = all(says_wrong(str(said)) for _code, said in refusal.recipients.values())
                raise Refused(
                    "mail_address_unusable", reason="mail_no_mailbox", wrong=wrong
                ) from refusal
            raise Unavailable("mail_not_sent", reason="SMTPRecipientsRefused") from refusal
        except (OSError, smtplib.SMTPException) as failure:
            raise Unavailable("mail_not_sent", reason=f"{type(failure).__name__}") from failure
        return ref

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, tls = parts.hostname or "", ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=tls
            )
        else:
            server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_SECONDS)
            if server.has_extn("starttls") or parts.username:
                server.starttls(context=tls)  # a password never travels in the clear
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


@dataclass(frozen=True)
class FolderMailer:
    """Keeps each letter as one ``.eml`` file; sending it twice leaves one file."""

    folder: Path
    sender: str

    def send(self, letter: Letter) -> None:
        """Write the file. Raises Unavailable when the disk does not take it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = self.folder / f".{letter.key}.{os.getpid()}"
            fresh.write_bytes(compose(letter, self.sender).as_bytes())
            fresh.replace(self.folder / f"{letter.key}.eml")
        except OSError as failure:
            raise Unavailable("mail_not_sent", reason=type(failure).__name__) from failure


def mailer_for(
    smtp_url: str | None, sender: str, home: Path, back: WayBack | None = None
) -> Mailer:
    """The way mail leaves this installation."""
    return SmtpMailer(smtp_url, sender, back) if smtp_url else FolderMailer(home / "mail", sender)


def compose(letter: Letter, sender: str, ref: str | None = None) -> EmailMessage:
    """The message: text, and the same in HTML. Its id is the same when it is sent again.

    ref: its name for whoever returns it, which nobody else can make up.

    Raises Refused for an address that mail servers would not take.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name=FROM_NAME, addr_spec=sender)
    message["To"] = _address(letter.to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(utc_now())
    message["Message-ID"] = f"<{ref or letter.key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.stop_url:  # RFC 8058: one tap in the mail reader, no page to open
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def _address(typed: str) -> Address:
    """As it travels: a domain in Thai letters in its ASCII form; the part before it is ASCII."""
    local, _at, domain = typed.rpartition("@")
    try:
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (ValueError, IndexError, HeaderParseError, MessageDefect) as failure:
        raise Refused("mail_address_unusable") from failure
