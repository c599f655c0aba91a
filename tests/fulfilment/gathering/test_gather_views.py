"""The coordinator's gather pages and the driver's phone, over HTTP."""

import re
from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.clock import bangkok_date, utc_now
from market.fulfilment.driving.commands import BoxReport, report_box
from market.fulfilment.gathering.models import Trip
from market.fulfilment.gathering.queries.sheet import Day, first_day
from market.fulfilment.gathering.rules import BoxProblem
from market.fulfilment.posting.queries import ON_A_PAGE, Stage, Wish, parcel_page
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import boxes, make_packed, make_producing
from tests.factories.matching import NOW, TAMBON
from tests.factories.payments import Paying, add_order, make_paying
from tests.factories.renewing import PART, asked_twice
from tests.factories.shop import statements

DAY = "2026-12-04"
FORM = {"on": DAY, "driver_name": "สมชาย", "driver_phone": "๐๘๑-๒๓๔-๕๖๗๘", "starts": "08:30",
        "vehicle": "รถกระบะ", "kg": "800"}  # fmt: skip


def packed(session: Session, **order: bool) -> Paying:
    paying = make_paying(session)
    add_order(session, paying, 10, **order)
    make_producing(session, paying)
    make_packed(session, paying.batch)
    return paying


def staff(app: Flask, session: Session, area: str = TAMBON) -> FlaskClient:
    user = make_user(session)
    make_grant(session, user, Role.TAMBON_COORDINATOR, area=area)
    return browser_of(app, user)


def test_a_trip_goes_from_the_sheet_to_the_driver_and_back(app: Flask, session: Session) -> None:
    paying = packed(session)
    desk = staff(app, session)
    shown = desk.get(f"/gather?on={DAY}")
    assert shown.status_code == 200
    assert f'value="{paying.group.id}"' in shown.text
    assert " style=" not in shown.text
    for wrong in ({"driver_name": ""}, {"starts": "25:00"}, {"kg": "0"}, {"on": "?"},
                  {"vehicle": ""}, {"driver_phone": "12"}):  # fmt: skip
        assert (
            desk.post("/trips", data={**FORM, "group": paying.group.id, **wrong}).status_code == 422
        )
    assert session.scalars(select(Trip)).all() == []
    made = desk.post("/trips", data={**FORM, "group": paying.group.id})
    assert made.status_code == 303
    trip = session.scalars(select(Trip)).one()
    assert (trip.driver_phone, trip.capacity_g) == ("+66812345678", 800_000)
    where = f"/trips/{trip.id}"
    assert "ทางไกลมาก" not in desk.get(where).text
    for table, lat in (("tambon", 6.5), ("pickup_point", 19.9)):  # from the south to the north
        session.execute(text(f"UPDATE {table} SET lat = {lat}, lon = 100"))
    assert "ทางไกลมาก" in desk.get(where).text
    assert desk.post(f"{where}/link").status_code == 409
    assert desk.post(f"{where}/lock", data={"version": trip.version}).status_code == 303
    assert desk.post(f"{where}/link").status_code == 303
    first = desk.get(where).text
    assert "/l/" in first
    assert "/l/" not in desk.get(where).text  # shown once
    for page in ("", "/sheet", "/labels", "/drive"):
        assert desk.get(where + page).status_code == 200
    path = "/l/" + first.split("/l/")[1].split('"')[0]
    driver = app.test_client()
    assert driver.get(path).location == f"{where}/drive"
    assert driver.get(f"{where}/drive").status_code == 200
    assert driver.get(where).status_code == 302
    assert driver.post(f"{where}/cancel").status_code == 403
    stops = session.scalars(
        text("SELECT id FROM trip_stop WHERE trip_id = :id ORDER BY position"), {"id": trip.id}
    ).all()
    box = boxes(session)[0]
    seen = {page: asked_twice(desk, page) for page in (where, f"/gather?on={DAY}")}
    assert {again.status_code for _, again in seen.values()} == {304}
    wrong = driver.post(f"{where}/stops/{stops[0]}/scan", data={"code": "999999"})
    assert wrong.status_code == 303
    assert "card-top-lac" in driver.get(f"{where}/drive").text
    for _twice in range(2):
        sent = {"code": str(box.id)}
        assert driver.post(f"{where}/stops/{stops[0]}/scan", data=sent).status_code == 303
        for stop in stops[:1]:
            assert driver.post(f"{where}/stops/{stop}/done").status_code == 303
    assert driver.post(f"{where}/stops/{stops[1]}/done").status_code == 303
    assert boxes(session)[0].state == "arrived"
    for page, (_, known) in seen.items():  # the desk sees how far the driver is, without asking
        part = desk.get(page, headers=PART | {"If-None-Match": known.headers["ETag"]})
        assert part.status_code == 200
        assert "<html" not in part.text
    who = session.scalars(text("SELECT collected_by FROM trip_box")).one()
    assert who.startswith("link:")


