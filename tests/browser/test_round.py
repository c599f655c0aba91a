"""A whole round in real browsers: a guest and a leader on phones, two desks, simulated others."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.conftest import Person, follow, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# One group alone makes these shirts, ten at a time: our guest's ten start the batch.
PRODUCT, UNITS, LEADER, ROUND = "P070", "10", "g540105@talad.example", 5


def press(page: Page, form: str) -> None:
    """Press the first button of the form whose address contains ``form``."""
    follow(page.locator(f"form[action*='{form}'] button[type=submit]").first)


def send(page: Page, form: str) -> None:
    """Send a form that would wait on the phone without signal: done when it is gone."""
    page.locator(f"{form} button[type=submit]").first.click()
    page.locator(form).first.wait_for(state="detached")
    page.wait_for_load_state()


def open_drawer(form: Locator) -> None:
    """Open the drawer (details) in which a form lies, where it lies in one."""
    drawer = form.locator("xpath=ancestor::details[not(@open)]")
    if drawer.count():
        drawer.locator("summary").click()


def until(somebody: Person, path: str, selector: str) -> None:
    """Reload a page until something stands on it: the worker needs a moment."""
    there = somebody.page.locator(selector)
    wait_for(somebody.page, lambda: somebody.go(path) and there.count(), 500)


def play_until(coordinator: Person, ready: Callable[[], bool], seconds: int = 400) -> None:
    """Let the simulated others do their part, again and again, until ``ready``.

    The board is opened before we look: what it then shows is no newer than what we saw,
    and a step for a state that has passed does nothing.
    """
    end = time.monotonic() + seconds
    while True:
        steps = coordinator.go(f"/board/{ROUND}").locator("form[action*='/step']").count()
        if ready():
            return
        assert time.monotonic() < end, coordinator.page.inner_text("main")[:800]
        if steps:
            press(coordinator.page, "/step")
        coordinator.page.wait_for_timeout(500)


def order(guest: Person) -> str:
    """The guest orders shirts to a pick-up point; returns the order's number."""
    page = guest.go(f"/goods/{PRODUCT}")
    page.locator("input[name=units]").first.fill(UNITS)
    press(page, "/cart/lines")
    guest.go(f"/checkout/{ROUND}")
    follow(page.locator("select[name=point] + *, form[method=get] button[type=submit]").first)
    guest.memory["point"] = page.locator("form#order input[name=point]").get_attribute("value")
    page.locator("input[name=name]").fill("สมศรี ใจดี")
    page.locator("input[name=phone]").fill("081-234-5678")
    page.locator("input[name=email]").fill("somsri@talad.example")
    page.locator("button[form=order]").click()
    page.wait_for_url("**/orders/*")
    return page.url.rsplit("/", 1)[1]


def close_and_publish(coordinator: Person) -> None:
    """The coordinator closes early, looks at the match and sends it to the groups."""
    page = coordinator.page
    coordinator.look("board-list")
    coordinator.go(f"/rounds/{ROUND}")
    coordinator.look("round-open")
    page.fill("#close-reason", "ลองเล่นทั้งรอบ")
    press(page, "/close")
    until(coordinator, f"/rounds/{ROUND}/match", "form[action*='/publish']")
    coordinator.look("match")
    press(page, "/publish")
    until(coordinator, f"/board/{ROUND}", "[data-row]")
    coordinator.look("board-asked")


def answer(leader: Person, letters: Person) -> None:
    """The leader answers from the letter's link, without a password, in two taps."""
    until(letters, "/dev/mail", f"text={LEADER}")
    letters.look("dev-mail")
    follow(letters.page.locator("article", has_text=LEADER).first.locator("a").first)
    letters.look("dev-letter")
    letter = letters.page.inner_text("main")
    leader.go(letter[letter.index("/l/") :].split()[0])
    page = leader.page
    leader.look("answer")
    leader.memory["today"] = page.locator("#question a[href^='/group/']").last.get_attribute("href")
    if page.locator("a[href='#part']").count():
        page.locator("a[href='#part']").click()
        leader.look("answer-part")
        page.go_back()
    page.locator("a[href='#all']").click()
    leader.look("answer-all")
    send(page, "#all form")
    leader.look("answer-done")
    # Shirts to be fetched and shirts by parcel are two questions: what she leaves open, the
    # simulated others answer as they like, and our guest's may be the one they refuse.
    following = page.locator("a.btn-primary[href*='/asks/']")
    while following.count():
        follow(following.first)
        page.locator("a[href='#all']").click()
        send(page, "#all form")


