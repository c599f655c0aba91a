"""A group sends a photo from a phone, with scripts and without; buyers see it."""

from pathlib import Path

import pytest

from tests.factories.photos import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_leader_sends_a_photo_and_buyers_see_it(person, tmp_path: Path, scripts):
    suffix = "" if scripts else "-no-scripts"
    sent = tmp_path / "photo.jpg"
    sent.write_bytes(jpeg(2400, 1800, seed=1 if scripts else 2))
    leader = person("leader", scripts=scripts)
    leader.come_as("g320502@talad.example")
    page = leader.go(f"/group/{group_of(leader)}/photos")
    leader.look(f"photos{suffix}")
    page.locator("main a[href$='/photos/new']").first.click()
    page.locator("input[name=photo]").set_input_files(sent)
    if scripts:
        page.locator("[data-photo-seen][src^='data:image/jpeg']").wait_for()
    leader.look(f"photo-chosen{suffix}")
    page.locator("main form button[type=submit]").click()
    for question, answer in (
        ("about", lambda: page.locator("input[name=about]").first.check(force=True)),
        ("words", lambda: page.locator("[name=alt_th]").fill("ข้าวเปลือกตากบนลานหน้าบ้าน")),
        ("people", lambda: page.locator("input[name=people][value=no]").check(force=True)),
    ):
        page.wait_for_url(f"**/{question}")
        answer()
        leader.look(f"photo-{question}{suffix}")
        page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/photos")
    leader.look(f"photos-shown{suffix}")

    buyer = person("buyer")
    buyer.go("/groups/G320502")
    shown = buyer.page.locator("main .product img[alt='ข้าวเปลือกตากบนลานหน้าบ้าน']").first
    shown.scroll_into_view_if_needed()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    buyer.look(f"group-with-photo{suffix}")


def group_of(leader) -> str:
    """The number of the leader's group, from the page after signing in."""
    return leader.page.url.split("/group/")[1].split("/")[0].split("?")[0]
