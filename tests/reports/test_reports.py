"""Every report in every format: whose rows, what they say, and that they add up with the books."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.errors import NotFound, Refused
from market.fulfilment.commands import arrive_at_point
from market.policy import RULES
from market.reports.freezing import due_snapshots, freeze, freeze_again, note_changes
from market.reports.kinds import BY_KEY
from market.reports.queries import ask, parameters, some_rows, stages_of, sums
from market.reports.rules import Scope, Source, scope_of, short_person
from market.reports.words import words_of
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import ACTOR, make_handed_over, make_producing
from tests.factories.matching import AMPHOE, NOW, PROVINCE, TAMBON, make_round
from tests.factories.payments import add_batch, add_line, add_order, make_paying
from tests.factories.shop import statements

EVERYTHING = Scope(areas=("",))
LATER = NOW + timedelta(days=9)


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
        totals = sums(session, asked_of(session, key, paying)).totals
        assert (totals["given_units"], totals["amount_satang"]) == (live.units, live.satang), key
        assert totals["wanted_units"] == ordered, key
    for key in ("make_list", "packing_by_buyer", "packing_by_group", "gather"):
        assert sums(session, asked_of(session, key, paying)).totals["given_units"] == live.units
    unmet = sums(session, asked_of(session, "unmet", paying)).totals["unmet_units"]
    assert unmet == ordered - live.units > 0


def test_money_reports_are_the_books(app, session, paying):
    def total(key, column="amount_satang"):
        return sums(session, asked_of(session, key, paying)).totals[column]

    books = dict(
        session.execute(text("SELECT kind, sum(amount_satang) FROM posting GROUP BY kind")).all()
    )
    ledger = rows_of(session, "ledger", paying)

    assert total("ledger", "debit_satang") == total("ledger", "credit_satang") > 0
    assert total("payments") == books["bank"] > 0
    assert total("refunds") == -books.get("refund", 0)
    assert sum(row["debit_satang"] - row["credit_satang"] for row in ledger
               if row["account"] == "held") == books["held"]  # fmt: skip
    # No code of the books is left as it is, and whose an account is has its name or number.
    with app.test_request_context():
        assert all(words_of("entry", row["cause"]) != row["cause"] for row in ledger)
    assert not [row["owner"] for row in ledger if ":" in row["owner"]]
    # What is booked later is in a later report: the books up to a moment do not change.
    before = asked_of(session, "ledger", paying, now=NOW - timedelta(days=90))
    assert sums(session, before).rows == 0


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
    assert sums(session, first).totals["wanted_units"] == 45


STAFF = {
    "leader": (Role.GROUP_LEADER, "group"),
    "treasurer": (Role.TREASURER, "group"),
    "member": (Role.MEMBER, "group"),
    "coordinator": (Role.TAMBON_COORDINATOR, TAMBON),
    "province": (Role.PROVINCE_COORDINATOR, PROVINCE),
    "neighbour": (Role.TAMBON_COORDINATOR, AMPHOE + "02"),
    "other province": (Role.PROVINCE_COORDINATOR, "97"),
    "finance": (Role.FINANCE, ""),
    "local finance": (Role.FINANCE, PROVINCE),
    "marketing": (Role.MARKETING, ""),
    "admin": (Role.ADMINISTRATOR, ""),
    "partner": (Role.PARTNER, ""),
}
PLACE = {"coordinator", "province", "neighbour", "other province", "marketing", "admin"}
GROUP = {"leader", "treasurer", "member"}
#: Written by hand, not computed from the policy: who may open a report at all.
MAY = {
    "report.orders": PLACE,
    "report.making": PLACE | GROUP,
    "report.shipping": PLACE | {"leader", "member"},
    "report.payouts": PLACE | {"finance", "local finance", "leader", "treasurer"},
    "report.money": {"finance", "marketing", "admin"},
    "report.contacts": {"marketing", "admin"},
    "report.catalogue": PLACE | GROUP | {"finance", "local finance"},
}
#: Of those, who sees no row of this round: it is not in their area.
BLIND = {"neighbour", "other province"}


def browsers(session, app, paying):
    """Everybody's browser."""
    people = {"nobody": browser_of(app), "consumer": browser_of(app, make_user(session))}
    for name, (role, where) in STAFF.items():
        user = make_user(session)
        place = {"group": paying.group.id} if where == "group" else {"area": where}
        make_grant(session, user, role, **place)
        people[name] = browser_of(app, user)
    return people


