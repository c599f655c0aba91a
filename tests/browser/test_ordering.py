"""A buyer has rice every week, orders with friends, and sends a gift: on a phone, with scripts."""

import pytest

from tests.browser.conftest import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def put_in_cart(who, code="P001"):
    page = who.go(f"/goods/{code}")
    page.locator("form[action='/cart/lines'] button[type=submit]").last.click()
    page.wait_for_url("**/cart")
    return page


def choose_point(who):
    page = who.page
    who.go(page.locator("a[href^='/checkout/']").first.get_attribute("href"))
    follow(page.locator("form:has(select[name=point]) button"))
    page.locator("input[name=phone]").fill("๐๘๑-๒๓๔-๕๖๗๘")


def test_the_sample_buyer_orders_every_week_and_may_skip_and_change(person):
    buyer = person("consumer")
    buyer.come_as("consumer@talad.example")
    page = put_in_cart(buyer)
    buyer.look("cart-one")
    choose_point(buyer)
    page.locator("select[name=every]").select_option("1")
    page.locator("button[form=order]").click()
    page.wait_for_url("**/orders/*")
    buyer.look("order-every-round")

    buyer.go("/standing")
    buyer.look("standing")
    page.locator("main ul a.choice").first.click()
    page.wait_for_url("**/standing/*")
    buyer.look("standing-one")
    follow(page.locator("button[value=skip]"))
    assert page.locator("button[value=unskip]").is_visible()
    page.locator("input[name^=units-]").first.fill("3")
    follow(page.locator("button:has-text('บันทึกที่แก้')"))
    assert page.locator("input[name^=units-]").first.input_value() == "3"

    buyer.go("/account/addresses")
    page.locator("input[data-places]").press_sequentially("ลาดพราว")
    page.locator("[data-places-list] a").first.click()
    page.wait_for_url("**tambon=*")
    page.locator("input[name=house_no]").fill("๙๙/๑")
    page.locator("input[name=phone]").fill("0812345678")
    follow(page.locator("main button[type=submit]").last)
    assert "99/1" in page.locator("main").inner_text()
    buyer.look("addresses")


def test_friends_fill_one_basket_through_a_link_and_a_gift_shows_no_price(person):
    host = person("host")
    page = host.go("/together")
    host.look("together")
    page.locator("input[name=name]").fill("สมศรี")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/together/host/*")
    basket, link = page.url, page.locator("input[readonly]").input_value()

    for name in ("แอน", "บอบ"):
        friend = person(name)
        friend.go(link)
        friend.page.locator("main input[name=name]").fill(name)
        follow(friend.page.locator("main form button[type=submit]").first)
        follow(friend.page.locator("form:has(input[type=hidden][name=units]) button").first)
        friend.look("together-friend")
        friend.go(basket)
        assert friend.page.locator("h1").count() == 1
        assert "สมศรี" not in friend.page.locator("main").inner_text()

    host.go(basket)
    host.look("together-host")
    page.locator("input[name=phone]").fill("0812345678")
    page.locator("button[form=order]").click()
    page.wait_for_url("**/orders/*")
    host.go(page.url + "/friends")
    host.look("together-shares")
    assert {"แอน", "บอบ"} <= set(page.locator(".friend-share b").all_inner_texts())

    put_in_cart(host)
    choose_point(host)
    page.locator("details.fold summary").click()
    page.locator("input[name=gift_name]").fill("ยายทองใบ")
    page.locator("input[name=gift_phone]").fill("0891112222")
    page.locator("textarea[name=gift_words]").fill("คิดถึงเสมอ")
    host.look("checkout-gift")
    page.locator("button[form=order]").click()
    page.wait_for_url("**/orders/*")
    recipient = person("recipient")
    recipient.go(page.locator("#gift-link").input_value())
    recipient.look("gift")
    words = recipient.page.locator("main").inner_text()
    assert "คิดถึงเสมอ" in words
    assert "฿" not in words
