"""A round whose money and boxes are on their way."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from market.fulfilment.commands import arrive_at_point
from tests.factories.fulfilment import ACTOR, make_handed_over, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import add_batch, add_line, add_order, make_paying


@pytest.fixture
def paying(session: Session):
    """A round with three orders of two groups on the way, one more cancelled, all paid."""
    paying = make_paying(session)
    add_order(session, paying, 20)
    add_order(session, paying, 10, cash=True)
    add_order(session, paying, 10, parcel=True, confirmed=0)
    other = add_batch(session, paying)
    add_line(session, paying, paying.orders[0], other, 5)
    gone = add_order(session, paying, 10, confirmed=0)
    gone.state, gone.cancelled_at = "cancelled", NOW
    session.flush()
    make_producing(session, paying)
    make_handed_over(session, paying.batch)
    arrive_at_point(session, paying.point.id, actor=ACTOR, now=NOW)
    session.flush()
    return paying
