"""All lines of a planned round on one page: cell by cell, in bulk, from a spreadsheet."""

from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from market.accounts.models import AuditEvent
from market.db import transaction
from market.errors import Conflict, Refused
from market.rounds.editor.commands import change_all, save_lines
from market.rounds.editor.forms import pasted, typed_bulk, typed_lines, typed_narrowing
from market.rounds.editor.parts import line_money
from market.rounds.editor.queries import Narrowing, get_line, read_lines
from market.rounds.editor.rules import CELLS, Bulk, Change, Line, decide, fault_of, raised
from market.rounds.models import Round, RoundOffer
from market.rounds.parts import PARTS, PartView
from market.rounds.rules import RoundState
from tests.factories.catalogue import make_group, make_product
from tests.factories.rounds import NOON, make_round, offer_in_round
from tests.factories.shop import statements

WHO = {"actor": "user:1", "now": NOON}
STANDS = {"capacity_units": 100, "min_batch_units": 20, "lot_units": 10, "price_satang": 7000}


@pytest.fixture
def lines(session):
    """A draft and the ids of three lines of one group."""
    round_id = make_round(session, state=RoundState.DRAFT)
    group = make_group(session)
    made = [offer_in_round(session, round_id, group, make_product(session)) for _ in range(3)]
    return round_id, made


def change(offer_id, seen=STANDS, **wanted):
    return Change(offer_id=offer_id, seen=Line(version=1, cells=seen), wanted=wanted)


def cells(session, offer_id):
    row = session.get_one(RoundOffer, offer_id, populate_existing=True)
    return {cell: getattr(row, cell) for cell in CELLS}


def test_only_changed_cells_are_written(session, lines):
    round_id, (first, second, third) = lines
    changes = [change(first, price_satang=9000), change(second, capacity_units=60)]
    with statements() as sent:
        saved = save_lines(session, round_id, changes, **WHO)

    assert (saved.lines, saved.refused) == (2, {})
    assert len(sent) == 4, "lock, read, write, trail"
    assert cells(session, first) == STANDS | {"price_satang": 9000}
    assert cells(session, second) == STANDS | {"capacity_units": 60}
    assert cells(session, third) == STANDS
    written = session.get_one(RoundOffer, first)
    assert (written.version, written.in_band) == (2, False)
    assert session.get_one(RoundOffer, second).max_per_order == 60


def test_the_later_of_two_editors_is_told_which_cell_differs(session, lines):
    round_id, (first, second, _third) = lines
    save_lines(session, round_id, [change(first, price_satang=9000)], **WHO)

    later = [change(first, price_satang=8000), change(second, price_satang=8000)]
    saved = save_lines(session, round_id, later, **WHO)

    assert saved.lines == 1, "what nobody else touched is saved"
    assert saved.refused[first].differing == {"price_satang": 9000}
    assert cells(session, first)["price_satang"] == 9000


def test_two_editors_of_different_cells_both_get_theirs(session, lines):
    round_id, (first, *_rest) = lines
    save_lines(session, round_id, [change(first, price_satang=9000)], **WHO)
    save_lines(session, round_id, [change(first, capacity_units=60)], **WHO)

    assert cells(session, first) == STANDS | {"price_satang": 9000, "capacity_units": 60}


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"capacity_units": 55}, "line_not_whole_lots"),
        ({"capacity_units": 10}, "line_minimum_above_capacity"),
        ({"min_batch_units": 5}, "line_minimum_below_lot"),
        ({"lot_units": 0}, "line_units"),
        ({"price_satang": 0}, "line_price"),
    ],
)
def test_numbers_that_cannot_stand_are_told_by_line(session, lines, wanted, fault):
    round_id, (first, second, _third) = lines
    changes = [change(first, **wanted), change(second, price_satang=7100)]

    saved = save_lines(session, round_id, changes, **WHO)

    assert saved.refused[first].fault == fault
    assert cells(session, first) == STANDS
    assert cells(session, second)["price_satang"] == 7100


def test_an_open_round_and_a_line_that_left_are_not_written(session, lines):
    round_id, (first, second, _third) = lines
    elsewhere = make_round(session, state=RoundState.DRAFT)
    saved = save_lines(session, elsewhere, [change(first, price_satang=1)], **WHO)
    assert saved.refused[first].fault == "line_gone"

    session.get_one(Round, round_id).state = RoundState.OPEN
    with pytest.raises(Conflict):
        save_lines(session, round_id, [change(second, price_satang=7100)], **WHO)
    assert cells(session, second) == STANDS


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(*[st.integers(-5, 40)] * 3), st.integers(-5, 200))
def test_what_the_rules_let_through_the_database_takes(units, price):
    wanted = dict(zip(CELLS, (*units, price), strict=True))
    capacity, minimum, lot = units
    takes = 0 < lot <= minimum <= capacity and capacity % lot == 0 and price > 0

    outcome = decide(change(1, **wanted), Line(version=9, cells=STANDS))

    assert (outcome.fault is None) == takes == (fault_of(wanted) is None)


