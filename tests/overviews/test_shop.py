"""The storefront through HTTP: what it shows, what it costs, what it refuses."""

import gzip
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.catalogue.models import Product
from market.catalogue.search_index import refresh_search
from market.clock import utc_now
from market.overviews.search.queries import find
from market.overviews.shop.product_queries import product_page
from market.overviews.shop.queries import goods_page
from market.overviews.shop.rows import GoodsRow, Wanted
from market.rounds.rules import RoundState
from tests.factories.catalogue import make_group, make_product
from tests.factories.places import make_point
from tests.factories.rounds import make_round, offer_in_round, times
from tests.factories.shop import fill_round, order, statements

FIRST_VIEW_BYTES = 100_000
GZIP = {"Accept-Encoding": "gzip"}


def read(client: FlaskClient, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, url
    return response.text


def wire(client: FlaskClient, url: str) -> bytes:
    """The bytes of a file as they travel."""
    with client.get(url, headers=GZIP) as response:
        assert response.status_code == 200
        return response.data


def searched(session: Session, words: str) -> tuple[GoodsRow, ...]:
    """The goods that are found by these words."""
    refresh_search(session)
    return find(session, Wanted(words=words), utc_now()).goods.rows


def code_of(session: Session, product_id: int) -> str:
    return session.get_one(Product, product_id).code


class TestCosts:
    @pytest.mark.parametrize("goods", [1, 24, 200])
    def test_lists_take_the_same_few_statements(
        self, session: Session, client: FlaskClient, goods: int
    ) -> None:
        fill_round(session, goods)
        make_point(session)
        session.commit()
        taken = {}
        for url in ("/", "/goods", "/search?q=ข้าว", "/groups", "/points"):
            with statements() as sent:
                read(client, url)
            taken[url] = len(sent)
        # A search finds in two; the other two keep what was looked for.
        assert taken == {"/": 4, "/goods": 1, "/search?q=ข้าว": 4, "/groups": 2, "/points": 2}

    @pytest.mark.parametrize("makers", [1, 24])
    def test_a_product_takes_the_same_few(
        self, session: Session, client: FlaskClient, makers: int
    ) -> None:
        round_id, product_id = make_round(session, now=utc_now()), make_product(session)
        for _ in range(makers):
            offer_in_round(session, round_id, make_group(session), product_id)
        session.commit()
        with statements() as sent:
            read(client, f"/goods/{code_of(session, product_id)}")
        assert len(sent) <= 9  # with steps, papers, questions, photos and reviews

    def test_the_first_view_is_light(self, session: Session, client: FlaskClient) -> None:
        fill_round(session, 24)
        session.commit()
        page = client.get("/", headers=GZIP)
        assert page.headers["Content-Encoding"] == "gzip"
        html = gzip.decompress(page.data).decode()
        files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', html))
        for style in [name for name in files if ".css" in name]:
            css = gzip.decompress(wire(client, style)).decode()
            files |= {"/static/" + font for font in re.findall(r"\.\./(fonts/[^)]+)", css)}
        sizes = {name: len(wire(client, name)) for name in files}
        assert len(page.data) + sum(sizes.values()) < FIRST_VIEW_BYTES, sizes
        assert len(sizes) >= 8


class TestKeeping:
    @pytest.mark.parametrize("url", ["/", "/goods", "/groups", "/points"])
    def test_the_same_page_is_not_sent_twice(
        self, session: Session, client: FlaskClient, url: str
    ) -> None:
        fill_round(session, 2)
        session.commit()
        first = client.get(url, headers={"Accept-Encoding": "gzip"})
        again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert "Set-Cookie" not in first.headers

    def test_an_order_changes_the_card(self, session: Session, client: FlaskClient) -> None:
        round_id, product_id = make_round(session, now=utc_now()), make_product(session)
        offer_id = offer_in_round(session, round_id, make_group(session), product_id)
        session.commit()
        first = client.get("/goods")
        order(session, offer_id, 12)
        session.commit()
        again = client.get("/goods", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 200
        assert '<b class="nowrap">8 ถุง</b>' in again.text

    def test_readers_without_gzip_get_plain_text(
        self, session: Session, client: FlaskClient
    ) -> None:
        response = client.get("/goods")
        assert "Content-Encoding" not in response.headers
        assert "Accept-Encoding" in response.headers["Vary"]


class TestSearch:
    @pytest.fixture(autouse=True)
    def goods(self, session: Session) -> None:
        for name in ("ข้าวหอมมะลิอินทรีย์ 1 กก.", "หอมแดงมัดจุก 5 กก.", "น้ำปลาแท้ 700 มล.",
                     "ไข่เค็ม กล่อง 10 ฟอง", "สบู่สมุนไพร 100 ก."):  # fmt: skip
            make_product(session, name=name)

    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("หอมมะลิ", "ข้าวหอมมะลิ"),
            ("หอมมลิ", "ข้าวหอมมะลิ"),
            ("ข้าวหอมมล", "ข้าวหอมมะลิ"),
            ("น้ำปา", "น้ำปลา"),
            ("นำ้ปลา", "น้ำปลา"),
            ("ไข่เคม", "ไข่เค็ม"),
            ("อินทรีย์ ข้าว", "ข้าวหอมมะลิ"),
            ("ข้าว ๑ กก", "ข้าวหอมมะลิ"),
            ("สบู", "สบู่"),
        ],
    )
    def test_finds_inside_phrases_and_with_a_typo(
        self, session: Session, typed: str, first: str
    ) -> None:
        assert searched(session, typed)[0].name_th.startswith(first)

    @pytest.mark.parametrize("typed", ["xyz", "รถยนต์", "😀", "%%%%", "____", "\\"])
    def test_finds_nothing_where_nothing_is(self, session: Session, typed: str) -> None:
        assert searched(session, typed) == ()

    def test_near_spellings_come_only_where_the_right_one_is_not_there(
        self, session: Session
    ) -> None:
        make_product(session, name="กากบาท")
        make_product(session, name="กากบาด")
        assert [row.name_th for row in searched(session, "กากบาด")] == ["กากบาด"]
        assert {row.name_th for row in searched(session, "กากบาน")} == {"กากบาด", "กากบาท"}

    def test_a_group_finds_its_goods(self, session: Session) -> None:
        round_id, product_id = make_round(session, now=utc_now()), make_product(session)
        group_id = make_group(session, name="กลุ่มแม่บ้านดอยงาม")
        offer_in_round(session, round_id, group_id, product_id)
        found = searched(session, "ดอยงาม")
        assert [row.code for row in found] == [code_of(session, product_id)]


