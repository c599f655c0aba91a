"""Pages of reviews and thanks, walked as buyer, stranger, group and coordinator."""

from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.voices.models import Review, ReviewPhoto, ReviewReport, Thanks
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import TAMBON
from tests.factories.payments import Paying
from tests.voices.test_reviews import arrived, received

HTML = "<script>alert(1)</script><b>ดี</b>"


def buyer_of(app: Flask, paying: Paying) -> FlaskClient:
    return browser_of(app, buyer_ids=[paying.orders[0].buyer_id])


def picture(colour: str = "red") -> BytesIO:
    data = BytesIO()
    Image.new("RGB", (1200, 900), colour).save(data, "JPEG")
    data.seek(0)
    return data


def send(browser: FlaskClient, paying: Paying, **form):
    data = {"line_id": str(paying.lines[0].id), "score": "5", "words": "อร่อยมาก"} | form
    return browser.post(f"/orders/{paying.orders[0].number}/reviews", data=data)


def test_a_buyer_reviews_with_a_picture_and_everybody_sees_it(app: Flask, session: Session):
    paying = received(session)
    browser, where = buyer_of(app, paying), f"/orders/{paying.orders[0].number}"
    assert 'name="score"' in browser.get(f"{where}/reviews").text

    done = send(browser, paying, photos=(picture(), "me.jpg"), show_name="1")

    assert done.status_code == 303
    photo = session.scalars(select(ReviewPhoto)).one()
    assert (photo.width, photo.height) == (800, 600)
    shown = app.test_client().get(f"/reviews/photos/{photo.id}")
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert "อร่อยมาก" in browser.get(f"{where}/reviews").text
    assert " style=" not in browser.get(f"{where}/reviews").text


def test_what_cannot_be_kept_is_refused_and_the_words_stay(app: Flask, session: Session):
    paying = received(session)
    browser = buyer_of(app, paying)
    bad = [
        {"words": "ก" * 5000},
        {"score": ""},
        {"score": "9"},
        {"photos": (BytesIO(b"<svg onload=alert(1)>"), "x.svg")},
        {"photos": (BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 99), "x.png")},
        {"photos": [(picture(c), "x.jpg") for c in ("red", "blue", "green", "black")]},
        {"line_id": "99999999"},
        {"line_id": "x"},
    ]
    for form in bad:
        answer = send(browser, paying, **form)
        assert answer.status_code == 422, form
        assert 'role="alert"' in answer.text
    assert "อร่อยมาก" in send(browser, paying, score="").text
    heavy = send(browser, paying, photos=(BytesIO(b"\xff\xd8" + b"0" * 8_500_000), "x.jpg"))
    heavy.request.environ["wsgi.input"].close()  # the test client spools it to a file
    assert heavy.status_code == 422
    assert "อร่อยมาก" in heavy.text, "what was typed is not lost with the picture"
    assert session.scalars(select(Review)).all() == []
    assert session.scalars(select(ReviewPhoto)).all() == []


def test_html_is_shown_as_it_was_typed(app: Flask, session: Session):
    paying = received(session)
    browser = buyer_of(app, paying)
    assert send(browser, paying, words=HTML).status_code == 303
    leader = browser_of(app, paying.leader)
    for page in (
        browser.get(f"/orders/{paying.orders[0].number}/reviews"),
        leader.get(f"/group/{paying.group.id}/voices"),
    ):
        assert "&lt;script&gt;alert(1)" in page.text
        assert "<script>alert" not in page.text


def test_whoever_did_not_order_or_receive_it_writes_nothing(app: Flask, session: Session):
    paying, other = received(session), received(session)
    waiting = arrived(session)
    assert send(buyer_of(app, other), paying).status_code == 403
    assert send(app.test_client(), paying).status_code == 403
    assert send(browser_of(app, paying.leader), paying).status_code == 403
    refused = send(buyer_of(app, waiting), waiting)
    assert refused.status_code == 422
    assert session.scalars(select(Review)).all() == []


