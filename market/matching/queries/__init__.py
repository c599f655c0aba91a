"""Reads of matching: the engine's problem, asks for pages, the coordinator's view."""

from market.matching.queries.asks import (
    AskLine,
    AskView,
    ask_thing,
    get_ask,
    next_waiting_ask,
    waiting_asks,
)
from market.matching.queries.due import (
    rounds_due_for_match,
    rounds_due_for_settling,
    runs_due_for_help,
    runs_due_for_publication,
)
from market.matching.queries.problem import RoundProblem, read_problem
from market.matching.queries.progress import MatchProgress, progress_of
from market.matching.queries.results import MatchView, get_match, match_thing
from market.matching.queries.stored import StoredRun, find_round_id, get_stored_run

__all__ = [
    "AskLine",
    "AskView",
    "MatchProgress",
    "MatchView",
    "RoundProblem",
    "StoredRun",
    "ask_thing",
    "find_round_id",
    "get_ask",
    "get_match",
    "get_stored_run",
    "match_thing",
    "next_waiting_ask",
    "progress_of",
    "read_problem",
    "rounds_due_for_match",
    "rounds_due_for_settling",
    "runs_due_for_help",
    "runs_due_for_publication",
    "waiting_asks",
]
