"""Pages that renew themselves lose nothing that somebody is typing, and come back by themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Response, expect
from sqlalchemy import update

from market.accounts.rules import Role
from market.db import db
from market.rounds.models import Round
from tests.browser.conftest import PATIENCE_SECONDS, follow, go
from tests.browser.line import Line
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import boxes, make_packed, make_producing
from tests.factories.payments import add_order, make_paying

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def renewed(page: Page) -> Response:
    """Ask for the part now, as the clock would."""
    with page.expect_response(lambda got: "hx-request" in got.request.headers) as found:
        page.evaluate("document.getElementById('live').dispatchEvent(new Event('live'))")
    found.value.finished()
    return found.value


def at_the_desk(browser: Browser, app: Flask, base: str) -> Page:
    """An administrator's browser."""
    user = make_user(db.session)
    make_grant(db.session, user, Role.ADMINISTRATOR, area="")
    db.session.commit()
    cookie = browser_of(app, user).get_cookie("session")
    assert cookie is not None
    context = browser.new_context(base_url=base, locale="th-TH")
    context.add_cookies([{"name": "session", "value": cookie.value, "url": base}])
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    return context.new_page()


def test_typed_words_stay_and_changes_come_by_themselves(
    committed: Flask, browser: Browser, address: str, line: Line
) -> None:
    paying = make_paying(db.session)
    add_order(db.session, paying, 20)
    page = at_the_desk(browser, committed, address)

    go(page, f"/money/{paying.round.id}")
    find: Any = page.locator("#live input[type=text], #live input[name=find]").first
    find.press_sequentially("สมช")
    assert renewed(page).status in (200, 304)
    db.session.execute(update(Round).values(number=Round.number + 1))
    db.session.commit()
    assert renewed(page).status == 200
    expect(find).to_have_value("สมช")
    expect(find).to_be_focused()

    for path in (
        "/board", "/board/cases", f"/rounds/{paying.round.id}/calls", "/requests", "/country",
        f"/rounds/{paying.round.id}/short",
    ):  # fmt: skip
        go(page, path)
        for _ in range(10):  # at most: the minute changes in between
            again = renewed(page)
            if again.status == 304:
                break
        assert (path, again.status) == (path, 304)
        assert again.request.headers["if-none-match"]

    go(page, "/board")
    renewed(page)
    line.is_cut = True
    page.evaluate("document.getElementById('live').dispatchEvent(new Event('live'))")
    expect(page.locator("#live-lost")).to_contain_text(re.compile(r"\d\d:\d\d"))
    db.session.execute(update(Round).values(name_th="รอบชื่อใหม่"))
    db.session.commit()
    line.is_cut = False
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#live-lost")).to_be_hidden()
    expect(page.locator("#live")).to_contain_text("รอบชื่อใหม่")
    page.context.close()


def test_numbers_that_somebody_types_outlive_those_of_others(
    committed: Flask, browser: Browser, address: str, line: Line
) -> None:
    paying = make_paying(db.session)
    for _ in range(2):
        add_order(db.session, paying, 10, parcel=True)
    make_producing(db.session, paying)
    make_packed(db.session, paying.batch)
    db.session.commit()
    mine, other = boxes(db.session)
    on = db.session.get_one(Round, paying.round.id).delivery_on[0]
    page = at_the_desk(browser, committed, address)

    go(page, f"/parcels?on={on}")
    renewed(page)
    page.fill(f"#f-tracking-{mine.id}", "EF123456TH")
    other.tracking_no = "EF999999TH"
    db.session.commit()
    assert renewed(page).status == 200
    expect(page.locator("#live nav b").nth(2)).to_have_text("1")
    expect(page.locator(f"#f-tracking-{mine.id}")).to_have_value("EF123456TH")
    follow(page.locator("#numbers button[type=submit]"))
    db.session.rollback()
    assert [box.tracking_no for box in boxes(db.session)] == ["EF123456TH", "EF999999TH"]

    go(page, f"/gather?on={on}")
    page.locator("details.on-paper").evaluate_all("all => all.map(one => one.open = false)")
    shown = "rows => rows.map(row => row.checkVisibility())"
    assert page.locator(".gather-rows li").evaluate_all(shown) == [False]
    page.emulate_media(media="print")
    assert page.locator(".gather-rows li").evaluate_all(shown) == [True], "paper shows all"
    page.context.close()
