"""Writes about how groups are cared for, gathered from the files that hold them."""

from __future__ import annotations

from market.mentoring.contacts import (
    NewContact,
    add_contact,
    confirm_handover,
    end_contact,
    name_officer,
)
from market.mentoring.flagging import raise_flags, see_flag
from market.mentoring.readiness import decide_readiness, tick_point, untick_point
from market.mentoring.visiting import (
    add_photos,
    cancel_visit,
    finish_step,
    finish_visit,
    note_advice,
    note_looked,
    note_next,
    plan_visit,
    read_advice,
)

__all__ = [
    "NewContact",
    "add_contact",
    "add_photos",
    "cancel_visit",
    "confirm_handover",
    "decide_readiness",
    "end_contact",
    "finish_step",
    "finish_visit",
    "name_officer",
    "note_advice",
    "note_looked",
    "note_next",
    "plan_visit",
    "raise_flags",
    "read_advice",
    "see_flag",
    "tick_point",
    "untick_point",
]
