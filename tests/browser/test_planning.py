"""The marketing desk plans: a template, its drafts, all lines on one page, and a round opens."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_a_template_to_an_open_round(person):
    desk = person("marketing", "desktop")
    desk.sign_in("marketing@talad.example")
    page = desk.go("/rounds/templates/new")
    page.locator("input[name=name_th]").fill("รอบทดลองทุกศุกร์")
    page.locator("input[name=name_en]").fill("Trial every Friday")
    page.locator("input[name=first_on]").fill("2026-12-25")
    page.locator("input[name=ahead]").fill("๒")
    page.get_by_role("button", name="บันทึกแม่แบบ").click()
    page.wait_for_url("**/rounds/templates/*")
    desk.look("template")
    page.get_by_role("button", name="วางแผนเดี๋ยวนี้").click()
    page.wait_for_load_state()
    page.locator(".coming a").first.click()
    page.wait_for_url("**/rounds/*")
    draft = page.url.rsplit("/", 1)[1]

    desk.go(f"/rounds/{draft}/lines")
    desk.look("lines")
    prices = page.locator("input[name^='p-']")
    prices.nth(0).fill("99")
    prices.nth(0).press("ArrowDown")
    assert prices.nth(1).evaluate("cell => cell === document.activeElement")
    page.get_by_role("button", name="บันทึกช่องที่แก้").click()
    page.wait_for_load_state()
    assert page.locator("input[name^='p-']").nth(0).input_value() == "99"

    desk.go(f"/rounds/{draft}")
    page.locator(f"form[action='/rounds/{draft}/open'] button").click()
    page.wait_for_load_state()
    assert page.locator(f"form[action='/rounds/{draft}/open']").count() == 0


def test_the_desk_s_other_pages_are_sound_on_a_phone(person):
    desk = person("marketing")
    desk.sign_in("marketing@talad.example")
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
