"""What a page costs: bytes and requests of its first view, what moves, and without scripts.

Counted as a phone on its first visit counts them, by the browser's own protocol: bytes as they
travel, compressed.
"""

import pytest

from tests.browser.conftest import follow, go
from tests.browser.phone_kit import Scales

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FIRST_VIEWS = {"home": "/", "browse": "/goods", "product": "/goods/P001"}
OTHERS = {
    "search": "/goods?q=หอมมลิ", "groups": "/groups", "group": "/groups/G320502",
    "points": "/points", "map": "/map", "calendar": "/calendar", "requests": "/requests",
    "community": "/communities/320502", "cart": "/cart", "sign-in": "/sign-in",
    "help": "/help/how-to-order",
    "remind": "/remind", "not-found": "/no-such-page",
}  # fmt: skip
MOST_WORD_BYTES, MOST_WORD_REQUESTS = 50_000, 6
MOST_OTHER_BYTES = 100_000
MOST_SHIFT = 0.05
SHIFT = """() => new Promise(resolve => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  const down = () => {
    scrollBy(0, innerHeight / 2);
    const over = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    over ? setTimeout(() => resolve(sum), 300) : setTimeout(down, 50);
  };
  down();
})"""


def weighed(person, path):
    """A first visit, until nothing more comes; scrolled to its end."""
    page = person.page
    scales = Scales(page)
    go(page, path, "networkidle")
    first = scales.of(words=True), scales.of(words=False)
    return scales, first, page.evaluate(SHIFT)


@pytest.mark.parametrize("kind", ["phone", "desktop"])
@pytest.mark.parametrize("title", FIRST_VIEWS)
def test_a_first_view_is_light(person, title, kind):
    scales, (words, others), shift = weighed(person("visitor", kind), FIRST_VIEWS[title])

    print(f"{title} {kind}: words {words}, fonts and pictures {others}, shift {shift:.3f}")
    assert words[0] < MOST_WORD_BYTES, scales.told()
    assert words[1] <= MOST_WORD_REQUESTS, scales.told()
    assert others[0] < MOST_OTHER_BYTES, scales.told()
    assert len(scales.hosts()) == 1, scales.hosts()
    assert shift < MOST_SHIFT


@pytest.mark.parametrize("title", OTHERS)
def test_other_pages_are_light_and_stand_still(person, title):
    scales, (words, others), shift = weighed(person("visitor"), OTHERS[title])

    print(f"{title}: words {words}, fonts and pictures {others}, shift {shift:.3f}")
    assert words[0] < MOST_WORD_BYTES, scales.told()
    assert others[0] < MOST_OTHER_BYTES, scales.told()
    assert len(scales.hosts()) == 1, scales.hosts()
    assert shift < MOST_SHIFT


@pytest.mark.parametrize("path", ["/", "/goods/P001"])
def test_pages_of_the_signed_in_stand_still_too(person, path):
    somebody = person("consumer")
    somebody.come_as("consumer@talad.example")

    _scales, _first, shift = weighed(somebody, path)

    assert shift < MOST_SHIFT


def test_one_can_order_before_any_script_arrives(person):
    """Scripts are allowed here, but none ever comes: the weak signal, not the switch."""
    somebody = person("waiting")
    somebody.page.route("**/*.js*", lambda route: route.abort())
    somebody.page.remove_listener("console", somebody._hear)
    page = somebody.go("/goods/P001")
    follow(page.locator("form[action='/cart/lines'] button[type=submit], button[form]").last)
    somebody.go("/cart")
    somebody.go(page.locator("a[href^='/checkout/']").first.get_attribute("href"))
    follow(page.locator("form[method=get] button").first)
    page.locator("input[name=name]").fill("สมศรี รอสคริปต์")
    page.locator("input[name=phone]").fill("081-222-3333")
    page.locator("button[form=order]").click()
    page.wait_for_url("**/orders/*")

    assert page.locator("h1").count() == 1
