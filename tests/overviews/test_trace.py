"""From the code on a label to the makers; nothing of any buyer."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.models import Buyer
from market.clock import bangkok_date
from market.overviews.trace.queries import trace_lot
from market.overviews.trace.rules import lot_of
from tests.factories.accounts import browser_of
from tests.factories.matching import NOW
from tests.factories.shop import statements
from tests.voices.test_reviews import arrived, received


@pytest.mark.parametrize(
    ("typed", "lot"),
    [
        ("12-00045", "12-00045"),
        (" ๑๒ - ๔๕ ", "12-00045"),
        ("LOT 12-45", "12-00045"),
        ("ล็อต 12-00045", "12-00045"),
        ("12-123456", "12-123456"),
        ("", None),
        ("12", None),
        ("x" * 5000, None),
        ("12-45'; DROP", None),
        ("-1-2", None),
    ],
)
def test_a_lot_is_read_as_people_type_it(typed, lot):
    assert lot_of(typed) == lot


def test_a_lot_leads_to_its_group_and_the_day_it_was_made(session):
    paying = received(session)
    session.refresh(paying.batch)

    trace = trace_lot(session, paying.batch.lot_code, NOW)

    made_on = bangkok_date(paying.batch.made_at)
    assert trace.lot.group_id == paying.group.id
    keeps = timedelta(days=paying.product.shelf_days)
    assert trace.lot.best_before == (made_on + keeps if keeps else None)
    assert trace.lot.whole_satang == 10 * 7000
    assert 0 < trace.lot.makers_of_hundred_satang <= 10_000


def test_the_page_tells_everybody_and_names_no_buyer(app: Flask, session: Session):
    paying = received(session)
    session.refresh(paying.batch)
    buyer = session.get_one(Buyer, paying.orders[0].buyer_id)
    buyer.name, buyer.phone = "สมหญิง ลับสุดยอด", "+66812345678"
    session.flush()

    shown = app.test_client().get(f"/lot/{paying.batch.lot_code}")

    assert shown.status_code == 200
    assert paying.group.name_th in shown.text
    assert " style=" not in shown.text
    for secret in (
        "ลับสุดยอด",
        "081-234-5678",
        paying.orders[0].number,
        paying.orders[0].pickup_code,
    ):
        assert secret not in shown.text


def test_papers_are_those_that_were_valid_on_the_day_of_making(session):
    paying = received(session)
    session.refresh(paying.batch)
    made_on = bangkok_date(paying.batch.made_at)
    offer = session.scalar(
        text("SELECT offer_id FROM round_offer WHERE id = :id"), {"id": paying.batch.round_offer_id}
    )
    for kind, days, checked in (("GAP", 0, True), ("TCPS", -1, True), ("HALAL", 9, False)):
        session.execute(
            text(
                "INSERT INTO certificate (offer_id, kind, number, issuer, expires_on, checked_by,"
                " checked_at) VALUES (:offer, :kind, '1', 'ผู้ออก', :until, :by, :at)"
            ),
            {"offer": offer, "kind": kind, "until": made_on + timedelta(days=days),
             "by": "วิภา" if checked else None, "at": NOW if checked else None},
        )  # fmt: skip

    trace = trace_lot(session, paying.batch.lot_code, NOW + timedelta(days=400))

    assert [paper.kind for paper in trace.papers] == ["GAP"]


def test_a_wrong_or_foreign_code_is_told_so_in_words(app: Flask, session: Session):
    guest = app.test_client()
    for code in ("1-99999", "8850999320004", "abc", "x" * 300, "%3Cscript%3E"):
        answer = guest.get(f"/lot/{code}")
        assert answer.status_code == 404, code
        assert 'role="alert"' in answer.text
        assert "<script>" not in answer.text.split("<main")[1]
    assert guest.get("/lot", query_string={"code": "๑-๕"}).location.endswith("/lot/1-00005")
    assert guest.get("/lot", query_string={"code": "zz"}).status_code == 404
    assert guest.get("/lot").status_code == 200


def test_the_label_carries_the_way_to_the_lot(app: Flask, session: Session):
    paying = arrived(session)
    leader = browser_of(app, paying.leader)
    sheet = leader.get(f"/batches/{paying.batch.id}/labels")
    session.refresh(paying.batch)
    assert paying.batch.lot_code in sheet.text
    assert "ผลิต" in sheet.text


def test_a_lot_with_many_buyers_costs_the_same_statements(app: Flask, session: Session):
    few, many = received(session, 10), received(session, 90)
    counts = []
    for paying in (few, many):
        session.refresh(paying.batch)
        with statements() as sent:
            app.test_client().get(f"/lot/{paying.batch.lot_code}")
        counts.append(len(sent))
    assert counts[0] == counts[1]
