"""Everything kept about a person: told by every subject, and forgotten without a trace of them."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

import market.models  # noqa: F401  every table, whichever test runs first
from market.accounts.models import User
from market.accounts.own.deletions import ask_deletion, cancel_deletion
from market.accounts.own.exports import ask_export
from market.accounts.own.models import AccountDeletion
from market.accounts.rules import Role
from market.clock import utc_now
from market.db import Base
from market.errors import Unavailable
from market.files import Folder
from market.orders.models import Order
from market.overviews.my_data.flows import forget_due, make_export
from market.overviews.my_data.subjects import SUBJECTS, told
from market.overviews.my_data.words import HEADINGS, HOLD_WORDS, pages
from tests.factories.accounts import PASSWORD, browser_of, make_grant, make_user
from tests.overviews.leaver_kit import EMAIL, NAME, STRINGS, clock


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