def test_bulk_changes_all_that_the_narrowing_leaves(session, lines):
    round_id, (first, second, third) = lines
    soap = make_product(session, category="soap")
    other = offer_in_round(session, round_id, make_group(session), soap)
    by = Narrowing(category="rice")
    save_lines(session, round_id, [change(second, price_satang=6550)], **WHO)

    done = change_all(session, round_id, by, Bulk.PRICE_PERCENT, 5, **WHO)

    assert (done.changed, done.left) == (3, 0)
    prices = [cells(session, key)["price_satang"] for key in (first, second, third, other)]
    assert prices == [raised(7000, 5), raised(6550, 5), 7400, 7000]
    assert prices[1] == 6900

    done = change_all(session, round_id, by, Bulk.MINIMUM, 150, **WHO)
    assert (done.changed, done.left) == (0, 3), "no minimum above the capacity"
    change_all(session, round_id, by, Bulk.CAPACITY_PERCENT, -45, **WHO)
    assert cells(session, first)["capacity_units"] == 50
    change_all(session, round_id, by, Bulk.TAKE_OUT, 0, **WHO)
    left = session.scalars(select(RoundOffer.id).where(RoundOffer.round_id == round_id)).all()
    assert left == [other]
    trail = select(AuditEvent.event).where(AuditEvent.event == "lines.changed")
    assert len(session.scalars(trail).all()) == 4


def test_bulk_by_too_much_is_refused(session, lines):
    with pytest.raises(Refused):
        change_all(session, lines[0], Narrowing(), Bulk.PRICE_PERCENT, 101, **WHO)


def test_lines_are_found_by_words_kind_and_group(session, lines):
    round_id, (first, *_rest) = lines
    row = get_line(session, round_id, first)
    group = session.get_one(RoundOffer, first).group_id

    def found(**by):
        return {line.id for line in read_lines(session, round_id, Narrowing(**by), 1).rows}

    assert found() == set(lines[1])
    assert found(words=row.product_code.lower()) == {first}
    assert found(words=row.group_th) == found(group_id=group) == set(lines[1])
    assert found(category="soap") == found(words="%") == set()


def test_what_is_typed_is_read_with_thai_digits_and_mistakes_by_line():
    form = MultiDict(
        {"w-1": "1:100:20:10:7000", "p-1": "๗๕.๕๐", "c-1": "100", "m-1": "20", "l-1": "10",
         "w-2": "1:100:20:10:7000", "c-2": "=1+1", "w-3": "1:100:20:10:7000", "c-3": "100",
         "w-x": "1:1:1:1:1"}
    )  # fmt: skip
    typed = typed_lines(form)

    assert [(c.offer_id, c.wanted) for c in typed.changes] == [(1, {"price_satang": 7550})]
    assert typed.unreadable == {2: "capacity_units"}
    with pytest.raises(Refused):
        typed_lines(MultiDict({"w-1": "1:2"}))


def test_a_column_is_laid_on_the_lines_of_the_page(session, lines):
    round_id, _made = lines
    rows = read_lines(session, round_id, Narrowing(), 1).rows

    typed = pasted(rows, "price_satang", "80\tignored\r\n\r\nx\n")

    assert [(c.offer_id, c.wanted) for c in typed.changes] == [(rows[0].id, {"price_satang": 8000})]
    assert typed.unreadable == {rows[2].id: "price_satang"}
    with pytest.raises(Refused) as refusal:
        pasted(rows, "price_satang", "1\n2\n3\n4")
    assert refusal.value.data == {"lines": 3, "cells": 4}


@pytest.mark.parametrize(("typed", "number"), [("๕", 5), ("-10", -10), ("+7 %", 7)])
def test_bulk_numbers_are_read(typed, number):
    assert typed_bulk(MultiDict({"act": "price_percent", "number": typed})) == (
        Bulk.PRICE_PERCENT, number,
    )  # fmt: skip
    assert typed_narrowing({"page": "x", "group": "²"}) == (Narrowing(), 1)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 500_000), st.lists(st.integers(0, 1000), min_size=5, max_size=5))
def test_the_parts_of_a_line_add_up_to_its_price(price, points):
    rules = [
        PartView(category="", part=part, basis_points=n)
        for part, n in zip(PARTS[1:], points, strict=True)
    ]
    row = Row(category_key="rice", unit_cost_satang=4700, middleman_satang=5700)

    money = line_money(row, price, rules)  # type: ignore[arg-type]

    assert sum(part.satang for part in money.parts) == price


class Row:
    """As much of a line as the money needs."""

    def __init__(self, **values):
        self.__dict__.update(values)


def test_two_editors_at_once_lose_nothing(committed):
    with transaction() as session:
        round_id = make_round(session, state=RoundState.DRAFT)
        offer = offer_in_round(session, round_id, make_group(session), make_product(session))
    start, told = Barrier(2), []

    def edit(price: int) -> None:
        with committed.app_context():
            start.wait()
            with transaction() as session:
                saved = save_lines(session, round_id, [change(offer, price_satang=price)], **WHO)
                told.append((price, saved.lines))

    threads = [Thread(target=edit, args=(price,)) for price in (8000, 9000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with transaction() as session:
        price = session.get_one(RoundOffer, offer).price_satang
    assert sorted(lines for _price, lines in told) == [0, 1]
    assert (price, 1) in told, "the one who was told it is saved has saved it"
