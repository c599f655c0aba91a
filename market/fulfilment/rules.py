"""The words of making and handing over."""

from __future__ import annotations

from enum import StrEnum


class ConsignmentState(StrEnum):
    """packed -> handed_over -> arrived -> received; cancelled when its batch is stopped."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    ARRIVED = "arrived"
    RECEIVED = "received"
    CANCELLED = "cancelled"
