"""A round copied in one action."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select, text

from market.db import transaction
from market.errors import NotFound, Refused
from market.rounds.models import Round, RoundGroup, RoundOffer
from market.rounds.planning.cloning import clone_round, proposed_day
from market.rounds.planning.models import RoundPoint
from market.rounds.rules import RoundState
from market.thai import show_date
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.places import make_point
from tests.factories.rounds import NOON, join, make_round, offer_in_round
from tests.factories.shop import statements
from tests.factories.wide import widen


def clone(session, source, key="k", days=7, **changes):
    day = session.get_one(Round, source).delivery_on[0] + timedelta(days=days)
    values = {"delivery_on": day, "key": key, "actor": "user:1", "now": NOON}
    return clone_round(session, source, **values | changes)


def test_everything_is_copied_and_the_days_move_together(session):
    source = make_round(session)
    first = offer_in_round(session, source, make_group(session), make_product(session))
    point = make_point(session)
    session.add(RoundPoint(round_id=source, point_id=point))
    old = session.get_one(Round, source)
    old.name_th = f"รอบ {show_date(old.closes_at)}"
    old.fee_percent, old.publish_minutes, old.pay_policy = 50, 90, "upfront"
    old.pay_methods, old.parts = ["card", "promptpay"], {"": {"transport": 900}}
    offer = session.get_one(RoundOffer, first)
    offer.price_satang, offer.capacity_units, offer.reserved_units = 7900, 60, 30
    session.flush()

    copied = clone(session, source)

    new = session.get_one(Round, copied.round_id)
    assert (copied.offers, copied.left_out) == (1, 0)
    assert (new.state, new.copied_from_id) == (RoundState.DRAFT, source)
    assert new.name_th == f"รอบ {show_date(old.closes_at + timedelta(days=7))}"
    assert new.opens_at - old.opens_at == new.pay_by - old.pay_by == timedelta(days=7)
    assert [b - a for a, b in zip(old.delivery_on, new.delivery_on, strict=True)] == [
        timedelta(days=7)
    ] * 3
    for name in ("fee_percent", "publish_minutes", "pay_policy", "pay_methods", "parts", "payee"):
        assert getattr(new, name) == getattr(old, name), name
    line = session.scalars(select(RoundOffer).where(RoundOffer.round_id == new.id)).one()
    assert (line.price_satang, line.capacity_units, line.reserved_units) == (7900, 60, 0)
    assert line.group_satang is None, "parts are frozen when it opens"
    assert session.scalars(select(RoundPoint.point_id).where(RoundPoint.round_id == new.id)).all()
    assert session.scalar(select(func.count()).where(RoundGroup.round_id == new.id)) == 1


def test_the_same_statements_for_three_products_and_for_three_thousand(session):
    source = make_round(session)
    offer = make_offer(session, make_group(session), make_product(session))
    join(session, source, offer)
    widen(session, source, offer, range(1, 3))
    with statements() as small:
        clone(session, source, "small")
    widen(session, source, offer, range(3, 3000))

    with statements() as large:
        clone(session, source, "large")

    assert len(large) == len(small)
    assert len(large) <= 16
    counts = (
        select(func.count()).select_from(RoundOffer).join(Round, Round.id == RoundOffer.round_id)
    )
    assert session.scalar(counts.where(Round.copy_key == "large")) == 3000


def test_what_does_not_fit_any_more_is_left_out(session):
    source = make_round(session)
    offer_in_round(session, source, make_group(session), make_product(session))
    gone = make_offer(session, make_group(session), make_product(session))
    join(session, source, gone)
    session.execute(text("UPDATE offer SET active = false WHERE id = :id"), {"id": gone})

    copied = clone(session, source)

    assert (copied.offers, copied.left_out) == (1, 1)


def test_a_copy_into_the_past_or_of_an_agreed_round_is_refused(session):
    source = make_round(session)
    offer_in_round(session, source, make_group(session), make_product(session))
    before = session.scalar(select(func.count(Round.id)))

    with pytest.raises(Refused) as refusal:
        clone(session, source, days=-21)
    assert refusal.value.code == "cut_off_has_passed"
    session.get_one(Round, source).private = True
    with pytest.raises(NotFound):
        clone(session, source)
    assert session.scalar(select(func.count(Round.id))) == before


def test_the_proposed_day_is_the_next_round_that_has_still_to_open(session):
    source = make_round(session)
    day = session.get_one(Round, source).delivery_on[0]

    assert proposed_day(session, source, NOON) == day + timedelta(days=7)
    assert proposed_day(session, source, NOON + timedelta(days=30)) == day + timedelta(days=35)


def test_a_double_tap_copies_once(committed):
    with transaction() as session:
        source = make_round(session)
        offer_in_round(session, source, make_group(session), make_product(session))
    found, start = [], Barrier(2)

    def tap() -> None:
        with committed.app_context():
            start.wait()
            with transaction() as session:
                found.append(clone(session, source, "tapped").round_id)

    threads = [Thread(target=tap) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 2
    assert found[0] == found[1]
    with transaction() as session:
        assert session.scalar(select(func.count()).where(Round.copied_from_id == source)) == 1
