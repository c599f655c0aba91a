"""What every subject keeps about people, in the order in which it is forgotten: the right first,
so that what looks left still finds its way to the person.
"""

from __future__ import annotations

from market.accounts import personal as accounts
from market.campaigns import personal as campaigns
from market.fulfilment import personal as fulfilment
from market.imports import personal as imports
from market.livelihood import personal as livelihood
from market.made_to_order import personal as made_to_order
from market.matching import personal as matching
from market.mentoring import personal as mentoring
from market.notices import personal as notices
from market.orders import personal as orders
from market.payments import personal as payments
from market.personal import Hold, Personal, Told
from market.reports import personal as reports
from market.rounds import personal as rounds
from market.stories import personal as stories
from market.voices import personal as voices

SUBJECTS: tuple[Personal, ...] = tuple(
    subject.PERSONAL
    for subject in (
        reports,
        imports,
        mentoring,
        livelihood,
        campaigns,
        voices,
        made_to_order,
        fulfilment,
        payments,
        matching,
        orders,
        rounds,
        stories,
        notices,
        accounts,
    )
)


def told() -> tuple[Told, ...]:
    """Every part, in the order a reader wants: who you are, then what you did."""
    return tuple(part for subject in reversed(SUBJECTS) for part in subject.told)


def holds() -> tuple[Hold, ...]:
    """Everything that holds a deletion up."""
    return tuple(hold for subject in SUBJECTS for hold in subject.holds)
