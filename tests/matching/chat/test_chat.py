"""A leader answers in the chat or by text message: once, for the right group, in words."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from market.accounts.models import AuditEvent, Grant
from market.accounts.own.models import Identity
from market.accounts.rules import Role
from market.matching.chat.rules import Outcome, button_data, read_intent
from market.matching.chat.words import WORDS, reply_to
from market.matching.models import Ask
from market.matching.rules import Answer, AnswerReason
from market.notices.commands import notify
from market.notices.contacts import addresses_of, issue_code, unlink
from market.notices.models import Notice
from market.notices.rules import Channel
from tests.factories.accounts import make_user
from tests.factories.matching import NOW, make_leader, make_offer, make_order, make_product
from tests.matching.chat.chat_kit import PHONE, fresh, make_asked, say
from tests.matching.test_answers import one_group_round, publish


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("ได้ค่ะ", Answer.ALL), ("ทำได้ครับ!", Answer.ALL), ("OK👍", Answer.ALL), ("1 #7", Answer.ALL),
        ("ไม่ได้ค่ะ", Answer.NO), ("ทำไม่ไหว", Answer.NO), ("no", Answer.NO), ("๒", Answer.NO),
        ("ได้รับข้อความแล้วค่ะ", None), ("ได้ไหม", None), ("ได้ 20", None), ("1 ทำได้ ๒๐ ถุง", None),
        ("ไม่เข้าใจ", None), ("ไม่เป็นไร", None), ("now", None), ("okra", None),
    ],
)  # fmt: skip
def test_only_a_whole_word_is_an_answer_and_a_part_is_never_all(words, meant):
    intent = read_intent(words, "")
    assert (intent and intent.answer) == meant


@pytest.mark.parametrize("words", ["1", "๑", "1 ทำได้", "ทำได้", "1ทำได้", " 1 "])
def test_one_means_all(session, asked, words):
    ask, leader, _group, _round = asked

    assert say(session, words).outcome is Outcome.TAKEN

    assert (fresh(session, ask).answer, ask.confirmed_units) == (Answer.ALL, ask.units)
    assert ask.answered_by == f"user:{leader.id}"


@pytest.mark.parametrize("words", ["2", "๒ ไม่ทัน", "ไม่ทัน", "ทำไม่ทัน", "ไม่ได้"])
def test_two_by_text_message_means_cannot_at_once(session, asked, words):
    ask, *_ = asked

    heard = say(session, words, sender=PHONE, channel=Channel.SMS)

    assert heard.outcome is Outcome.TAKEN
    assert (fresh(session, ask).answer, ask.reason) == (Answer.NO, AnswerReason.OTHER)


def test_cannot_in_the_chat_asks_for_the_reason_by_buttons_first(session, asked):
    ask, _leader, group, round_ = asked

    heard = say(session, data=button_data(Answer.NO, round_.id, group.id))
    letter = reply_to(heard, "E1")

    assert heard.outcome is Outcome.ASK_REASON
    assert fresh(session, ask).answer is Answer.WAITING
    assert say(session, data=letter.buttons[0].data, key="E2").outcome is Outcome.TAKEN
    assert (fresh(session, ask).answer, ask.reason) == (Answer.NO, AnswerReason.RAIN)


def test_the_same_event_delivered_again_is_silent(session, asked):
    assert say(session, "1").outcome is Outcome.TAKEN
    trail = session.scalars(select(AuditEvent.id)).all()

    assert say(session, "1") is None
    assert say(session, "1", key="E2").outcome is Outcome.ALREADY
    assert session.scalars(select(AuditEvent.id)).all() == trail


def test_another_answer_after_the_first_changes_nothing_and_is_told_what_stands(session, asked):
    ask, *_ = asked
    say(session, "1")

    heard = say(session, "2", key="E2", sender=PHONE, channel=Channel.SMS)

    assert heard.outcome is Outcome.ALREADY
    assert f"{ask.units}" in reply_to(heard, "E2").text
    assert fresh(session, ask).answer is Answer.ALL


def test_too_late_is_said_and_kept_out(session, asked):
    ask, *_ = asked

    heard = say(session, "1", now=ask.answer_by + timedelta(seconds=1))

    assert (heard.outcome, heard.data["code"]) == (Outcome.REFUSED, "ask_too_late")
    assert fresh(session, ask).answer is Answer.WAITING
    ask.answer = Answer.SILENT
    ask.answered_at, ask.answered_by = ask.answer_by, "system"
    session.flush()
    over = say(session, "1", key="E2", now=ask.answer_by + timedelta(hours=1))
    assert (over.outcome, over.data["code"]) == (Outcome.REFUSED, "ask_is_over")


def test_somebody_else_s_group_cannot_be_answered_by_its_numbers(session, asked):
    ask, _leader, group, round_ = asked
    stranger = make_leader(session, one_group_round(session)[2])
    session.add(Identity(user_id=stranger.id, provider="line", subject="U9", linked_at=NOW))
    session.flush()

    heard = say(session, data=button_data(Answer.ALL, round_.id, group.id), sender="U9")

    assert heard.outcome is Outcome.NOTHING_WAITS
    assert fresh(session, ask).answer is Answer.WAITING


def test_an_unknown_or_closed_account_is_told_how_to_be_known(session, asked):
    _ask, leader, *_ = asked
    assert say(session, "1", sender="U404").outcome is Outcome.UNKNOWN_PERSON
    leader.active = False
    session.flush()
    assert say(session, "1", key="E2").outcome is Outcome.UNKNOWN_PERSON


def test_who_leads_two_groups_is_asked_which(session, asked):
    ask, leader, *_ = asked
    other, _leader, group, _round = make_asked(session, "U2", "+66812345670")
    session.add(Grant(user_id=leader.id, role=Role.GROUP_LEADER, group_id=group.id))
    session.flush()

    heard = say(session, "1")
    letter = reply_to(heard, "E1")

    assert heard.outcome is Outcome.ASK_WHICH
    assert {fresh(session, one).answer for one in (ask, other)} == {Answer.WAITING}
    assert len(letter.buttons) == 2
    assert say(session, data=letter.buttons[1].data, key="E2").outcome is Outcome.TAKEN
    answers = [fresh(session, one).answer for one in (ask, other)]
    assert sorted(answers) == [Answer.ALL, Answer.WAITING]


def test_by_text_message_the_question_back_names_jobs_that_stay_the_same(session, asked):
    ask, leader, *_ = asked
    other, _leader, group, _round = make_asked(session, "U2", "+66812345670")
    session.add(Grant(user_id=leader.id, role=Role.GROUP_LEADER, group_id=group.id))
    session.flush()

    def text(words, key):
        return say(session, words, key=key, sender=PHONE, channel=Channel.SMS)

    back = reply_to(text("๑ ทำได้", "S1"), "S1", Channel.SMS).text
    assert f"1 #{ask.id}" in back
    assert f"1 #{other.id}" in back
    assert text(f"1 #{ask.id}", "S2").outcome is Outcome.TAKEN
    assert text(f"1 #{ask.id}", "S3").outcome is Outcome.ALREADY  # not the other one
    assert fresh(session, other).answer is Answer.WAITING
    assert text("1 #999999999", "S4").outcome is Outcome.NOTHING_WAITS
    assert text("2", "S5").outcome is Outcome.TAKEN  # only one is left
    assert fresh(session, other).answer is Answer.NO


def test_by_text_message_what_was_asked_by_text_message_is_meant(session, asked):
    ask, leader, *_ = asked
    other, _leader, group, round_ = make_asked(session, "U2", "+66812345670")
    session.add(Grant(user_id=leader.id, role=Role.GROUP_LEADER, group_id=group.id))
    notify(session, event="batch.asked", subject=f"round:{round_.id}:group:{group.id}", payload={},
           now=NOW, user_id=leader.id)  # fmt: skip
    session.execute(
        update(Notice)
        .where(Notice.user_id == leader.id, Notice.channel == Channel.SMS,
               Notice.subject == f"round:{round_.id}:group:{group.id}")
        .values(state="sent")
    )  # fmt: skip

    assert say(session, "1", sender=PHONE, channel=Channel.SMS).outcome is Outcome.TAKEN
    answers = [fresh(session, one).answer for one in (ask, other)]
    assert answers == [Answer.WAITING, Answer.ALL]


def test_a_group_with_three_products_gets_one_question(session):
    round_, product, group = one_group_round(session)
    leader = make_leader(session, group)
    leader.us_phone_number = PHONE
    make_order(session, round_, product, 20)
    for _ in range(2):
        more = make_product(session)
        make_offer(session, round_, group, more)
        make_order(session, round_, more, 20)
    publish(session, round_)

    mine = Notice.user_id == leader.id, Notice.event == "batch.asked"
    sent = session.execute(select(Notice.channel, Notice.payload).where(*mine)).all()
    assert sorted(row.channel for row in sent) == ["call", "email", "inapp", "sms"]
    assert {len(row.payload["items"]) for row in sent} == {3}
    assert say(session, "1", sender=PHONE, channel=Channel.SMS).outcome is Outcome.TAKEN
    assert set(session.scalars(select(Ask.answer))) == {Answer.ALL}


def test_a_code_links_a_chat_once_and_news_go_there(session):
    user = make_user(session, phone=PHONE)
    old, code = (issue_code(session, user.id, now=NOW) for _ in range(2))

    assert say(session, old, sender="U7").outcome is Outcome.UNKNOWN_PERSON
    late = NOW + timedelta(minutes=16)
    assert say(session, code, sender="U7", key="E2", now=late).outcome is Outcome.UNKNOWN_PERSON
    assert say(session, code.lower(), sender="U7", key="E3").outcome is Outcome.LINKED
    assert say(session, code, sender="U8", key="E4").outcome is Outcome.UNKNOWN_PERSON
    assert addresses_of(session, user.id)[Channel.LINE] == "U7"

    say(session, data="unfollow", sender="U7", key="E5")
    assert addresses_of(session, user.id)[Channel.LINE] is None
    say(session, data="follow", sender="U7", key="E6")
    assert addresses_of(session, user.id)[Channel.LINE] == "U7"
    unlink(session, user.id, Channel.LINE, now=NOW)
    assert say(session, "1", sender="U7", key="E7").outcome is Outcome.UNKNOWN_PERSON


def test_an_answer_ends_reminders_of_every_channel(session, asked):
    say(session, "1")

    left = session.scalars(select(Notice.state).where(Notice.channel != Channel.INAPP)).all()
    assert left
    assert set(left) == {"skipped"}


NO_ANSWER = st.text(max_size=60).filter(lambda text: read_intent(text, text) is None)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=NO_ANSWER)
@example(text="")
@example(text="12 ถุง")
@example(text="๓")
@example(text="' OR 1=1 --")
@example(text="answer:all:1")
@example(text="1" * 400)
@example(text="\x00\ud800")
def test_what_is_no_answer_changes_nothing_and_is_told_how_to_answer(session, asked, text):
    ask, *_ = asked
    before = counts(session)

    for channel, sender in ((Channel.LINE, "U1"), (Channel.SMS, PHONE)):
        heard = say(session, text, text, key=uuid4().hex, sender=sender, channel=channel)
        assert heard.outcome is Outcome.NOT_UNDERSTOOD
        assert "1" in reply_to(heard, "E1").text

    assert fresh(session, ask).answer is Answer.WAITING
    assert counts(session) == before


def counts(session):
    """How many rows of the trail and notices there are."""
    return [session.scalar(select(func.count()).select_from(t)) for t in (AuditEvent, Notice)]


@given(
    st.sampled_from([Answer.ALL, Answer.NO]), st.integers(1, 10**15), st.integers(1, 10**15),
    st.sampled_from(["", *AnswerReason]),
)  # fmt: skip
def test_a_button_says_what_it_was_made_to_say(answer, round_id, group_id, reason):
    read = read_intent("ไม่", button_data(answer, round_id, group_id, reason))
    assert (read.answer, read.round_id, read.group_id, read.reason or "") == (
        answer, round_id, group_id, reason,
    )  # fmt: skip


def test_every_outcome_has_words():
    assert set(WORDS) == set(Outcome)
