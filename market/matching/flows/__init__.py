"""A match from a closed round to a stored plan, by one worker or by many.

Imports the solver: only workers, the terminal and tests load this package.
"""

from market.matching.flows.crew import Spread
from market.matching.flows.helping import help_match
from market.matching.flows.matching import DEFAULTS, match_round, params_for, solve_round

__all__ = ["DEFAULTS", "Spread", "help_match", "match_round", "params_for", "solve_round"]
