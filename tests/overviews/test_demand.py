"""The demand board: sums that are right, and never about fewer than five people."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update

from market.accounts.models import Grant
from market.matching.models import Assignment
from market.orders.models import Cart, CartLine, Order, OrderLine
from market.orders.rules import MakerChoice
from market.overviews.demand.commands import sum_demand
from market.overviews.demand.queries import Asked, demand_board, province_of
from market.overviews.demand.rules import months_to_sum, recent_months
from market.rounds.models import Round
from market.rounds.rules import RoundState
from market.rounds.signals.commands import note_search
from market.rounds.signals.models import DemandMonth, SearchNote
from market.rounds.signals.reminding import remind_user
from market.rounds.signals.rules import Reason, Target, Wish
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import NOW, PROVINCE, make_product
from tests.factories.payments import add_order, make_paying
from tests.factories.shop import statements

HOUR = timedelta(hours=1)
MONTH = date(2026, 11, 1)


def settled(session, *orders):
    """A settled round; for each order its units and how many of them are made."""
    paying = make_paying(session)
    for units, made in orders:
        add_order(session, paying, units, confirmed=made)
    session.execute(update(Assignment).values(live_units=Assignment.confirmed_units))
    session.execute(
        update(Round).where(Round.id == paying.round.id).values(state=RoundState.PRODUCING)
    )
    return paying


def board(session, **asked):
    """The board of this November."""
    sum_demand(session, NOW, every=timedelta(0))
    return demand_board(session, Asked(month=MONTH, **asked))


def waits(session, people, target, **more):
    """So many people wait for it."""
    for _ in range(people):
        remind_user(session, make_user(session).id, Wish(target=target, **more), now=NOW - HOUR)


def test_what_was_not_made_is_missing_and_worth_something(session):
    paying = settled(session, (10, 10), (10, 4), (5, 0), (5, 5), (5, 5))

    (row,) = board(session).goods

    assert (row.asked_units, row.served_units, row.missing_units, row.buyers) == (35, 24, 11, 5)
    assert row.missing_satang == 11 * paying.product.reference_satang
    assert not row.few
    assert board(session, province=PROVINCE).goods == board(session).goods
    assert board(session, province="10").goods == ()
    assert board(session, category="other").goods == ()


def test_nothing_is_missing_before_the_round_is_settled_or_when_the_buyer_let_go(session):
    paying = settled(session, *[(10, 0)] * 5)
    lines = select(OrderLine.id).order_by(OrderLine.id)
    unpaid = session.scalars(lines).first()
    session.execute(
        update(OrderLine).where(OrderLine.id == unpaid)
        .values(released_at=NOW, released_reason="unpaid")
    )  # fmt: skip
    assert board(session).goods[0].missing_units == 40

    session.execute(update(Round).values(state=RoundState.CONFIRMING))
    assert board(session).goods[0].missing_units is None

    session.execute(update(Round).values(private=True))
    assert board(session).goods == ()
    session.execute(update(Round).values(private=False))
    session.execute(update(Order).values(state="cancelled", cancelled_at=NOW))
    assert board(session).goods == ()
    assert paying.product.code


@pytest.mark.parametrize(("people", "told"), [(4, None), (5, 5)])
def test_fewer_than_five_people_are_never_counted_aloud(session, people, told):
    settled(session, *[(10, 0)] * people)

    (row,) = board(session).goods

    assert (row.buyers, row.few) == (told, told is None)
    assert (row.asked_units, row.missing_units) == ((50, 50) if told else (0, None))
    assert bool(row.missing_satang) == bool(told)


def test_who_waits_who_has_it_in_the_basket_and_who_found_it_full_is_counted(session):
    paying = settled(session, (1, 1))
    target = Target(product_id=paying.product.id)
    waits(session, 5, target)
    waits(session, 6, target, reason=Reason.FULL, units=2)
    waits(session, 5, Target(group_id=paying.group.id))
    waits(session, 4, Target(category="test"))
    for number in range(7):
        cart = Cart(token_hash=str(number), updated_at=NOW - HOUR)
        session.add(cart)
        session.flush()
        session.add(
            CartLine(
                cart_id=cart.id, round_id=paying.round.id, product_id=paying.product.id, units=3,
                maker=MakerChoice.ANY,
            )
        )  # fmt: skip
    session.flush()

    seen = board(session)

    (row,) = seen.goods
    assert (row.waiting, row.baskets, row.missing_units) == (11, 7, 12)
    assert [(one.name_th, one.people) for one in seen.waited] == [(paying.group.name_th, 5)]


def test_searches_are_shown_from_five_on_and_rare_ones_are_forgotten(session):
    for words, times, found in (("ปลาร้า", 6, True), ("น้ำผึ้ง", 5, False), ("ชื่อคน", 4, False)):
        for _ in range(times):
            note_search(session, words, found, "98", NOW)

    seen = board(session)

    assert [(word.term, word.times) for word in seen.searched] == [("ปลาร้า", 6)]
    assert [(word.term, word.times) for word in seen.missed] == [("น้ำผึ้ง", 5)]
    sum_demand(session, NOW + timedelta(days=70), every=timedelta(0))
    assert session.scalars(select(SearchNote)).all() == []
    assert set(session.scalars(select(DemandMonth.term))) == {"ปลารา", "นำผึง"}


def test_summing_again_is_the_same_and_not_done_too_often(session):
    settled(session, *[(2, 1)] * 5)
    assert sum_demand(session, NOW, every=HOUR)
    first = session.execute(text("SELECT kind, people, asked_units FROM demand_month")).all()

    assert not sum_demand(session, NOW + HOUR / 2, every=HOUR)
    assert sum_demand(session, NOW + HOUR, every=HOUR)

    assert (
        session.execute(text("SELECT kind, people, asked_units FROM demand_month")).all() == first
    )


def test_a_group_sees_its_province_first_and_what_it_could_make(session, app):
    paying = settled(session, *[(10, 4)] * 5)
    other = make_product(session)
    waits(session, 5, Target(product_id=other.id), province=PROVINCE)
    user = make_user(session)
    make_grant(session, user, "group_leader", group=paying.group.id)
    assert session.scalars(select(Grant.group_id)).all()

    seen = board(session, group_ids=(paying.group.id,))
    assert [(row.code, row.mine, row.akin) for row in seen.chances] == [
        (paying.product.code, True, True),
        (other.code, False, True),
    ]
    assert province_of(session, [paying.group.id], []) == PROVINCE
    assert province_of(session, [], ["", "320502"]) == "32"
    assert province_of(session, [], [""]) == ""


@pytest.mark.parametrize(
    "query",
    ["", "?province=98", "?province=all", "?province=๙๘&month=x&category=%00", "?month=2026-11-01"],
)
def test_the_page_stands_whatever_is_asked(session, app, query):
    settled(session, *[(10, 4)] * 5)
    sum_demand(session, NOW, every=timedelta(0))
    user = make_user(session)
    make_grant(session, user, "marketing", area="")

    answer = browser_of(app, user).get(f"/demand{query}")

    assert answer.status_code == 200
    assert "สัญญาณความต้องการ" in answer.get_data(as_text=True)


def test_the_board_takes_as_many_statements_however_much_is_wanted(session):
    counts = []
    for goods in (1, 12):
        for _ in range(goods):
            settled(session, *[(3, 1)] * 5)
        sum_demand(session, NOW, every=timedelta(0))
        with statements() as sent:
            demand_board(session, Asked(month=MONTH))
        counts.append(len(sent))

    assert counts[0] == counts[1] <= 5


def test_months_are_thai_months():
    before, this = months_to_sum(NOW)
    assert (before.first, this.first) == (date(2026, 10, 1), MONTH)
    assert this.starts_at.isoformat() == "2026-10-31T17:00:00+00:00"
    assert recent_months(NOW)[:2] == (MONTH, date(2026, 10, 1))
    assert recent_months(NOW)[-1] == date(2025, 12, 1)


def test_one_browser_counts_once_a_day_however_often_it_asks(session, app):
    phones = [{"User-Agent": f"Mozilla/5.0 (Linux; Android {model})"} for model in (13, 14)]
    for headers in phones * 3:
        assert app.test_client().get("/goods?q=ปลาร้า", headers=headers).status_code == 200
    app.test_client().get("/goods?q=น้ำผึ้ง", headers=phones[0])
    app.test_client().get("/goods?q=น้ำผึ้ง", headers={"User-Agent": "Googlebot/2.1"})

    notes = session.execute(select(SearchNote.shown, SearchNote.times).order_by(SearchNote.shown))

    assert [tuple(note) for note in notes] == [("น้ำผึ้ง", 1), ("ปลาร้า", 2)]
