"""Somebody with only a phone opens an account, looks after it, and leaves again."""

import re

import pytest

from tests.browser.conftest import follow, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NUMBERS = {True: "๐๘๑-๒๓๔-๙๙๐๑", False: "081-234-9902"}


def newest_code(somebody, number) -> str:
    """The code in the last text message to this phone, as the developer's page shows it."""
    to = "+66" + "".join(str(int(digit)) for digit in number if digit.isdecimal())[1:]
    message = somebody.page.locator("article", has_text=to).first
    wait_for(somebody.page, lambda: somebody.go("/dev/mail") and message.count())
    return re.search(r"\b\d{6}\b", message.inner_text()).group()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_phone_is_enough_for_an_account(person, scripts):
    buyer = person("phone-only", scripts=scripts)
    suffix = "" if scripts else "-no-scripts"
    page = buyer.go("/sign-in")
    page.locator("#f-identity").fill(NUMBERS[scripts])
    follow(page.locator("main form button").first)
    buyer.look(f"code{suffix}")
    phone = person("phone-itself")
    page.locator("input[name=passcode]").fill(newest_code(phone, NUMBERS[scripts]))
    follow(page.locator("main form button").first)
    buyer.go("/account")
    buyer.look(f"account{suffix}")
    page.locator("input[name=name]").fill("สมศรี ใจดี")
    follow(page.locator("form[action='/account/name'] button"))
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
    follow(page.locator("main form button"))
    assert page.locator("input[name=consent]").first.is_checked()
    buyer.go("/account/data")
    follow(page.locator("main form button"))
    made = page.locator("a[href^='/account/data/']")
    wait_for(page, lambda: buyer.go("/account/data") and made.count(), 500)
    buyer.look("account-data")
    with page.expect_download() as taken:
        page.locator("a[href^='/account/data/']").click()
    assert taken.value.suggested_filename.endswith(".zip")


def leave_and_stay(buyer, page, suffix):
    """Asking to be deleted, and thinking again."""
    buyer.go("/account/leave")
    buyer.look(f"account-leave{suffix}")
    follow(page.locator("main form button"))
    buyer.look(f"account-leaving{suffix}")
    page.locator("main form button").click()
    page.wait_for_url("**/account")
