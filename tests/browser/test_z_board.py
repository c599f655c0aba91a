"""The board from the keyboard, renewing itself, and without a connection."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import follow, go
from tests.browser.test_round import press, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
#: Last of all files, because nobody may need this round open any more.
ROUND = 4


#: Rings as the clock would; was the question held back before it went out? None: nobody was rung.
HELD_BACK = """() => new Promise(done => {
    const told = event => done(event.defaultPrevented);
    document.addEventListener("htmx:before:request", told, {once: true});
    setTimeout(done, 5000, null);
    document.getElementById("live").dispatchEvent(new Event("live"));
})"""


def ask_groups(desk):
    """Close the round early and send its match; the board's path."""
    page = desk.go(f"/rounds/{ROUND}")
    if page.locator("#close-reason").count():
        page.fill("#close-reason", "ลองเล่น")
        press(page, "/close")
        until(desk, f"/rounds/{ROUND}/match", "form[action*='/publish']")
        press(page, "/publish")
    return f"/board/{ROUND}"


def renew(page):
    """Ask for the part now, as the clock would; the status and what was sent."""
    with page.expect_response(lambda answer: answer.request.headers.get("hx-request")) as got:
        page.evaluate("document.getElementById('live').dispatchEvent(new Event('live'))")
    answer = got.value
    answer.finished()
    return answer.status, answer.request.all_headers().get("if-none-match")


def test_the_board_from_the_keyboard_and_without_a_connection(person):
    desk = person("coordinator", "desktop")
    desk.come_as("admin@talad.example")
    asked_round = ask_groups(desk)
    page = desk.go(asked_round)
    desk.look("board")

    # j and k go through the groups, one of them in the tab order; fields keep their keys.
    rows = page.locator("[data-row]")
    assert rows.count() > 1
    page.keyboard.press("j")
    expect(rows.nth(0).locator("[data-open]")).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1).locator("[data-open]")).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0).locator("[data-open]")).to_be_focused()
    assert page.locator("[data-open][tabindex='0']").count() == 1
    page.keyboard.press("?")
    expect(page.locator("#keys dl")).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("[data-find]")).to_be_focused()
    expect(page.locator(".board-fold")).to_have_attribute("open", "")  # folded on a phone
    page.keyboard.type("jk?c")
    expect(page.locator("[data-find]")).to_have_value("jk?c")

    # A renewal sends the tag, gets a 304 while nothing changed, and disturbs nothing.
    details = page.locator("#live details").first
    if details.count():
        details.evaluate("box => { box.open = true }")
    rows.nth(1).locator("[data-open]").focus()
    page.evaluate("scrollTo(0, 200)")
    for _ in range(10):  # at most: the worker does something in between, or the minute changes
        status, tag = renew(page)
        if status == 304:
            break
    assert (status, bool(tag)) == (304, True)
    expect(rows.nth(1).locator("[data-open]")).to_be_focused()
    expect(page.locator("[data-find]")).to_have_value("jk?c")
    assert page.evaluate("scrollY") == 200
    if details.count():
        assert details.evaluate("box => box.open")

    # In a tab that nobody looks at nothing is asked.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url)
            if request.headers.get("hx-request") else None)  # fmt: skip
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    assert page.evaluate(HELD_BACK) is True
    assert asked == []
    page.evaluate("delete document.hidden")

    # Without an answer the board stays, says of when it is, asks less, and comes back by itself.
    def lost(route: Route) -> None:
        route.abort("internetdisconnected")

    page.route(re.compile(r"/board/\d+"), lost)
    page.evaluate("document.getElementById('live').dispatchEvent(new Event('live'))")
    words = page.locator("#live-lost")
    expect(words).to_be_visible()
    assert re.search(r"\d\d:\d\d", words.inner_text())
    assert rows.count() > 1
    before = len(asked)
    assert page.evaluate(HELD_BACK) is True, "it waits longer after each failure"
    assert len(asked) == before
    page.unroute(re.compile(r"/board/\d+"))
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(words).to_be_hidden()
    lost_words = ("Failed to fetch", "ERR_INTERNET")
    desk.complaints = [c for c in desk.complaints if not any(w in c for w in lost_words)]

    # The call sheet keeps a call that brought no answer; filters stand in the address.
    go(page, asked_round + "?show=silent")
    follow(page.locator("[data-behalf]").first)
    desk.look("call-sheet")
    page.locator("input[name=outcome][value=no_answer]").check(force=True)
    page.locator("form[action*='/calls/'] button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/rounds/\d+/calls$"))
    desk.look("call-list")
    go(page, asked_round.replace("/board/", "/rounds/") + "/short")
    desk.look("short")
    follow(page.locator("a.short-link").first)
    desk.look("resolve")
    effect = page.locator("form[action$='/effect'] button[type=submit]").first
    if effect.count():
        follow(effect)
        desk.look("effect")
    assert desk.complaints == []
