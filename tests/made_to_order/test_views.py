"""The pages: written by a guest, proven by letter, answered by link, chosen, and never too much."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from market.accounts.models import SignedLink
from market.clock import bangkok_date, utc_now
from market.db import db
from market.made_to_order.models import GoodsRequest, RequestInvite, RequestQuestion
from market.made_to_order.rules import InviteState, RequestState
from market.notices.models import Notice
from market.orders.models import Order
from tests.factories.accounts import browser_of, make_grant
from tests.factories.matching import TAMBON, make_group, make_leader, make_point, make_product
from tests.factories.requests import make_asked, make_standing, say_yes

NEW = "/made-to-order/new/"


@pytest.fixture
def makers(session):
    """Two groups that make rice, and a point to which they drive."""
    product = make_product(session, name_th="ข้าวหอมมะลิ 5 กก.", search="ข้าวหอมมะลิ 5 กก.")
    groups = [make_group(session), make_group(session)]
    for group in groups:
        make_leader(session, group)
        make_standing(session, group, product)
    return make_point(session, *groups)


def write(client, point, **changes):
    """Every question answered; the last response."""
    day = bangkok_date(utc_now()) + timedelta(days=25)
    answers = {
        "what": {"words": "ข้าวหอมมะลิใหม่", "category_key": "test"},
        "like": {"product_id": ""},
        "amount": {"units": "๓๐๐", "unit": "กก."},
        "when": {"needed_on": f"{day.day}/{day.month}/{day.year + 543}"},
        "where": {"point_id": str(point.id)},
        "price": {"price": "45.50"},
        "standards": {},
        "who": {
            "buyer_kind": "school", "org_name": "โรงเรียนทดสอบ", "name": "ครูมาลี",
            "phone": "๐๘๑-๒๓๔-๕๖๗๘", "email": "School@Market.example",
        },
    }  # fmt: skip
    for question, values in answers.items():
        answer = client.post(NEW + question, data=values | changes.get(question, {}))
        assert answer.status_code == 303, (question, answer.get_data(as_text=True)[:2000])
    return answer


def letter_link(session, what):
    """The path of the letter's link."""
    query = select(Notice.payload).where(Notice.event == "request.buyer").order_by(Notice.id.desc())
    return next(p["link"] for p in session.scalars(query) if p["what"] == what)


def the_request(session):
    return session.scalars(select(GoodsRequest).execution_options(populate_existing=True)).one()


def test_a_guest_writes_and_the_letter_sends_it(client, session, makers, app):
    assert write(client, makers).location.endswith("/review")
    sent = client.post(NEW + "review")
    assert sent.status_code == 303
    assert the_request(session).state is RequestState.PROVING
    assert session.scalars(select(RequestInvite)).all() == []

    other = app.test_client()  # the letter may be opened on another phone
    opened = other.get(letter_link(session, "prove"), follow_redirects=True)
    assert opened.status_code == 200
    assert the_request(session).state is RequestState.PROVING  # looking sends nothing
    request_id = the_request(session).id
    assert other.post(f"/made-to-order/{request_id}/send").status_code == 303

    found = the_request(session)
    assert (found.state, found.units, found.max_price_satang) == (RequestState.ASKED, 300, 4550)
    assert len(session.scalars(select(RequestInvite)).all()) == 2


def test_a_request_that_is_not_finished_is_led_back_to_its_questions(client, session, makers):
    client.post(NEW + "what", data={"words": "ขอผักสดสำหรับโรงเรียน"})

    sent = client.post(NEW + "review")

    assert (sent.status_code, sent.location) == (303, client.get(NEW + "review").location)
    assert the_request(session).state is RequestState.DRAFT


def test_who_did_not_open_the_letter_sends_nothing(client, session, makers):
    write(client, makers)
    client.post(NEW + "review")

    answer = client.post(f"/made-to-order/{the_request(session).id}/send")

    assert answer.status_code == 403
    assert the_request(session).state is RequestState.PROVING


def test_changing_an_answer_makes_the_letter_worthless(client, session, makers, app):
    write(client, makers)
    client.post(NEW + "review")
    link = letter_link(session, "prove")
    client.post(NEW + "price", data={"price": "60", "then": "review"})

    other = app.test_client()
    other.get(link)
    assert other.post(f"/made-to-order/{the_request(session).id}/send").status_code == 403
    assert the_request(session).state is RequestState.DRAFT


