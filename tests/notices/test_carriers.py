"""LINE, text messages and web push through the vendors' libraries, against servers of our own."""

import base64
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from sqlalchemy import select

from market.accounts.sms import TextService
from market.errors import Refused, Unavailable
from market.notices.commands import add_screen, note_refused, note_taken
from market.notices.flows import meter
from market.notices.kept import list_kept
from market.notices.line.gateway import LineCarrier, read_events
from market.notices.metering import Budget, set_budget
from market.notices.models import ChannelMonth
from market.notices.push.gateway import PushCarrier
from market.notices.push.services import is_push_service
from market.notices.queries import screens_of
from market.notices.rules import Button, Channel, Letter, Screen
from market.notices.sms.gateway import ServiceTexts, texts_for
from tests.factories.accounts import make_user
from tests.fakes.chat_server import LINE_SECRET, LINE_TOKEN, fake_channels, signed, told

NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)
LETTER = Letter(
    "notice-1", "U1", "ทำไหวไหม", "รอบ 12: ข้าว 52 ถุง", link="https://market.example/l/x",
    buttons=(Button("ทำได้ทั้งหมด", "answer:all:1:2"), Button("ทำไม่ทัน", "answer:no:1:2")),
)  # fmt: skip


@pytest.fixture
def channels():
    with fake_channels() as started:
        yield started


@pytest.fixture
def line(channels):
    return LineCarrier(LINE_TOKEN, channels.base)


def test_a_push_is_one_message_with_words_buttons_and_the_way_to_the_page(line, channels):
    line.send(LETTER)

    [sent] = channels.to("/v2/bot/message/push")
    words, buttons = sent["messages"]
    assert (sent["to"], words["text"]) == ("U1", LETTER.text)
    actions = buttons["template"]["actions"]
    assert [one.get("data") or one["uri"] for one in actions] == [
        "answer:all:1:2", "answer:no:1:2", "https://market.example/l/x",
    ]  # fmt: skip
    assert channels.asked[0][1]["Authorization"] == f"Bearer {LINE_TOKEN}"


def test_a_push_whose_answer_was_lost_is_not_sent_a_second_time(line, channels):
    line.send(LETTER)
    line.send(LETTER)  # LINE says: already accepted

    keys = {headers["X-Line-Retry-Key"] for _path, headers, _body in channels.asked}
    assert len(keys) == 1


@pytest.mark.parametrize("status", [429, 500, 503, 401])
def test_a_line_that_is_busy_or_set_up_wrongly_is_tried_later(line, channels, status):
    channels.answers = [status]
    with pytest.raises(Unavailable) as failure:
        line.send(LETTER)
    assert failure.value.data["reason"] == f"HTTP {status}"


def test_a_person_who_cannot_be_reached_by_line_is_not_tried_again(line, channels):
    channels.answers = [400]
    with pytest.raises(Refused):
        line.send(LETTER)


def test_what_line_counts_itself_is_the_meter(line, channels, session):
    def used():
        return dict(session.execute(select(ChannelMonth.messages, ChannelMonth.satang)).all())

    set_budget(session, Channel.LINE, Budget(message_satang=10), actor="user:1", now=NOON)
    for said in ((200, {"totalUsage": 5}), (200, {"totalUsage": 3}), 500, (200, {"totalUsage": -1}),
                 (200, "<html>"), (200, {}), "hang up"):  # fmt: skip
        channels.answers = [said]
        meter(line.used, Channel.LINE, NOON)
        assert used() == {5: 50}  # never fewer, whatever it says
    channels.answers = [(200, {"totalUsage": 12})]
    meter(line.used, Channel.LINE, NOON)
    assert used() == {12: 120}
    assert channels.asked[0][0] == "/v2/bot/message/quota/consumption"


def test_no_line_at_all_is_tried_later():
    with pytest.raises(Unavailable):
        LineCarrier(LINE_TOKEN, "http://127.0.0.1:1").send(LETTER)


def test_line_s_own_quota_at_its_end_is_not_tried_again(line, channels):
    channels.answers = [(429, {"message": "You have reached your monthly limit."})]
    with pytest.raises(Refused) as refusal:
        line.send(LETTER)
    assert refusal.value.code == "line_quota_used"


