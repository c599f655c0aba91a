"""The marketing desk plans: a template, its drafts, all lines on one page, and a round opens."""

import re
from datetime import timedelta

import pytest

from market.clock import bangkok_date, utc_now
from tests.browser.conftest import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_a_template_to_an_open_round(person):
    desk = person("marketing", "desktop")
    desk.come_as("marketing@talad.example")
    page = desk.go("/rounds/templates/new")
    page.locator("input[name=name_th]").fill("รอบทดลองทุกศุกร์")
    page.locator("input[name=name_en]").fill("Trial every Friday")
    first_on = bangkok_date(utc_now()) + timedelta(days=32)
    page.locator("input[name=first_on]").fill(first_on.isoformat())
    page.locator("input[name=ahead]").fill("๒")
    follow(page.get_by_role("button", name="บันทึกแม่แบบ"))
    assert re.search(r"/rounds/templates/\d+$", page.url)
    desk.look("template")
    follow(page.get_by_role("button", name="วางแผนเดี๋ยวนี้"))
    page.locator(".coming a").first.click()
    page.wait_for_url("**/rounds/*")
    draft = page.url.rsplit("/", 1)[1]

    desk.go(f"/rounds/{draft}/lines")
    desk.look("lines")
    prices = page.locator("input[name^='p-']")
    prices.nth(0).fill("99")
    prices.nth(0).press("ArrowDown")
    assert prices.nth(1).evaluate("cell => cell === document.activeElement")
    follow(page.get_by_role("button", name="บันทึกช่องที่แก้"))
    assert page.locator("input[name^='p-']").nth(0).input_value() == "99"

    desk.go(f"/rounds/{draft}")
    follow(page.locator(f"form[action='/rounds/{draft}/open'] button"))
    assert page.locator(f"form[action='/rounds/{draft}/open']").count() == 0


def test_the_desk_s_other_pages_are_sound_on_a_phone(person):
    desk = person("marketing")
    desk.come_as("marketing@talad.example")
    for title, path in {
        "round-calendar": "/rounds/calendar",
        "days-off": "/rounds/days",
        "round-copy": "/rounds/4/copy",
        "channels": "/market/channels",
        "campaign-new": "/market/campaigns/new",
        "institution-new": "/market/institutions/new",
    }.items():
        desk.go(path)
        desk.look(title)


def test_an_institution_s_order_is_entered_row_by_row(person):
    desk = person("marketing")
    desk.come_as("marketing@talad.example")
    page = desk.go("/market/institutions/new")
    for name, words in {
        "name": "โรงพยาบาลทดลอง", "contact": "คุณสมร", "phone": "044 123 456",
        "billing_words": "แผนกโภชนาการ",
    }.items():  # fmt: skip
        page.locator(f"[name={name}]").fill(words)
    page.locator("select[name=point]").select_option(index=1)
    page.get_by_role("button", name="บันทึก", exact=True).click()
    page.locator("a[href$='/order']").first.click()
    first = page.locator("[data-row]").first
    first.locator("[data-goods]").press_sequentially("น้ำพริก")
    first.locator(".found button").first.wait_for()
    page.keyboard.press("Enter")
    first.locator(".found-known").wait_for()
    page.keyboard.type("๑๒๐")  # the units have the focus
    page.keyboard.press("Enter")
    page.keyboard.type("62.50")
    page.keyboard.press("Enter")
    page.locator("#sum b", has_text="7,500").wait_for()
    page.get_by_role("button", name="เพิ่มรายการ").click()
    page.locator("[data-row]").nth(3).wait_for()
    page.get_by_role("button", name="บันทึกรายการสั่ง").click()
    page.locator("[name^=day-][aria-invalid=true]").wait_for()
    assert first.locator("[name^=units-]").input_value() == "๑๒๐"
    desk.look("institution-order")
    page.locator("[name^=day-]").first.fill(str(bangkok_date(utc_now()) + timedelta(days=30)))
    # Signed out and in again on another tab: what is typed stays and is saved.
    page.context.clear_cookies()
    page.get_by_role("button", name="บันทึกรายการสั่ง").click()
    page.locator("[data-out]").wait_for()
    assert first.locator("[name^=units-]").input_value() == "๑๒๐"
    desk.page = page.context.new_page()
    desk.sign_in("marketing@talad.example")
    desk.page.close()
    desk.page = page
    page.get_by_role("button", name="บันทึกรายการสั่ง").click()
    page.wait_for_url("**/market/bulk/*")
    desk.look("institution-order-kept")