class TestGoods:
    def test_filters_narrow(self, session: Session, client: FlaskClient) -> None:
        round_id = fill_round(session, 2)
        far = make_product(session, name="กล้วยตาก", category="fruit_processed")
        group_id = make_group(session, tambon_code="650801", region="N")
        offer_in_round(session, round_id, group_id, far)
        session.commit()
        for narrowed in ("category=fruit_processed", "province=65"):
            html = read(client, f"/goods?{narrowed}")
            assert html.count('<li class="product">') == 1
            assert "กล้วยตาก" in html
        assert read(client, f"/goods?round={round_id}").count('<li class="product">') == 3
        assert "Nothing found" in read(client, "/goods?province=99") or "ไม่พบ" in read(
            client, "/goods?province=99"
        )

    def test_pages_of_24(self, session: Session, client: FlaskClient) -> None:
        fill_round(session, 30)
        session.commit()
        assert read(client, "/goods").count('<li class="product">') == 24
        assert read(client, "/goods?page=2").count('<li class="product">') == 6
        assert 'rel="prev"' in read(client, "/goods?page=2")

    def test_hours_limit_what_is_left(self, session: Session) -> None:
        round_id, product_id = make_round(session, now=utc_now()), make_product(session)
        group_id = make_group(session, shared_minutes=100)
        offer_in_round(session, round_id, group_id, product_id, minutes_per_unit=30)
        page = product_page(session, code_of(session, product_id), utc_now())
        assert page.makers[0].left_units == 3

    def test_those_who_sell_at_their_place_do_not_count_for_all(self, session: Session) -> None:
        round_id, product_id = make_round(session, now=utc_now()), make_product(session)
        offer_in_round(session, round_id, make_group(session), product_id)
        offer_in_round(session, round_id, make_group(session, readiness=1), product_id)
        row = goods_page(session, Wanted(), utc_now()).rows[0]
        assert (row.makers, row.capacity_units, row.local_only) == (1, 100, False)

    def test_a_closed_round_offers_nothing(self, session: Session, client: FlaskClient) -> None:
        past = times(utc_now() - timedelta(days=3))
        round_id = make_round(session, timetable=past)
        product_id = make_product(session)
        offer_in_round(session, round_id, make_group(session), product_id)
        next_round = times(utc_now() + timedelta(days=5))
        make_round(session, state=RoundState.DRAFT, timetable=next_round)
        session.commit()
        html = read(client, f"/goods/{code_of(session, product_id)}")
        assert "/cart/lines" not in html
        assert "เปิดรับอีกครั้ง" in html
        assert "รอบหน้าเปิด" in read(client, "/")

    def test_an_empty_market_says_so(self, session: Session, client: FlaskClient) -> None:
        assert "กำลังวางแผนรอบหน้า" in read(client, "/")
        assert "ไม่พบ" in read(client, "/goods")