def test_a_typed_load_counts_before_the_vehicle_that_was_chosen(
    app: Flask, session: Session
) -> None:
    paying = packed(session)
    group = paying.group
    group.vehicle_th, group.vehicle_en, group.vehicle_max_g = "กระบะ", "pickup", 3_000_000
    session.flush()
    desk = staff(app, session)
    form = {**FORM, "group": group.id, "vehicle_of": group.id, "vehicle": "", "kg": ""}
    refused = desk.post("/trips", data=form | {"vehicle": "ซาเล้ง"})
    assert refused.status_code == 422, "how much it carries is not known"
    assert 'value="ซาเล้ง"' in refused.text
    told = []
    for typed in ({"kg": "๘๐๐"}, {}, {"vehicle": "ซาเล้ง", "kg": "200"}):
        assert desk.post("/trips", data=form | typed).status_code == 303
        trip = session.scalars(select(Trip).order_by(Trip.id.desc())).first()
        assert trip is not None
        told.append((trip.vehicle, trip.capacity_g))
        desk.post(f"/trips/{trip.id}/cancel")
    assert told == [("กระบะ", 800_000), ("กระบะ", 3_000_000), ("ซาเล้ง", 200_000)]


def test_the_sheet_opens_on_the_day_with_work() -> None:
    today = date(2026, 12, 4)

    def opens(**waiting: int) -> int:
        days = [Day(due_on=date(2026, 12, int(day[1:])), boxes=3, waiting=n)
                for day, n in waiting.items()]  # fmt: skip
        return first_day(days, today).day

    assert opens(_2=1, _4=1, _9=1) == 4
    assert opens(_2=1, _4=0, _7=2, _9=1) == 7
    assert opens(_1=1, _2=1, _4=0, _9=0) == 2, "forgotten boxes before days on which all has left"
    assert opens(_2=0, _4=0, _9=0) == 4
    assert opens(_2=0, _9=0, _11=0) == 9
    assert opens(_2=0) == opens() == 4


def test_others_see_nothing_of_a_trip(app: Flask, session: Session) -> None:
    paying = packed(session)
    desk, neighbour = staff(app, session), staff(app, session, "980102"[:4] + "02")
    desk.post("/trips", data={**FORM, "group": paying.group.id})
    trip = session.scalars(select(Trip)).one()
    assert neighbour.get(f"/trips/{trip.id}").status_code == 403
    assert paying.group.name_th not in neighbour.get(f"/gather?on={DAY}").text
    assert paying.group.name_th not in neighbour.get(f"/gather.csv?on={DAY}").text
    for _twice in range(2):
        assert paying.group.name_th in desk.get(f"/gather.csv?on={DAY}").text
    taken = text("SELECT actor FROM audit_event WHERE subject = :of AND event = 'file.taken'")
    who = session.scalars(taken, {"of": f"gather:{DAY}"}).all()
    assert len(who) == len(set(who)) == 2, "each who took it, once a day"


