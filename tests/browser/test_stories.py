"""A group writes its page on a phone, a buyer asks, the coordinator checks a paper."""

import re

import pytest

from tests.browser.conftest import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def forward(page):
    """Press the page's one primary button."""
    follow(page.locator("main form button.btn-primary").first)


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_leader_tells_of_a_person_and_answers_a_question(person, scripts):
    leader = person("leader", scripts=scripts)
    if scripts:
        leader.come_as("g320502@talad.example")
    else:
        teller = person("teller")
        teller.come_as("g320502@talad.example")
        leader.context.add_cookies(teller.context.cookies())
    page = leader.go("/groups/G320502")
    follow(page.get_by_role("link", name="แก้ไขหน้านี้"))
    leader.look("told-hub")
    base = re.search(r"/group/\d+/page", page.url)[0]
    leader.go(f"{base}/people")
    leader.look("told-people")
    follow(page.locator("a.btn-primary"))
    leader.look("told-name")
    page.locator("input[name=name_th]").fill("ป้าละมัย")
    forward(page)
    page.locator("input[name=role_th]").fill("คัดเมล็ด")
    forward(page)
    page.locator("textarea[name=words_th]").fill("คัดทุกเม็ด <script>alert(1)</script>")
    forward(page)
    forward(page)  # no photo
    page.locator("label:has(input[value=spoken])").click()
    forward(page)
    leader.look("told-person")
    forward(page)

    stranger = person("stranger", "desktop")
    stranger.go("/groups/G320502")
    assert "ป้าละมัย" in stranger.page.locator("main").inner_text()
    assert "<script>alert(1)</script>" in stranger.page.locator("main").inner_text()
    stranger.look("told-by-group")

    leader.go(f"{base}/people")
    follow(page.locator("a.todo-item", has_text="ป้าละมัย").last)
    follow(page.locator("button[value=withdraw]"))
    stranger.go("/groups/G320502")
    assert "ป้าละมัย" not in stranger.page.locator("main").inner_text()

    leader.go(base.replace("/page", "/questions"))
    leader.look("told-questions")


def test_a_coordinator_checks_a_paper(person):
    staff = person("staff", "desktop")
    staff.come_as("coordinator@talad.example")
    page = staff.go("/groups/G220606")
    follow(page.get_by_role("link", name="แก้ไขหน้านี้"))
    papers = page.locator("a[href$='/papers']").get_attribute("href")
    staff.go(papers)
    staff.look("papers")
    form = page.locator("form:has(input[name=issuer])").first
    if not form.is_visible():
        page.locator("details.record summary").first.click()
    form.locator("input[name=number]").fill("มผช. ๑๒๓/๒๕๖๙")
    form.locator("input[name=issuer]").fill("สมอ.")
    form.locator("input[name=expires_on]").fill("1/1/2569")
    follow(form.locator("button"))
    assert "หมดอายุแล้ว" in page.locator("[role=alert]").inner_text()
    staff.look("papers-refused")
