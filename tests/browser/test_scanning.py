"""A leader's camera reads the labels of boxes, where the browser itself reads no codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import segno
from playwright.sync_api import Browser, expect

from market.accounts.commands import issue_link
from market.accounts.rules import LinkPurpose
from market.clock import utc_now
from market.db import db
from market.fulfilment.gathering.rules import box_address
from market.fulfilment.work.queries import marks_of_boxes
from tests.browser.conftest import QUIET, go
from tests.browser.phone_kit import Leader, packed
from tests.factories.fulfilment import boxes

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDE, HIGH, DOT, QUIET_DOTS = 640, 480, 8, 4
DARK, LIGHT, GREY = b"\x10", b"\xeb", b"\x80"  # as video has them


def film(code: str) -> bytes:
    """A film of one picture, as Chromium takes it for a camera: a code on white paper."""
    rows = [
        bytes(DARK[0] if dark else LIGHT[0] for dark in row for _ in range(DOT))
        for row in segno.make(code, error="m").matrix_iter(border=QUIET_DOTS)
    ]
    side = len(rows) * DOT
    left, top = (WIDE - side) // 2, (HIGH - side) // 2
    inked = b"".join((LIGHT * left + row + LIGHT * (WIDE - side - left)) * DOT for row in rows)
    paper = LIGHT * WIDE
    luma = paper * top + inked + paper * (HIGH - side - top)
    frame = b"FRAME\n" + luma + GREY * (WIDE * HIGH // 2)
    return f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip A1:1 C420jpeg\n".encode() + frame


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """What the camera sees when it is opened next."""
    return tmp_path / "camera.y4m"


@pytest.fixture
def watching(browser: Browser, chromium: str, seen: Path) -> Iterator[Browser]:
    """A browser with that camera, and nobody to ask whether it may be opened."""
    seen.write_bytes(film("nothing yet"))
    camera = (
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={seen}",
    )  # fmt: skip
    started = browser.browser_type.launch(executable_path=chromium, args=[*QUIET, *camera])
    yield started
    started.close()


def leaving(batch_id: int) -> list[bool]:
    """Of each box, whether it is on its way, as the database has it now."""
    db.session.rollback()
    return [mark.loaded for _, mark in sorted(marks_of_boxes(db.session, batch_id).items())]


def test_a_leader_hands_over_a_box_by_camera_and_a_foreign_code_gets_words(
    watching: Browser,
    address: str,
    seen: Path,
) -> None:
    paying, _link = packed()
    first, _second = boxes(db.session)
    label = box_address("https://talad.example", paying.batch.lot_code or "", first.id)
    token = issue_link(
        db.session, LinkPurpose.ANSWER, expires_at=utc_now() + timedelta(days=9), now=utc_now(),
        user_id=paying.leader.id, group_id=paying.group.id, round_id=paying.round.id,
    )  # fmt: skip
    db.session.commit()
    leader = Leader(watching, address)
    page = leader.page
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url.split("/")[-1].split("?")[0]))
    go(page, f"/l/{token}")
    go(page, f"/batches/{paying.batch.id}/hand-over", "networkidle")
    before = list(asked_for)

    seen.write_bytes(film(label))
    page.locator("[data-scan]").click()
    toast = page.locator(".toast")  # it goes after some seconds
    expect(toast).to_contain_text(re.compile(f"{first.id}.*แล้ว", re.DOTALL))
    expect(page.locator("dialog[open]")).to_be_visible()  # ready for the next box
    page.wait_for_timeout(500)  # the label still lies there: it is not sent once more
    assert asked_for.count("load") == 1
    handed = leaving(paying.batch.id)
    page.locator("dialog button").click()

    seen.write_bytes(film("00020101021129370016A000000677010111"))  # a bank's
    page.locator("[data-scan]").click()
    expect(page.locator("main")).to_contain_text("นี่ไม่ใช่รหัสกล่อง")
    leader.check()

    assert "qr-decode.min.js" not in before  # fetched when the camera is opened
    assert handed == leaving(paying.batch.id) == [True, False]
    assert [words for words in heard if "422" not in words] == []
    leader.context.close()
