"""Household books: brought in with consent, seen by the household, by others as sums of five."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from market.accounts.rules import Role
from market.clock import utc_now
from market.imports.kinds.base import Job
from market.imports.kinds.books import judge
from market.imports.personal import PERSONAL as SHEETS
from market.imports.rules import Reach, Row
from market.livelihood.commands import link_household
from market.livelihood.models import Household, HouseholdEntry
from market.livelihood.personal import PERSONAL
from market.livelihood.queries import area_sums
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.places import make_tambon
from tests.factories.sheets import carry_out, counts, send, xlsx

HEADS = ["รหัสครัวเรือน", "ชื่อครัวเรือน", "เบอร์โทร", "เดือน", "รายการ", "จำนวนเงิน (บาท)", "ครัวเรือนยินยอม"]


@pytest.fixture
def staff(session, app):
    """A tambon's coordinator."""
    make_tambon(session)
    make_tambon(session, "320503", name="ข้างเคียง")
    user = make_user(session)
    make_grant(session, user, Role.TAMBON_COORDINATOR, area="320502")
    return browser_of(app, user)


def book(number, month="ต.ค. 2569", income=1000, spending=600):
    name = [f"ม.3-{number}", f"บ้าน {number}", f"08912345{number:02d}"]
    return [
        [*name, month, "ขายพืชผล", income, "ใช่"],
        [*name, month, "หวย เหล้า บุหรี่", spending, "ใช่"],
    ]


def bring(staff, *books):
    import_id = send(staff, "books", xlsx(HEADS, *(row for rows in books for row in rows)))
    carry_out(staff, import_id)
    return import_id


def test_without_consent_in_the_future_or_elsewhere_nothing_is_kept(session, staff):
    row = book(1)[0]
    sheet = xlsx(
        ["รหัสตำบล", *HEADS],
        ["", *row[:6], "ไม่"],
        ["", *row[:3], "ม.ค. 2599", *row[4:]],
        ["320503", *row],
        ["", *row[:4], "หวยใต้ดินออนไลน์", *row[5:]],
        ["", "x", "", *row[2:]],
    )
    import_id = send(staff, "books", sheet)

    assert counts(session, import_id) == ("checked", 0, 0, 0, 5)
    assert session.scalars(select(Household.id)).all() == []


def test_a_month_begins_at_midnight_in_thailand(session):
    make_tambon(session)
    given = {"tambon": "320502", "code": "1", "name": "บ้าน", "month": "2026-12-01", "category": "x"}

    def judged(hour):  # of the 30th of November, in UTC
        row = Row(1, [], dict(given))
        now = datetime(2026, 11, 30, hour, tzinfo=UTC)
        reach = Reach(areas=("320502",))
        job = Job(import_id=1, round_id=None, reach=reach, actor="user:1", now=now)
        judge(session, job, [row])
        return [(fault.column, fault.code) for fault in row.faults]

    assert judged(16) == [("month", "month_to_come")]
    assert judged(17) == []


def test_sums_are_told_from_five_books_on_and_never_what_is_private(session, staff):
    bring(staff, *(book(number) for number in range(1, 5)))
    page = staff.get("/livelihood").get_data(as_text=True)
    assert "฿400" not in page
    assert "ต.ค. 2569" not in page

    bring(staff, book(5))
    page = staff.get("/livelihood").get_data(as_text=True)
    assert "฿5,000" in page
    assert "฿400" in page
    assert "หวย" not in page


