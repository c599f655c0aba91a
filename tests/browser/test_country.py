"""A mentor looks at the country, takes on a flag, visits a group and decides; the group reads."""

import re

import pytest

from tests.browser.conftest import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def go_on(page, label):
    """Press the button with these words."""
    follow(page.get_by_role("button", name=label, exact=True))


@pytest.mark.parametrize("kind", ["phone", "desktop"])
def test_the_country_is_looked_at_down_to_a_group(person, kind):
    mentor = person("mentor", kind)
    mentor.come_as("coordinator@talad.example")
    page = mentor.go("/country?show=fill")
    mentor.look("country")
    # The map is walked with the keyboard; the same places stand in the table.
    loom = page.locator(".country-looms a").first
    loom.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/country/\d{2}"))
    mentor.look("country-province")
    page.locator("table tbody a").first.click()
    page.wait_for_url(re.compile(r"/country/\d{2}/\d{6}"))
    mentor.look("country-tambon")
    page.locator("table tbody a").first.click()
    page.wait_for_url(re.compile(r"/country/group/\d+"))
    mentor.look("country-group")
    mentor.go("/care/readiness")
    mentor.look("care-readiness")


def test_a_mentor_cares_from_the_phone_and_the_group_reads_it(person):
    mentor = person("mentor")
    mentor.come_as("coordinator@talad.example")
    page = mentor.go("/care")
    mentor.look("care")
    follow(page.locator(".care-row a.btn").first)
    page.locator("textarea[name=note]").fill("โทรนัดพรุ่งนี้")
    mentor.look("care-flag")
    go_on(page, "ฉันรับดูแลเรื่องนี้")
    assert "จดไว้แล้ว" in page.locator("body").inner_text()

    leader = person("leader")
    leader.come_as("g320502@talad.example")
    leader.go("/desk")
    group_id = re.search(r"/group/(\d+)", leader.page.url).group(1)

    mentor.go(f"/care/groups/{group_id}/visits/new")
    mentor.look("care-visit-new")
    go_on(page, "อยู่ที่กลุ่มแล้ว บันทึกเลย")
    page.get_by_text("ฉลากและใบรับรอง").click()
    mentor.look("care-visit-looked")
    go_on(page, "ไปต่อ")
    page.locator("textarea[name=advice]").fill("เขียนวันผลิตทุกถุง")
    go_on(page, "ไปต่อ")
    go_on(page, "ไปต่อ")
    mentor.look("care-visit-next")
    go_on(page, "ไปต่อ")
    mentor.look("care-visit")
    go_on(page, "บันทึกการเยี่ยม ให้กลุ่มอ่านคำแนะนำ")
    mentor.look("care-visits")

    page = leader.go(f"/group/{group_id}/readiness")
    assert "เขียนวันผลิตทุกถุง" in page.locator("main").inner_text()
    leader.look("group-readiness")
    go_on(page, "อ่านแล้ว")
    assert page.get_by_role("button", name="อ่านแล้ว", exact=True).count() == 0
    leader.go(f"/group/{group_id}/contacts")
    leader.look("group-contacts")

    page = mentor.go(f"/care/groups/{group_id}/decide")
    mentor.look("care-decide")
    page.locator("textarea[name=reason]").fill("ส่งไม่ทันสองรอบ")
    go_on(page, "ใช่ กลับไปขายที่กลุ่ม")
    # Orders were promised in the open round: refused in words, nothing lost.
    assert "รอบที่" in page.locator("[role=alert]").inner_text()
    assert page.locator("textarea[name=reason]").input_value() == "ส่งไม่ทันสองรอบ"
