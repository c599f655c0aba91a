"""The simulated people act on what the page showed, not on what came after it."""

from random import Random

import pytest
from sqlalchemy import select

from market.db import transaction
from market.overviews.play.flows import step
from market.payments.commands import raise_charges
from market.payments.models import Charge
from market.payments.rules import ChargeState
from tests.factories.matching import NOW
from tests.factories.payments import add_order, make_paying


def never(_round_id, _now):
    raise AssertionError("nothing is matched in this state")


@pytest.mark.parametrize(
    ("seen", "left"), [("confirming", ChargeState.DUE), ("paying", ChargeState.PAID)]
)
def test_a_step_for_a_state_that_has_passed_pays_for_nobody(committed, seen, left):
    with transaction() as session:
        paying = make_paying(session)
        add_order(session, paying, 10, confirmed=10).idempotency_key = "play-1-1"

        raise_charges(session, paying.round.id, now=NOW)
        round_id = paying.round.id

    step(round_id, seen, Random(1), match=never, now=NOW)

    with transaction() as session:
        assert session.scalar(select(Charge.state)) is left
