"""Somebody waits for a round, by e-mail and without scripts; a group looks for chances."""

import re

import pytest

from tests.browser.conftest import follow, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def letter_to(person, address):
    """The newest letter to this address in the developer's outbox, as text."""
    letter = person.page.locator("article", has_text=address).first
    wait_for(person.page, lambda: person.go("/dev/mail") and letter.count(), 500)
    return person.go(letter.locator("a").get_attribute("href")).locator("main").inner_text()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_guest_is_reminded_from_the_bell_to_the_last_stop(person, scripts):
    address = f"mali-{scripts}@talad.example".lower()
    guest = person("guest", scripts=scripts)
    page = guest.go("/groups/G320502")
    follow(page.locator("a[href^='/remind']").first)
    guest.look("remind")
    page.locator("input[name=email]").fill(address)
    follow(page.locator("main form button[type=submit]").last)
    guest.look("remind-sent")

    link = re.search(r"/reminders/mail/[\w-]+", letter_to(guest, address)).group()
    guest.go(link)
    guest.look("remind-confirm")
    follow(page.get_by_role("button", name="ใช่ เตือนฉันด้วย"))
    assert page.get_by_role("button", name="ใช่ เตือนฉันด้วย").count() == 0
    guest.look("reminders")
    follow(page.get_by_role("button", name="เลิกเตือนทั้งหมด"))
    assert page.locator(".empty").count() == 1
    guest.look("reminders-none")


@pytest.mark.parametrize("kind", ["phone", "desktop"])
def test_a_group_looks_for_chances(person, kind):
    leader = person("leader", kind)
    leader.come_as("g320502@talad.example")
    follow(leader.page.locator("a[href='/demand']").first)
    assert leader.page.locator("select[name=province]").input_value() == "32"
    leader.look("demand")
    leader.page.locator("select[name=province]").select_option("all")
    follow(leader.page.get_by_role("button", name="แสดง", exact=True))
    leader.look("demand-country")
