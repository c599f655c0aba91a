"""Writes of matching: freeze demand, run, publish, answer, settle."""

from market.matching.commands.answers import answer_ask
from market.matching.commands.publishing import publish_run
from market.matching.commands.reminders import remind_groups
from market.matching.commands.running import cancel_run
from market.matching.commands.runs import (
    fail_run,
    freeze_cells,
    reopen_match,
    start_run,
    store_solution,
)
from market.matching.commands.settling import settle_answers

__all__ = [
    "answer_ask",
    "cancel_run",
    "fail_run",
    "freeze_cells",
    "publish_run",
    "remind_groups",
    "reopen_match",
    "settle_answers",
    "start_run",
    "store_solution",
]
