"""The market on a phone's home screen: what may be kept there, and for whom."""

import json
import re

import pytest
from PIL import Image

from market.accounts.rules import Role
from market.local import ROOT
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.rights_world import make_world


def owner(client, path="/cart"):
    """Whose page this is, as the browser hears it."""
    return client.get(path).headers["Offline-Owner"]


def test_the_manifest_names_icons_that_are_there_in_their_size(session, client):
    answer = client.get("/manifest.webmanifest")

    manifest = json.loads(answer.data)
    assert answer.mimetype == "application/manifest+json"
    assert manifest["name"] == "ตลาดลอยฟ้า สินค้าตามสั่ง"
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        with Image.open(ROOT / icon["src"].split("?")[0].lstrip("/")) as picture:
            assert "{}x{}".format(*picture.size) == icon["sizes"]
    for address in (manifest["start_url"], *(entry["url"] for entry in manifest["shortcuts"])):
        assert client.get(address).status_code in (200, 302)


def test_the_worker_keeps_files_that_are_there_and_changes_with_them(session, client, monkeypatch):
    first = client.get("/sw.js")

    assert first.mimetype == "text/javascript"
    assert first.headers["Cache-Control"] == "no-cache"
    shell = json.loads(re.search(rb"const SHELL = (\[.*?\]);", first.data).group(1))
    for address in [*shell, "/offline"]:
        assert client.get(address, buffered=True).status_code == 200, address
    monkeypatch.setattr("market.overviews.phone.views.static_url", lambda name: f"/{name}?v=other")
    assert client.get("/sw.js").data.splitlines()[0] != first.data.splitlines()[0]


def test_the_page_without_signal_holds_nothing_of_anybodys(session, app):
    user = make_user(session, name="ชื่อที่ไม่ควรเห็น")

    page = browser_of(app, user).get("/offline").get_data(as_text=True)

    assert user.name not in page
    assert "csrf" not in page


def test_only_the_orders_own_person_may_keep_its_page(session, app):
    world = make_world(session, app)
    path = f"/orders/{world.ids['number']}"

    kept = {
        name: world.people[name].get(path).headers.get("Offline-Copy")
        for name in ("buyer", "order link", "coordinator", "finance", "admin")
    }

    assert kept == {
        "buyer": "order", "order link": "order", "coordinator": None, "finance": None,
        "admin": None,
    }  # fmt: skip


def test_the_owner_of_a_browser_is_a_hash_that_changes_with_the_person(session, app):
    one, two = make_user(session), make_user(session)
    make_grant(session, two, Role.MARKETING, area="")
    tags = [
        owner(browser_of(app, one)), owner(browser_of(app, two)),
        owner(browser_of(app, buyer_ids=[7])), owner(browser_of(app, buyer_ids=[8])),
    ]  # fmt: skip

    assert len(set(tags)) == 4
    assert owner(browser_of(app, one)) == tags[0]
    assert owner(browser_of(app)) == "-"
    assert all(len(tag) == 18 and str(one.id) != tag for tag in tags)


@pytest.mark.parametrize("path", ["/account", "/no-such-page", "/sign-in"])
def test_every_page_says_whose_it_is(session, app, path):
    assert browser_of(app).get(path, follow_redirects=True).headers["Offline-Owner"] == "-"


def test_what_one_left_waiting_never_goes_out_in_another_s_name(session, app):
    first, second = make_user(session, name="คนแรก"), make_user(session, name="คนที่สอง")
    mine, others = browser_of(app, first), browser_of(app, second)
    kept = {"Kept-Form": "1", "Kept-Owner": owner(mine)}
    sent = {"data": {"name": "ชื่อใหม่"}, "headers": kept}

    assert others.post("/account/name", **sent).status_code == 403
    session.refresh(second)
    assert second.name == "คนที่สอง"
    assert mine.post("/account/name", **sent).status_code == 303
    session.refresh(first)
    assert first.name == "ชื่อใหม่"
