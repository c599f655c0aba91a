"""Care for groups: decisions that hold, visits told once, flags never doubled."""

import pytest
from sqlalchemy import func, select, text, update

from market.accounts.models import AuditEvent
from market.catalogue.models import Certificate, Offer, ProducerGroup
from market.catalogue.readiness import decided_levels
from market.db import transaction
from market.errors import Conflict, MarketError, Refused
from market.matching.models import Ask, Batch
from market.mentoring import commands
from market.mentoring.models import Flag, GroupContact, Officer, ReadinessDecision, Visit
from market.mentoring.personal import PERSONAL
from market.mentoring.rules import FlagKind, Point, VisitState
from market.notices.models import Notice
from market.notices.rules import Channel, Kind
from market.notices.words import usual_words
from market.overviews.my_data.queries import forget, person_of, read_part
from market.places.models import Lane
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState
from tests.factories.accounts import make_user
from tests.factories.matching import (
    NOW,
    TAMBON,
    make_group,
    make_leader,
    make_offer,
    make_point,
    make_product,
    make_round,
)
from tests.factories.mentoring import DAY, MENTOR, TODAY, contact, tick
from tests.factories.payments import make_paying
from tests.factories.races import each_said

WHO = {"actor": MENTOR, "now": NOW}


def learning(session):
    """A group of readiness 1 that could send parcels."""
    group = make_group(session, ships=False)
    group.readiness = 1
    session.flush()
    return group


def open_kinds(session):
    """Kinds of the open flags, with what each is about."""
    rows = session.execute(select(Flag.kind, Flag.thing).where(Flag.closed_at.is_(None)))
    return sorted((kind.value, thing) for kind, thing in rows)


def told_to(session, user):
    """What this person was told by mail: the event, and its words in Thai and English."""
    mine = (Notice.user_id == user.id, Notice.channel == Channel.EMAIL)
    rows = session.scalars(select(Notice).where(*mine).order_by(Notice.id)).all()
    assert {row.kind for row in rows} <= {Kind.TELL}
    return [
        (row.event, *(usual_words(row.event, form, lang, row.payload).body
                      for form, lang in (("mail", "th"), ("mail", "en"), ("short", "en"))))
        for row in rows
    ]  # fmt: skip


def test_leaders_are_told_of_a_decision_and_of_advice_once(session, app):
    group, other = learning(session), learning(session)
    leaders = [make_leader(session, group), make_leader(session, group)]
    stranger = make_leader(session, other)
    commands.decide_readiness(session, group.id, 1, "ครบทุกข้อ", **WHO)
    with pytest.raises(Conflict):
        commands.decide_readiness(session, group.id, 1, "ซ้ำ", **WHO)
    visit_id = commands.plan_visit(session, group.id, TODAY, "ดูฉลาก", **WHO)
    commands.note_advice(session, visit_id, "เขียนวันผลิตทุกถุง")
    commands.note_next(session, visit_id, "พิมพ์ฉลาก", TODAY + DAY, now=NOW)
    commands.finish_visit(session, visit_id, **WHO)
    commands.finish_visit(session, visit_id, **WHO)
    commands.decide_readiness(session, group.id, 2, "ของไม่ทัน", **WHO)

    for leader in leaders:
        up, advice, down = told_to(session, leader)
        assert (up[0], advice[0], down[0]) == ("care.readiness", "care.advice", "care.readiness")
        assert "ครบทุกข้อ" in up[1]
        assert "ขายนอกพื้นที่ได้ด้วย" in up[1]
        assert "sells outside" in up[2]
        assert "at its own place" in down[3]
        for words in advice[1:]:
            assert "พิมพ์ฉลาก" in words
        assert f"/group/{group.id}/readiness" in advice[1]
    assert told_to(session, stranger) == []


