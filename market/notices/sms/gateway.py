"""Text messages: the service that also sends the codes, or files in development."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from market.accounts.sms import TextService
from market.clock import utc_now
from market.errors import Unavailable
from market.notices.rules import Letter, Mailer


@dataclass(frozen=True)
class ServiceTexts:
    """Sends by the service of the settings."""

    service: TextService

    def send(self, letter: Letter) -> str | None:
        """One text message, and its name at the service.

        Raises Unavailable, with ``unsure`` where it may have left; Refused for a wrong number.
        """
        return self.service.send(letter.to, letter.text)


@dataclass(frozen=True)
class FolderTexts:
    """Development: each message is a file, shown on /dev/mail; sending it twice leaves one."""

    folder: Path

    def send(self, letter: Letter) -> None:
        """Write the file. Raises Unavailable when the disk does not take it."""
        message = {"to": letter.to, "text": letter.text, "at": utc_now().isoformat()}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh = self.folder / f".{letter.key}.{os.getpid()}"
            fresh.write_text(json.dumps(message, ensure_ascii=False), encoding="utf-8")
            fresh.replace(self.folder / f"{letter.key}.json")
        except OSError as failure:
            raise Unavailable("sms_away", reason=type(failure).__name__) from failure


def texts_for(service: TextService | None, home: Path, *, develops: bool) -> Mailer | None:
    """The way text messages leave; None: they do not."""
    if service is not None:
        return ServiceTexts(service)
    return FolderTexts(home / "sms") if develops else None
