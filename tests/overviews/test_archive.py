"""A person's data taken along: everything, nothing of others, for that person only."""

import csv
import io
import json
import zipfile
from datetime import timedelta

from sqlalchemy import text

from market.accounts.own.exports import ask_export
from market.accounts.own.models import DataExport
from market.clock import utc_now
from market.files import Folder, StoredFile
from market.overviews.my_data.flows import end_old_exports, make_export
from market.overviews.my_data.subjects import told
from market.overviews.my_data.words import pages
from tests.factories.accounts import browser_of, make_buyer, make_user
from tests.overviews.leaver_kit import EMAIL, HOUSE, NAME, WORDS, clock


def made(session, leaver, store):
    """The archive, and its row."""
    export_id = ask_export(session, leaver.id, now=utc_now())
    session.commit()
    make_export(export_id, store, pages, clock)
    session.expire_all()
    row = session.get(DataExport, export_id)
    return zipfile.ZipFile(io.BytesIO(store.get(row.sha256))), row


def test_the_archive_holds_everything_three_ways(session, leaver, store):
    archive, row = made(session, leaver, store)

    names = set(archive.namelist())
    assert names == {"index.html", "data.json"} | {f"tables/{part.name}.csv" for part in told()}
    data = json.loads(archive.read("data.json"))
    assert data["account"][0]["email"] == EMAIL
    assert [buyer["name"] for buyer in data["buyers"]] == [NAME, NAME]
    assert data["problems"][0]["words"] == WORDS
    assert data["addresses"][0]["house_no"] == HOUSE
    assert data["refunds"][0]["baht"] == "1.00"
    table = archive.read("tables/orders.csv").decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(table)))["recipient"] == NAME
    html = archive.read("index.html").decode()
    assert all(part in html for part in (NAME, HOUSE, WORDS, "ทุกอย่างที่เราเก็บเกี่ยวกับคุณ"))
    assert "2026" not in html.replace("2026-", "").replace("T-2026", "")
    assert (row.state, row.parts_done) == ("ready", len(told()))


def test_the_archive_holds_nothing_of_others(session, leaver, store):
    make_user(session, name="คนอื่นแท้ๆ", email="other@market.example")
    make_buyer(session, name="คนอื่นแท้ๆ", phone="+66899999999")

    archive, _row = made(session, leaver, store)

    assert "คนอื่นแท้ๆ" not in archive.read("data.json").decode()


def test_what_people_typed_is_words_in_the_archive_and_no_formula(session, leaver, store):
    leaver.name = "=HYPERLINK(1)<script>alert(1)</script>"
    session.flush()

    archive, _row = made(session, leaver, store)

    assert "<script>" not in archive.read("index.html").decode()
    assert "\n=HYPERLINK" not in archive.read("tables/account.csv").decode()
    assert "'=HYPERLINK" in archive.read("tables/account.csv").decode()


def test_only_the_person_takes_it_and_only_for_a_week(session, app, config, leaver):
    store = Folder(config.market_home / "files")
    _archive, row = made(session, leaver, store)
    path = f"/account/data/{row.id}"

    answer = browser_of(app, leaver).get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert browser_of(app, make_user(session)).get(path).status_code == 403
    assert app.test_client().get(path).status_code == 302
    session.get(DataExport, row.id).expires_at = utc_now()
    session.flush()
    assert browser_of(app, leaver).get(path).status_code == 404


def test_after_a_week_the_file_is_gone(session, leaver, store):
    _archive, row = made(session, leaver, store)
    sha256 = row.sha256

    assert end_old_exports(store, utc_now() + timedelta(days=6)) == 0
    assert end_old_exports(store, utc_now() + timedelta(days=7, minutes=1)) == 1

    session.expire_all()
    assert store.get(sha256) is None
    assert session.get(StoredFile, sha256) is None
    assert session.get(DataExport, row.id).state == "expired"


def test_a_maker_that_died_is_followed_by_another_and_makes_one(session, leaver, store):
    export_id = ask_export(session, leaver.id, now=utc_now())
    session.commit()
    session.execute(
        text("UPDATE data_export SET claimed_until = :t, tries = 1"),
        {"t": utc_now() + timedelta(minutes=4)},
    )
    session.commit()

    make_export(export_id, store, pages, clock)
    session.expire_all()
    assert session.get(DataExport, export_id).state == "asked"  # the lease still runs
    make_export(export_id, store, pages, lambda: utc_now() + timedelta(minutes=6))
    session.expire_all()
    assert session.get(DataExport, export_id).state == "ready"


def test_asking_again_while_it_is_made_makes_no_second(session, leaver):
    assert ask_export(session, leaver.id, now=utc_now()) is not None
    assert ask_export(session, leaver.id, now=utc_now()) is None


def test_a_guests_buyer_that_is_not_proved_is_not_told(session, store):
    user = make_user(session, email="liar@market.example", confirmed=False)
    make_buyer(session, name="เจ้าของจริง", phone=None, email="liar@market.example")

    archive, _row = made(session, user, store)

    assert "เจ้าของจริง" not in archive.read("data.json").decode()
