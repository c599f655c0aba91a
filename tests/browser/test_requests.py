"""A school asks for 300 kg of rice: two groups answer, both are chosen, the deposit starts it."""

import re
from datetime import timedelta

import pytest

from market.clock import bangkok_date, utc_now
from tests.browser.conftest import Person, follow
from tests.browser.test_round import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCHOOL = "school@talad.example"
LEADER = "g320502@talad.example"
READY = 20  # days from today
LOOKED_AT = ("what", "amount", "who")


def press(person: Person, selector: str = "main form button.btn-primary") -> None:
    """Press the one button of a screen and wait for the next."""
    follow(person.page.locator(selector).last)


def write(school: Person) -> None:
    """Eight questions, one a screen, on a phone without an account."""
    page = school.go("/made-to-order")
    school.look("request-start")
    page.locator("a[href='/made-to-order/new/']").click()
    needed = bangkok_date(utc_now()) + timedelta(days=25)
    answers = {
        "what": lambda: page.locator("textarea").fill("ข้าวหอมมะลิอินทรีย์ ถุงละ 5 กก. ให้โรงเรียน"),
        "like": lambda: page.locator("label.choice").first.click(),
        "amount": lambda: page.locator("[name=units]").fill("๓๐๐"),
        "when": lambda: page.locator("[name=needed_on]").fill(needed.isoformat()),
        "where": lambda: choose_place(school),
        "price": lambda: page.locator("[name=price]").fill("95"),
        "standards": lambda: page.locator("[value=ORGTH]").check(),
        "who": lambda: say_who(school),
    }
    for question, fill in answers.items():
        page.wait_for_url(f"**/new/{question}*")
        if question in LOOKED_AT:
            school.look(f"request-{question}")
        fill()
        press(school)
    school.look("request-review")
    press(school)


def choose_place(school: Person) -> None:
    """By parcel, the tambon found by a part of its name."""
    page = school.page
    follow(page.locator("a[href*='way=parcel']"))
    page.locator("[name=q]").fill("ลาดยาว")
    follow(page.locator("form[method=get] button").last)
    follow(page.locator("a[href*='tambon_code=']").first)
    page.locator("[name=address]").fill("99 หมู่ 4")
    school.look("request-address")


def say_who(school: Person) -> None:
    page = school.page
    page.locator("label.choice", has_text="โรงเรียน").first.click()
    page.locator("[name=org_name]").fill("โรงเรียนบ้านลาดยาว")
    page.locator("[name=name]").fill("ครูมาลี")
    page.locator("[name=phone]").fill("081-234-5678")
    page.locator("[name=email]").fill(SCHOOL)


def letter_to(letters: Person, somebody: str, about: str) -> str:
    """The path in the newest letter to somebody whose subject says so."""
    which = f"article:has-text('{somebody}'):has-text('{about}')"
    until(letters, "/dev/mail", which)
    follow(letters.page.locator(which).first.locator("a").first)
    words = letters.page.inner_text("main")
    return words[words.index("/l/") :].split()[0]


def answer(person: Person, url: str, units: int, price: int, note: str = "") -> None:
    """A group's yes."""
    page = person.go(url + "?say=yes")
    person.look("request-yes" + ("-for" if note else ""))
    page.locator("[name=units]").fill(str(units))
    page.locator("[name=price]").fill(str(price))
    day = bangkok_date(utc_now()) + timedelta(days=READY)
    page.locator("[name=ready_on]").fill(day.isoformat())
    if note:
        page.locator("[name=call_note]").fill(note)
    press(person)


def test_a_school_asks_two_groups_answer_and_the_deposit_starts_it(person):
    school, letters, leader = person("school"), person("letters", "desktop"), person("leader")
    write(school)
    school.look("request-letter")

    school.go(letter_to(letters, SCHOOL, "เหลืออีกขั้นเดียว"))
    school.look("request-prove")
    press(school)
    request = school.page.url
    school.look("request-sent")

    leader.go(letter_to(letters, LEADER, "ได้ไหม: ข้าวหอมมะลิ"))
    leader.look("request-asked")
    answer(leader, leader.page.url, 200, 88)

    desk = person("marketing", "desktop")
    desk.come_as("marketing@talad.example")
    desk.go("/requests")
    desk.look("request-desk")
    path = desk.page.locator("a.btn-act").first.get_attribute("href")
    answer(desk, path, 150, 90, note="โทรหาประธานแล้ว ทำได้")

    page = school.go(request)
    school.look("request-answers")
    press(school, "form[action$='/choose'] button.btn-primary")
    assert "300" in page.inner_text("h1")
    school.look("request-agree")
    press(school)
    number = page.url.rsplit("/", 1)[1]
    school.look("request-pay")
    deposit = re.search(r"฿([\d,]+)", page.inner_text(".price-big"))[1].replace(",", "")

    treasurer = person("treasurer", "desktop")
    treasurer.come_as("treasurer@talad.example")
    treasurer.go("/money")
    treasurer.page.locator("a.round-row", has_text="ตามสั่ง").first.click()
    treasurer.page.locator("details.record:has([name=bank_reference]) summary").first.click()
    treasurer.page.locator("[name=bank_reference]").first.fill("MTO300KG")
    treasurer.page.locator("[name=amount]").first.fill(deposit)
    follow(treasurer.page.locator("details.record:has([name=bank_reference]) button").first)

    until(school, f"/orders/{number}", "text=กลุ่มกำลังผลิต")
    school.look("request-order")
