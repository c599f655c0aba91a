"""Who opens a report and in which format, and what a file of it may not hold."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import openpyxl
from sqlalchemy import text

from market.accounts.rules import Role
from market.reports.freezing import freeze_again
from market.reports.kinds import BY_KEY
from market.reports.rules import Source
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import AMPHOE, NOW, PROVINCE, TAMBON
from tests.factories.payments import add_order
from tests.factories.shop import statements

LATER = NOW + timedelta(days=9)
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
