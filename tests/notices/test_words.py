"""Every event that is sent has words, and words never carry somebody's markup."""

import ast
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest

from market.errors import Refused
from market.local import ROOT
from market.notices.editing import EditedWords, save_words, words_in_use
from market.notices.gateway import FolderMailer, compose
from market.notices.rules import ClaimedNotice, Letter
from market.notices.words import inbox_line, render_letter

NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)


def events():
    """Every event named in the code as ``event="..."`` of a notice."""
    found = set()
    sources = (path.read_text() for path in (ROOT / "market").rglob("*.py"))
    for source in sources:
        if "event=" not in source:  # the tree of every file took two seconds of each process
            continue
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "id", getattr(call.func, "attr", ""))
                if name in ("notify", "NewNotice"):
                    found |= {
                        word.value.value
                        for word in call.keywords
                        if word.arg == "event" and isinstance(word.value, ast.Constant)
                    }
    return sorted(found)


@pytest.mark.parametrize("event", events())
def test_every_event_has_its_words(event):
    for name in (f"mail/{event}.subject.txt", f"mail/{event}.txt", f"notices/{event}.txt"):
        assert (ROOT / "templates" / name).is_file(), f"{name} is missing"


def test_markup_in_a_payload_stays_text(app):
    notice = ClaimedNotice(
        7, "a@b.example", "th", "account.mail",
        {"subject": "a\r\nBcc: x@y.example", "text": "<script>alert(1)</script>\nhttps://x.example"},
        1,
    )  # fmt: skip
    with app.app_context():
        letter = render_letter(notice)

    assert "<script>" not in letter.html
    assert "&lt;script&gt;" in letter.html
    assert '<a href="https://x.example"' in letter.html
    message = message_from_bytes(compose(letter, "m@market.example").as_bytes(), policy=default)
    assert message["Bcc"] is None
    assert message["Subject"] == "a Bcc: x@y.example"
    assert message["Message-ID"] == "<notice-7@market.example>"


def test_a_letter_sent_twice_leaves_one_file(tmp_path):
    mailer = FolderMailer(tmp_path / "mail", "m@market.example")
    letter = Letter("notice-1", "a@b.example", "สั่งจองแล้ว", "ข้าวหอมมะลิ 3 ถุง", "<p>x</p>")

    mailer.send(letter)
    mailer.send(letter)

    [path] = (tmp_path / "mail").iterdir()
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert message["Subject"] == "สั่งจองแล้ว"
    assert "ข้าวหอมมะลิ" in message.get_body(("plain",)).get_content()


def test_an_unknown_event_still_reads_as_a_sentence(app):
    with app.test_request_context():
        assert inbox_line("no.such", {})


def test_a_letter_keeps_the_link_that_its_reader_needs(session):
    def save(form, body):
        save_words(session, ("order.pay", form, "th"), EditedWords("ชำระ", body), actor="user:1",
                   now=NOON)  # fmt: skip

    with pytest.raises(Refused, match="notice_link_missing"):
        save("mail", "จ่าย {amount}")
    assert words_in_use(session) == {}
    save("mail", "จ่าย {amount} ที่ {url}")
    save("short", "จ่าย {amount}")  # a chat has a button for it
    assert len(words_in_use(session)) == 2