def test_events_are_read_only_when_line_has_signed_them():
    body, headers = signed(
        [told("E1", "U1", data="answer:all:1:2"), told("E2", "U1", text="๑ ทำได้")]
    )

    first, second = read_events(LINE_SECRET, body.decode(), headers["X-Line-Signature"])

    assert (first.key, first.sender, first.data) == ("E1", "U1", "answer:all:1:2")
    assert second.text == "๑ ทำได้"
    for wrong in ("", "AAAA", headers["X-Line-Signature"][:-2]):
        with pytest.raises(Refused) as refusal:
            read_events(LINE_SECRET, body.decode(), wrong)
        assert refusal.value.code == "chat_not_signed"


TEXT = Letter("notice-1", "+66812345678", "", "รอบ 12: ทำ 52 ถุง ตอบ 1 หรือ 2")


def texts(base):
    return ServiceTexts(TextService(f"{base}/sms", "key", "secret", "TALAD"))


def test_a_text_message_goes_by_the_service_that_sends_the_codes(channels):
    assert texts(channels.base).send(TEXT) == "S1"

    [form] = channels.to("/sms")
    assert form == {
        "msisdn": ["66812345678"], "message": [TEXT.text], "sender": ["TALAD"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "unsure"),
    [
        ((401, {}), False),
        ((429, {}), False),
        ((200, {"error": "no credit"}), False),
        ((500, {}), True),
        ((200, "<html>welcome</html>"), True),
        ((200, [1]), True),
        ("hang up", True),
    ],
)
def test_only_what_surely_did_not_leave_may_be_sent_again(channels, answer, unsure):
    channels.answers = [answer]
    with pytest.raises(Unavailable) as failure:
        texts(channels.base).send(TEXT)
    assert failure.value.data["unsure"] is unsure


def test_a_number_that_the_service_does_not_take_is_not_tried_again(channels):
    channels.answers = [(400, {"error": {"name": "ERROR_NUMBER"}})]
    with pytest.raises(Refused, match="sms_refused"):
        texts(channels.base).send(TEXT)


@pytest.mark.parametrize("named", [[], [1], [{}], "x", [{"message_id": [1]}], {"message_id": 1}])
def test_a_message_without_a_usable_name_was_sent_all_the_same(channels, named):
    channels.answers = [(201, {"phone_number_list": named or [{"message_id": ""}]})]
    assert texts(channels.base).send(TEXT) is None


def test_no_service_at_all_took_nothing():
    with pytest.raises(Unavailable) as failure:
        texts("http://127.0.0.1:1").send(TEXT)
    assert failure.value.data["unsure"] is False


def test_a_line_that_answers_nonsense_or_hangs_up_is_tried_later(line, channels):
    for answer in ((200, "<html>"), "hang up"):
        channels.answers = [answer]
        with pytest.raises(Unavailable):
            line.send(LETTER)


def test_in_development_text_messages_are_files_once_each(tmp_path):
    texts = texts_for(None, tmp_path, develops=True)
    for _ in range(2):
        texts.send(Letter("notice-1", "+66812345678", "", "ข้อความ"))

    assert [(one.kind, one.text) for one in list_kept(tmp_path)] == [("sms", "ข้อความ")]
    assert texts_for(None, tmp_path, develops=False) is None