def test_a_round_from_order_to_payout(person):
    guest, leader = person("guest"), person("leader")
    coordinator, treasurer = person("coordinator", "desktop"), person("treasurer", "desktop")
    number = order(guest)
    coordinator.come_as("coordinator@talad.example")
    close_and_publish(coordinator)
    answer(leader, person("letters", "desktop"))

    # The others answer; what they cannot make is matched again until buyers are asked to pay.
    play_until(coordinator, lambda: "/pay/" in guest.go(f"/orders/{number}").content())
    coordinator.look("board-confirmed")
    guest.look("order-to-pay")
    guest.go(f"/pay/{number}")
    guest.look("pay")

    treasurer.come_as("treasurer@talad.example")
    treasurer.look("money-list")
    treasurer.go(f"/money/{ROUND}?find={number}")
    treasurer.look("money-due")
    receipt = treasurer.page.locator("form[action*='receipt']").first
    open_drawer(receipt)
    amount = guest.page.locator(".price-big").inner_text().replace("฿", "").replace(",", "")
    receipt.locator("input[name*=reference]").fill("KB-20261122-0001")
    if receipt.locator("input[name*=amount]:visible").count():
        receipt.locator("input[name*=amount]").fill(amount)
    follow(receipt.locator("button[type=submit]"))
    until(guest, f"/pay/{number}", ".chip-confirmed")
    guest.look("paid")

    play_until(coordinator, lambda: bool(batches_to_make(leader)))
    make(leader)
    hand_out(coordinator, guest, number)
    finish(coordinator, treasurer)
    guest.go(f"/orders/{number}")
    guest.look("order-received")
    leader.go(leader.memory["today"])
    leader.look("leader-paid")


def batches_to_make(leader: Person) -> list[str]:
    """The addresses of the group's batches that wait to be made."""
    links = leader.go(leader.memory["today"]).locator("a[href^='/batches/']")
    hrefs = list(dict.fromkeys(link.get_attribute("href") for link in links.all()))
    todo = "form[action*='/steps/'], form[action$='/made']"
    return [href for href in hrefs if leader.go(href).locator(todo).count()]


def make(leader: Person) -> None:
    """Made, tried, labelled, packed, handed over: one task a screen, batch after batch."""
    for href in batches_to_make(leader):
        page = leader.go(href)
        leader.look("batch-make")
        for step in ("/steps/ingredients", "/made", "/steps/own_use", "/steps/labelled", "/packed"):
            send(page, f"form[action$='{step}']")
        leader.go(f"{href}/hand-over")
        leader.look("batch-hand-over")
        open_drawer(page.locator("form[action$='/handed-over']"))
        send(page, "form[action$='/handed-over']")
        leader.look("batch-on-its-way")


def hand_out(coordinator: Person, guest: Person, number: str) -> None:
    """At the point: boxes arrive, the guest says the code."""
    guest.go(f"/orders/{number}")
    guest.look("order-on-its-way")
    desk = f"/points/{guest.memory['point']}/desk"
    page = coordinator.go(desk)
    coordinator.look("point-desk")
    press(page, "/arrive")
    code = "".join(ch for ch in guest.page.locator(".code").first.inner_text() if ch.isdigit())
    coordinator.go(f"{desk}?code={code}")
    coordinator.look("point-hand-out")
    press(page, "/receive")
    coordinator.look("point-handed-out")


def finish(coordinator: Person, treasurer: Person) -> None:
    """The others fetch theirs, groups are paid, the round is complete."""
    step = coordinator.page.locator("form[action*='/step']")
    play_until(coordinator, lambda: not step.count())
    treasurer.go(f"/money/{ROUND}")
    treasurer.look("money-done")
    coordinator.go(f"/rounds/{ROUND}")
    coordinator.look("round-completed")
    assert coordinator.page.locator(".chip-confirmed").count(), "the round did not complete"