def test_every_report_in_every_format_opens_to_those_it_is_for(session, app, paying):
    people = browsers(session, app, paying)
    others = paying_of_others(session, paying)
    ways = ("", "/print", ".xlsx", "/files")
    for key, report in BY_KEY.items():
        query = f"?round={paying.round.id}&month=2026-11"
        for name, browser in people.items():
            allowed = name in MAY[report.right]
            answer = browser.get(f"/reports/{key}.csv{query}")
            said = answer.get_data(as_text=True)

            assert (answer.status_code == 200) == allowed, f"{name} at {key}: {answer.status}"
            if not allowed:
                assert answer.status_code == (302 if name == "nobody" else 403)
            elif name in BLIND and not report.country and report.source is not Source.NOW:
                assert len(said.splitlines()) == 1, f"{name} sees rows of {key}"
            elif name in GROUP:
                assert others not in said, f"{name} sees another group in {key}"
        # The other ways out ask the same; who tries which changes from report to report.
        for name, way in zip(("leader", "neighbour", "finance", "admin"), ways, strict=True):
            answer = people[name].open(f"/reports/{key}{way}{query}", **_posted(way, paying))
            fine = 303 if way == "/files" else 200
            assert (answer.status_code == fine) == (name in MAY[report.right]), (
                f"{name}: {key}{way}"
            )
        ways = (*ways[1:], ways[0])


def _posted(way, paying):
    """How this way out is asked for."""
    data = {"format": "csv", "round": paying.round.id}
    return {"method": "POST", "data": data} if way == "/files" else {}


def paying_of_others(session, paying):
    """The name of the round's other group."""
    return session.scalar(
        text("SELECT g.name_th FROM batch b JOIN producer_group g ON g.id = b.group_id"
             " WHERE b.id <> :b"), {"b": paying.batch.id},
    )  # fmt: skip


def test_groups_see_addresses_while_they_send_and_take_no_figures_anew(session, app, paying):
    leader, tambon = make_user(session), make_user(session)
    make_grant(session, leader, Role.GROUP_LEADER, group=paying.group.id)
    make_grant(session, tambon, Role.TAMBON_COORDINATOR, area=TAMBON)
    leader, tambon = browser_of(app, leader), browser_of(app, tambon)
    data = {"round": paying.round.id}

    assert leader.get(f"/reports/parcels.csv?round={paying.round.id}").status_code == 200
    assert leader.post("/reports/make_list/anew", data=data).status_code == 403
    assert tambon.post("/reports/make_list/anew", data=data).status_code == 303
    assert "anew" not in leader.get("/reports/make_list").get_data(as_text=True)

    paying.round.state = RoundState.COMPLETED
    session.flush()
    for way in (".csv", "", "/print"):
        assert leader.get(f"/reports/parcels{way}?round={paying.round.id}").status_code == 422
        assert tambon.get(f"/reports/parcels{way}?round={paying.round.id}").status_code == 200
    for _twice in range(2):
        assert leader.get(f"/reports/make_list.csv?round={paying.round.id}").status_code == 200
    taken = "SELECT subject, count(*) FROM audit_event WHERE event LIKE '%.taken' GROUP BY 1"
    # Addresses each time (the leader's and the two of the coordinator), sums once a day.
    assert dict(session.execute(text(taken)).all()) == {
        "report:parcels": 3, "report:make_list": 1,
    }  # fmt: skip


def test_a_report_is_narrowed_to_places_there_are_only(session, app, paying):
    admin = make_user(session)
    make_grant(session, admin, Role.ADMINISTRATOR, area="")
    browser = browser_of(app, admin)
    data = {"format": "csv", "round": paying.round.id}

    made = {
        browser.post("/reports/make_list/files", data=data | {"area": area}).location
        for area in ("", "1", "๑๐", "10" * 40, "100")
    }

    assert len(made) == 1
    assert len({browser.post("/reports/make_list/files", data=data | {"area": area}).location
                for area in (PROVINCE, AMPHOE, TAMBON)} - made) == 3  # fmt: skip