def test_a_decision_moves_the_group_and_its_ways_and_says_why(session):
    group = learning(session)
    make_offer(session, make_round(session, state=RoundState.COMPLETED), group,
               make_product(session))  # fmt: skip
    tick(session, group.id, Point.OWN_USE, Point.PAPERS)

    assert commands.decide_readiness(session, group.id, 1, "พร้อมแล้ว", **WHO) == 2

    session.refresh(group)
    assert (group.readiness, group.ships_parcels) == (2, True)
    made = session.scalars(select(ReadinessDecision)).one()
    assert (made.from_level, made.to_level, made.score, made.reason) == (1, 2, 2, "พร้อมแล้ว")
    trail = session.scalars(select(AuditEvent).where(AuditEvent.event == "group.readiness")).one()
    assert (trail.actor, trail.from_state, trail.to_state, trail.reason) == (
        MENTOR, "1", "2", "พร้อมแล้ว",
    )  # fmt: skip

    # Loading the catalogue's sheets again does not undo what a mentor decided.
    assert decided_levels(session) == {group.code: {"readiness": 2, "ships_parcels": True}}

    assert commands.decide_readiness(session, group.id, 2, "ของไม่ทันสองรอบ", **WHO) == 1
    session.refresh(group)
    assert (group.readiness, group.ships_parcels) == (1, False)
    with pytest.raises(Exception, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE readiness_decision SET reason = 'x'"))


@pytest.mark.parametrize("wrong", ["no reason", "stale", "no own use", "no paper"])
def test_a_decision_that_would_break_something_changes_nothing(session, wrong):
    group = learning(session)
    product = make_product(session, required_certificates=["FDA"])
    joined = make_offer(session, make_round(session, state=RoundState.OPEN), group, product)
    session.add(Certificate(offer_id=joined.offer_id, kind="FDA"))
    session.flush()
    if wrong == "no own use":
        session.execute(update(Offer).values(own_use=False))
    if wrong == "no paper":
        session.execute(update(Certificate).values(expires_on=TODAY - DAY))

    with pytest.raises(MarketError):
        commands.decide_readiness(
            session, group.id, 2 if wrong == "stale" else 1,
            "" if wrong == "no reason" else "พร้อม", **WHO,
        )  # fmt: skip

    session.expire_all()
    assert group.readiness == 1
    assert session.scalars(select(ReadinessDecision)).all() == []


def test_promised_orders_keep_a_group_where_it_is(session):
    group = make_group(session)
    joined = make_offer(session, make_round(session, state=RoundState.OPEN), group,
                        make_product(session))  # fmt: skip
    session.execute(update(RoundOffer).values(reserved_units=10))

    with pytest.raises(Refused) as refusal:
        commands.decide_readiness(session, group.id, 2, "ช้า", **WHO)

    assert refusal.value.code == "readiness_promised"
    assert session.get(ProducerGroup, group.id).readiness == 2
    session.execute(update(Round).values(state=RoundState.PRODUCING))
    assert commands.decide_readiness(session, group.id, 2, "ช้า", **WHO) == 1
    assert joined.round_id


def test_lanes_follow_a_decision_and_only_this_groups(session):
    group, other = learning(session), make_group(session)
    point = make_point(session, group, other)
    make_offer(session, make_round(session, state=RoundState.COMPLETED), group,
               make_product(session))  # fmt: skip

    commands.decide_readiness(session, group.id, 1, "พร้อม", **WHO)

    lanes = session.execute(select(Lane.group_id, Lane.point_id)).all()
    assert lanes == [(other.id, point.id)]  # without a vehicle a drawn lane goes


def test_two_mentors_deciding_at_once_move_a_group_once(committed, app):
    with app.app_context(), transaction() as session:
        group_id = learning(session).id

    def decide(session):
        commands.decide_readiness(session, group_id, 1, "พร้อม", **WHO)

    assert each_said(app, decide, decide) == ["done", "readiness_is_so"]
    with app.app_context(), transaction() as session:
        assert session.scalar(select(func.count()).select_from(ReadinessDecision)) == 1


def test_a_point_is_ticked_once_changed_and_taken_back(session):
    group = learning(session)

    commands.tick_point(session, group.id, Point.OWN_USE, "กินทุกบ้าน", None, **WHO)
    commands.tick_point(session, group.id, Point.OWN_USE, "กินทุกวัน", None, **WHO)

    notes = session.scalars(text("SELECT note FROM readiness_check")).all()
    assert notes == ["กินทุกวัน"]
    assert commands.untick_point(session, group.id, Point.OWN_USE, **WHO)
    assert not commands.untick_point(session, group.id, Point.OWN_USE, **WHO)
    events = session.scalars(select(AuditEvent.event).order_by(AuditEvent.id)).all()
    assert events == ["readiness.ticked", "readiness.ticked", "readiness.unticked"]


def test_a_visit_is_planned_recorded_and_read_once(session):
    group = learning(session)
    visit_id = commands.plan_visit(session, group.id, TODAY, "ดูฉลาก", **WHO)
    assert commands.plan_visit(session, group.id, TODAY, "อีกครั้ง", **WHO) == visit_id
    with pytest.raises(Refused):
        commands.finish_visit(session, visit_id, **WHO)

    commands.note_looked(session, visit_id, ["labels", "nonsense"])
    commands.note_advice(session, visit_id, "เขียนวันผลิตทุกถุง")
    commands.note_next(session, visit_id, "พิมพ์ฉลาก", TODAY + DAY, now=NOW)
    commands.finish_visit(session, visit_id, **WHO)
    commands.finish_visit(session, visit_id, **WHO)

    visit = session.get(Visit, visit_id)
    assert (visit.state, visit.looked_at, visit.done_by) == (VisitState.DONE, ["labels"], MENTOR)
    with pytest.raises(Conflict):
        commands.note_advice(session, visit_id, "เปลี่ยนใจ")
    assert commands.read_advice(session, group.id, **WHO) == 1
    assert commands.read_advice(session, group.id, **WHO) == 0
    commands.finish_step(session, visit_id, **WHO)
    commands.finish_step(session, visit_id, **WHO)
    events = session.scalars(
        select(AuditEvent.event).where(AuditEvent.subject == f"visit:{visit_id}")
    ).all()
    assert sorted(events) == ["visit.done", "visit.planned", "visit.read", "visit.step_done"]


def test_an_officer_who_changes_is_a_flag_until_the_hand_over_is_confirmed(session):
    make_group(session)
    commands.name_officer(session, TAMBON, None, contact("ประยูร"), **WHO)
    first = session.scalars(select(Officer.id)).one()
    commands.raise_flags(session, now=NOW)
    assert not [kind for kind, _ in open_kinds(session) if kind == "officer_changed"]
    with pytest.raises(Conflict):
        commands.name_officer(session, TAMBON, None, contact("ใครก็ไม่รู้"), **WHO)

    commands.name_officer(session, TAMBON, first, contact("อนันต์"), **WHO)
    commands.raise_flags(session, now=NOW)
    commands.raise_flags(session, now=NOW + DAY)

    (second,) = session.scalars(select(Officer).where(Officer.to_on.is_(None))).all()
    assert ("officer_changed", f"officer:{second.id}") in open_kinds(session)
    assert session.get(Officer, first).phone is None
    commands.confirm_handover(session, second.id, "พบกลุ่มแล้ว", **WHO)
    commands.raise_flags(session, now=NOW + DAY)
    flag = session.scalars(select(Flag).where(Flag.kind == FlagKind.OFFICER_CHANGED)).one()
    assert flag.closed_at == NOW + DAY
    with pytest.raises(Conflict):
        commands.see_flag(session, flag.id, "ดูแล", **WHO)


def test_flags_open_once_and_close_when_they_are_over(session):
    paying = make_paying(session)
    group, batch = paying.group, paying.batch
    session.execute(update(Round).values(cycle="monthly"))
    for round_ in (paying.round, make_round(session, cycle="monthly")):
        asked = batch if round_ is paying.round else Batch(
            round_id=round_.id, round_offer_id=make_offer(session, round_, group,
            make_product(session)).id, group_id=group.id, product_id=batch.product_id,
            delivery_index=0, state="declined",
        )  # fmt: skip
        session.add(asked)
        session.flush()
        session.add(
            Ask(batch_id=asked.id, run_id=paying.run.id, units=10, lot_units=10, answer="silent",
                asked_at=NOW - DAY, answer_by=NOW - DAY / 2, answered_at=NOW - DAY / 2)
        )  # fmt: skip
    session.add(
        Certificate(offer_id=paying.offer.offer_id, kind="FDA", expires_on=TODAY + 10 * DAY)
    )
    session.flush()
    paper = session.scalars(select(Certificate.id)).one()
    mine = f"group:{group.id}"

    assert commands.raise_flags(session, now=NOW) == (3, 0)
    assert commands.raise_flags(session, now=NOW) == (0, 0)
    assert open_kinds(session) == [
        ("no_contact", mine), ("paper_lapsing", f"certificate:{paper}"), ("silent", mine),
    ]  # fmt: skip

    commands.add_contact(session, group.id, contact(), **WHO)
    assert commands.raise_flags(session, now=NOW, group_id=group.id) == (0, 1)
    session.execute(update(Ask).values(answer="no"))
    assert commands.raise_flags(session, now=NOW + 20 * DAY) == (1, 2)
    assert open_kinds(session) == [("paper_lapsed", f"certificate:{paper}")]

    session.execute(text("UPDATE enterprise SET legal_form = 'livelihood_group'"))
    session.execute(update(Round).values(cycle="weekly"))
    for _ in range(3):
        make_round(session, state=RoundState.COMPLETED)
    commands.raise_flags(session, now=NOW + 20 * DAY)
    assert ("no_organisation", f"tambon:{TAMBON}") in open_kinds(session)
    assert ("not_offered", mine) in open_kinds(session)
    assert commands.raise_flags(session, now=NOW + 20 * DAY, area="11") == (0, 0)


def test_contacts_are_few_and_a_number_taken_off_is_gone(session):
    group = make_group(session)
    for nr in range(5):
        commands.add_contact(session, group.id, contact(phone=f"+6681234567{nr}"), **WHO)
    commands.add_contact(session, group.id, contact("สมใจคนเดิม", "+66812345670"), **WHO)
    with pytest.raises(Refused), session.begin_nested():
        commands.add_contact(session, group.id, contact(phone="+66812345679"), **WHO)

    one = session.scalars(select(GroupContact).where(GroupContact.phone == "+66812345670")).one()
    assert one.name == "สมใจคนเดิม"
    commands.end_contact(session, one.id, **WHO)
    commands.end_contact(session, one.id, **WHO)
    session.refresh(one)
    assert (one.phone, one.to_on) == (None, TODAY)
    assert session.scalar(select(func.count()).where(GroupContact.to_on.is_(None))) == 4


def test_who_leaves_takes_name_and_number_out_of_the_contacts(session):
    user = make_user(session, phone="+66812345678")
    group = make_group(session)
    commands.add_contact(session, group.id, contact("ป้ามาลัย"), **WHO)
    commands.name_officer(session, TAMBON, None, contact("ป้ามาลัย"), **WHO)
    commands.add_contact(session, group.id, contact("คนอื่น", "+66899999999"), **WHO)
    person = person_of(session, user.id)
    (told,) = [part for part in PERSONAL.told if part.name == "contacts"]
    assert len(read_part(session, told, person).rows) == 2

    for _ in range(2):
        forget(session, user.id, now=NOW)

    assert sorted(session.scalars(select(GroupContact.name))) == sorted(["–", "คนอื่น"])
    gone = session.execute(select(Officer.name, Officer.phone, Officer.to_on)).one()
    assert gone == ("–", None, TODAY)
