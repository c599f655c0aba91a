"""A leader with a cheap phone: from message to answer without signal, and a whole batch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from market.accounts.commands import issue_link
from market.accounts.models import AuditEvent
from market.accounts.rules import LinkPurpose
from market.clock import utc_now
from market.db import db
from market.fulfilment.models import BatchPhoto, MemberPart
from market.matching.commands import publish_run
from market.matching.flows import match_round
from market.matching.models import Ask, MatchRun
from market.matching.rules import BatchState
from market.notices.models import Notice
from tests.browser.conftest import (
    go,
    keep_paper,
    keep_picture,
    wait_for,
)
from tests.browser.line import Line
from tests.browser.phone_kit import Leader, Scales
from tests.factories.fulfilment import boxes, make_producing
from tests.factories.matching import (
    make_group,
    make_leader,
    make_live_round,
    make_offer,
    make_order,
    make_product,
)
from tests.factories.payments import add_order, make_paying, state_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST_BYTES, MOST_OTHER_BYTES = 30_000, 8_000
#: Labels of which a code, a name or a count would not be printed whole.
CUT_OFF = """labels => labels.filter(l => l.scrollHeight > l.clientHeight
  || [...l.children].some(part => part.scrollHeight > part.clientHeight)).map(l => l.innerText)"""
#: An earlier try of the same answer that the market did not take; a new one replaces it.
REFUSED_BEFORE = """() => outbox.put({key: "before", state: "refused", fields: [], words: "", at: 1,
  action: document.querySelector("#part form").action, page: location.pathname})"""


@pytest.fixture
def leader(browser: Browser, address: str) -> Iterator[Leader]:
    """A leader with a phone of 360 px."""
    somebody = Leader(browser, address)
    yield somebody
    somebody.context.close()


def asked() -> tuple[int, str]:
    """A group is asked for 40 bags; the ask's id and the link in the message."""
    session = db.session
    round_, product, group = make_live_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, minimum=20, lot=10)
    make_leader(session, group)
    make_order(session, round_, product, 40)
    session.commit()
    assert match_round(round_.id, now=utc_now())
    run_id = session.scalars(select(MatchRun.id).where(MatchRun.round_id == round_.id)).one()
    publish_run(session, run_id, actor="system", now=utc_now())
    session.commit()
    letters = (Notice.event == "batch.asked", Notice.channel == "email")
    link = session.scalars(select(Notice.payload).where(*letters)).first()
    assert link is not None
    return session.scalars(select(Ask.id)).one(), link["link"]


def row(ask_id: int) -> tuple[str, int]:
    """What the database says now."""
    db.session.rollback()
    ask = db.session.get(Ask, ask_id, populate_existing=True)
    assert ask is not None
    return ask.answer, ask.confirmed_units


def sees(page: Page, selector: str, *, gone: bool = False) -> None:
    """Wait until this is on the page, or no longer there."""
    page.locator(selector).first.wait_for(state="detached" if gone else "visible")


def test_two_taps_on_one_light_page_answer_even_when_the_signal_goes(
    leader: Leader, line: Line
) -> None:
    ask_id, link = asked()
    leader.slow()
    scales = Scales(leader.page)

    go(leader.page, link, "networkidle")  # the tap in the message
    words, others = scales.of(words=True), scales.of(words=False)
    print(f"answer page: words {words}, the rest {others}\n{scales.told()}")
    leader.check()
    leader.tap("a.answer-all")
    line.is_cut = True
    leader.tap("#all button[type=submit]")
    sees(leader.page, ".kept")
    kept = leader.page.locator(".kept").inner_text()
    leader.check()
    before = row(ask_id)
    leader.page.close()  # the phone is put away; later the page is opened again
    line.is_cut = False
    leader.page = leader.context.new_page()
    go(leader.page, link)  # by now the service worker may have sent it, else this page does
    wait_for(leader.page, lambda: row(ask_id)[0] != "waiting")
    go(leader.page, f"/asks/{ask_id}", "networkidle")
    sees(leader.page, "h1:has-text('ตอบแล้ว')")

    assert words[0] < MOST_BYTES, scales.told()
    assert others[0] < MOST_OTHER_BYTES, scales.told()  # the icons, and no letters of our own
    assert leader.taps == 2
    assert "40" in kept
    assert before == ("waiting", 0)
    assert row(ask_id) == ("all", 40)
    answers = select(func.count()).where(AuditEvent.event == "ask.answered")
    assert db.session.scalar(answers) == 1
    leader.check()


#: A phone with a Thai voice that says what it would read.
THAI_VOICE = """
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
  speechSynthesis.getVoices = () => [{ lang: "th-TH" }];
  speechSynthesis.speak = ({ text }) => { document.documentElement.dataset.said = text; };
"""


def test_a_thai_voice_reads_what_is_seen_and_without_one_nothing_offers_to(leader: Leader) -> None:
    _ask_id, link = asked()
    go(leader.page, link, "networkidle")
    assert leader.page.locator("[data-listen]").is_hidden()

    leader.page.add_init_script(THAI_VOICE)
    go(leader.page, link, "networkidle")
    leader.page.locator("[data-listen]").press("Enter")
    said = leader.page.locator("html").get_attribute("data-said") or ""
    leader.page.evaluate("for (const one of document.querySelectorAll('.sr')) one.remove()")
    seen = leader.page.inner_text("main")

    assert "40" in said
    assert "ทำไม่ทัน" in said
    assert "".join(said.split()) == "".join(seen.split())
    assert leader.page.locator("[data-listen]").inner_text() == "หยุดอ่าน"