def browser_screen(endpoint):
    """The keys that a browser would make."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    encoded = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
    return Screen(endpoint, encoded, base64.urlsafe_b64encode(b"0" * 16).rstrip(b"=").decode())


def push_to(channels, *paths):
    gone, key = [], Vapid02()
    key.generate_keys()
    private = (
        base64.urlsafe_b64encode(
            key.private_key.private_numbers().private_value.to_bytes(32, "big")
        )
        .rstrip(b"=")
        .decode()
    )
    screens = [browser_screen(f"{channels.base}{path}") for path in paths]
    noted = {"refused": [], "took": []}
    carrier = PushCarrier(
        private, "mailto:m@market.example", lambda _to: screens, gone.append,
        noted["refused"].append, noted["took"].append,
    )  # fmt: skip
    channels.noted = noted
    return carrier, gone


def test_a_push_is_encrypted_for_each_screen_and_signed_by_us(channels):
    carrier, gone = push_to(channels, "/push/1", "/push/2")

    carrier.send(LETTER)

    assert [path for path, _headers, _body in channels.asked] == ["/push/1", "/push/2"]
    _path, headers, body = channels.asked[0]
    assert headers["Authorization"].startswith("vapid ")
    assert headers["Content-Encoding"] == "aes128gcm"
    assert LETTER.text.encode() not in body
    assert gone == []


def test_a_screen_that_is_gone_is_forgotten_and_the_others_are_enough(channels):
    carrier, gone = push_to(channels, "/push/1", "/push/2")
    channels.answers = [410]

    carrier.send(LETTER)

    assert gone == [f"{channels.base}/push/1"]


@pytest.mark.parametrize("key", ["", "!!!é", "A", base64.urlsafe_b64encode(b"\4" * 65).decode()])
def test_a_screen_whose_keys_are_none_is_forgotten_and_harms_no_other(channels, key):
    carrier, gone = push_to(channels, "/push/2")
    odd = Screen(f"{channels.base}/push/1", key, base64.urlsafe_b64encode(b"0" * 16).decode())
    both = [odd, *carrier.screens("")]

    replace(carrier, screens=lambda _to: both).send(LETTER)

    assert gone == [odd.endpoint]
    assert [path for path, _headers, _body in channels.asked] == ["/push/2"]


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/a:b_c-1", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/gAAA", True),
        ("https://wns2-sg2p.notify.windows.com/w/?token=A%2b", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://googleapis.com.evil.example/x", False),
        ("https://169.254.169.254\\.googleapis.com/x", False),
        ("https://evil.example\t.googleapis.com/x", False),
        ("https://googleapis.com/x", False),
        ("https://evil.example/.googleapis.com/x", False),
        ("https://u@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com/a b", False),
        ("https://fcm.googleapis.com/x\n", False),
    ],
)
def test_only_a_browser_s_own_service_is_ever_asked(address, known):
    assert is_push_service(address) is known


def test_no_screen_left_is_said_and_a_service_that_is_away_is_tried_later(channels):
    carrier, _gone = push_to(channels, "/push/1")
    channels.answers = [404, 503]

    with pytest.raises(Refused):
        carrier.send(LETTER)
    with pytest.raises(Unavailable):
        carrier.send(LETTER)


@pytest.mark.parametrize(
    ("status", "error", "noted"),
    [(400, Refused, 1), (403, Refused, 1), (413, Refused, 0), (401, Unavailable, 0)],
)
def test_one_browser_that_is_refused_is_no_trouble_of_the_channel(channels, status, error, noted):
    carrier, gone = push_to(channels, "/push/1")
    channels.answers = [status]

    with pytest.raises(error):
        carrier.send(LETTER)

    assert gone == []
    assert channels.noted["refused"] == [f"{channels.base}/push/1"] * noted


def test_a_browser_that_is_refused_for_days_is_forgotten_and_one_that_takes_again_is_not(
    session, channels
):
    user = make_user(session)
    path = f"{channels.base}/push/1"
    add_screen(session, user.id, browser_screen(path), NOON)
    carrier, _gone = push_to(channels)

    def send(status, hours):
        now = NOON + timedelta(hours=hours)
        channels.answers = [status]
        with suppress(Refused):
            replace(
                carrier,
                screens=lambda _to: screens_of(session, user.id),
                refused=lambda endpoint: note_refused(session, endpoint, now),
                took=lambda endpoint: note_taken(session, endpoint),
            ).send(LETTER)
        return [screen.refused for screen in screens_of(session, user.id)]

    assert [send(403, minute / 60) for minute in range(6)][-1] == [6]  # an hour's mistake of ours
    assert send(201, 2) == [0]
    assert [send(403, 3 + hours) for hours in (0, 1, 2, 3, 23)][-1] == [5]
    assert send(400, 3 + 24) == []
    asked = len(channels.asked)
    assert send(201, 30) == []
    assert len(channels.asked) == asked
