"""Pages of communities, and what machines read: data, feeds, the map of the site, previews."""
# ruff: noqa: S314  the XML is our own

import json
import re
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from sqlalchemy import text

from market.catalogue.models import ProducerGroup, Product
from market.clock import utc_now
from market.money import format_baht
from market.overviews.community import feed_queries
from market.overviews.community.queries import numbers_of
from market.overviews.community.seo import json_ld
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.matching import NOW
from tests.factories.payments import add_order, make_paying
from tests.factories.rounds import make_round, offer_in_round
from tests.factories.shop import statements
from tests.factories.stories import make_article, make_question, make_step, make_story

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def data_of(page):
    """The data blocks of a page, by type."""
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    found = [json.loads(block) for block in blocks]
    assert all(block["@context"] == "https://schema.org" for block in found)
    return {block["@type"]: block for block in found}


@pytest.fixture
def group(session):
    """A group with a product in an open round."""
    round_id, group_id, product_id = make_round(session, now=utc_now()), make_group(session), None
    product_id = make_product(session)
    offer_in_round(session, round_id, group_id, product_id)
    session.commit()
    return session.get_one(ProducerGroup, group_id), session.get_one(Product, product_id)


class TestData:
    def test_a_product_in_a_round_can_be_ordered_ahead(self, group, client):
        page = client.get(f"/goods/{group[1].code}").text
        product = data_of(page)["Product"]

        assert product["name"] == group[1].name_th
        assert product["offers"]["availability"] == "https://schema.org/PreOrder"
        assert product["offers"]["priceCurrency"] == "THB"
        assert re.fullmatch(r"\d+\.\d\d", product["offers"]["price"])
        assert "aggregateRating" not in product  # nobody has reviewed it
        assert product["image"][0].endswith(f"/og/product/{group[1].code}.png")
        crumbs = data_of(page)["BreadcrumbList"]["itemListElement"]
        assert [crumb["position"] for crumb in crumbs] == [1, 2, 3]

    def test_without_a_round_there_is_no_offer(self, session, client):
        product = session.get_one(Product, make_product(session))
        session.commit()

        assert "offers" not in data_of(client.get(f"/goods/{product.code}").text)["Product"]

    def test_a_group_has_an_address(self, group, client):
        business = data_of(client.get(f"/groups/{group[0].code}").text)["LocalBusiness"]

        assert business["address"]["addressCountry"] == "TH"
        assert business["name"] == group[0].name_th

    def test_an_article_names_its_author_and_its_day(self, session, group, client):
        article = make_article(session, group[0].id)
        session.commit()

        data = data_of(client.get(f"/articles/{article.id}").text)["Article"]

        assert data["headline"] == "ข่าวหน้าฝน"
        assert data["author"] == {"@type": "Person", "name": "กลุ่ม"}
        assert data["datePublished"].startswith(str(article.published_at.date()))

    def test_no_text_can_end_the_block(self):
        block = json_ld({"name": "</script><script>alert(1)</script>&\u2028"})

        assert "<" not in block
        assert json.loads(block)["name"] == "</script><script>alert(1)</script>&\u2028"

    def test_a_hostile_name_stays_data(self, session, group, client):
        group[0].name_th = "</script><script>alert(1)</script>"
        session.commit()

        page = client.get(f"/groups/{group[0].code}").text

        assert "<script>alert" not in page
        assert data_of(page)["LocalBusiness"]["name"] == group[0].name_th

    def test_pages_say_where_they_are_in_both_languages(self, group, client):
        for path in (f"/goods/{group[1].code}", f"/groups/{group[0].code}", "/"):
            page = client.get(path).text
            canonical = re.search(r'<link rel="canonical" href="([^"]+)"', page)[1]
            assert canonical.endswith(path)
            english = re.search(r'hreflang="en" href="([^"]+)"', page)[1]
            other = client.get(f"{path}?lang=en").text
            assert 'lang="en"' in other.split("<head>")[0]
            assert re.search(r'<link rel="canonical" href="([^"]+)"', other)[1] == english
        assert 'lang="th"' in client.get("/").text.split("<head>")[0]


