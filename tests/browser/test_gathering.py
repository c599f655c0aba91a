"""A trip walked with the driver's link on a phone, then codes at the desk, once without signal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from market.accounts.rules import Role
from market.db import db
from market.fulfilment.gathering.models import BoxCase, Trip
from market.fulfilment.gathering.rules import TripState
from tests.browser import conftest
from tests.browser.conftest import go
from tests.browser.phone_kit import Leader, packed
from tests.factories.accounts import make_grant, make_user
from tests.factories.fulfilment import boxes
from tests.factories.matching import TAMBON

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sign_in(clerk: Leader) -> None:
    """As a coordinator of the place, by e-mail and password."""
    user = make_user(db.session, password=conftest.PASSWORD)
    make_grant(db.session, user, Role.TAMBON_COORDINATOR, area=TAMBON)
    db.session.commit()
    conftest.sign_in(clerk.page, user.email or "")


def wait_for(page: Page, there: Callable[[], bool]) -> None:
    """Until it is so in the database; a phone sends by itself."""

    def seen() -> bool:
        db.session.rollback()
        return there()

    conftest.wait_for(page, seen)
    expect(page.locator(".kept")).to_have_count(0)  # the page came again by itself
    page.wait_for_load_state()


def test_a_trip_is_driven_and_its_goods_are_handed_out(browser: Browser, address: str) -> None:
    paying, link = packed()
    driver = Leader(browser, address)
    page = driver.page
    go(page, link)
    driver.check()
    first, _second = boxes(db.session)

    stop = page.locator(".stop.is-now")
    stop.locator("summary").nth(0).click()
    stop.locator("input[name=code]").fill("๙๙๙๙๙๙")  # nobody's
    stop.locator("form[action$='/scan'] button[type=submit]").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    assert {box.state for box in boxes(db.session)} == {"waiting"}

    page.locator(".stop.is-now summary").nth(0).click()
    driver.context.set_offline(True)
    page.locator(".stop.is-now input[name=code]").fill(str(first.id))
    page.locator(".stop.is-now form[action$='/scan'] button[type=submit]").click()
    expect(page.locator(".kept")).to_be_visible()
    driver.context.set_offline(False)
    wait_for(page, lambda: boxes(db.session)[0].state == "handed_over")

    page.locator(".stop.is-now .answer-all").click()
    wait_for(page, lambda: {box.state for box in boxes(db.session)} == {"handed_over"})
    problem = page.locator(".stop.is-now details:has(input[name=kind])")
    problem.locator("summary").click()
    problem.locator(".choice:has(input[name=box])").first.click()
    problem.locator(".choice:has(input[value=broken])").click()
    problem.locator("button[type=submit]").click()
    wait_for(page, lambda: db.session.scalars(select(BoxCase)).first() is not None)
    for _ in range(2):
        driver.check()
        before = page.locator(".stop.is-now").get_attribute("id")
        page.locator(".stop.is-now .answer-all").click()
        expect(page.locator(f"#{before}.is-now")).to_have_count(0)
        expect(page.locator(".kept")).to_have_count(0)
    assert {box.state for box in boxes(db.session)} == {"arrived"}
    assert db.session.scalars(select(Trip.state)).one() is TripState.DONE
    driver.context.close()

    clerk = Leader(browser, address)
    sign_in(clerk)
    page = clerk.page
    go(page, f"/points/{paying.point.id}/desk")
    clerk.check()
    code = paying.orders[1].pickup_code
    page.locator("#f-code").fill(code.translate(THAI_DIGITS))
    page.locator("#f-code").press("Enter")
    page.locator("form[action$='/receive'] button.btn-primary").click()
    expect(page.locator(".toast")).to_be_visible()
    assert boxes(db.session)[1].state == "received"
    go(page, f"/points/{paying.orders[0].point_id}/desk")
    page.locator("details:has(#kept-code) summary").click()
    clerk.context.set_offline(True)
    page.locator("#kept-code").fill(paying.orders[0].pickup_code)
    page.locator("details:has(#kept-code) button[type=submit]").click()
    expect(page.locator(".kept")).to_be_visible()
    clerk.context.set_offline(False)
    wait_for(page, lambda: boxes(db.session)[0].state == "received")
    go(page, f"/points/{paying.point.id}/closing")
    clerk.check()
    clerk.context.close()
