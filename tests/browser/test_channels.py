"""How one is told, and the market's words: by touch on a phone, by mouse at a desk."""

import re

from tests.browser.conftest import follow


def test_a_leader_puts_ways_in_order_and_the_market_edits_words(person):
    leader = person("leader")
    leader.come_as("g320502@talad.example")
    page = leader.go("/account/notices")
    leader.look("ways")
    before = page.locator("ol.ways li b").all_inner_texts()
    follow(page.locator("ol.ways li button[value=down]").first)
    after = page.locator("ol.ways li b").all_inner_texts()
    assert after[:2] == before[1::-1]
    follow(page.locator("ol.ways li button[value=up]").first)  # others look for her letters
    assert page.locator("ol.ways li b").all_inner_texts() == before

    market = person("marketing", "desktop")
    market.come_as("marketing@talad.example")
    market.go("/notices/channels")
    market.look("channels")
    market.go("/notices/sent")
    market.look("notices-sent")
    desk = market.go("/notices/words/order.pay/short/th")
    desk.locator("textarea").fill("จ่าย {amout}")
    follow(desk.locator("button[value=save]"))
    assert "{amout}" in desk.locator("[role=alert]").inner_text()
    desk.locator("textarea").fill("จ่าย {amount} ก่อน {pay_by}")
    follow(desk.locator("button[value=try]"))
    assert re.search("จ่าย ฿685 ก่อน", desk.locator(".bubble").first.inner_text())
    market.look("notice-words")


def test_the_market_s_pages_of_notices_fit_a_phone(person):
    market = person("marketing")
    market.come_as("marketing@talad.example")
    for title in ("channels", "sent", "words"):
        market.go(f"/notices/{title}")
        market.look(f"notices-{title}")
