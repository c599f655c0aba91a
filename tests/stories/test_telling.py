"""A group tells of itself through HTTP: drafts, preview, consent, order of steps, papers."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from market.accounts.rules import Role
from market.catalogue.models import Certificate, Offer, ProducerGroup, Product
from market.clock import bangkok_date, utc_now
from market.stories.models import Article, MakingStep, Portrait, Question, Story
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.stories import make_question, make_step


class World:
    """A group with a product, its leader and its coordinator."""

    def __init__(self, session, app):
        self.group_id = make_group(session)
        self.product_id = make_product(session)
        self.offer_id = make_offer(session, self.group_id, self.product_id, certificates=("GAP",))
        self.code = session.get_one(ProducerGroup, self.group_id).code
        self.goods = session.get_one(Product, self.product_id).code
        leader, staff = make_user(session), make_user(session)
        make_grant(session, leader, Role.GROUP_LEADER, group=self.group_id)
        make_grant(session, staff, Role.TAMBON_COORDINATOR, area="320502")
        session.commit()
        self.leader, self.staff = browser_of(app, leader), browser_of(app, staff)
        self.base = f"/group/{self.group_id}/page"

    def tell(self, kind, item_id, ask, **typed):
        """Answer one question; the id of the item."""
        answer = self.leader.post(f"{self.base}/{kind}/{item_id}/{ask}", data=typed)
        assert answer.status_code == 303, answer.text
        return int(answer.location.split(f"/{kind}/")[1].split("/")[0])

    def act(self, kind, item_id, act, status=303):
        """Press a button of an item's page."""
        answer = self.leader.post(f"{self.base}/{kind}/{item_id}", data={"act": act})
        assert answer.status_code == status
        return answer


@pytest.fixture
def world(session, app):
    """A group that can tell."""
    return World(session, app)


def test_a_story_is_a_draft_until_it_is_shown_and_stays_while_it_is_changed(world, client):
    page = f"/groups/{world.code}"
    item_id = world.tell("story", 0, "story", source_th="# บ้านเรา\n\n<script>alert(1)</script>นา")
    assert "บ้านเรา" not in client.get(page).text

    preview = world.leader.get(f"{world.base}/story/{item_id}").text
    assert "<h3>บ้านเรา</h3>" in preview
    world.act("story", item_id, "publish")
    shown = client.get(page).text
    assert "<h3>บ้านเรา</h3>" in shown
    assert "alert(1)" not in shown

    world.tell("story", item_id, "story", source_th="เรื่องใหม่")
    assert "เรื่องใหม่" not in client.get(page).text
    world.act("story", item_id, "publish")
    assert "เรื่องใหม่" in client.get(page).text
    world.act("story", item_id, "hide")
    assert "เรื่องใหม่" not in client.get(page).text


def test_a_second_first_story_is_the_same_story(world, session):
    first = world.tell("story", 0, "story", source_th="หนึ่ง")
    second = world.tell("story", 0, "story", source_th="สอง")

    assert first == second
    assert session.scalars(select(Story.source_th)).all() == ["สอง"]


def test_html_that_came_another_way_does_not_run(world, session, client):
    session.add(
        Story(group_id=world.group_id, body_th="<img src=x onerror=alert(1)>ข้าว<script>x</script>",
              edited_at=utc_now(), published_at=utc_now())
    )  # fmt: skip
    session.commit()

    page = client.get(f"/groups/{world.code}").text

    assert "ข้าว" in page
    assert "onerror" not in page


def test_a_person_is_shown_only_while_the_consent_stands(world, session, client):
    page = f"/groups/{world.code}"
    item_id = world.tell("people", 0, "name", name_th="ป้าสมจิตร")
    world.tell("people", item_id, "role", role_th="ประธาน")
    world.tell("people", item_id, "words", words_th="ทำให้หลานกิน")
    assert world.act("people", item_id, "publish", status=422).text.count("ยังไม่ยินยอม")

    world.tell("people", item_id, "consent", consent="spoken")
    world.act("people", item_id, "publish")
    assert "ป้าสมจิตร" in client.get(page).text

    world.act("people", item_id, "withdraw")
    assert "ป้าสมจิตร" not in client.get(page).text
    person = session.get_one(Portrait, item_id, populate_existing=True)
    assert (person.words_th, person.consent_at, person.published_at) == ("", None, None)


def test_saying_no_in_the_form_hides_as_well(world, client):
    item_id = world.tell("people", 0, "name", name_th="ลุงบุญมา")
    world.tell("people", item_id, "consent", consent="written")
    world.act("people", item_id, "publish")
    assert "ลุงบุญมา" in client.get(f"/groups/{world.code}").text

    world.tell("people", item_id, "consent", consent="not_asked")

    assert "ลุงบุญมา" not in client.get(f"/groups/{world.code}").text


