"""Writes of making and handing over, by step. Each is in its own file; callers import from here."""

from __future__ import annotations

from market.fulfilment.handing import (
    arrive,
    arrive_at_point,
    arrive_boxes,
    receive_order,
    receive_parcel,
)
from market.fulfilment.leaving import hand_over, hand_over_boxes
from market.fulfilment.making import report_made, report_packed, start_making
from market.fulfilment.picturing import add_photo, hide_photo
from market.fulfilment.promising import NewPromise, give_up_late, promise_later
from market.fulfilment.settling import settle_round

__all__ = [
    "NewPromise",
    "add_photo",
    "arrive",
    "arrive_at_point",
    "arrive_boxes",
    "give_up_late",
    "hand_over",
    "hand_over_boxes",
    "hide_photo",
    "promise_later",
    "receive_order",
    "receive_parcel",
    "report_made",
    "report_packed",
    "settle_round",
    "start_making",
]
