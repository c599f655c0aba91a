"""Somebody with only a phone opens an account, looks after it, and leaves again."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NUMBERS = {True: "๐๘๑-๒๓๔-๙๙๐๑", False: "081-234-9902"}


def newest_code(page, base) -> str:
    """The last text message, as the developer's page shows it."""
    page.goto(f"{base}/dev/mail")
    return re.search(r"\b\d{6}\b", page.locator("main").inner_text()).group()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_phone_is_enough_for_an_account(person, market, scripts):
    buyer = person("phone-only", scripts=scripts)
    suffix = "" if scripts else "-no-scripts"
    page = buyer.go("/sign-in")
    page.locator("#f-identity").fill(NUMBERS[scripts])
    page.locator("main form button").first.click()
    page.wait_for_load_state()
    buyer.look(f"code{suffix}")
    other = person("phone-itself").page
    page.locator("input[name=passcode]").fill(newest_code(other, market))
    page.locator("main form button").first.click()
    page.wait_for_url("**/desk*") if "/desk" in page.url else page.wait_for_load_state()
    buyer.go("/account")
    buyer.look(f"account{suffix}")
    page.locator("input[name=name]").fill("สมศรี ใจดี")
    page.locator("form[action='/account/name'] button").click()
    page.wait_for_load_state()
    assert page.locator("h1").inner_text() == "สมศรี ใจดี"
    if scripts:
        look_after_it(buyer, page)
    leave_and_stay(buyer, page, suffix)


def look_after_it(buyer, page):
    """Consents, the archive, the pages around them."""
    for name in ("email", "line", "sign-in"):
        buyer.go(f"/account/{name}")
        buyer.look(f"account-{name}")
    buyer.go("/account/consents")
    buyer.look("account-consents")
    page.locator("input[name=consent]").first.check()
    page.locator("main form button").click()
    page.wait_for_load_state()
    assert page.locator("input[name=consent]").first.is_checked()
    buyer.go("/account/data")
    page.locator("main form button").click()
    page.wait_for_load_state()
    for _ in range(60):
        if page.locator("a[href^='/account/data/']").count():
            break
        page.wait_for_timeout(500)
        buyer.go("/account/data")
    buyer.look("account-data")
    with page.expect_download() as taken:
        page.locator("a[href^='/account/data/']").click()
    assert taken.value.suggested_filename.endswith(".zip")


def leave_and_stay(buyer, page, suffix):
    """Asking to be deleted, and thinking again."""
    buyer.go("/account/leave")
    buyer.look(f"account-leave{suffix}")
    page.locator("main form button").click()
    page.wait_for_load_state()
    buyer.look(f"account-leaving{suffix}")
    page.locator("main form button").click()
    page.wait_for_url("**/account")