def test_the_database_refuses_a_person_without_consent(world, session):
    session.add(Portrait(group_id=world.group_id, name_th="ก", edited_at=utc_now(),
                         published_at=utc_now()))  # fmt: skip
    with pytest.raises(IntegrityError, match="ck_portrait_published"):
        session.flush()


def test_steps_keep_their_order_when_they_move_and_go(world, session, client):
    ids = []
    for words in ("เกี่ยว", "ตาก", "สี"):
        item_id = world.tell("steps", 0, "product", product_id=world.product_id)
        world.tell("steps", item_id, "words", words_th=words)
        world.tell("steps", item_id, "minutes", minutes="2", unit="days")
        world.act("steps", item_id, "publish")
        ids.append(item_id)
    world.act("steps", ids[2], "up")
    world.act("steps", ids[0], "up")
    page = client.get(f"/goods/{world.goods}").text
    assert page.index("เกี่ยว") < page.index(">สี<") < page.index(">ตาก<")
    assert "2 วัน" in page

    world.act("steps", ids[0], "remove")

    rows = session.execute(select(MakingStep.number, MakingStep.words_th).order_by("number")).all()
    assert [tuple(row) for row in rows] == [(1, "สี"), (2, "ตาก")]


def test_nothing_of_another_group_can_be_touched(world, session):
    other = make_group(session)
    step = make_step(session, other, world.product_id)
    session.commit()

    for act in ("publish", "hide", "remove", "up"):
        world.act("steps", step.id, act, status=404)
    answer = world.leader.post(f"{world.base}/steps/{step.id}/words", data={"words_th": "ของฉัน"})
    assert answer.status_code == 404
    assert session.get_one(MakingStep, step.id, populate_existing=True).words_th == "ขั้นที่ 1"
    foreign = make_product(session)
    session.commit()
    answer = world.leader.post(f"{world.base}/steps/0/product", data={"product_id": foreign})
    assert answer.status_code == 422


def test_what_is_refused_keeps_what_was_typed(world, session):
    long = "ก" * 12_001
    answer = world.leader.post(f"{world.base}/story/0/story", data={"source_th": long})

    assert answer.status_code == 422
    assert long in answer.text
    assert "12000" in answer.text
    assert session.scalars(select(Story)).all() == []


def test_an_article_has_a_page_and_leaves_with_it(world, session, client):
    item_id = world.tell("articles", 0, "title", title_th="ฝนมา <b>เร็ว</b>")
    world.act("articles", item_id, "publish", status=422)
    world.tell("articles", item_id, "text", source_th="เริ่มดำนา **แล้ว**")
    world.tell("articles", item_id, "author", author="กลุ่ม")
    assert client.get(f"/articles/{item_id}").status_code == 404
    world.act("articles", item_id, "publish")

    page = client.get(f"/articles/{item_id}").text
    assert "ฝนมา &lt;b&gt;เร็ว&lt;/b&gt;" in page
    assert "<strong>แล้ว</strong>" in page

    world.act("articles", item_id, "remove")
    assert client.get(f"/articles/{item_id}").status_code == 404
    assert session.scalars(select(Article)).all() == []


def test_a_certificate_shows_when_it_is_checked_and_until_it_runs_out(world, session, client):
    paper = session.scalars(select(Certificate).where(Certificate.offer_id == world.offer_id)).one()
    page = f"/goods/{world.goods}"
    typed = {"number": "กษ 03-9001-7", "issuer": "กรมวิชาการเกษตร", "expires_on": "31/12/2599"}
    where = f"/group/{world.group_id}/papers/{paper.id}"
    assert "GAP" not in client.get(page).text
    assert world.leader.post(where, data=typed).status_code == 403

    assert world.staff.post(where, data=typed).status_code == 303

    shown = client.get(page).text
    assert all(words in shown for words in ("GAP", "กษ 03-9001-7", "กรมวิชาการเกษตร"))
    session.execute(
        text("UPDATE certificate SET expires_on = :day"),
        {"day": bangkok_date(utc_now()) - timedelta(days=1)},
    )
    session.commit()
    assert "กษ 03-9001-7" not in client.get(page).text


def test_a_paper_of_another_group_is_not_found(world, session):
    other = make_group(session)
    offer = make_offer(session, other, world.product_id, certificates=("GI",))
    paper = session.scalars(select(Certificate.id).where(Certificate.offer_id == offer)).one()
    session.commit()

    answer = world.staff.post(
        f"/group/{world.group_id}/papers/{paper}", data={"number": "1", "issuer": "ก"}
    )

    assert answer.status_code == 404
    assert session.get_one(Certificate, paper, populate_existing=True).checked_at is None


