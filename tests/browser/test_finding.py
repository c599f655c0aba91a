"""Finding goods in a browser: filters at once, and without scripts; words the market edits."""

import pytest

from tests.browser.conftest import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_filters_narrow_at_once_and_the_way_back_leads_back(person):
    guest = person("guest")
    page = guest.go("/goods")
    whole = page.locator("#found").inner_text()
    page.locator(".rail-button").click()
    page.locator("#f-category").select_option("rice")
    page.wait_for_url("**/goods?category=rice")
    page.wait_for_function(
        "words => document.getElementById('found').innerText !== words", arg=whole
    )
    guest.look("goods-filters-open")
    assert page.locator("#f-category").input_value() == "rice"
    shown = page.locator("#f-category option:checked").inner_text()
    count = page.locator("#results .product").count()
    assert f"({count})" in shown
    page.locator(".chip-off").first.click()
    page.wait_for_url("**/goods")
    page.go_back()
    page.wait_for_function(
        "n => document.querySelectorAll('#results .product').length === n", arg=count
    )
    assert page.url.endswith("/goods?category=rice")


def test_filters_work_without_scripts(person):
    guest = person("guest", scripts=False)
    page = guest.go("/goods")
    page.locator(".rail-button").click()
    page.locator("#f-category").select_option("rice")
    page.locator("#f-to").fill("๑๐๐")
    follow(page.locator(".rail-apply button"))
    assert page.url.endswith("/goods?category=rice&to=%E0%B9%91%E0%B9%90%E0%B9%90")
    assert page.locator(".chip-off").count() == 2
    follow(page.locator(".chosen .chip-off").first)
    assert "category" not in page.url


def test_the_map_leads_to_a_group(person):
    guest = person("guest", "desktop")
    page = guest.go("/map")
    page.locator(".country a[href*='province=32']").click()
    page.wait_for_url("**/map?province=32*")
    page.locator(".country a[href^='/groups/']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/groups/G*")


def test_the_market_adds_a_word_and_buyers_find_by_it(person):
    desk = person("marketing", "desktop")
    desk.come_as("marketing@talad.example")
    page = desk.go("/market/synonyms")
    desk.look("synonyms")
    page.locator("#f-said").fill("ชาเขียวดอย")
    page.locator("#f-means").fill("ชาอู่หลง")
    follow(page.locator("form[data-once] button"))
    guest = person("guest")
    guest.go("/goods?q=ชาเขียวดอย")
    assert "ชาอู่หลง" in guest.page.locator("#results .product h3").first.inner_text()
