"""The pages of care: refusals keep what was typed, lists cost the same whatever is in them."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from market.accounts.rules import Role
from market.mentoring import commands
from market.mentoring.models import ReadinessCheck, Visit, VisitPhoto
from market.mentoring.rules import Point
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import NOW, PROVINCE, make_group, make_offer, make_product, make_round
from tests.factories.mentoring import MENTOR, TODAY, tick
from tests.factories.shop import statements


@pytest.fixture
def mentor(session, app):
    """The province's mentor, in a browser."""
    user = make_user(session, name="วิภา")
    make_grant(session, user, Role.PROVINCE_COORDINATOR, area=PROVINCE)
    return browser_of(app, user)


def words(answer):
    return answer.get_data(as_text=True)


def picture():
    kept = BytesIO()
    Image.new("RGB", (40, 30), "green").save(kept, "PNG")
    return BytesIO(kept.getvalue()), "paper.png"


def test_a_point_is_ticked_with_its_picture_and_a_decision_refused_keeps_the_words(session, mentor):
    group = make_group(session)
    group.readiness, group.ships_parcels = 1, False
    product = make_product(session, required_certificates=["FDA"])
    make_offer(session, make_round(session, state="open"), group, product)
    path = f"/care/groups/{group.id}"

    sent = mentor.post(f"{path}/points/papers", data={"note": "มี อย.", "picture": picture()})
    assert sent.status_code == 303
    check = session.scalars(select(ReadinessCheck)).one()
    shown = mentor.get(f"/care/checks/{check.id}/picture")
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert "private" in shown.headers["Cache-Control"]
    mentor.post(f"{path}/points/papers", data={"note": "มี อย. แล้ว"})
    session.refresh(check)
    assert (check.note, check.file_hash is None) == ("มี อย. แล้ว", False)

    wrong = mentor.post(f"{path}/points/papers", data={"picture": (BytesIO(b"no"), "x.png")})
    assert wrong.status_code == 422
    refused = mentor.post(f"{path}/decide", data={"from": "1", "reason": "ลายผ้าสวย"})
    assert refused.status_code == 422
    assert "ลายผ้าสวย" in words(refused)
    assert product.name_th in words(refused)
    stale = mentor.post(f"{path}/decide", data={"from": "2", "reason": "ลายผ้าสวย"})
    assert stale.location == path
    session.refresh(group)
    assert group.readiness == 1


def test_a_visit_is_recorded_question_by_question(session, mentor):
    group = make_group(session)
    now = mentor.post(f"/care/groups/{group.id}/visits/new", data={"now": "1"})
    path = now.location.removesuffix("/looked")
    assert mentor.post(f"{path}/looked", data={"looked": "labels"}).location == f"{path}/advice"
    empty = mentor.post(f"{path}/advice", data={"advice": " "})
    assert empty.status_code == 422
    mentor.post(f"{path}/advice", data={"advice": "<b>ติดฉลาก</b>"})
    mentor.post(f"{path}/photos", data={"pictures": [picture(), picture()]})
    assert mentor.post(f"{path}/next", data={"next_step": "ฉลาก"}).status_code == 422
    bad = mentor.post(f"{path}/next", data={"next_step": "ฉลาก", "next_on": "พรุ่งนี้"})
    assert bad.status_code == 422
    assert mentor.post(f"{path}/next", data={}).location == path
    whole = words(mentor.get(path))
    assert "&lt;b&gt;ติดฉลาก" in whole
    assert mentor.post(f"{path}/done").location == "/care/visits"
    assert len(session.scalars(select(VisitPhoto)).all()) == 1
    assert session.scalars(select(Visit)).one().done_at is not None
    assert mentor.post(f"{path}/advice", data={"advice": "อื่น"}).status_code == 409


@pytest.mark.parametrize("path", ["/care", "/care/readiness?stage=on_the_way", "/care/visits"])
def test_lists_cost_the_same_whatever_is_in_them(session, mentor, path):
    def fill():
        group = make_group(session)
        group.readiness, group.ships_parcels = 1, False
        tick(session, group.id, Point.OWN_USE)
        commands.plan_visit(session, group.id, TODAY, "", actor=MENTOR, now=NOW)
        commands.raise_flags(session, now=NOW)
        return group

    fill()
    mentor.get(path)
    with statements() as few:
        assert mentor.get(path).status_code == 200
    names = [fill().name_th for _ in range(3)]
    with statements() as many:
        seen = words(mentor.get(path))
    assert all(name in seen for name in names)
    assert len(many) == len(few)


def test_a_stale_officer_form_and_a_wrong_number_change_nothing(session, mentor):
    make_group(session)
    path = "/care/tambons/980101/officers"
    assert mentor.post(path, data={"name": "ก", "phone": "12"}).status_code == 422
    assert mentor.post(path, data={"name": "ก", "phone": "0812345678"}).status_code == 303
    stale = mentor.post(path, data={"name": "ข", "phone": "0812345679", "seen": ""})
    assert stale.status_code == 409
    assert "ก" in words(stale)