@pytest.mark.parametrize(
    ("question", "values", "words"),
    [
        ("what", {"words": "x"}, "เขียนสั้น ๆ"),
        ("what", {"words": "ข" * 5000}, "ยาวเกินไป"),
        ("amount", {"units": "0", "unit": "กก."}, "ตั้งแต่ 1 ถึง"),
        ("amount", {"units": "9" * 30, "unit": "กก."}, "ตั้งแต่ 1 ถึง"),
        ("amount", {"units": "5", "unit": "<b>"}, "เลือกหน่วย"),
        ("when", {"needed_on": "2020-01-01"}, "กลุ่มต้องมีเวลา"),
        ("when", {"needed_on": "32/13/2569"}, "เลือกวัน"),
        ("when", {"needed_on": "9999-12-31"}, "ไกลเกิน"),
        ("where", {"point_id": "", "tambon_code": "999"}, "เลือกจุดรับ"),
        ("where", {"tambon_code": TAMBON, "address": " "}, "บ้านเลขที่"),
        ("price", {"price": "NaN"}, "พิมพ์ราคาสูงสุด"),
        ("price", {"price": "-5"}, "พิมพ์ราคาสูงสุด"),
        ("price", {"price": "1e99"}, "พิมพ์ราคาสูงสุด"),
        ("who", {"buyer_kind": "king"}, "เลือกว่าใคร"),
        ("who", {"email": "no"}, "อีเมล"),
        ("who", {"tax_id": "123"}, "13 หลัก"),
        ("who", {"phone": "12"}, "เบอร์โทรในไทย"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_nothing_is_lost(
    client, session, makers, question, values, words
):
    write(client, makers)
    before = {c.name: getattr(the_request(session), c.key) for c in GoodsRequest.__table__.columns}
    sent = {
        "who": {"buyer_kind": "school", "org_name": "ร", "name": "ก", "phone": "0812345678"}
    }.get(question, {}) | values

    answer = client.post(NEW + question, data=sent)

    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    after = {c.name: getattr(the_request(session), c.key) for c in GoodsRequest.__table__.columns}
    assert after == before


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("what", {"words": "ข้าวหอม", "category_key": "no-such"}),
        ("like", {"product_id": "999999999999"}),
        ("like", {"product_id": "<b>"}),
    ],
)
def test_choices_that_no_page_had_count_as_none(client, session, makers, question, values):
    write(client, makers)

    assert client.post(NEW + question, data=values).status_code == 303
    assert the_request(session).product_id is None


def test_odd_addresses_lead_nowhere(client, session, makers):
    odd = client.get(NEW + "?_external=1&_scheme=javascript&question=who&like=P1")

    assert odd.location == "/made-to-order/new/what?like=P1"


def test_html_in_a_wish_is_text(client, session, makers, app):
    write(client, makers, what={"words": "<script>alert(1)</script> ข้าวหอมมะลิ"})

    page = client.get(NEW + "review").get_data(as_text=True)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_another_browser_never_sees_a_draft(client, session, makers, app):
    write(client, makers)

    stranger = app.test_client()

    assert "ครูมาลี" not in stranger.get(NEW + "review", follow_redirects=True).get_data(True)
    assert stranger.get(f"/made-to-order/{the_request(session).id}").status_code == 302


def group_browser(app, session, asked, number):
    """A browser that has opened the link of a group's letter."""
    query = select(SignedLink.id).where(
        SignedLink.purpose == "request_answer", SignedLink.group_id == asked.groups[number].id
    )
    return browser_of(app, links=[session.scalars(query).first()])


def test_a_group_answers_by_link_and_never_sees_what_others_ask(app, session):
    asked = make_asked(session, now=utc_now(), needed_on=bangkok_date(utc_now()) + timedelta(25))
    ready = bangkok_date(utc_now()) + timedelta(20)
    say_yes(session, asked, 1, units=150, price=4321, ready_on=ready, now=utc_now())
    path = f"/made-to-order/{asked.request.id}/group/"
    mine, theirs = (f"{path}{group.id}" for group in asked.groups)
    first = group_browser(app, session, asked, 0)

    page = first.get(mine).get_data(as_text=True)
    assert "43.21" not in page
    assert "081-234-5678" not in page  # the buyer's phone is nobody's before the agreement
    assert first.get(theirs).status_code == 302
    sent = {"answer": "yes", "units": "๒๐๐", "price": "40", "ready_on": ready.isoformat()}
    assert first.post(f"{mine}/answer", data=sent).status_code == 303
    assert first.post(f"{theirs}/answer", data=sent).status_code == 403

    states = {
        invite.group_id: (invite.state, invite.price_satang)
        for invite in session.scalars(
            select(RequestInvite).execution_options(populate_existing=True)
        )
    }
    assert states[asked.groups[0].id] == (InviteState.OFFERED, 4000)
    assert states[asked.groups[1].id] == (InviteState.OFFERED, 4321)


def test_the_buyer_chooses_and_pays_the_deposit(app, session):
    now = utc_now()
    asked = make_asked(session, now=now, needed_on=bangkok_date(now) + timedelta(25))
    ready = bangkok_date(now) + timedelta(20)
    for number, (units, price) in enumerate([(200, 4000), (150, 4200)]):
        say_yes(session, asked, number, units=units, price=price, ready_on=ready, now=now)
    browser = browser_of(app, asked.user)
    path = f"/made-to-order/{asked.request.id}"

    shown = browser.get(path).get_data(as_text=True)
    picked = dict(re.findall(r'name="(units-\d+)"[^>]*value="(\d+)"', shown))
    assert sorted(picked.values()) == ["100", "200"]
    summary = browser.get(f"{path}/choose", query_string=picked).get_data(as_text=True)
    assert "฿12,200" in summary
    expected = re.search(r'name="expected" value="(\d+)"', summary)[1]
    paid = browser.post(f"{path}/choose", data=picked | {"expected": expected})

    number = session.scalars(select(Order.number)).one()
    assert paid.location.endswith(f"/pay/{number}")
    assert "฿3,660" in browser.get(paid.location).get_data(as_text=True)
    assert "มัดจำ" in browser.get(f"/orders/{number}").get_data(as_text=True)


def test_a_question_is_answered_once_and_only_its_group_hears(app, session):
    asked = make_asked(session, now=utc_now(), needed_on=bangkok_date(utc_now()) + timedelta(25))
    group = group_browser(app, session, asked, 0)
    mine = f"/made-to-order/{asked.request.id}/group/{asked.groups[0].id}"
    group.post(f"{mine}/answer", data={"answer": "ask", "question": "ถุงละกี่กิโล"})
    question = session.scalars(select(RequestQuestion)).one()
    buyer = browser_of(app, asked.user)
    reply = f"/made-to-order/{asked.request.id}/questions/{question.id}"

    assert buyer.post(reply, data={"answer": "ถุงละ 5"}).status_code == 303
    assert buyer.post(reply, data={"answer": "ถุงละ 9"}).status_code == 409

    assert "ถุงละ 5" in group.get(mine).get_data(as_text=True)
    told = session.scalars(
        text("SELECT DISTINCT subject FROM notice WHERE subject LIKE '%replied%'")
    ).all()
    assert told == [f"request:{asked.request.id}:group:{asked.groups[0].id}:replied:{question.id}"]


def test_a_coordinator_answers_for_a_group_only_with_a_note(app, session):
    from market.accounts.rules import Role
    from tests.factories.accounts import make_user

    asked = make_asked(session, now=utc_now(), needed_on=bangkok_date(utc_now()) + timedelta(25))
    user = make_user(session)
    make_grant(session, user, Role.TAMBON_COORDINATOR, area=TAMBON)
    desk = browser_of(app, user)
    path = f"/made-to-order/{asked.request.id}/group/{asked.groups[0].id}/answer-for"
    sent = {
        "answer": "yes", "units": "100", "price": "40",
        "ready_on": (bangkok_date(utc_now()) + timedelta(20)).isoformat(),
    }  # fmt: skip

    assert desk.post(path, data=sent).status_code == 422
    assert desk.post(path, data=sent | {"call_note": "โทรหาประธาน"}).status_code == 303

    invite = session.scalars(
        select(RequestInvite)
        .where(RequestInvite.group_id == asked.groups[0].id)
        .execution_options(populate_existing=True)
    ).one()
    assert (invite.on_behalf, invite.call_note) == (True, "โทรหาประธาน")
    assert "ข้าวหอมมะลิใหม่" in desk.get("/requests").get_data(as_text=True)
    part = desk.get("/requests", headers={"HX-Request": "true"})  # what the page asks for again
    assert part.headers["ETag"]
    assert "ข้าวหอมมะลิใหม่" in part.text
    assert "<html" not in part.text


def statements(session, ask) -> int:
    """How many statements a page takes."""
    seen = []

    def count(_conn, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert ask().status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    return len(seen)


def test_pages_take_no_more_statements_for_more_groups_and_requests(app, session):
    from market.accounts.rules import Role
    from tests.factories.accounts import make_user

    now = utc_now()
    needed = bangkok_date(now) + timedelta(25)
    few = make_asked(session, 1, now=now, needed_on=needed)
    marketing = make_user(session)
    make_grant(session, marketing, Role.MARKETING, area="")
    desk = browser_of(app, marketing)
    buyer = browser_of(app, few.user)
    desk_few = statements(session, lambda: desk.get("/requests"))
    page_few = statements(session, lambda: buyer.get(f"/made-to-order/{few.request.id}"))

    many = make_asked(session, 6, now=now, needed_on=needed)
    for number in range(6):
        say_yes(session, many, number, units=50, price=4000,
                ready_on=bangkok_date(now) + timedelta(20), now=now)  # fmt: skip
    make_asked(session, 3, now=now, needed_on=needed)
    other = browser_of(app, many.user)

    assert statements(session, lambda: desk.get("/requests")) == desk_few
    assert statements(session, lambda: other.get(f"/made-to-order/{many.request.id}")) == page_few
