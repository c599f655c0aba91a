"""A phone without signal: the page that says so, the last order, and nothing of it for others."""

import re

import pytest

from tests.browser.conftest import follow, go, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LATER_MS = 3000  # a page asks for its worker only after all that it needs itself
#: Notes on the page that it asked for a worker, before it does.
ASKED = """(() => {
  const container = ServiceWorkerContainer.prototype, usual = container.register;
  container.register = function (file) {
    document.documentElement.dataset.asked = file;
    return usual.call(this, file);
  };
})()"""
KEPT = "caches.open('mine').then(async m => (await m.keys()).length)"


def until(person, expression):
    """Wait until this is true in the page, whose policy forbids Playwright's own way to wait."""
    wait_for(person.page, lambda: person.page.evaluate(expression))


def ready(person):
    """Home, and until the service worker has been installed and sees this browser's pages."""
    person.page.clock.install()
    person.go("/")
    person.page.clock.fast_forward(LATER_MS)
    person.page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    until(person, "navigator.serviceWorker.controller !== null")


def orders(person):
    """Order one piece as a guest; returns the order's path."""
    page = person.go("/goods/P001")
    follow(page.locator("form[action='/cart/lines'] button[type=submit], button[form]").last)
    person.go("/cart")
    person.go(page.locator("a[href^='/checkout/']").first.get_attribute("href"))
    follow(page.locator("form[method=get] button").first)
    page.locator("input[name=name]").fill("มาลี สัญญาณน้อย")
    page.locator("input[name=phone]").fill("081-000-1111")
    page.locator("button[form=order]").click()
    page.wait_for_url("**/orders/*")
    return "/" + page.url.split("/", 3)[3]


@pytest.fixture
def buyer(person):
    """Somebody whose browser has kept the page of the order they placed."""
    somebody = person("buyer")
    ready(somebody)
    somebody.memory["order"] = orders(somebody)
    until(somebody, f"{KEPT}.then(kept => kept === 1)")
    return somebody


def lose_signal(somebody):
    """From now on nothing answers; what the browser logs about it is no complaint."""
    somebody.context.set_offline(True)
    somebody.page.remove_listener("console", somebody._hear)


def test_without_signal_the_last_order_can_be_read(buyer):
    code = re.search(r"\d{3} \d{3}", buyer.page.locator("main").inner_text())
    lose_signal(buyer)

    buyer.go("/groups")
    assert buyer.page.locator("h1").inner_text() == "ไม่มีสัญญาณ"
    buyer.look("offline")
    buyer.page.locator("[data-last-order]").click()
    buyer.page.wait_for_url("**/offline/order")

    number = buyer.memory["order"].rsplit("/", 1)[1]
    assert number in buyer.page.locator("main").inner_text()
    assert code is None or code.group() in buyer.page.locator("main").inner_text()
    buyer.go(buyer.memory["order"])
    assert number in buyer.page.locator("main").inner_text()
    buyer.context.set_offline(False)
    buyer.go("/groups")
    assert buyer.page.locator("h1").inner_text() != "ไม่มีสัญญาณ"


def test_who_signs_in_or_out_leaves_nothing_of_the_order_behind(buyer):
    buyer.sign_in("consumer@talad.example")
    until(buyer, f"{KEPT}.then(kept => kept === 0)")

    buyer.go(buyer.memory["order"])
    until(buyer, f"{KEPT}.then(kept => kept === 1)")
    buyer.go("/account")
    follow(buyer.page.locator("form[action='/sign-out'] button"))
    until(buyer, f"{KEPT}.then(kept => kept === 0)")
    lose_signal(buyer)

    buyer.go(buyer.memory["order"])
    assert buyer.page.locator("h1").inner_text() == "ไม่มีสัญญาณ"
    assert buyer.page.locator("[data-last-order]").is_hidden()


def test_a_coordinator_keeps_no_page_of_a_buyers_order(buyer, person):
    coordinator = person("coordinator", "desktop")
    coordinator.sign_in("admin@talad.example")
    ready(coordinator)

    coordinator.go(buyer.memory["order"])
    coordinator.page.wait_for_timeout(500)

    assert coordinator.page.evaluate(KEPT) == 0


@pytest.mark.parametrize(("within", "asked"), [("", "/sw.js"), (" Line/14.1.0/IAB", None)])
def test_inside_line_no_worker_is_started(browser, market, within, asked):
    context = browser.new_context(
        base_url=market, user_agent=f"Mozilla/5.0 (Linux; Android 14) Safari/537.36{within}"
    )
    page = context.new_page()
    page.add_init_script(ASKED)
    page.clock.install()
    go(page, "/")
    page.clock.fast_forward(LATER_MS)

    assert page.locator("html").get_attribute("data-asked") == asked
    none = "navigator.serviceWorker.getRegistration().then(found => !found)"
    assert asked or page.evaluate(none)
    context.close()
