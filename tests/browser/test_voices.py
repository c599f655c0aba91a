"""A lot is looked for, and a score is chosen, on a phone."""

import pytest

from tests.browser.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_pages_of_a_lot_are_sound(person):
    guest = person("guest")
    for title, path in (("lot-find", "/lot"), ("lot-unknown", "/lot/99-00001")):
        guest.go(path)
        guest.look(title)
    guest.page.locator("input[name=code]").fill("๑-๒")
    guest.page.locator("main form button").first.click()
    guest.page.wait_for_url("**/lot/1-00002")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_choosing_a_score_weaves_the_cells_up_to_it(browser, scripts):
    """The drawing of the choice is CSS alone; the radio buttons work without it."""
    css = (ROOT / "static" / "css" / "voices.css").read_text()
    assert ".weave-cell:has(~ .weave-cell input:checked) .woven{display:block}" in css
    page = browser.new_context(java_script_enabled=scripts).new_page()
    cells = "".join(
        f'<label class="weave-cell"><input type="radio" name="score" value="{n}">'
        f'<span class="woven">w{n}</span><span class="bare">b{n}</span></label>'
        for n in range(1, 6)
    )
    page.set_content(f"<style>{css}</style><div class='weave-cells'>{cells}</div>")
    page.locator("input[value='4']").check(force=True)
    seen = [page.locator(".woven").nth(n).is_visible() for n in range(5)]
    assert seen == [True, True, True, True, False]
    page.context.close()
