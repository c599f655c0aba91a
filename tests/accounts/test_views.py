"""Opening links, the account page, the language, and what a request costs."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from market.accounts.commands import issue_link, revoke_links
from market.accounts.models import SignedLink, User
from market.accounts.rules import Role
from market.clock import utc_now
from market.db import db
from tests.factories.accounts import browser_of, make_grant, make_user, soon
from tests.factories.catalogue import make_group

NOW = utc_now()


@contextmanager
def statements():
    """The SQL statements that are sent meanwhile."""
    seen = []

    def note(_conn, _cursor, statement, *_rest):
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_link_is_remembered_and_nothing_else_changes(session, client):
    group_id = make_group(session)
    token = issue_link(session, "answer", group_id=group_id, expires_at=soon(), now=NOW)
    before = session.execute(select(*SignedLink.__table__.c)).all()

    with statements() as sent:
        answer = client.get(f"/l/{token}")

    assert (answer.status_code, answer.location) == (303, f"/group/{group_id}")
    assert all(statement.lstrip().startswith("SELECT") for statement in sent)
    assert session.execute(select(*SignedLink.__table__.c)).all() == before
    assert answer.headers["Cache-Control"] == "no-store"
    with client.session_transaction() as cookie:
        assert cookie["links"] == [before[0].id]


def test_an_ended_link_says_what_to_do_and_never_why(session, client):
    group_id = make_group(session)
    revoked = issue_link(session, "answer", group_id=group_id, expires_at=soon(), now=NOW)
    revoke_links(session, actor="user:1", group_id=group_id, now=NOW)
    expired = issue_link(session, "answer", group_id=group_id, expires_at=NOW, now=NOW)

    pages = [client.get(f"/l/{token}") for token in (revoked, expired, "unknown", "ก" * 3000)]

    assert [page.status_code for page in pages] == [410] * 4
    assert "/sign-in" in pages[0].get_data(as_text=True)
    with client.session_transaction() as cookie:
        assert "links" not in cookie


def test_nobody_costs_no_statement_and_a_signed_in_user_two(session, app, client):
    user = make_user(session)
    make_grant(session, user, Role.FINANCE, area="")

    with statements() as anonymous:
        client.get("/sign-in")
    browser = browser_of(app, user, links=[1, 2])
    with statements() as signed_in:
        browser.get("/l/unknown")

    assert anonymous == []
    assert len(signed_in) - 1 <= 2, signed_in  # one is the link's own


def test_the_account_shows_roles_with_their_desks(session, app):
    user, group_id = make_user(session), make_group(session)
    make_grant(session, user, Role.GROUP_LEADER, group=group_id)
    make_grant(session, user, Role.PROVINCE_COORDINATOR, area="32")

    page = browser_of(app, user).get("/account").get_data(as_text=True)

    assert f'href="/group/{group_id}"' in page
    assert 'href="/board"' in page


def test_a_new_name_is_stored_in_its_one_spelling(session, app):
    user = make_user(session)

    answer = browser_of(app, user).post("/account/name", data={"name": " เเก้ว \n ดี "})

    session.refresh(user)
    assert answer.status_code == 303
    assert user.name == "แก้ว ดี"


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 10_000])
def test_a_bad_name_changes_nothing(session, app, name):
    user = make_user(session, name="มาลี")

    answer = browser_of(app, user).post("/account/name", data={"name": name})

    assert answer.status_code == 422
    assert "field-error" in answer.get_data(as_text=True)
    assert session.scalars(select(User.name)).all() == ["มาลี"]


def test_the_language_is_kept_and_the_way_back_stays_in_the_market(session, app):
    user = make_user(session)
    client = browser_of(app, user)

    answer = client.post(
        "/language", data={"lang": "en"}, headers={"Referer": "http://localhost/goods?q=rice"}
    )
    outside = client.post(
        "/language", data={"lang": "xx"}, headers={"Referer": "http://evil.example//x"}
    )

    session.refresh(user)
    assert answer.location == "/goods?q=rice"
    assert outside.location == "/"
    assert user.language == "en"
    assert 'lang="en"' in client.get("/account").get_data(as_text=True)