def test_parcel_numbers_are_one_list(app: Flask, session: Session) -> None:
    paying = packed(session, parcel=True)
    paying.orders[0].recipient = "=HYPERLINK(1)"
    session.flush()
    desk, other = staff(app, session), staff(app, session, "100101")
    other_desk = staff(app, session)
    box = boxes(session)[0]
    sheet = f"/parcels?on={DAY}"
    assert f"tracking-{box.id}" in desk.get(sheet).text
    first, again = asked_twice(desk, sheet)
    assert again.status_code == 304
    assert desk.get(f"/parcels/labels?on={DAY}").status_code == 200
    assert "'=HYPERLINK" in desk.get(f"/parcels.csv?on={DAY}").text
    assert session.scalar(
        text("SELECT count(*) FROM audit_event WHERE subject = :of"), {"of": f"parcels:{DAY}"}
    ) == 1  # fmt: skip
    sent = {"on": DAY, f"tracking-{box.id}": "ef ๑๒๓๔๕๖ th"}
    assert other.post("/parcels", data=sent).status_code == 404
    bad = desk.post("/parcels", data={"on": DAY, f"tracking-{box.id}": "?"})
    assert bad.status_code == 422
    assert "data-hold hx-morph-skip-children" in bad.text, "what was typed stays to be mended"
    assert paying.orders[0].number in bad.text
    assert boxes(session)[0].state == "waiting"
    for _twice in range(2):
        assert desk.post("/parcels", data=sent).status_code == 303
    assert [(b.state, b.tracking_no) for b in boxes(session)] == [("handed_over", "EF123456TH")]
    part = desk.get(sheet, headers=PART | {"If-None-Match": first.headers["ETag"]})
    assert (part.status_code, "<html" in part.text) == (200, False)
    # Somebody else has the page of before open: another number there is refused first, a field
    # that was left alone takes nothing back.
    field, seen = f"tracking-{box.id}", f"seen-{box.id}"
    late = other_desk.post("/parcels", data={"on": DAY, field: "EF999999TH", seen: ""})
    assert late.status_code == 409
    assert "EF123456TH" in late.text
    untouched = {"on": DAY, field: "EF000000TH", seen: "EF000000TH"}
    assert other_desk.post("/parcels", data=untouched).status_code == 303
    assert boxes(session)[0].tracking_no == "EF123456TH"
    told = session.scalars(text("SELECT count(*) FROM notice WHERE event = 'order.shipped'")).one()
    assert (
        told
        == session.scalars(
            text("SELECT count(DISTINCT channel) FROM notice WHERE event = 'order.shipped'")
        ).one()
    )


def test_many_parcels_come_by_pages_at_the_cost_of_a_few(app: Flask, session: Session) -> None:
    paying = make_paying(session)
    for _ in range(ON_A_PAGE + 2):
        add_order(session, paying, 10, parcel=True)
    make_producing(session, paying)
    make_packed(session, paying.batch)
    first, *_, last = boxes(session)
    first.tracking_no = "EF123456TH"
    session.flush()
    areas, on = [TAMBON], date.fromisoformat(DAY)

    with statements() as sent:
        shown = parcel_page(session, areas, on, wish=Wish())
    rest = parcel_page(session, areas, on, wish=Wish(number=2))
    noted = parcel_page(session, areas, on, wish=Wish(stage=Stage.NOTED))
    found = parcel_page(session, areas, on, wish=Wish(any=True, find=str(last.id)))
    named = parcel_page(session, areas, on, wish=Wish(any=True, find=found.parcels[0].number))
    nothing = parcel_page(session, ["100101"], on, wish=Wish(any=True))

    assert len(sent) == 2
    assert (shown.stage, len(shown.parcels), shown.found) == (Stage.READY, ON_A_PAGE, ON_A_PAGE + 1)
    assert (shown.counts, shown.pages) == ({"ready": ON_A_PAGE + 1, "noted": 1}, 2)
    assert [parcel.id for parcel in rest.parcels] == [last.id]
    assert [parcel.id for parcel in noted.parcels] == [first.id]
    # A short number stands in telephone numbers too: the box itself comes first.
    assert found.parcels[0].id == last.id
    assert [parcel.id for parcel in named.parcels] == [last.id]
    assert (nothing.all, nothing.parcels) == (0, ())
    answer = staff(app, session).get(f"/parcels?on={DAY}&page=2")
    assert f'name="tracking-{last.id}"' in answer.text
    assert f'name="tracking-{first.id}"' not in answer.text


def test_a_box_that_is_not_right_stands_among_the_cases_of_its_area(
    app: Flask, session: Session
) -> None:
    paying = packed(session)
    paying.round.delivery_on = [bangkok_date(utc_now()) + timedelta(days=9)]  # nothing is late
    report = BoxReport(box_id=boxes(session)[0].id, kind=BoxProblem.BROKEN, units=1, words="แตก")
    report_box(session, report, actor="user:1", now=NOW)
    shown = staff(app, session).get("/board/cases", headers={"Accept-Language": "en"}).text
    assert 'class="card round-row" href="/gather"' in shown
    assert re.search(r'href="/board/cases"[^>]*>[^<]* 1<', shown)
    elsewhere = staff(app, session, area="990101").get("/board/cases").text
    assert 'class="card round-row"' not in elsewhere