EVIL = ("=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1+1", "＝1+1")


def test_no_cell_is_a_formula_and_excel_reads_the_thai(session, app, paying):
    names = iter(EVIL * 3)
    for table, column in (
        ("buyer", "name"), ("product", "name_th"), ("product", "unit_th"),
        ("producer_group", "name_th"), ("pickup_point", "name_th"), ("orders", "address"),
        ("orders", "recipient"), ("tambon", "name_th"), ("province", "name_th"),
    ):  # fmt: skip
        session.execute(
            text(f"UPDATE {table} SET {column} = :bad WHERE {column} IS NOT NULL"),
            {"bad": next(names)},
        )
    session.execute(text("DELETE FROM report_snapshot"))
    freeze_again(session, paying.round.id, now=LATER)
    admin = browsers(session, app, paying)["admin"]

    for key in BY_KEY:
        query = f"?round={paying.round.id}&month=2026-11"
        said = admin.get(f"/reports/{key}.csv{query}").get_data()
        assert said.startswith(b"\xef\xbb\xbf"), key
        cells = [cell for row in csv.reader(io.StringIO(said.decode("utf-8-sig"))) for cell in row]
        bad = [cell for cell in cells if dangerous(cell)]
        assert bad == [], key
        book = openpyxl.load_workbook(
            io.BytesIO(admin.get(f"/reports/{key}.xlsx{query}").get_data())
        )
        values = [cell for row in book.active.iter_rows() for cell in row]
        assert [c.value for c in values if isinstance(c.value, str) and dangerous(c.value)] == []
        assert all(cell.data_type != "f" for cell in values), key


def dangerous(cell: str) -> bool:
    """Would a spreadsheet run this?"""
    try:
        float(cell)
    except ValueError:
        return cell.lstrip().startswith(("=", "+", "-", "@", "＝")) and cell != "-"
    return False


def test_a_workbook_has_numbers_days_and_a_head_that_stays(session, app, paying):
    admin = browsers(session, app, paying)["admin"]

    answer = admin.get(f"/reports/orders_by_buyer.xlsx?round={paying.round.id}")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    rows = list(sheet.iter_rows(values_only=True))
    head = next(at for at, row in enumerate(rows) if row[0] == "เลขคำสั่งซื้อ")
    first = dict(zip(rows[head], rows[head + 1], strict=True))
    assert rows[0][0] == "คำสั่งซื้อตามผู้ซื้อ"
    assert sheet.freeze_panes == f"A{head + 2}"
    assert isinstance(first["การส่ง"], datetime)
    assert (first["ได้"], first["บาท"]) == (20, 1400)
    assert rows[-1][0] == "รวม"
    assert rows[-1][-1] == 35 * 70


def test_a_page_costs_the_same_statements_for_ten_times_the_orders(session, app, paying):
    admin = browsers(session, app, paying)["admin"]

    def cost(key):
        admin.get(f"/reports/{key}?round={paying.round.id}")  # makes the snapshot
        with statements() as sent:
            assert admin.get(f"/reports/{key}?round={paying.round.id}").status_code == 200
        return len(sent)

    few = {key: cost(key) for key in ("orders_by_buyer", "make_list", "payments", "ledger")}
    for _more in range(15):
        add_order(session, paying, 1)
    freeze_again(session, paying.round.id, now=LATER + timedelta(days=1))

    assert {key: cost(key) for key in few} == few


def test_a_person_is_shortened_and_rights_are_the_widest():
    assert [short_person(name) for name in ("มาลี ใจดี", "มาลี", " ก  ข ค")] == [
        "มาลี ใ.", "มาลี", "ก ข.",
    ]  # fmt: skip
    assert Scope(areas=("32",)).holds(Scope(areas=("320502",)))
    assert not Scope(areas=("320502",)).holds(Scope(areas=("32",)))
    assert not Scope(group_ids=(1,)).holds(Scope(areas=("32",), group_ids=(1,)))
    assert scope_of([], frozenset({"finance"}), country=False) is None