def test_the_makers_hear_thanks_and_answer_reviews(app: Flask, session: Session):
    paying = received(session)
    browser, where = buyer_of(app, paying), f"/orders/{paying.orders[0].number}/thanks"
    form = {"group_id": paying.group.id, "words": "ข้าวหอมทั้งบ้าน"}
    assert browser.post(where, data=form | {"picture": (picture(), "a.jpg")}).status_code == 303
    assert browser.post(where, data=form | {"words": "อีก"}).status_code == 303
    note = session.scalars(select(Thanks)).one()
    assert note.words == "ข้าวหอมทั้งบ้าน"

    leader, group = browser_of(app, paying.leader), f"/group/{paying.group.id}/voices"
    heard = leader.get(group)
    assert "ข้าวหอมทั้งบ้าน" in heard.text
    assert "data-listen" in heard.text
    assert leader.post(group).status_code == 303
    session.refresh(note)
    assert note.seen_at is not None

    send(browser, paying)
    review = session.scalars(select(Review)).one()
    assert leader.post(f"/reviews/{review.id}/reply", data={"words": ""}).status_code == 422
    assert leader.post(f"/reviews/{review.id}/reply", data={"words": "ดีใจ"}).status_code == 303
    again = leader.post(f"/reviews/{review.id}/reply", data={"words": "อื่น"})
    assert again.status_code == 409
    assert "ดีใจ" in leader.get(group).text


def test_a_private_picture_of_thanks_is_for_the_two_of_them(app: Flask, session: Session):
    paying = received(session)
    browser, where = buyer_of(app, paying), f"/orders/{paying.orders[0].number}/thanks"
    form = {"group_id": paying.group.id, "picture": (picture(), "a.jpg")}
    assert browser.post(where, data=form).status_code == 303
    note = session.scalars(select(Thanks)).one()
    url = f"/thanks/{note.id}/picture"
    for who, status in (
        (browser, 200),
        (browser_of(app, paying.leader), 200),
        (app.test_client(), 404),
        (browser_of(app, received(session).leader), 404),
    ):
        assert who.get(url).status_code == status
    note.is_public = True
    session.flush()
    assert app.test_client().get(url).status_code == 200


def test_empty_thanks_and_thanks_to_strangers_are_refused(app: Flask, session: Session):
    paying, other = received(session), received(session)
    browser, where = buyer_of(app, paying), f"/orders/{paying.orders[0].number}/thanks"
    for form in (
        {"group_id": paying.group.id, "words": " "},
        {"group_id": other.group.id, "words": "ขอบคุณ"},
        {"group_id": paying.group.id, "words": "ก" * 501},
    ):
        assert browser.post(where, data=form).status_code == 422
    assert session.scalars(select(Thanks)).all() == []


def test_a_report_reaches_the_coordinator_of_the_place_who_hides(app: Flask, session: Session):
    paying = received(session)
    send(buyer_of(app, paying), paying, words="เบอร์เขา 081-234-5678")
    review = session.scalars(select(Review)).one()
    guest, report = app.test_client(), f"/reviews/{review.id}/report"
    assert guest.get(report).status_code == 200
    assert guest.post(report, data={"words": ""}).status_code == 422
    assert guest.post(report, data={"words": "มีเบอร์"}).status_code == 303
    assert session.scalars(select(ReviewReport)).one().words == "มีเบอร์"

    assert browser_of(app, paying.leader).get("/voices").status_code == 403
    elsewhere = coordinator(app, session, "999999")
    assert "มีเบอร์" not in elsewhere.get("/voices").text
    here = coordinator(app, session, TAMBON)
    assert "มีเบอร์" in here.get("/voices").text
    look = f"/reviews/{review.id}/look"
    assert elsewhere.post(look, data={"decision": "hide", "reason": "x"}).status_code == 403
    assert here.post(look, data={"decision": "hide", "reason": ""}).status_code == 422
    assert here.post(look, data={"decision": "hide", "reason": "มีเบอร์คนอื่น"}).status_code == 303
    assert guest.get(report).status_code == 404


def coordinator(app: Flask, session: Session, area: str) -> FlaskClient:
    user = make_user(session)
    make_grant(session, user, Role.TAMBON_COORDINATOR, area=area)
    return browser_of(app, user)