class TestQuestions:
    def test_a_question_is_shown_with_its_answer(self, world, session, app, client):
        asker = browser_of(app, make_user(session))
        session.commit()
        sent = asker.post(
            f"/groups/{world.code}/ask",
            data={"words": "เก็บได้ <b>กี่วัน</b>", "name": "นก", "product": world.goods},
        )
        assert sent.status_code == 303
        pages = (f"/groups/{world.code}", f"/goods/{world.goods}")
        assert all("กี่วัน" not in client.get(page).text for page in pages)

        question = session.scalars(select(Question)).one()
        answered = world.leader.post(f"/questions/{question.id}/answer", data={"answer": "สามวัน"})
        assert answered.status_code == 303

        for page in pages:
            shown = client.get(page).text
            assert "เก็บได้ &lt;b&gt;กี่วัน&lt;/b&gt;" in shown
            assert "สามวัน" in shown

    def test_asking_twice_is_asking_once_and_too_much_is_refused(self, world, session, app):
        asker = browser_of(app, make_user(session))
        session.commit()
        for _ in range(2):
            asker.post(f"/groups/{world.code}/ask", data={"words": "เก็บได้กี่วัน"})
        for n in range(4):
            asker.post(f"/groups/{world.code}/ask", data={"words": f"คำถาม {n}"})
        answer = asker.post(f"/groups/{world.code}/ask", data={"words": "อีกข้อ"})

        assert answer.status_code == 422
        assert "อีกข้อ" in answer.text
        assert len(session.scalars(select(Question)).all()) == 5

    @pytest.mark.parametrize("words", ["", "   ", "\u200b", "ก" * 501])
    def test_nothing_and_too_much_is_refused(self, world, session, words):
        answer = world.leader.post(f"/groups/{world.code}/ask", data={"words": words})

        assert answer.status_code == 422
        assert session.scalars(select(Question)).all() == []

    def test_a_coordinator_hides_and_a_leader_does_not(self, world, session, client):
        question = make_question(session, world.group_id, answer="สามวัน")
        session.commit()
        client.post(f"/questions/{question.id}/report")
        assert session.get_one(Question, question.id, populate_existing=True).reports == 1
        hide = f"/questions/{question.id}/hide"
        assert world.leader.post(hide, data={"reason": "ไม่ชอบ"}).status_code == 403
        assert "สามวัน" in client.get(f"/groups/{world.code}").text

        assert world.staff.post(hide, data={"reason": "โฆษณา"}).status_code == 303

        assert "สามวัน" not in client.get(f"/groups/{world.code}").text
        assert world.leader.post(
            f"/questions/{question.id}/answer", data={"answer": "ใหม่"}
        ).status_code == 409  # fmt: skip
        assert client.post(f"/questions/{question.id}/report").status_code == 404

    def test_a_question_nobody_answered_cannot_be_reported(self, world, session, client):
        question = make_question(session, world.group_id)
        session.commit()

        assert client.post(f"/questions/{question.id}/report").status_code == 404

    def test_goods_of_another_group_cannot_be_asked_about(self, world, session):
        other = session.get_one(Product, make_product(session)).code
        session.commit()

        answer = world.leader.post(
            f"/groups/{world.code}/ask", data={"words": "ถาม", "product": other}
        )

        assert answer.status_code == 404
        assert session.scalars(select(Question)).all() == []


def test_importing_again_keeps_what_was_checked(session):
    from market.catalogue.cli import read_folder
    from market.catalogue.commands import import_catalogue
    from market.overviews.sample import FOLDER

    tables, _faults = read_folder(FOLDER)
    import_catalogue(session, tables, sample=True)
    paper = session.scalars(select(Certificate).order_by(Certificate.id).limit(1)).one()
    paper.number, paper.issuer, paper.checked_by, paper.checked_at = "1", "ก", "ข", utc_now()
    session.flush()
    taken = session.scalars(select(Certificate.id).order_by(Certificate.id.desc()).limit(1)).one()
    offer = session.scalar(select(Offer.code).join(
        Certificate, Certificate.offer_id == Offer.id).where(Certificate.id == taken))  # fmt: skip
    kind = session.get_one(Certificate, taken).kind
    for row in tables["offers"]:
        if row["offer_id"] == offer:
            row["certificates"] = [held for held in row["certificates"] if held != kind]

    import_catalogue(session, tables, sample=True)

    session.expire_all()
    assert session.get_one(Certificate, paper.id).checked_by == "ข"
    assert session.get(Certificate, taken) is None
