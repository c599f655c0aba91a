"""Reads of making and handing over, as frozen read models."""

from __future__ import annotations

from market.fulfilment.queries.batches import BatchView, Box, Label, get_batch
from market.fulfilment.queries.desk import PointBox, PointDesk, Waiting, get_desk
from market.fulfilment.queries.pickup import FoundOrder, HandOut, Item, find_at_point, hand_out_of
from market.fulfilment.queries.pictures import (
    PhotoFile,
    PhotoSeen,
    PromiseSeen,
    has_bought,
    photo_file,
    photos_of_batches,
    promises_of_batches,
)
from market.fulfilment.queries.things import batch_thing, due_rounds, order_thing, point_thing

__all__ = [
    "BatchView",
    "Box",
    "FoundOrder",
    "HandOut",
    "Item",
    "Label",
    "PhotoFile",
    "PhotoSeen",
    "PointBox",
    "PointDesk",
    "PromiseSeen",
    "Waiting",
    "batch_thing",
    "due_rounds",
    "find_at_point",
    "get_batch",
    "get_desk",
    "hand_out_of",
    "has_bought",
    "order_thing",
    "photo_file",
    "photos_of_batches",
    "point_thing",
    "promises_of_batches",
]
