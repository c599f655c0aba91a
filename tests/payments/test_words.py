"""Every notice of money and making can be written, in Thai and in English."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.fulfilment.commands import (
    arrive_at_point,
    hand_over,
    report_made,
    report_packed,
    settle_round,
    start_making,
)
from market.matching.models import Ask, Batch
from market.matching.rules import Answer
from market.notices.models import Notice
from market.notices.rules import ClaimedNotice
from market.notices.words import inbox_line, render_letter
from market.payments.causes import REFUND_CAUSES
from market.payments.commands import (
    expire_charges,
    raise_charges,
    record_payout,
    record_refund,
    settle_shrinks,
)
from market.payments.models import Payout, Refund
from market.payments.rules import RefundReason, ReleaseReason
from tests.factories.matching import NOW
from tests.factories.payments import add_batch, add_line, add_order, make_paying, pay

EVENTS = {
    "order.pay", "order.paid", "order.released", "order.more", "order.short", "order.ready",
    "order.shipped", "refund.paid", "batch.shrink", "batch.to_make", "payout.paid",
}  # fmt: skip


def play(session: Session) -> None:
    """A round in which everything happens that somebody is told about."""
    paying = make_paying(session)
    paid = add_order(session, paying, 8)
    add_order(session, paying, 9)
    add_order(session, paying, 9, confirmed=2, cash=True)
    second = add_batch(session, paying)
    add_line(session, paying, paid, second, 6)
    parcel = add_order(session, paying, 4, parcel=True)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, paid)
    pay(session, parcel)
    later = paying.after_pay_by
    expire_charges(session, paying.round.id, now=later)
    for ask in session.scalars(select(Ask)):
        ask.answer, ask.confirmed_units, ask.answered_at = Answer.ALL, ask.units, later
    session.flush()
    settle_shrinks(session, paying.round.id, now=later)
    assert start_making(session, paying.round.id, now=later)
    for batch in session.scalars(select(Batch).execution_options(populate_existing=True)).all():
        report_made(session, batch.id, batch.to_make_units - 1, actor="user:1", now=later)
        report_packed(session, batch.id, actor="user:1", now=later)
        hand_over(session, batch.id, actor="user:1", now=later)
    arrive_at_point(session, paying.point.id, actor="user:1", now=later)
    for refund in session.scalars(select(Refund)).all():
        record_refund(
            session, refund.id, bank_reference=f"BACK{refund.id}", actor="user:1", now=later
        )
    settle_round(session, paying.round.id, now=later + timedelta(days=8))
    for payout in session.scalars(select(Payout)).all():
        record_payout(
            session, payout.id, bank_reference=f"OUT{payout.id:04d}", actor="user:1", now=later
        )


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_notice_can_be_written(app: Flask, session: Session, language: str) -> None:
    play(session)
    told = session.scalars(select(Notice).where(Notice.channel == "email")).all()
    assert {notice.event for notice in told} >= EVENTS
    for notice in told:
        if notice.event not in EVENTS:
            continue
        letter = render_letter(
            ClaimedNotice(
                id=notice.id, address=notice.address or "", language=language,
                event=notice.event, payload=notice.payload, attempts=1,
            )
        )  # fmt: skip
        whole = letter.subject + letter.text
        assert "%(" not in whole
        assert "{{" not in whole
        assert notice.payload["link"] in whole
        thai = bool(re.search("[\u0e01-\u0e4e]", letter.subject))
        assert thai is (language == "th") or language == "en"
        with app.test_request_context():
            assert inbox_line(notice.event, notice.payload)


def test_every_reason_that_money_goes_back_for_has_its_words() -> None:
    assert set(REFUND_CAUSES) == {*RefundReason, *ReleaseReason}
