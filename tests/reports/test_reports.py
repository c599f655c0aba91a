"""Every report: what its rows say, when they freeze, and that they add up with the books."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask_babel import force_locale
from sqlalchemy import text

from market.errors import NotFound, Refused
from market.policy import RULES
from market.reports.freezing import due_snapshots, freeze, freeze_again, note_changes
from market.reports.kinds import BY_KEY
from market.reports.queries import ask, count_rows, parameters, some_rows, stages_of
from market.reports.rules import Occasion, Scope, Source, occasions_of, scope_of, short_person
from market.reports.words import sheet_of, words_of
from market.rounds.rules import RoundState
from tests.factories.matching import NOW, TAMBON, make_round

EVERYTHING = Scope(areas=("",))
LATER = NOW + timedelta(days=9)


def asked_of(session, key, paying, *, scope=EVERYTHING, stage="", now=LATER):
    """What is asked of a report about this round."""
    return ask(
        session, BY_KEY[key], scope, round_id=paying.round.id, stage=stage,
        month_on=NOW.date().replace(day=1), language="th", now=now,
    )[0]  # fmt: skip


def rows_of(session, key, paying, **how):
    """The rows of a report by the names of its columns."""
    asked = asked_of(session, key, paying, **how)
    names = [column.key for column in asked.report.columns]
    found = some_rows(session, asked, start=0, most=1000)
    return [dict(zip(names, row, strict=True)) for row in found]


def total(session, key, paying, column):
    """The sum of a column of numbers."""
    return sum(row[column] or 0 for row in rows_of(session, key, paying))


def test_every_report_says_its_columns_in_their_order(session, paying):
    for key, report in BY_KEY.items():
        found = session.execute(text(report.sql), parameters(asked_of(session, key, paying)))

        assert list(found.keys()) == [column.key for column in report.columns], key
        assert report.right in RULES


def test_cancelled_orders_stand_in_the_list_of_cancelled_ones_and_nowhere_else(session, paying):
    gone = paying.orders[-1].number

    listed = {
        key: {row.get("number") for row in rows_of(session, key, paying)}
        for key, report in BY_KEY.items()
        if report.source in (Source.FROZEN, Source.ROUND)
    }

    assert listed.pop("fallen") == {gone}
    assert all(gone not in numbers for numbers in listed.values())
    assert paying.orders[0].number in listed["orders_by_buyer"]


def test_figures_are_those_of_the_rows_they_were_made_of(session, paying):
    live = session.execute(
        text("SELECT sum(live_units) AS units, sum(live_units * price_satang) AS satang"
             " FROM assignment")
    ).one()  # fmt: skip
    ordered = session.scalar(
        text("SELECT sum(l.units) FROM order_line l JOIN orders o ON o.id = l.order_id"
             " WHERE o.state = 'placed'")
    )  # fmt: skip

    for key in ("orders_by_buyer", "orders_by_product", "orders_by_point"):
        assert total(session, key, paying, "given_units") == live.units, key
        assert total(session, key, paying, "amount_satang") == live.satang, key
        assert total(session, key, paying, "wanted_units") == ordered, key
    for key in ("make_list", "packing_by_buyer", "packing_by_group", "gather"):
        assert total(session, key, paying, "given_units") == live.units
    assert total(session, "unmet", paying, "unmet_units") == ordered - live.units > 0


def test_money_reports_are_the_books(app, session, paying):
    books = dict(
        session.execute(text("SELECT kind, sum(amount_satang) FROM posting GROUP BY kind")).all()
    )
    ledger = rows_of(session, "ledger", paying)

    assert (
        total(session, "ledger", paying, "debit_satang")
        == total(session, "ledger", paying, "credit_satang")
        > 0
    )
    assert total(session, "payments", paying, "amount_satang") == books["bank"] > 0
    assert total(session, "refunds", paying, "amount_satang") == -books.get("refund", 0)
    assert sum(row["debit_satang"] - row["credit_satang"] for row in ledger
               if row["account"] == "held") == books["held"]  # fmt: skip
    # No code of the books is left as it is, and whose an account is has its name or number.
    with app.test_request_context():
        assert all(words_of("entry", row["cause"]) != row["cause"] for row in ledger)
    assert not [row["owner"] for row in ledger if ":" in row["owner"]]
    # What is booked later is in a later report: the books up to a moment do not change.
    before = asked_of(session, "ledger", paying, now=NOW - timedelta(days=90))
    assert count_rows(session, before) == 0


def test_what_is_of_no_round_says_that_it_is_of_today(app, session, paying):
    with app.test_request_context():
        for key, report in BY_KEY.items():
            notes = " ".join(sheet_of(asked_of(session, key, paying), None, None).notes)
            assert ("ข้อมูลปัจจุบัน" in notes) == (report.source is Source.NOW), key


def test_a_state_of_the_round_is_frozen_once_and_stays_as_it_was(session, paying):
    name = session.scalar(text("SELECT name_th FROM producer_group WHERE id = :g"),
                          {"g": paying.group.id})  # fmt: skip
    # The trigger wrote what is due with the state itself, here: paying, producing.
    stages = [one.stage for one in stages_of(session, paying.round.id)]
    assert stages == ["paying", "producing"]
    for snapshot_id in due_snapshots(session):
        assert freeze(session, snapshot_id, now=LATER)
        assert not freeze(session, snapshot_id, now=LATER)  # rung twice
    assert due_snapshots(session) == []

    session.execute(text("UPDATE producer_group SET name_th = 'ชื่อใหม่'"))
    session.execute(text("UPDATE assignment SET live_units = 0, received_units = 0"))

    rows = rows_of(session, "make_list", paying)
    assert {row["group_name"] for row in rows} >= {name}
    assert sum(row["given_units"] for row in rows) == 35


def test_a_batch_that_stops_makes_a_new_version_and_taps_do_not(session, paying):
    for snapshot_id in due_snapshots(session):
        freeze(session, snapshot_id, now=NOW)
    note_changes(session, now=LATER)
    assert due_snapshots(session) == []  # nothing changed

    other = session.execute(
        text("UPDATE batch SET to_make_units = 0, state = 'stopped', version = version + 1"
             " WHERE id <> :b RETURNING id"), {"b": paying.batch.id},
    ).scalar_one()  # fmt: skip
    session.execute(text("UPDATE assignment SET live_units = 0 WHERE batch_id = :b"), {"b": other})
    note_changes(session, now=LATER)
    note_changes(session, now=LATER)

    (due,) = due_snapshots(session)
    assert sum(row["given_units"] for row in rows_of(session, "make_list", paying)) == 30
    latest = stages_of(session, paying.round.id)[-1]
    assert (latest.id, latest.version, latest.state) == (due, 2, "frozen")
    assert not freeze_again(session, paying.round.id, now=LATER + timedelta(seconds=30))
    assert freeze_again(session, paying.round.id, now=LATER + timedelta(seconds=90))


def test_a_report_that_is_asked_too_early_says_so(session):
    early = make_round(session, state=RoundState.CLOSED)
    with pytest.raises(Refused) as refusal:
        ask(session, BY_KEY["pickup"], EVERYTHING, round_id=early.id, stage="",
            month_on=NOW.date(), language="th", now=LATER)  # fmt: skip
    assert refusal.value.code == "report_not_yet"
    with pytest.raises(NotFound):
        freeze_again(session, make_round(session, state=RoundState.DRAFT).id, now=LATER)


def test_while_a_round_is_open_its_orders_so_far_are_frozen_when_somebody_asks(session, paying):
    open_round = make_round(session, state=RoundState.OPEN)
    session.execute(text("UPDATE orders SET round_id = :r"), {"r": open_round.id})
    session.execute(text("UPDATE order_line SET round_id = :r"), {"r": open_round.id})

    def asked(later):
        return ask(session, BY_KEY["orders_by_product"], Scope(areas=(TAMBON[:2],)),
                   round_id=open_round.id, stage="", month_on=NOW.date(), language="th",
                   now=LATER + later)[0]  # fmt: skip

    first, soon, later = (asked(timedelta(minutes=n)) for n in (0, 5, 11))

    assert first.snapshot_id == soon.snapshot_id != later.snapshot_id
    place = [column.key for column in first.report.columns].index("wanted_units")
    assert sum(row[place] for row in some_rows(session, first, start=0, most=100)) == 45


def test_a_person_is_shortened_and_rights_are_the_widest():
    assert [short_person(name) for name in ("มาลี ใจดี", "มาลี", " ก  ข ค")] == [
        "มาลี ใ.", "มาลี", "ก ข.",
    ]  # fmt: skip
    assert Scope(areas=("32",)).holds(Scope(areas=("320502",)))
    assert not Scope(areas=("320502",)).holds(Scope(areas=("32",)))
    assert not Scope(group_ids=(1,)).holds(Scope(areas=("32",), group_ids=(1,)))
    assert scope_of([], frozenset({"finance"}), country=False) is None


def test_no_report_is_sent_before_it_can_say_anything():
    first = {key: occasions_of(report)[0] for key, report in BY_KEY.items()}
    after_answers = {
        "make_list", "packing_by_buyer", "packing_by_group", "pickup", "parcels", "truck",
        "gather", "unmet", "fill", "allocation", "fairness",
    }  # fmt: skip
    monthly = {"ledger_month", "payouts_month", "fees_month", "certificates", "contacts"}

    assert {key for key, when in first.items() if when is Occasion.CONFIRMED} == after_answers
    assert {key for key, when in first.items() if when is Occasion.DELIVERY_DAY} == {"payouts"}
    assert {key for key, when in first.items() if when is Occasion.MONTHLY} == monthly


def test_the_catalogue_says_sizes_as_the_pages_do(app):
    with app.test_request_context():
        assert words_of("pack", "200 g") == "200 กรัม"
    with app.test_request_context(), force_locale("en"):
        assert words_of("pack", "200 g") == "200 g"
