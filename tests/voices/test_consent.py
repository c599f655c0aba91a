"""A name beside a review is a consent: given there or on the account's page, taken back for all."""

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.own.consents import consents_of
from market.accounts.own.rules import ConsentKind
from market.voices.queries.reviews import reviews_of_group
from tests.factories.accounts import browser_of, make_user
from tests.voices.test_reviews import received
from tests.voices.test_views import send


def test_a_name_stands_beside_reviews_until_it_is_taken_back_for_all(app: Flask, session: Session):
    paying = received(session)
    user = make_user(session)
    session.execute(
        text("UPDATE buyer SET user_id = :u, name = 'มาลี ดีงาม' WHERE id = :b"),
        {"u": user.id, "b": paying.orders[0].buyer_id},
    )
    browser = browser_of(app, user)

    def shown() -> str | None:
        return reviews_of_group(session, paying.group.id).reviews[0].name

    def given() -> bool:
        said = {consent.kind: consent.given for consent in consents_of(session, user.id)}
        return said[ConsentKind.REVIEW_NAME]

    assert not given()
    send(browser, paying, show_name="1")
    assert (given(), shown()) == (True, "มาลี")
    browser.post("/account/consents", data={})
    assert (given(), shown()) == (False, None)
    browser.post("/account/consents", data={"consent": "review_name"})
    assert (given(), shown()) == (True, "มาลี")


def test_a_review_without_a_name_gives_no_consent(app: Flask, session: Session):
    paying = received(session)
    user = make_user(session)
    session.execute(
        text("UPDATE buyer SET user_id = :u WHERE id = :b"),
        {"u": user.id, "b": paying.orders[0].buyer_id},
    )

    send(browser_of(app, user), paying)

    assert not any(consent.given for consent in consents_of(session, user.id))
