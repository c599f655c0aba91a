"""Planning, joining, opening and closing rounds."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from market.accounts.models import AuditEvent
from market.errors import Conflict, Refused
from market.rounds.commands import (
    NewRound,
    Terms,
    cancel_round,
    close_early,
    close_round,
    create_round,
    join_offers,
    open_round,
    rejoin_offer,
    set_terms,
    withdraw_offer,
)
from market.rounds.models import Round, RoundOffer
from market.rounds.queries import (
    absent_offers,
    group_offers,
    rounds_due_to_close,
    rounds_due_to_open,
)
from market.rounds.rules import Cycle, RoundState
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.rounds import NOON, make_round, offer_in_round, times


def plan(session, **changes):
    new = NewRound(name_th="รอบ", name_en="Round", cycle=Cycle.WEEKLY, times=times(**changes))
    return create_round(session, new, actor="user:1", now=NOON)


def test_fitting_offers_join_and_the_others_stay_out(session):
    ready, local = make_group(session), make_group(session, readiness=1)
    rice, soap = make_product(session), make_product(session, required=("FDA",))
    cloth = make_product(session, cycle="monthly")
    fits = make_offer(session, ready, rice)
    local_fits = make_offer(session, local, soap, own_use=False)  # its own place: no papers needed
    make_offer(session, ready, soap)  # lacks its paper
    make_offer(session, ready, cloth, cycle="monthly")
    make_offer(session, local, rice, lead_days=60)  # misses every delivery date

    round_id = plan(session)
    joined = join_offers(session, round_id, now=NOON)

    mine = select(RoundOffer.offer_id).where(RoundOffer.round_id == round_id)
    assert set(session.scalars(mine)) == {fits, local_fits}
    assert joined == 2
    assert join_offers(session, round_id, now=NOON) == 0, "joining twice joins once"


def test_last_rounds_numbers_are_offered_again(session):
    group, rice = make_group(session), make_product(session)
    make_offer(session, group, rice, capacity=100)
    first = plan(session)
    join_offers(session, first, now=NOON)
    (offer,) = group_offers(session, first, group)
    terms = Terms(capacity_units=60, price_satang=7500)
    set_terms(session, offer.id, terms, actor="user:1", now=NOON)

    second = plan(session)
    join_offers(session, second, now=NOON)

    (again,) = group_offers(session, second, group)
    assert (again.capacity_units, again.price_satang) == (60, 7500)
    assert again.last_capacity_units == 60


@pytest.mark.parametrize("capacity", [15, 10, 0])
def test_a_capacity_that_is_not_whole_lots_or_below_the_batch_is_refused(session, capacity):
    round_id = make_round(session, state=RoundState.DRAFT)
    offer_id = offer_in_round(session, round_id, make_group(session), make_product(session))

    with pytest.raises(Refused) as refusal:
        set_terms(session, offer_id, Terms(capacity_units=capacity, price_satang=7000),
                  actor="user:1", now=NOON)  # fmt: skip

    assert refusal.value.data == {"lot": 10, "minimum": 20}
    assert session.get_one(RoundOffer, offer_id).capacity_units == 100


def test_terms_are_frozen_when_the_round_opens(session):
    round_id = make_round(session)
    offer_id = offer_in_round(session, round_id, make_group(session), make_product(session))
    with pytest.raises(Conflict):
        set_terms(session, offer_id, Terms(capacity_units=50, price_satang=9900),
                  actor="user:1", now=NOON)  # fmt: skip
    assert session.get_one(RoundOffer, offer_id).price_satang == 7000


def test_a_price_outside_the_band_sells_by_name_only(session):
    round_id = make_round(session, state=RoundState.DRAFT)
    offer_id = offer_in_round(session, round_id, make_group(session), make_product(session))
    terms = Terms(capacity_units=100, price_satang=9900)
    set_terms(session, offer_id, terms, actor="user:1", now=NOON)
    assert not session.get_one(RoundOffer, offer_id).in_band


def test_a_round_without_offers_or_with_too_long_a_lead_is_not_opened(session):
    round_id = make_round(session, state=RoundState.DRAFT)
    with pytest.raises(Refused) as empty:
        open_round(session, round_id, actor="user:1", now=NOON)
    offer_in_round(session, round_id, make_group(session), make_product(session), lead_days=60)
    with pytest.raises(Refused) as late:
        open_round(session, round_id, actor="user:1", now=NOON)

    assert empty.value.code == "round_has_no_offers"
    assert late.value.data["fault"] == "longest_lead_misses_delivery"
    assert session.get_one(Round, round_id).state is RoundState.DRAFT


def test_opening_and_closing_leave_a_trail_and_happen_once(session):
    round_id = make_round(session, state=RoundState.DRAFT)
    offer_in_round(session, round_id, make_group(session), make_product(session))
    closes_at = session.get_one(Round, round_id).closes_at
    open_round(session, round_id, actor="system", now=NOON)
    open_round(session, round_id, actor="system", now=NOON)
    assert close_round(session, round_id, actor="system", now=closes_at)
    assert not close_round(session, round_id, actor="system", now=closes_at)

    trail = session.execute(
        select(AuditEvent.from_state, AuditEvent.to_state)
        .where(AuditEvent.subject == f"round:{round_id}")
        .order_by(AuditEvent.id)
    )
    assert [tuple(row) for row in trail] == [("draft", "open"), ("open", "closed")]


def test_a_round_is_not_closed_before_its_cut_off_unless_with_a_reason(session):
    round_id = make_round(session)
    with pytest.raises(Refused):
        close_round(session, round_id, actor="system", now=NOON)
    assert session.get_one(Round, round_id).state is RoundState.OPEN

    close_early(session, round_id, actor="user:1", reason="น้ำท่วม", now=NOON)
    assert session.get_one(Round, round_id).closes_at == NOON


def test_the_sweep_finds_what_is_due_however_late(session):
    draft = make_round(session, state=RoundState.DRAFT)
    missed = make_round(session, now=NOON - timedelta(days=90))
    assert draft in rounds_due_to_open(session, NOON)
    assert missed in rounds_due_to_close(session, NOON)
    assert draft not in rounds_due_to_close(session, NOON)


def test_a_round_in_production_cannot_be_cancelled(session):
    round_id = make_round(session, state=RoundState.PRODUCING)
    with pytest.raises(Conflict):
        cancel_round(session, round_id, actor="user:1", reason="ฝนตก", now=NOON)
    assert session.get_one(Round, round_id).state is RoundState.PRODUCING


def test_a_group_stays_out_of_a_round_and_takes_part_after_all(session):
    group = make_group(session)
    offer_id = make_offer(session, group, make_product(session))
    round_id = plan(session)
    join_offers(session, round_id, now=NOON)
    (joined,) = group_offers(session, round_id, group)

    withdraw_offer(session, joined.id, actor="user:1", now=NOON)
    assert group_offers(session, round_id, group) == ()
    assert [absent.offer_id for absent in absent_offers(session, round_id, group)] == [offer_id]

    rejoin_offer(session, round_id, offer_id, actor="user:1", now=NOON)
    assert len(group_offers(session, round_id, group)) == 1
    assert absent_offers(session, round_id, group) == ()


def test_what_does_not_fit_cannot_take_part(session):
    group = make_group(session)
    offer_id = make_offer(session, group, make_product(session), lead_days=60)
    round_id = plan(session)
    with pytest.raises(Refused) as refusal:
        rejoin_offer(session, round_id, offer_id, actor="user:1", now=NOON)
    assert refusal.value.code == "offer_does_not_fit"
    assert group_offers(session, round_id, group) == ()
