"""The words that people use: edited by the market, known to the search at once."""

import pytest
from sqlalchemy import select, text

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.catalogue.models import Synonym
from market.catalogue.search_index import load_synonyms, refresh_search
from market.catalogue.synonyms.commands import add_synonym, remove_synonym
from market.catalogue.synonyms.queries import list_synonyms
from market.clock import utc_now
from market.errors import Refused
from market.overviews.search.queries import find
from market.overviews.shop.rows import Wanted
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_product

WHO = {"actor": "user:1", "now": utc_now()}


def audits(session):
    return list(session.scalars(select(AuditEvent.event).where(AuditEvent.subject == "synonym")))


def found(session, words):
    return [row.name_th for row in find(session, Wanted(words=words), utc_now()).goods.rows]


def test_a_new_word_finds_at_once_and_no_more_when_taken_off(session):
    make_product(session, name="ปลาร้าบอง")
    refresh_search(session)
    assert found(session, "น้ำแจ่ว") == []

    assert add_synonym(session, " น้ำแจ่ว", "ปลาร้า ", **WHO)
    assert not add_synonym(session, "น้ำแจ่ว", "ปลาร้า", **WHO)
    assert found(session, "น้ำแจ่ว") == ["ปลาร้าบอง"]

    pair = list_synonyms(session)[0]
    assert (pair.said_shown, pair.means_shown) == ("น้ำแจ่ว", "ปลาร้า")
    assert remove_synonym(session, pair.said, pair.means, **WHO)
    assert not remove_synonym(session, pair.said, pair.means, **WHO)
    assert found(session, "น้ำแจ่ว") == []
    assert audits(session) == ["added", "removed"]


def test_a_word_that_was_taken_off_does_not_come_back_with_the_catalogue(session):
    load_synonyms(session)
    before = len(list_synonyms(session))
    pair = list_synonyms(session, "ปลาแดก")[0]
    remove_synonym(session, pair.said, pair.means, **WHO)

    load_synonyms(session)

    assert len(list_synonyms(session)) == before - 1
    assert list_synonyms(session, "ปลาแดก") == ()
    assert add_synonym(session, pair.said_shown, pair.means_shown, **WHO)
    assert len(list_synonyms(session)) == before


@pytest.mark.parametrize(
    ("said", "means"),
    [("", "ข้าว"), ("ก", "ข้าว"), ("ก" * 25, "ข้าว"), ("ข้าวสาร", ""), ("ข้าว", "ขาว"),
     ("\u0e48\u0e49\u0e4a", "ข้าว"), ("ข้าวสาร", "x" * 61)],
)  # fmt: skip
def test_what_the_search_could_not_use_is_refused(session, said, means):
    with pytest.raises(Refused):
        add_synonym(session, said, means, **WHO)
    assert session.scalars(select(Synonym)).all() == []
    assert audits(session) == []


def test_the_page_adds_lists_and_takes_off(app, session):
    user = make_user(session)
    make_grant(session, user, role=Role.MARKETING, area="")
    session.commit()
    desk = browser_of(app, user)
    token = {"said": "<b>ฮังการี", "means": "ข้าวฮาง"}
    assert desk.post("/market/synonyms", data=token).status_code == 303
    html = desk.get("/market/synonyms").text
    assert "&lt;b&gt;ฮังการี" in html
    assert desk.post("/market/synonyms", data={"said": "x", "means": "y"}).status_code == 422
    row = session.execute(text("SELECT said, means FROM synonym")).one()
    gone = desk.post("/market/synonyms/remove", data={"said": row.said, "means": row.means})
    assert gone.status_code == 303
    assert list_synonyms(session) == ()
