"""The country's figures: sums that are right, frozen, and never of fewer than five people."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from market.accounts.rules import Role
from market.matching.models import Assignment, Batch
from market.matching.rules import BatchState
from market.mentoring import commands
from market.mentoring.contacts import NewContact
from market.mentoring.models import FigureRun, RoundFigure
from market.overviews.country.commands import due_rounds, sum_round
from market.overviews.country.reading import Asked, read_overview
from market.overviews.country.rules import Key, Measure, Period, Sibling, hide_few
from market.rounds.models import GroupDeficit, Round
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group as make_group_of
from tests.factories.matching import NOW, PROVINCE, TAMBON
from tests.factories.payments import add_order, make_paying
from tests.factories.shop import statements

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


def asked(area):
    """The year before, in this area."""
    return Asked(area=area, period=Period.YEAR, now=LATER)


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


def test_fewer_than_five_buyers_show_no_money_anywhere(session):
    paying = sold(session, 10, 20, 10, 5)
    sum_round(session, paying.round.id, now=LATER)

    for area in ("", PROVINCE, TAMBON):
        overview = read_overview(session, asked(area))
        told = {one.key: one.measure for one in overview.indicators}
        assert told[Key.SURPLUS].part is None
        assert told[Key.MAKERS].part is None
        assert told[Key.AGAIN].part is None
        assert told[Key.ON_TIME] == Measure(1, 1)
    (child,) = [row for row in overview.below(Key.SURPLUS) if row.child.group_id]
    assert child.measure.part is None


@pytest.mark.parametrize(
    ("below", "shown"),
    [
        ([(2, 9), (2, 9), (9, 9), (30, 9)], [30]),  # 2 + 2 would be the difference
        ([(3, 9), (2, 9), (9, 9)], [9]),
        ([(9, 2), (9, 2), (12, 9), (20, 9)], [20]),  # four households
        ([(9, 2), (9, 3), (12, 9)], [12]),
        ([(9, 9), (12, 9)], [9, 12]),
        ([(0, 2), (3, 9)], []),
    ],
)
def test_the_difference_of_what_is_shown_is_never_of_fewer_than_five(below, shown):
    rows = [
        Sibling(id=number, parent=0, buyers=buyers, households=households)
        for number, (buyers, households) in enumerate(below, start=1)
    ]
    whole = Sibling(id=0, parent=None, buyers=99, households=99)

    hidden = hide_few([[whole], rows])

    assert 0 not in hidden
    assert [row.buyers for row in rows if row.id not in hidden] == shown


def test_a_page_adds_up_its_rounds_in_a_constant_number_of_statements(session):
    first = sold(session, 10, 10, 10, 10, 10)
    session.add(
        GroupDeficit(group_id=first.group.id, round_id=first.round.id, even_satang=100,
                     due_satang=100, got_satang=80, carried_satang=20)
    )  # fmt: skip
    sum_round(session, first.round.id, now=LATER)
    with statements() as few:
        overview = read_overview(session, asked(PROVINCE))
    told = {one.key: one for one in overview.indicators}
    assert told[Key.FAIRNESS].measure == Measure(80, 100)
    assert told[Key.SURPLUS].measure.part == sum(row.surplus_satang or 0 for row in overview.rounds)
    assert told[Key.COVERAGE].measure == Measure(1, 1)

    for other in (sold(session, 5, 5, 5, 5, 5), sold(session, 5, 5, 5, 5, 5)):
        sum_round(session, other.round.id, now=LATER)
    make_group_of(session, tambon_code="110101")
    with statements() as many:
        overview = read_overview(session, asked(PROVINCE))

    assert len(many) == len(few) == 4
    assert len(overview.rounds) == 3
    assert {one.key: one for one in overview.indicators}[Key.AGAIN].measure == Measure(0, 15)
    with statements() as country:
        assert {row.code for row in read_overview(session, asked("")).children} == {PROVINCE, "11"}
    assert len(country) == 4


def test_rounds_that_run_are_summed_again_and_agreed_ones_never(session):
    paying = sold(session, 10)
    session.execute(update(Round).values(state=RoundState.DELIVERING))
    assert sum_round(session, paying.round.id, now=LATER)
    assert due_rounds(session, LATER + timedelta(hours=1)) == []
    session.execute(update(Batch).values(version=Batch.version + 1))
    assert due_rounds(session, LATER + timedelta(minutes=5)) == []
    assert due_rounds(session, LATER + timedelta(hours=1)) == [paying.round.id]
    session.execute(update(Round).values(private=True))
    assert due_rounds(session, LATER + timedelta(hours=1)) == []
    session.execute(update(Round).values(private=False, state=RoundState.CANCELLED))
    assert sum_round(session, paying.round.id, now=LATER)
    assert session.scalars(select(RoundFigure)).all() == []


def test_everybody_sees_their_own_area_and_a_partner_no_names(session, app):
    group = make_paying(session).group
    commands.add_contact(
        session, group.id, NewContact(name="ป้าสมใจ", phone="+66898765432"), actor="user:1", now=NOW
    )

    def seen(role, area, path):
        user = make_user(session)
        make_grant(session, user, role, area=area)
        return browser_of(app, user).get(path)

    path = f"/country/group/{group.id}"
    own = seen(Role.PROVINCE_COORDINATOR, PROVINCE, path).get_data(as_text=True)
    assert "ป้าสมใจ" in own
    assert "089-876-5432" in own
    partner = seen(Role.PARTNER, PROVINCE, path)
    assert partner.status_code == 200
    for secret in ("ป้าสมใจ", "089-876-5432", "081-234-5678"):
        assert secret not in partner.get_data(as_text=True)
    assert seen(Role.PARTNER, "11", path).status_code == 403
    assert seen(Role.PROVINCE_COORDINATOR, "11", f"/country/{PROVINCE}").status_code == 403
    make_group_of(session, tambon_code="110101")
    country = seen(Role.PROVINCE_COORDINATOR, "11", "/country").get_data(as_text=True)
    assert "/country/11?" in country
    assert f"/country/{PROVINCE}?" not in country
    led = seen(Role.TAMBON_COORDINATOR, TAMBON, "/country")
    assert led.location == f"/country/{PROVINCE}/{TAMBON}"
    assert seen(Role.TAMBON_COORDINATOR, TAMBON, led.location).status_code == 200
