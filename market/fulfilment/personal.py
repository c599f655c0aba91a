"""What fulfilment keeps about people."""

from __future__ import annotations

from market.personal import Personal

PERSONAL = Personal(
    keeps={
        "member_part": "a group's members, on the group's behalf",
        "trip": "a driver's name and phone; the sweep takes them away after 90 days",
        "left_order": "what became of goods of an order; stays with the order",
    }
)
