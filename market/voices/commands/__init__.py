"""Writes of what people say after the goods came. Each is in its own file."""

from __future__ import annotations

from market.voices.commands.hiding import hide_review, hide_thanks, keep_review, show_review
from market.voices.commands.inviting import invite_buyers, stop_inviting
from market.voices.commands.reviews import NewReview, reply_review, report_review, write_review
from market.voices.commands.thanks import NewThanks, mark_heard, send_thanks

__all__ = [
    "NewReview",
    "NewThanks",
    "hide_review",
    "hide_thanks",
    "invite_buyers",
    "keep_review",
    "mark_heard",
    "reply_review",
    "report_review",
    "send_thanks",
    "show_review",
    "stop_inviting",
    "write_review",
]
