"""The market's look at its channels and words, and a person's own ways, as pages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.clock import utc_now
from market.local import ROOT
from market.notices.commands import MOST_SCREENS, add_screen, notify
from market.notices.desk.names import EVENTS
from market.notices.desk.queries import PAGE
from market.notices.editing import words_in_use
from market.notices.metering import budgets_of
from market.notices.models import ChatContact, ContactWay, Notice, NoticeWords, PushSubscription
from market.notices.queries import own_ways, screens_of
from market.notices.returned.commands import end_turn, note_wrong, take_turn
from market.notices.rules import Channel, ClaimedNotice, NoticeState, Screen
from market.notices.samples import FIXED, SAMPLES, event_of, key_of
from market.notices.words import render_letter
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.shop import statements

NOW = utc_now()
WORDS = "/notices/words/order.pay/short/th"


@pytest.fixture
def marketing(session, app):
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    return browser_of(app, user, language="en")


def text_of(answer):
    return answer.get_data(as_text=True)


def test_every_sample_fills_the_words_of_its_event_and_case(session):
    templates = (ROOT / "templates" / "mail").glob("*.subject.txt")
    events = {path.name.removesuffix(".subject.txt") for path in templates}
    assert {event_of(key) for key in SAMPLES} <= events - FIXED
    named = {key for of_reader in EVENTS.values() for key in of_reader}
    assert set(SAMPLES) == named - FIXED, "the desk calls every notice by a name"
    for key, payload in SAMPLES.items():
        assert key_of(event_of(key), payload) == key
        for language in ("th", "en"):
            for channel in (Channel.EMAIL, Channel.SMS, Channel.LINE):
                letter = render_letter(ClaimedNotice(
                    1, "a@b.example", language, event_of(key), dict(payload), 1, channel
                ))  # fmt: skip
                assert letter.text.strip()
                assert "%(" not in letter.text + letter.subject


def test_words_are_tried_on_made_up_data_kept_used_and_taken_back(session, marketing):
    assert "ชำระ {amount} ก่อน {pay_by}" in text_of(marketing.get(WORDS)), "no day of a sample"
    typed = {"body": "จ่าย {amount} ก่อน {pay_by}"}
    tried = text_of(marketing.post(WORDS, data=typed | {"act": "try"}))
    assert "จ่าย ฿685 ก่อน" in tried
    assert "1 message" in tried
    assert session.scalars(select(NoticeWords)).all() == []

    assert marketing.post(WORDS, data=typed | {"act": "save"}).status_code == 303
    user = make_user(session, phone="+66812345678")
    payload = SAMPLES["order.pay"] | {"amount_satang": 12300}
    notify(session, event="order.pay", subject="x:1", payload=payload, now=NOW, user_id=user.id)
    notice = ClaimedNotice(1, "+66812345678", "th", "order.pay", dict(payload), 1, Channel.SMS)
    edited = dict(words_now(session))
    assert render_letter(notice, edited).text.startswith("จ่าย ฿123 ก่อน")
    lacking = ClaimedNotice(1, "+66812345678", "th", "order.pay",
                            {k: v for k, v in payload.items() if k != "link"} | {"name": "x"}, 1,
                            Channel.SMS)  # fmt: skip
    assert render_letter(lacking, edited).text.startswith("จ่าย")

    assert marketing.post(WORDS, data={"act": "usual"}).status_code == 303
    assert words_now(session) == {}
    trail = session.scalars(select(AuditEvent.event).where(AuditEvent.subject == "words:order.pay"))
    assert list(trail) == ["words.edited", "words.withdrawn"]


def words_now(session):
    return words_in_use(session)


@pytest.mark.parametrize(
    ("body", "said"),
    [("จ่าย {amout}", "{amout}"), ("จ่าย {amount", "brace"), ("  ", "Write the words")],
)
def test_words_with_a_wrong_place_are_refused_by_name(session, marketing, body, said):
    answer = marketing.post(WORDS, data={"body": body, "act": "save"})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert session.scalars(select(NoticeWords)).all() == []


def test_own_words_that_do_not_fit_one_notice_give_way_to_the_usual_ones(session, marketing):
    body = {"body": "ถึง {name}", "act": "save"}
    assert marketing.post("/notices/words/order.paid/short/th", data=body).status_code == 303
    payload = {key: value for key, value in SAMPLES["order.paid"].items() if key != "name"}
    notice = ClaimedNotice(1, "U1", "th", "order.paid", payload, 1, Channel.LINE)
    assert "12-0482" in render_letter(notice, words_now(session)).text


def test_a_budget_is_in_baht_and_nonsense_is_refused(session, marketing):
    good = {"channel": "sms", "message_baht": "0.๔๕", "month_baht": "1,200", "month_messages": "",
            "reserve_percent": "25"}  # fmt: skip
    assert marketing.post("/notices/channels/budget", data=good).status_code == 303
    budget = budgets_of(session)[Channel.SMS]
    assert (budget.message_satang, budget.month_satang, budget.month_messages) == (45, 120000, None)
    assert "฿1,200" in text_of(marketing.get("/notices/channels"))
    for wrong in (
        {"month_baht": "many"},
        {"reserve_percent": "101"},
        {"message_baht": "NaN"},
        {"channel": "email"},
        {"month_messages": "9" * 30},
        {"message_baht": "-1"},
    ):
        answer = marketing.post("/notices/channels/budget", data=good | wrong)  # fmt: skip
        assert answer.status_code == 422, wrong
    assert budgets_of(session)[Channel.SMS] == budget


def test_a_dead_message_stands_there_with_its_reason_and_is_sent_again_once(session, marketing):
    user = make_user(session)
    tell(session, user, 1)
    dead = session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL)).one()
    dead.state, dead.attempts, dead.error = NoticeState.FAILED, 5, "ConnectionRefusedError"
    session.flush()
    assert user.email in text_of(marketing.get("/notices/channels"))

    path = f"/notices/failed/{dead.id}/again"
    assert path in text_of(marketing.get("/notices/sent?state=failed"))
    assert marketing.post(path, data={"back": "sent"}).location == "/notices/sent?state=failed"
    assert marketing.post(path).status_code == 422
    session.expire_all()
    assert (dead.state, dead.attempts) == (NoticeState.DUE, 0)


def test_what_came_back_and_a_mailbox_that_cannot_be_read_are_said(session, app, marketing):
    said = text_of(marketing.get("/notices/channels"))
    assert "no mailbox is set up" in said
    user, config = make_user(session), app.extensions["market_config"]
    tell(session, user, 1)
    back = session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL)).one()
    back.state, back.sent_at, back.error = NoticeState.FAILED, NOW, "mail_wrong"
    for days in (1, 0):
        note_wrong(session, user.email, NOW - timedelta(days=days))
    end_turn(session, take_turn(session, NOW), (1, 1), NOW, "mailbox_login")
    app.extensions["market_config"] = replace(config, bounce_mailbox="imaps://a:b@mail.example")
    try:
        said = text_of(marketing.get("/notices/channels"))
        assert "refuses the name or the password" in said
        assert "1 address is left out" in said
        end_turn(session, take_turn(session, NOW + timedelta(hours=1)), (1, 1), NOW)
        assert "Looked for letters that came back" in text_of(marketing.get("/notices/channels"))
    finally:
        app.extensions["market_config"] = config
    for path in ("/notices/channels", "/notices/sent"):
        assert "came back: this address takes no letters" in text_of(marketing.get(path))


def test_one_whose_letters_came_back_sees_it_and_says_that_the_address_is_right(session, app):
    user = make_user(session)
    client = browser_of(app, user, language="en")
    for days in (1, 0):
        note_wrong(session, user.email, NOW - timedelta(days=days))
    assert "Letters to this address came back" in text_of(client.get("/account/notices"))

    data = {"channel": "email", "act": "on"}
    assert client.post("/account/notices", data=data).status_code == 303
    assert "Letters to this address came back" not in text_of(client.get("/account/notices"))
    tell(session, user, 1)
    assert session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL)).one()


def tell(session, user, number):
    notify(session, event="order.paid", subject=f"x:{number}", payload=SAMPLES["order.paid"],
           now=NOW, user_id=user.id)  # fmt: skip


def test_more_notices_do_not_mean_more_statements(session, marketing):
    counts = []
    for number in (1, 30):
        for n in range(number):
            tell(session, make_user(session), f"{number}-{n}")
        for path in ("/notices/channels", "/notices/sent", "/notices/sent?channel=email&state=due"):
            with statements() as seen:
                assert marketing.get(path).status_code == 200
            counts.append(len(seen))
    assert counts[:3] == counts[3:]


def test_older_notices_are_on_the_next_page_and_nonsense_in_the_address_is_no_error(
    session, marketing
):
    user = make_user(session, name="ผู้รับหนึ่งเดียว")
    for number in range(30):
        tell(session, user, number)
    first = text_of(marketing.get("/notices/sent"))
    assert first.count("ผู้รับหนึ่งเดียว") == PAGE
    older = session.scalars(select(Notice.id).order_by(Notice.id.desc()).offset(PAGE - 1)).first()
    assert f"before={older}" in first
    last = session.scalars(select(Notice.id).order_by(Notice.id).offset(10)).first()
    final = text_of(marketing.get(f"/notices/sent?before={last}"))
    assert final.count("ผู้รับหนึ่งเดียว") == 10
    assert "before=" not in final
    for odd in ("?before=x", "?before=99999999999999999999", "?before=-1", "?channel=pigeon"):
        assert marketing.get(f"/notices/sent{odd}").status_code == 200


def test_one_moves_one_s_ways_and_leaves_some_out(session, app):
    user = make_user(session)
    client = browser_of(app, user)

    def act(channel, what):
        data = {"channel": channel, "act": what}
        status = client.post("/account/notices", data=data).status_code
        session.expire_all()
        return status, own_ways(session, user.id)

    assert client.get("/account/notices").status_code == 200
    assert act("sms", "up") == (303, ("sms", "email"))  # what is carried here
    assert act("sms", "off") == (303, ("email",))
    assert act("sms", "on") == (303, ("email", "sms"))
    for wrong in (("call", "off"), ("sms", "sideways"), ("", "")):
        assert act(*wrong)[0] == 422
    assert {row.channel: row.position for row in session.scalars(select(ContactWay))} == {
        "email": 1, "sms": 2, "line": None, "push": None,
    }  # fmt: skip


def test_a_code_is_shown_once_and_not_kept_by_the_browser(session, app):
    client = browser_of(app, make_user(session))
    answer = client.post("/account/notices/chat")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.post("/account/notices/chat", data={"off": "1"}).status_code == 303


def test_who_takes_their_chat_away_hears_of_it_once(session, app):
    user = make_user(session, language="en")
    session.add(ChatContact(channel="line", subject="U9", user_id=user.id, met_at=NOW))
    session.flush()
    client = browser_of(app, user)

    for _twice in range(2):
        assert client.post("/account/notices/chat", data={"off": "1"}).status_code == 303

    [letter] = session.scalars(select(Notice).where(Notice.address == user.email))
    assert letter.payload["subject"] == "Where your news go has changed"
    assert "Nothing is sent to your LINE any more" in letter.payload["text"]
    assert session.scalars(select(ChatContact)).all() == []


def test_a_browser_that_is_none_is_refused(session, app):
    client = browser_of(app, make_user(session))
    good = "https://fcm.googleapis.com/fcm/send/1"
    for endpoint in (
        "http://fcm.googleapis.com/1",
        "javascript:alert(1)",
        "https://localhost/1",
        "https://10.0.0.1/",
        "https://fcm.googleapis.com@evil.example/",
        "https://fcm.googleapis.com:8443/",
        "https://[",
        good + "x" * 1000,
    ):
        data = {"endpoint": endpoint, "p256dh": "p", "auth": "a"}  # fmt: skip
        assert client.post("/account/notices/screen", data=data).status_code == 422, endpoint
    data = {"endpoint": good, "p256dh": "p", "auth": "a"}
    assert client.post("/account/notices/screen", data=data).status_code == 204
    assert session.scalars(select(PushSubscription.endpoint)).all() == [good]
    assert client.post("/account/notices/screen", data=data | {"off": "1"}).status_code == 204
    assert session.scalars(select(PushSubscription.endpoint)).all() == []


def test_of_many_browsers_the_newest_are_kept(session, app):
    user = make_user(session)
    for number in range(MOST_SCREENS + 5):
        screen = Screen(f"https://fcm.googleapis.com/{number}", "p", "a")
        add_screen(session, user.id, screen, NOW)
    add_screen(
        session, make_user(session).id, Screen("https://fcm.googleapis.com/x", "p", "a"), NOW
    )

    kept = [screen.endpoint.rpartition("/")[2] for screen in screens_of(session, user.id)]
    assert kept == [str(number) for number in range(5, MOST_SCREENS + 5)]