def test_an_answer_that_comes_too_late_is_told_and_kept_until_it_was_read(leader: Leader) -> None:
    ask_id, link = asked()
    go(leader.page, link + "?a=part", "networkidle")
    leader.check()
    leader.tap("#part button[type=submit]")
    without_reason = leader.page.locator(".kept").count()
    leader.page.evaluate(REFUSED_BEFORE)
    leader.page.locator("#part label.tile").first.click()
    leader.context.set_offline(True)
    leader.tap("#part button[type=submit]")
    sees(leader.page, ".kept")
    assert (without_reason, leader.page.locator(".kept li").count()) == (0, 1)
    ask = db.session.get(Ask, ask_id)
    assert ask is not None
    ask.answer_by = utc_now()
    db.session.commit()
    leader.context.clear_cookies()  # the form's token is worth nothing any more
    leader.context.set_offline(False)
    sees(leader.page, ".kept [data-kept-if=locked] >> visible=true")
    go(leader.page, link)
    sees(leader.page, ".kept [data-kept-if=refused] >> visible=true")
    told = leader.page.locator(".kept").inner_text()
    go(leader.page, leader.page.url)
    sees(leader.page, ".kept")
    leader.tap(".kept button")
    sees(leader.page, ".kept", gone=True)

    assert "หมดเวลาตอบแล้ว" in told
    assert row(ask_id) == ("waiting", 0)


def looked(leader: Leader, title: str) -> None:
    """A picture for people to look at, and the checks."""
    keep_picture(leader.page, f"group-desk-{title}-360")
    leader.check()


def test_a_leader_takes_a_batch_from_its_number_to_the_truck(
    leader: Leader, address: str, tmp_path: Path
) -> None:
    session = db.session
    paying = make_paying(session, minimum=10, lot=10)
    paying.product.allergens, paying.product.shelf_days = ["peanut"], 60
    add_order(session, paying, 20)
    add_order(session, paying, 10, parcel=True)
    make_producing(session, paying)
    group_id, batch_id = paying.group.id, paying.batch.id
    token = issue_link(
        session, LinkPurpose.ANSWER, expires_at=utc_now() + timedelta(days=9), now=utc_now(),
        user_id=paying.leader.id, group_id=group_id, round_id=paying.round.id,
    )  # fmt: skip
    session.commit()
    page = leader.page
    picture = tmp_path / "hands.png"
    Image.new("RGB", (64, 48), "#b97e10").save(picture)

    go(page, f"/l/{token}", "networkidle")
    looked(leader, "today")
    go(page, f"/batches/{batch_id}", "networkidle")
    looked(leader, "batch")
    leader.tap("form[action$='/steps/ingredients'] button")
    sees(page, "form[action$='/made']")
    go(page, f"/batches/{batch_id}/members")
    for place, name in enumerate(("สมศรี", "บุญมา", "ทองดี", "คำปัน")):
        page.locator("input[name=name]").nth(place).fill(name)
    looked(leader, "members")
    leader.tap("button[name=even]")
    page.wait_for_url(f"**/group/{group_id}/make")
    looked(leader, "make")
    assert "สมศรี" in page.inner_text("main")
    go(page, f"/batches/{batch_id}", "networkidle")
    leader.tap("details:has([name=step]) summary")
    page.locator("input[type=file]").set_input_files(picture)
    leader.context.set_offline(True)
    leader.tap("form[action$='/photos'] button")
    sees(page, ".kept")
    looked(leader, "kept")
    leader.context.set_offline(False)
    sees(page, ".step img")
    leader.tap("form[action$='/made'] button[type=submit]")
    for step in ("own_use", "labelled"):
        sees(page, f"form[action$='/steps/{step}']")
        leader.tap(f"form[action$='/steps/{step}'] button")
    sees(page, "a[href$='/packing'].btn")
    looked(leader, "batch-pack")
    for kind in ("", "?size=50x30"):
        go(page, f"/batches/{batch_id}/labels{kind}")
        looked(leader, f"labels{kind[-5:]}")
        assert page.locator(".single-label").evaluate_all(CUT_OFF) == []
        keep_paper(page, f"group-desk-labels{kind[-5:]}")
    go(page, f"/batches/{batch_id}/packing", "networkidle")
    looked(leader, "packing")
    keep_paper(page, "group-desk-packing")
    for box in boxes(session):
        leader.tap(f"form[action*='/boxes/{box.id}/'] button")
        sees(page, f"form[action*='/boxes/{box.id}/']", gone=True)
    go(page, f"/batches/{batch_id}/hand-over", "networkidle")
    page.fill("#code", "7777777")
    leader.tap("form[action$='/load'] button[type=submit]")
    sees(page, ".kept [data-kept-if=refused] >> visible=true")
    looked(leader, "hand-over")
    leader.tap(".kept button")
    for box in boxes(session):
        go(page, f"/batches/{batch_id}/hand-over", "networkidle")
        page.fill("#code", f"/lot/x?box={box.id}")
        leader.tap("form[action$='/load'] button[type=submit]")
        sees(page, ".toast")
    go(page, f"/batches/{batch_id}", "networkidle")
    looked(leader, "batch-done")

    session.rollback()
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER
    assert session.scalar(select(func.count()).select_from(BatchPhoto)) == 1
    assert [row.units for row in session.scalars(select(MemberPart))] == [8, 8, 7, 7]