class TestFeeds:
    def test_a_feed_holds_open_rounds_and_articles(self, session, group, client):
        article = make_article(session, group[0].id, "ฝน & **ลม** <script>x</script>")
        session.commit()
        for path in ("/feed.atom", f"/communities/{group[0].tambon_code}/feed.atom"):
            answer = client.get(path)
            assert answer.mimetype == "application/atom+xml"
            feed = ET.fromstring(answer.data)
            assert all(
                feed.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated")
            )
            found = feed.findall(f"{ATOM}entry")
            assert len({entry.findtext(f"{ATOM}id") for entry in found}) == len(found) == 2
            for entry in found:
                assert entry.findtext(f"{ATOM}updated")
                assert entry.findtext(f"{ATOM}title")
            content = [entry.findtext(f"{ATOM}content") for entry in found]
            assert any("<strong>ลม</strong>" in (words or "") for words in content)
            assert not any("script" in (words or "") for words in content)
        again = client.get("/feed.atom")
        same = client.get("/feed.atom", headers={"If-None-Match": again.headers["ETag"]})
        assert same.status_code == 304
        assert article.id

    def test_a_community_hears_of_itself_only(self, session, group, client):
        other = make_group(session, tambon_code="500514", region="N")
        make_article(session, other)
        session.commit()

        feed = ET.fromstring(client.get(f"/communities/{group[0].tambon_code}/feed.atom").data)

        assert [e.findtext(f"{ATOM}title") for e in feed.findall(f"{ATOM}entry")] != ["ข่าวหน้าฝน"]
        assert client.get("/communities/999999/feed.atom").status_code == 404

    def test_drafts_are_nowhere(self, session, group, client):
        make_article(session, group[0].id).published_at = None
        session.commit()

        assert "ข่าวหน้าฝน" not in client.get("/feed.atom").text
        assert "/articles/" not in client.get("/sitemap.xml").text


class TestMaps:
    def test_the_map_lists_what_everybody_may_see(self, session, group, client):
        article = make_article(session, group[0].id)
        session.commit()
        found = ET.fromstring(client.get("/sitemap.xml").data)
        addresses = [url.findtext(f"{SITEMAP}loc") for url in found]

        maker, goods = group
        for path in (
            "/",
            f"/goods/{goods.code}",
            f"/groups/{maker.code}",
            f"/communities/{maker.tambon_code}",
            f"/articles/{article.id}",
        ):
            assert any(address.endswith(path) for address in addresses), path
        assert len(addresses) == len(set(addresses))
        assert all(address.startswith("http") for address in addresses)

    def test_more_than_a_file_holds_becomes_a_list_of_files(self, monkeypatch, group, client):
        for module in ("feed_queries", "views"):
            monkeypatch.setattr(f"market.overviews.community.{module}.PER_MAP", 4)
        listed = ET.fromstring(client.get("/sitemap.xml").data)
        assert listed.tag == f"{SITEMAP}sitemapindex"
        parts = [part.findtext(f"{SITEMAP}loc").rsplit("/", 1)[1] for part in listed]

        addresses = []
        for part in parts:
            found = ET.fromstring(client.get(f"/{part}").data)
            assert 1 <= len(found) <= 4
            addresses += [url.findtext(f"{SITEMAP}loc") for url in found]

        assert len(addresses) == len(set(addresses)) >= 10
        assert client.get(f"/sitemap-{len(parts) + 1}.xml").status_code == 404
        assert client.get("/sitemap-0.xml").status_code == 404
        assert feed_queries.PER_MAP == 4

    def test_robots_are_shown_the_map_and_kept_from_what_is_private(self, client):
        lines = client.get("/robots.txt").text.splitlines()

        assert "Disallow: /orders" in lines
        assert lines[-1].startswith("Sitemap: http")


class TestPreviews:
    def test_every_kind_of_page_has_a_picture_of_the_right_size(self, group, client):
        for path in (f"product/{group[1].code}", f"group/{group[0].code}",
                     f"community/{group[0].tambon_code}", "home/market"):  # fmt: skip
            answer = client.get(f"/og/{path}.png")
            assert answer.mimetype == "image/png"
            assert Image.open(BytesIO(answer.data)).size == (1200, 630)
            assert len(answer.data) < 100_000
            assert "public" in answer.headers["Cache-Control"]
            tag = {"If-None-Match": answer.headers["ETag"]}
            assert client.get(f"/og/{path}.png", headers=tag).status_code == 304

    @pytest.mark.parametrize("path", ["product/no-such", "ship/P001", "home/x", "group/%00"])
    def test_what_is_not_there_has_none(self, client, path):
        assert client.get(f"/og/{path}.png").status_code == 404

    def test_long_and_odd_names_fit(self, session, group, client):
        group[1].name_th = "น้ำพริก" * 40 + " <&> 😀 " + "x" * 80
        session.commit()

        assert client.get(f"/og/product/{group[1].code}.png").status_code == 200


