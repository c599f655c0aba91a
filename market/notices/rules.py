"""The words of notices."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How a notice travels. LINE, SMS and web push come with the desks."""

    INAPP = "inapp"
    EMAIL = "email"


class NoticeState(StrEnum):
    """due -> sending -> sent, or failed after the last attempt."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
