"""Development: the letters and text messages under MARKET_HOME, as a reader wants them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

SHOWN = 100


@dataclass(frozen=True)
class Kept:
    """One message that did not leave."""

    name: str
    kind: str  # "mail" or "sms"
    to: str
    subject: str
    text: str
    at: datetime


def list_kept(home: Path) -> list[Kept]:
    """The newest messages first, at most a hundred."""
    paths = [*(home / "mail").glob("*.eml"), *(home / "sms").glob("*.json")]
    paths.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_read(path) for path in paths[:SHOWN]]


def find_kept(home: Path, name: str) -> Kept | None:
    """The message of that name; a name with a path in it finds nothing."""
    for folder in (home / "mail", home / "sms"):
        path = folder / name
        if path.parent == folder and path.suffix in (".eml", ".json") and path.is_file():
            return _read(path)
    return None


def _read(path: Path) -> Kept:
    at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if path.suffix == ".json":
        message = json.loads(path.read_text(encoding="utf-8"))
        return Kept(path.name, "sms", message["to"], "", message["text"], at)
    letter = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default)
    body = letter.get_body(("plain",))
    text = body.get_content() if body else ""
    return Kept(path.name, "mail", str(letter["To"]), str(letter["Subject"]), text, at)