class TestNumbers:
    def test_before_anything_is_paid_nothing_is_claimed(self, session, group, client):
        page = client.get(f"/groups/{group[0].code}").text

        assert "ยังไม่มีรอบที่ส่งมอบ" in page
        assert numbers_of(session, [group[0].id]).surplus_satang == 0

    def test_surplus_is_what_the_bank_paid_less_the_frozen_costs(self, session, client):
        paying = make_paying(session)
        add_order(session, paying, 20)
        session.execute(
            text(
                "UPDATE batch SET state = 'paid_out', handed_over_at = :now, delivered_at = :now"
                " WHERE id = :id"
            ),
            {"now": NOW, "id": paying.batch.id},
        )
        session.execute(text("UPDATE assignment SET confirmed_units = units, live_units = units"))
        payout = text(
            "INSERT INTO payout (round_id, group_id, amount_satang, state, due_at, paid_at,"
            " bank_reference) VALUES (:round, :group, :amount, :state, now(), :paid, :reference)"
        )
        values = {"round": paying.round.id, "group": paying.group.id, "amount": 500_000}
        session.execute(payout, values | {"state": "due", "paid": None, "reference": None})
        before = numbers_of(session, [paying.group.id])
        session.execute(
            text("UPDATE payout SET state = 'paid', paid_at = now(), bank_reference = 'B1'")
        )
        session.flush()
        live = session.scalar(text("SELECT sum(live_units) FROM assignment"))
        cost = session.scalar(text("SELECT unit_cost_satang FROM round_offer WHERE id = :id"),
                              {"id": paying.batch.round_offer_id})  # fmt: skip

        after = numbers_of(session, [paying.group.id])

        assert (before.paid_satang, before.surplus_satang, before.rounds) == (0, 0, 1)
        assert live > 0
        assert after.paid_satang == 500_000
        assert after.surplus_satang == 500_000 - live * cost
        assert (after.units, after.on_time) == (live, 1)
        session.commit()
        page = client.get(f"/groups/{paying.group.code}").text
        assert format_baht(after.surplus_satang) in page
        assert "฿5,000" in page
        paying.group.households = 4  # too few to show sums of
        session.commit()
        assert "฿5,000" not in client.get(f"/groups/{paying.group.code}").text


class TestPages:
    def test_a_community_shows_its_groups_and_goods(self, session, group, client):
        other = make_group(session, tambon_code=group[0].tambon_code, name="กลุ่มเพื่อนบ้าน")
        make_offer(session, other, make_product(session, name="ข้าวเหนียว"))
        session.commit()

        page = client.get(f"/communities/{group[0].tambon_code}").text

        assert all(words in page for words in (group[0].name_th, "กลุ่มเพื่อนบ้าน", "ข้าวเหนียว"))
        assert client.get("/communities/999999").status_code == 404
        assert client.get("/communities/%F0%9F%98%80").status_code == 404

    def test_what_strangers_see_is_kept_and_not_sent_twice(self, group, client):
        for path in (f"/groups/{group[0].code}", f"/communities/{group[0].tambon_code}"):
            first = client.get(path)
            again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
            assert again.status_code == 304

    @pytest.mark.parametrize("path", ["goods", "groups", "communities"])
    def test_pages_take_the_same_few_statements_however_much_is_told(
        self, session, group, client, path
    ):
        url = {"goods": f"/goods/{group[1].code}", "groups": f"/groups/{group[0].code}",
               "communities": f"/communities/{group[0].tambon_code}"}[path]  # fmt: skip
        with statements() as few:
            assert client.get(url).status_code == 200
        make_story(session, group[0].id, "เรื่อง")
        for number in range(1, 12):
            make_step(session, group[0].id, group[1].id, number)
            make_article(session, group[0].id)
            make_question(session, group[0].id, answer="ตอบ", product_id=group[1].id)
            make_offer(session, group[0].id, make_product(session))
        session.commit()
        with statements() as many:
            assert client.get(url).status_code == 200

        assert len(many) == len(few) <= {"goods": 10, "groups": 13, "communities": 7}[path]
