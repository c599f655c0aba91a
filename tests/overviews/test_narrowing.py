"""Lists of goods: filters, their counts, sorts, and what an address may hold."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from config import Config
from market import thai
from market.catalogue.models import Product
from market.catalogue.search_index import refresh_search
from market.clock import utc_now
from market.overviews.places_map.queries import map_provinces
from market.overviews.search.queries import find
from market.overviews.shop.facets import band_edges
from market.overviews.shop.queries import goods_page
from market.overviews.shop.rows import Wanted
from market.rounds.rules import RoundState
from tests.factories.apps import another_app
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.rounds import make_round, offer_in_round, times
from tests.factories.shop import order, statements

SURIN = (14.9, 103.5)
FIELDS = {
    "categories": "category", "provinces": "province", "papers": "paper", "storages": "storage",
    "ways": "way",
}  # fmt: skip


@pytest.fixture
def goods(session):
    """Goods of two provinces, some in an open round, some resting; one paper."""
    round_id = make_round(session, now=utc_now())
    surin, north = make_group(session), make_group(session, tambon_code="650801", region="N")
    for nth in range(6):
        kind = "rice" if nth % 2 else "fruit_processed"
        product = make_product(session, name=f"ของ {nth}", category=kind)
        terms = {"price_satang": 3000 + 2500 * nth}
        if nth < 4:
            offer_in_round(session, round_id, (surin, north)[nth % 2], product, **terms)
        else:
            make_offer(session, (surin, north)[nth % 2], product, **terms)
    offer_in_round(session, round_id, north, session.scalar(select(func.min(Product.id))))
    session.execute(
        text(
            "INSERT INTO certificate (offer_id, kind, number, issuer, checked_by, checked_at)"
            " SELECT min(id), 'FDA', '10-1', 'อย.', 'user:1', now() FROM offer"
        )
    )
    session.execute(text("UPDATE tambon SET lat = 14.8, lon = 103.4 WHERE code = '320502'"))
    session.execute(text("UPDATE tambon SET lat = NULL, lon = NULL WHERE code = '650801'"))
    refresh_search(session)
    return session


def listed(session, near=None, **wanted):
    return goods_page(session, Wanted(**wanted), utc_now(), near)


@pytest.mark.parametrize(
    "base",
    [{}, {"category": "rice"}, {"province": "32"}, {"open_only": True}, {"paper": "FDA"},
     {"high_satang": 8000, "in_season": True}, {"way": "parcel", "province": "65"}],
)  # fmt: skip
def test_each_choice_leaves_as_many_goods_as_it_says(goods, base):
    counts = listed(goods, **base).counts
    checked = 0
    for kinds, name in FIELDS.items():
        for choice in getattr(counts, kinds):
            checked += 1
            assert listed(goods, **{**base, name: choice.key}).pages.total == choice.count, choice
    for band in counts.bands:
        low, high = band_edges(int(band.key))
        found = listed(goods, **{**base, "low_satang": low, "high_satang": high})
        assert found.pages.total == band.count, band
    for day in counts.dates:
        ready = date.fromisoformat(day.key)
        assert listed(goods, **{**base, "ready_by": ready}).pages.total == day.count
    for one in counts.rounds:
        assert listed(goods, **{**base, "round_id": int(one.key)}).pages.total == one.count
    assert listed(goods, **{**base, "in_season": True}).pages.total == counts.in_season
    assert listed(goods, **{**base, "open_only": True}).pages.total == counts.open
    assert checked > 5


def test_a_search_counts_in_the_same_two_statements(goods):
    wanted = Wanted(words="ของ", province="32", category="rice", sort="price", in_season=True)
    with statements() as sent:
        found = find(goods, wanted, utc_now()).goods
    assert len(sent) == 2
    for kind in found.counts.categories:
        other = replace(wanted, category=kind.key)
        assert find(goods, other, utc_now()).goods.pages.total == kind.count


def test_any_filters_take_one_statement(goods):
    wanted = Wanted(category="rice", province="32", paper="FDA", storage="ambient", way="parcel",
                    in_season=True, low_satang=1, high_satang=9**9, ready_by=date(2099, 1, 1),
                    open_only=True, round_id=1, sort="near")  # fmt: skip
    with statements() as sent:
        goods_page(goods, wanted, utc_now(), SURIN)
    assert len(sent) == 1


def test_sorts(goods):
    prices = [row.high_satang or row.reference_satang for row in listed(goods, sort="price",
              open_only=True).rows]  # fmt: skip
    assert prices == sorted(prices)
    newest = [row.id for row in listed(goods, sort="new", open_only=True).rows]
    assert newest == sorted(newest, reverse=True)
    near = [row.away_km for row in listed(goods, SURIN, sort="near", open_only=True).rows]
    assert near == sorted(near)
    assert near[0] < 20 < 300 < near[-1]
    assert listed(goods, sort="near").rows[0].away_km is None  # nobody said from where


def test_nearly_there_comes_before_certain_and_untouched(session):
    round_id, group = make_round(session, now=utc_now()), make_group(session)
    offers = [offer_in_round(session, round_id, group, make_product(session)) for _ in range(3)]
    order(session, offers[0], 100)
    order(session, offers[2], 19)
    products = list(session.scalars(select(Product.id).order_by(Product.id)))
    found = [row.id for row in listed(session, sort="batch").rows]
    assert found == [products[2], products[1], products[0]]


def test_what_rests_says_when_it_opens_and_offers_to_remind(session, client):
    make_offer(session, make_group(session), make_product(session))
    make_round(session, state=RoundState.DRAFT, timetable=times(utc_now() + timedelta(days=5)))
    session.commit()
    assert listed(session).rows[0].opens_at > utc_now()
    html = client.get("/goods").text
    assert "รอบหน้าเปิด" in html
    assert "/remind?product=" in html


#: In ICU's Thai order (PostgreSQL's th-x-icu, which not every server has).
BY_ICU = [
    "กรุงเทพ", "กล้วย", "กอน", "ก้อน", "กะปิ", "กา", "ก่า", "ก้า", "เกาะ", "แกลง",
    "ไก่", "ขอน", "จาน", "แจ", "โจ", "ใจ", "ไจ", "รถ", "ฤดู", "ลำ",
    "ฦๅ", "สะ", "สำ", "เสา", "หมู", "หอ", "ห่อ", "เหมือง", "แหลม",
]  # fmt: skip


def test_names_stand_in_the_dictionarys_order(session):
    assert sorted(reversed(BY_ICU), key=thai.sort_key) == BY_ICU
    codes = ("10", "44", "32", "65", "93", "76", "58", "31")
    for code, name in zip(codes, BY_ICU[7::-1], strict=True):
        make_group(session, tambon_code=f"{code}0101")
        session.execute(
            text("UPDATE province SET name_th = :name, sort_key = :key WHERE code = :code"),
            {"name": name, "code": code, "key": thai.sort_key(name)},
        )
    assert [row.name_th for row in map_provinces(session, "")] == BY_ICU[:8]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=x", 422), ("from=-1", 422), ("to=99999999999", 422), ("from=๕๑&to=๑๐๐", 200),
        ("from=100&to=50", 200), ("ready=tomorrow", 422), ("ready=2026-99-99", 422),
        ("ready=2026-12-01", 200), ("sort=drop", 200), ("sort=near", 200),
        ("sort=near&near=99", 200), ("sort=near&near=320502", 200), ("near=%00", 200),
        ("storage=%27", 200), ("way=%00%00", 200), ("q=%25_%25_", 200),
        ("q=%E0%B9%88%E0%B9%89", 200),
        ("q=" + "%E0%B9%88" * 90, 200), ("q=" + "%F0%9F%90%9F" * 50, 200), ("q=" + "a" * 5000, 422),
        ("province=%F0%9F%90%9F&category=%25", 200),
    ],
)  # fmt: skip
def test_odd_addresses_are_answered_with_a_page(goods, client, query, status):
    answer = client.get(f"/goods?{query}")
    assert answer.status_code == status
    assert answer.text.count("<h1") == 1


def test_an_address_without_what_is_empty_can_be_shared(goods, client):
    answer = client.get("/goods?q=&category=rice&province=&sort=price")
    assert answer.status_code == 303
    assert answer.location.endswith("/goods?category=rice&sort=price")
    html = client.get(answer.location).text
    assert 'href="/goods?sort=price"' in html  # the chip takes the category off


def test_the_place_is_remembered_by_this_browser_only(goods, client):
    assert "Set-Cookie" not in client.get("/goods?sort=near").headers
    client.get("/goods?sort=near&near=32")
    assert "ห่างราว" in client.get("/goods?sort=near").text


def test_what_was_looked_for_is_counted_once_and_not_for_machines(goods, client):
    person = {"User-Agent": "Mozilla/5.0 Line/14.0"}
    client.get("/goods?q=ของ", headers=person)
    client.get("/goods?q=ของ&page=2", headers=person)
    client.get("/goods?q=ของ", headers={**person, "X-Narrow": "1"})
    client.get("/goods?q=ของ", headers={**person, "Sec-Purpose": "prefetch"})
    client.get("/goods?q=ของ", headers={"User-Agent": "Googlebot/2.1"})
    assert goods.scalar(text("SELECT sum(times) FROM search_note")) == 1


def test_searching_has_a_limit_and_looking_has_none(app: Flask, config: Config, session):
    with another_app(app, config, search_rate="2 per minute") as other:
        browser = other.test_client()
        statuses = [browser.get(f"/goods?q=a{nth}").status_code for nth in range(3)]
        assert statuses == [200, 200, 429]
        assert browser.get("/search/suggest?q=a").status_code == 429
        assert browser.get("/goods?category=rice").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/map",
        "/map?province=32",
        "/map?category=rice",
        "/calendar",
        "/map?province=%00",
        "/calendar?category=%F0%9F%90%9F",
    ],
)
def test_map_and_calendar_cost_the_same_for_more_goods(goods, client, path):
    def sent():
        with statements() as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    before = sent()
    group = make_group(goods)
    for _ in range(5):
        make_offer(goods, group, make_product(goods))
    goods.commit()
    assert sent() == before <= 4