def test_no_two_sums_differ_by_fewer_than_five_households(session, staff, app):
    def shown():
        sums = area_sums(session, ["320502"])
        return [(one.households, one.income_satang // 100) for one in sums]

    bring(staff, *(book(number, income=1000 * number) for number in range(1, 6)))
    assert shown() == [(5, 15_000)]
    sixth = bring(staff, book(6, income=77_000))
    bring(staff, *(book(number, income=1000) for number in range(7, 10)))
    assert shown() == [(5, 15_000)], "a sixth book would be read off as the difference"
    staff.post(f"/imports/{sixth}/undo")
    bring(staff, book(10, income=1000))
    assert shown() == [(5, 15_000)], "an undone one keeps its place"
    bring(staff, *(book(number, income=1000) for number in range(11, 16)))
    assert shown() == [(10, 20_000)]

    third = session.scalars(select(Household).where(Household.code == "ม.3-3")).one()
    own = make_user(session, phone=third.phone)
    link_household(session, third.id, own.id, now=utc_now())
    browser_of(app, own).post(f"/household/{third.id}/end")
    assert shown() == [(5, 5_000)], "nobody takes the place of one that left"


def test_an_importer_writes_but_never_reads(session, staff, app):
    """Neither the old amount nor whether it is the same: guessing must tell nothing."""
    bring(staff, book(1, income=4321))
    same = send(staff, "books", xlsx(HEADS, *book(1, income=4321), ["", "", "", "", "", "", " "]))
    other = send(staff, "books", xlsx(HEADS, *book(1, income=9999)))
    assert counts(session, same) == counts(session, other) == ("checked", 2, 0, 0, 0)
    carry_out(staff, other)

    page = staff.get(f"/imports/{other}").get_data(as_text=True).replace(",", "")
    assert "4321" not in page
    assert "9999" not in page
    assert len(staff.get(f"/imports/{other}/errors.xlsx").data) < 8000

    staff.post(f"/imports/{other}/undo")
    amounts = session.scalars(
        select(HouseholdEntry.amount_satang).order_by(HouseholdEntry.amount_satang)
    ).all()
    assert amounts == [60000, 432100]

    boss = make_user(session)
    make_grant(session, boss, Role.ADMINISTRATOR, area="")
    assert browser_of(app, boss).get(f"/imports/{other}").status_code == 403


def test_the_household_sees_its_book_after_its_number_is_proved(session, staff, app):
    bring(staff, book(1), book(2))
    own = make_user(session, phone="+66891234501")
    other = make_user(session, phone="+66811111111")
    unproved = make_user(session, phone="+66891234502", confirmed=False)
    household = session.scalars(select(Household).where(Household.code == "ม.3-1")).one()

    browser = browser_of(app, own)
    assert "฿400" not in browser.get("/household").get_data(as_text=True)
    assert browser_of(app, other).post(f"/household/{household.id}/link").status_code == 404
    assert browser_of(app, unproved).post(f"/household/{household.id + 1}/link").status_code == 404
    browser.post(f"/household/{household.id}/link")
    page = browser.get("/household").get_data(as_text=True)
    assert "฿400" in page
    assert "หวย" in page
    assert browser_of(app, other).post(f"/household/{household.id}/end").status_code == 404

    browser.post(f"/household/{household.id}/end")
    session.expire_all()
    assert (household.name, household.phone, household.user_id) == ("-", None, None)
    assert len(session.scalars(select(HouseholdEntry.id)).all()) == 2
    again = send(staff, "books", xlsx(HEADS, *book(1)))
    assert counts(session, again) == ("checked", 0, 0, 0, 2)


def test_undo_takes_new_households_away_again(session, staff):
    import_id = bring(staff, book(1))

    staff.post(f"/imports/{import_id}/undo")

    assert counts(session, import_id)[0] == "undone"
    assert session.scalars(select(Household.id)).all() == []


def test_undo_opens_no_book_again_whose_household_said_no(session, staff, app):
    import_id = bring(staff, book(1))
    own = make_user(session, phone="+66891234501")
    household = session.scalars(select(Household)).one()
    link_household(session, household.id, own.id, now=utc_now())
    browser_of(app, own).post(f"/household/{household.id}/end")

    staff.post(f"/imports/{import_id}/undo")

    session.expire_all()
    assert household.ended_at is not None
    again = send(staff, "books", xlsx(HEADS, *book(1), *book(2)))
    assert counts(session, again) == ("checked", 2, 0, 0, 2)


def test_who_leaves_the_market_takes_the_book_along_and_it_is_forgotten(session, staff):
    bring(staff, book(1))
    own = make_user(session, phone="+66891234501")
    household = session.scalars(select(Household)).one()
    link_household(session, household.id, own.id, now=utc_now())

    parts = {part.name: part for part in PERSONAL.told}
    told = session.execute(
        text(parts["household_book"].rows), {"user_id": own.id}
    ).all()  # fmt: skip
    assert [row.amount_baht for row in told] == [1000, 600]
    for statement in (*PERSONAL.forgets, *SHEETS.forgets):
        session.execute(text(statement), {"user_id": own.id, "now": utc_now()})

    session.expire_all()
    assert (household.name, household.phone, household.user_id) == ("-", None, None)
    assert session.scalars(select(HouseholdEntry.id)).all() == []
