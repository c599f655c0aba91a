"""Anybody looks around and orders, on a phone and at a desk, with scripts and without."""

import re

import pytest

from tests.browser.conftest import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PAGES = {
    "home": "/",
    "goods": "/goods",
    "goods-search": "/goods?q=หอมมลิ",
    "goods-nothing": "/goods?q=zzzzqq",
    "goods-narrowed": "/goods?province=32&season=now&from=51&to=500",
    "goods-near": "/goods?sort=near&near=320502",
    "map": "/map",
    "map-province": "/map?province=32",
    "calendar": "/calendar",
    "product": "/goods/P001",
    "groups": "/groups",
    "group": "/groups/G320502",
    "product-closed": "/goods/P021",
    "community": "/communities/320502",
    "article": "/articles/1",
    "report-question": "/questions/1/report",
    "points": "/points",
    "cart-empty": "/cart",
    "orders-empty": "/orders",
    "together": "/together",
    "sign-in": "/sign-in",
    "remind": "/remind?product=1&full=1",
    "offline": "/offline",
    "how-to-order": "/help/how-to-order",
    "refunds": "/help/refunds",
    "problem": "/help/problem",
    "privacy": "/privacy",
    "style": "/style",
    "not-found": "/no-such-page",
}


@pytest.mark.parametrize("kind", ["phone", "desktop"])
def test_every_page_for_everybody_is_sound(person, kind):
    guest = person("guest", kind)
    for title, path in PAGES.items():
        guest.go(path)
        guest.look(title)


def test_the_dark_theme_is_sound_too(browser, market, person):
    guest = person("guest")
    guest.page.emulate_media(color_scheme="dark")
    for title in ("home", "product", "goods", "style"):
        guest.go(PAGES[title])
        guest.look(f"{title}-dark")


def test_the_english_pages_hold_no_thai_buttons(person):
    guest = person("guest")
    guest.go("/goods")
    follow(guest.page.locator("form[action='/language'] button"))
    assert guest.page.locator("html").get_attribute("lang") == "en"
    guest.look("goods-english")
    buttons = guest.page.locator("main button, main a.btn").all_inner_texts()
    assert not [words for words in buttons if re.search("[\u0e01-\u0e4e]", words)]


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_guest_orders_changes_and_cancels(person, scripts):
    guest = person("guest", scripts=scripts)
    suffix = "" if scripts else "-no-scripts"
    page = guest.go("/goods/P001")
    page.locator("form[action='/cart/lines'] input[name=units]").fill("2")
    follow(page.locator("form[action='/cart/lines'] button[type=submit], button[form]").last)
    guest.go("/cart")
    guest.look(f"cart{suffix}")
    guest.go(page.locator("a[href^='/checkout/']").first.get_attribute("href"))
    guest.look(f"checkout-where{suffix}")
    here = page.get_by_role("button", name="รับที่จุดนี้")
    follow(here.or_(page.locator("form[method=get] button").first).first)
    guest.look(f"checkout{suffix}")
    page.locator("input[name=name]").fill("สมศรี ใจดี")
    page.locator("input[name=phone]").fill("๐๘๑-๒๓๔-๕๖๗๘")
    page.locator("input[name=email]").fill("somsri@talad.example")
    page.locator("button[form=order]").click()
    page.wait_for_url("**/orders/*")
    guest.look(f"order-open{suffix}")
    number = page.url.rsplit("/", 1)[1]
    guest.go("/orders")
    assert number in page.content()
    guest.look(f"orders{suffix}")

    stranger = person("stranger")
    stranger.go(f"/orders/{number}")
    assert "/sign-in" in stranger.page.url

    guest.go(f"/orders/{number}")
    cancel = page.locator(f"form[action='/orders/{number}/cancel'] button").first
    if not cancel.is_visible():
        page.locator("details summary").last.click()
    follow(cancel)
    guest.look(f"order-cancelled{suffix}")
