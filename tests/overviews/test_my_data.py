"""Everything kept about a person: taken along, and forgotten without a trace of them."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, text

import market.models  # noqa: F401  every table, whichever test runs first
from market.accounts.models import Buyer, User
from market.accounts.own.deletions import ask_deletion, cancel_deletion
from market.accounts.own.exports import ask_export
from market.accounts.own.models import AccountDeletion, DataExport, Identity
from market.accounts.rules import Role
from market.clock import utc_now
from market.db import Base
from market.errors import Unavailable
from market.files import Folder, StoredFile
from market.notices.commands import notify, post_letter
from market.orders.models import Order, SavedAddress
from market.overviews.my_data.flows import end_old_exports, forget_due, make_export
from market.overviews.my_data.subjects import SUBJECTS, told
from market.overviews.my_data.words import HEADINGS, HOLD_WORDS, pages
from market.payments.models import ProblemReport, Refund
from market.payments.papers import issue
from market.payments.states import PaperKind
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.accounts import PASSWORD, browser_of, make_buyer, make_grant, make_user
from tests.factories.payments import add_order, make_paying

NAME, PHONE, EMAIL = "ศรีสมรผู้จากไป", "+66812999888", "leaver@market.example"
HOUSE, NOTE, WORDS = "99/77 ซอยลับแล", "หลังวัดป่าลับตา", "ขวดแตกที่ฝาสีม่วงพิเศษ"
STRINGS = (NAME, PHONE, EMAIL, HOUSE, NOTE, WORDS, "0812999888")
PAPER = {
    "buyer": NAME, "order_number": "1-1", "amount_satang": 100, "fee_satang": 0, "lines": [],
    "words": "หนึ่งบาทถ้วน", "paid_at": "2026-11-23T00:00:00+00:00",
}  # fmt: skip


@pytest.fixture
def store(tmp_path):
    return Folder(tmp_path / "files")


@pytest.fixture
def leaver(session):
    """Somebody who has done everything one can do here."""
    now = utc_now()
    user = make_user(session, name=NAME, email=EMAIL, phone=PHONE, password=PASSWORD)
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    buyer = session.get(Buyer, order.buyer_id)
    buyer.name, buyer.phone, buyer.email, buyer.user_id = NAME, PHONE, EMAIL, user.id
    order.recipient, order.phone, order.address_note = NAME, PHONE, NOTE
    session.get(Round, order.round_id).state = RoundState.COMPLETED
    make_buyer(session, name=NAME, phone=PHONE, email=None)  # as a guest, before
    session.add(
        Identity(user_id=user.id, provider="line", subject="U1", display_name=NAME, linked_at=now)
    )
    _address(session, user, order)
    notify(
        session, event="order.placed", subject="order:1", payload={"name": NAME, "link": "/"},
        now=now, user_id=user.id,
    )  # fmt: skip
    post_letter(
        session, user_id=user.id, address=EMAIL, subject="x:1", payload={"text": NAME},
        language="th", now=now,
    )  # fmt: skip
    _money(session, order, paying, now)
    session.flush()
    return user


def _address(session, user, order):
    session.add(
        SavedAddress(
            user_id=user.id, recipient=NAME, phone=PHONE, tambon_code=order.tambon_code,
            house_no=HOUSE, note=NOTE, created_at=utc_now(),
        )
    )  # fmt: skip


def _money(session, order, paying, now):
    session.add(
        Refund(
            order_id=order.id, cause="test:1", amount_satang=100, state="paid", way="bank",
            to_promptpay="0812999888", to_name=NAME, due_at=now, paid_at=now,
            bank_reference="R-1", paid_by="user:1",
        )
    )  # fmt: skip
    line_id = session.scalar(
        text("SELECT id FROM order_line WHERE order_id = :id"), {"id": order.id}
    )
    session.add(
        ProblemReport(
            order_id=order.id, line_id=line_id, batch_id=paying.batch.id, kind="damaged",
            words=WORDS, state="declined", answer=f"ขออภัย {NAME}", reported_at=now,
            reported_by="user:1", promised_by=now, decided_at=now, decided_by="user:2",
        )
    )  # fmt: skip
    issue(
        session, PaperKind.RECEIPT, f"order:{order.id}", PAPER, now=now, actor="system",
        order_id=order.id,
    )  # fmt: skip


def grep(session, strings):
    """(table, column, row) of every text that holds one of the strings, in the whole database."""
    columns = session.execute(
        text(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            " AND c.data_type IN ('text', 'character varying', 'jsonb', 'ARRAY')"
        )
    ).all()
    assert len(columns) > 200
    found = []
    for table, column in columns:
        rows = session.scalars(
            text(f'SELECT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL')
        )
        found += [(table, column) for value in rows if any(part in value for part in strings)]
    return sorted(set(found))


def clock():
    return utc_now()


def in_eight_days():
    return utc_now() + timedelta(days=8)


def leave(session, user, store):
    ask_deletion(session, user.id, now=utc_now())
    session.commit()
    return forget_due(store, in_eight_days)


def test_the_strings_are_all_over_the_database_before(session, leaver):
    tables = {table for table, _column in grep(session, STRINGS)}
    wanted = {
        "user", "buyer", "orders", "notice", "identity", "saved_address", "refund",
        "problem_report", "paper",
    }  # fmt: skip
    assert wanted <= tables


def test_nothing_of_a_person_is_left_anywhere_in_the_database(session, leaver, store):
    assert leave(session, leaver, store) == 1

    assert grep(session, STRINGS) == []


def test_orders_and_money_stay(session, leaver, store):
    before = session.execute(text("SELECT sum(units), count(*) FROM order_line")).one()
    receipts = session.scalar(text("SELECT content->>'words' FROM paper"))

    leave(session, leaver, store)

    assert session.execute(text("SELECT sum(units), count(*) FROM order_line")).one() == before
    assert session.scalar(text("SELECT content->>'words' FROM paper")) == receipts
    assert session.scalar(text("SELECT sum(amount_satang) FROM refund")) == 100
    assert session.scalar(select(Order.state)) == "placed"


def test_nobody_signs_in_any_more_and_sessions_end(session, app, leaver, store):
    phone = browser_of(app, leaver)
    assert phone.get("/account").status_code == 200

    leave(session, leaver, store)

    assert phone.get("/account").status_code == 302
    session.refresh(leaver)
    assert (leaver.active, leaver.password, leaver.email) == (False, None, None)
    page = app.test_client().post("/sign-in", data={"identity": EMAIL, "passcode": PASSWORD})
    assert page.status_code == 200


def test_forgetting_twice_changes_nothing_more(session, leaver, store):
    leave(session, leaver, store)
    session.refresh(leaver)
    gone = leaver.fs_uniquifier

    assert forget_due(store, in_eight_days) == 0
    session.refresh(leaver)
    assert leaver.fs_uniquifier == gone
    events = "SELECT count(*) FROM audit_event WHERE event = 'deletion.done'"
    assert session.scalar(text(events)) == 1


def test_seven_days_are_left_to_think_again(session, leaver, store):
    ask_deletion(session, leaver.id, now=utc_now())
    session.commit()

    assert forget_due(store, lambda: utc_now() + timedelta(days=6, hours=23)) == 0
    cancel_deletion(session, leaver.id, now=utc_now())
    session.commit()
    assert forget_due(store, in_eight_days) == 0
    assert session.get(User, leaver.id).name == NAME


def test_asking_twice_is_one_request_with_the_first_date(session, leaver):
    ask_deletion(session, leaver.id, now=utc_now())
    ask_deletion(session, leaver.id, now=in_eight_days())

    [row] = session.scalars(select(AccountDeletion))
    assert row.due_at < utc_now() + timedelta(days=7, minutes=1)


@pytest.mark.parametrize("what", ["order", "refund", "problem", "work"])
def test_what_runs_holds_the_deletion_up_with_an_explanation(session, app, leaver, store, what):
    _hold(session, leaver, what)
    page = browser_of(app, leaver, language="en").get("/account/leave").text

    assert "What has to end first" in page
    assert leave(session, leaver, store) == 0
    assert session.get(User, leaver.id).name == NAME
    assert session.scalar(select(AccountDeletion.done_at)) is None


def _hold(session, leaver, what):
    if what == "order":
        session.execute(text("UPDATE round SET state = 'producing'"))
    if what == "refund":
        session.execute(text("UPDATE refund SET state = 'due', paid_at = NULL"))
    if what == "problem":
        session.execute(text("UPDATE problem_report SET state = 'open', decided_at = NULL"))
    if what == "work":
        make_grant(session, leaver, Role.MARKETING, area="")
    session.flush()


def test_it_happens_by_itself_once_what_held_it_up_is_over(session, leaver, store):
    _hold(session, leaver, "order")
    assert leave(session, leaver, store) == 0
    session.execute(text("UPDATE round SET state = 'completed'"))
    session.commit()

    assert forget_due(store, in_eight_days) == 1


def test_a_store_that_is_away_leaves_the_person_whole_and_is_tried_again(session, leaver, store):
    export_id = ask_export(session, leaver.id, now=utc_now())
    session.commit()
    make_export(export_id, store, pages, clock)

    class Away(Folder):
        def drop(self, name):
            raise Unavailable("file_is_gone")

    assert leave(session, leaver, Away(store.root)) == 0
    session.expire_all()
    assert session.get(User, leaver.id).name == NAME
    assert forget_due(store, in_eight_days) == 1
    assert grep(session, STRINGS) == []


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


#: Tables without anything of a buyer or a visitor; a new one is asked for here or in personal.py.
OF_NOBODY = {
    "amphoe", "ask", "assignment", "bank_file", "batch", "batch_tick", "box_case", "campaign",
    "campaign_choice", "cart_line", "category", "certificate", "chain_cost", "channel_budget",
    "channel_health", "channel_month", "channel_rule", "charge", "charge_share", "chat_event",
    "consignment", "delivery_tariff", "demand_cell", "demand_month", "desk_closing", "dispute",
    "enterprise", "figure_run", "gateway_check", "gateway_event", "group_deficit", "instead_offer",
    "institution_line", "institution_order", "lane", "ledger_entry", "market_day",
    "match_flow", "match_piece", "match_pin", "match_run", "match_weight", "neighbour_offer",
    "notice_words", "offer", "offer_result", "paper_counter", "part_rule", "payout", "photo",
    "photo_file", "pickup_point", "post_rate", "posting", "price_part", "producer_group", "product",
    "product_facet", "province", "receipt", "report_line", "report_snapshot", "report_thing",
    "reservation", "returned_mail", "review_invite", "round", "round_call", "round_figure",
    "round_group",
    "round_offer", "round_offer_part", "round_point", "round_summary", "round_template",
    "round_template_choice", "round_template_point", "search_entry", "search_note", "security_role",
    "shared_line", "shortfall_step", "simulation", "simulation_offer", "standing_line", "synonym",
    "tambon", "trip_box", "trip_stop", "unserved_line",
}  # fmt: skip


def test_every_table_says_what_becomes_of_the_people_in_it():
    said = {table for subject in SUBJECTS for table in subject.keeps}
    there = set(Base.metadata.tables)

    assert there - said - OF_NOBODY == set(), "say it in the subject's personal.py"
    assert (said | OF_NOBODY) - there == set()
    assert said & OF_NOBODY == set()


def test_every_table_with_a_user_or_a_buyer_is_a_table_of_people():
    said = {table for subject in SUBJECTS for table in subject.keeps}
    bound = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("user", "buyer")
    }
    assert bound <= said


def test_every_column_and_every_hold_has_words(session):
    held = {hold.code for subject in SUBJECTS for hold in subject.holds}
    assert held == set(HOLD_WORDS)
    user = make_user(session)
    from market.overviews.my_data.queries import person_of, read_part

    person = person_of(session, user.id)
    headings = {h for part in told() for h in read_part(session, part, person).headings}
    assert headings == set(HEADINGS)


def test_a_paper_allows_no_other_change_than_forgetting_its_buyer(session, leaver):
    for wrong in (
        "UPDATE paper SET content = jsonb_set(content, '{buyer}', '\"another\"')",
        "UPDATE paper SET content = jsonb_set(content, '{amount_satang}', '1')",
        "UPDATE paper SET number = 'x'",
        "DELETE FROM paper",
    ):
        with pytest.raises(Exception, match="append-only"), session.begin_nested():
            session.execute(text(wrong))
