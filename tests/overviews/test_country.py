"""The country's figures: sums that are right, frozen, and never of fewer than five people."""

from datetime import timedelta

from sqlalchemy import select, update

from market.matching.models import Assignment, Batch
from market.matching.rules import BatchState
from market.mentoring.models import FigureRun, RoundFigure
from market.overviews.country.commands import due_rounds, sum_round
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import NOW, PROVINCE, TAMBON
from tests.factories.payments import add_order, make_paying

LATER = NOW + timedelta(days=20)


def sold(session, *units):
    """A round that is over: each order brought what it asked for."""
    paying = make_paying(session)
    for each in units:
        add_order(session, paying, each)
    session.execute(update(Assignment).values(live_units=Assignment.confirmed_units))
    session.execute(
        update(Batch).values(
            state=BatchState.PAID_OUT, to_make_units=sum(units), made_units=sum(units),
            handed_over_at=NOW + timedelta(days=9),
        )
    )  # fmt: skip
    session.execute(
        update(Round).where(Round.id == paying.round.id).values(state=RoundState.COMPLETED)
    )
    return paying


def figures(session):
    return {
        (row.area_code, row.group_id): row for row in session.scalars(select(RoundFigure)).all()
    }


def test_a_round_is_summed_for_the_country_its_places_and_its_groups(session):
    paying = sold(session, 10, 20, 10, 5, 5)

    assert due_rounds(session, LATER) == [paying.round.id]
    assert sum_round(session, paying.round.id, now=LATER)

    rows = figures(session)
    assert set(rows) == {("", None), (PROVINCE, None), (TAMBON, None), (TAMBON, paying.group.id)}
    for row in rows.values():
        assert (row.groups, row.buyers, row.came_again, row.hidden) == (1, 5, 0, False)
        assert row.goods_satang == 50 * 7000
        assert row.surplus_satang == row.makers_satang - 50 * 4500
        assert (row.batches, row.on_time) == (1, 1)
    assert not sum_round(session, paying.round.id, now=LATER)
    assert due_rounds(session, LATER) == []
    assert session.scalars(select(FigureRun.final)).one()
