"""Everything that changes a request, gathered from its files."""

from __future__ import annotations

from market.made_to_order.agreeing import Choice, PayWay, agree
from market.made_to_order.answering import (
    Offered,
    Voice,
    answer_question,
    ask_buyer,
    cannot_answer,
    offer_answer,
)
from market.made_to_order.asking import Sender, Terms, add_group, ask_proof, send_request
from market.made_to_order.drafting import (
    check_day,
    drop_old_drafts,
    start_draft,
    write_anew,
    write_draft,
)
from market.made_to_order.ending import advance_request, withdraw_request

__all__ = [
    "Choice",
    "Offered",
    "PayWay",
    "Sender",
    "Terms",
    "Voice",
    "add_group",
    "advance_request",
    "agree",
    "answer_question",
    "ask_buyer",
    "ask_proof",
    "cannot_answer",
    "check_day",
    "drop_old_drafts",
    "offer_answer",
    "send_request",
    "start_draft",
    "withdraw_request",
    "write_anew",
    "write_draft",
]