class TestMarkup:
    def urls(self, session: Session) -> list[str]:
        fill_round(session, 3)
        make_point(session)
        session.commit()
        code = session.scalar(text("SELECT code FROM product ORDER BY id LIMIT 1"))
        group = session.scalar(text("SELECT code FROM producer_group ORDER BY id LIMIT 1"))
        return [
            "/",
            "/goods",
            "/search",
            f"/goods/{code}",
            "/groups",
            f"/groups/{group}",
            "/points",
        ]

    def test_one_heading_one_main_labels_and_no_inline_style(
        self, session: Session, client: FlaskClient
    ) -> None:
        for url in self.urls(session):
            html = read(client, url)
            assert len(re.findall(r"<h1[ >]", html)) == 1, url
            assert html.count("<main") == 1
            assert " style=" not in html
            assert "onclick" not in html
            ids = re.findall(r' id="([^"]+)"', html)
            for field in re.findall(r'<label for="([^"]+)"', html):
                assert field in ids, (url, field)

    def test_both_languages_are_complete(self, session: Session, client: FlaskClient) -> None:
        for url in self.urls(session):
            words = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", read(client, url))
            strange = set(re.findall(r"[A-Za-z]{4,}", words)) - {"English", "GeoThai", "rice"}
            assert not strange, url
        with client.session_transaction() as cookie:
            cookie["language"] = "en"
        assert "Goods made to order" in read(client, "/goods")
        assert "Nearly there" in read(client, "/") or "Be the first" in read(client, "/")

    def test_the_form_says_round_product_maker_and_units(
        self, session: Session, client: FlaskClient
    ) -> None:
        round_id, product_id = make_round(session, now=utc_now()), make_product(session)
        groups = [make_group(session) for _ in range(2)]
        for group_id, price in zip(groups, (7000, 7500), strict=True):
            offer_in_round(session, round_id, group_id, product_id, price_satang=price)
        session.commit()
        html = read(client, f"/goods/{code_of(session, product_id)}")
        for name in ("round_id", "product_id", "maker", "group_id", "units"):
            assert f'name="{name}"' in html
        assert "ไม่เกิน ฿75" in html


class TestRefusals:
    @pytest.mark.parametrize(
        ("url", "status"),
        [
            ("/goods?q=" + "ก" * 5000, 422),
            ("/goods?q=%F0%9F%98%80", 200),
            ("/goods?q=%00%00", 200),
            ("/goods?q=%ED%A0%80", 200),
            ("/goods?q=%5C", 200),
            ("/goods?category=" + "x" * 5000, 200),
            ("/goods?province=%00", 200),
            ("/goods?page=0", 422),
            ("/goods?page=-1", 422),
            ("/goods?page=1e9", 422),
            ("/goods?page=๒", 200),
            ("/goods?page=99999999999999999999", 422),
            ("/goods?round=x", 422),
            ("/goods?round=999999999", 200),
            ("/goods/NOPE", 404),
            ("/goods/%00", 404),
            ("/goods/P001?round=x", 422),
            ("/groups/NOPE", 404),
            ("/groups?province=😀", 200),
            ("/points?page=x", 422),
        ],
    )
    def test_odd_addresses(
        self, session: Session, client: FlaskClient, url: str, status: int
    ) -> None:
        html = read(client, url, status)
        assert "Traceback" not in html
