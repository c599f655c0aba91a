"""Somebody who has done everything one can do here, by strings that stand nowhere else."""

from sqlalchemy import text

from market.accounts.models import Buyer
from market.accounts.own.models import Identity
from market.clock import utc_now
from market.notices.commands import notify, post_letter
from market.orders.models import SavedAddress
from market.payments.models import ProblemReport, Refund
from market.payments.papers import issue
from market.payments.states import PaperKind
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.accounts import PASSWORD, make_buyer, make_user
from tests.factories.payments import add_order, make_paying

NAME, PHONE, EMAIL = "ศรีสมรผู้จากไป", "+66812999888", "make_leaver@market.example"
HOUSE, NOTE, WORDS = "99/77 ซอยลับแล", "หลังวัดป่าลับตา", "ขวดแตกที่ฝาสีม่วงพิเศษ"
STRINGS = (NAME, PHONE, EMAIL, HOUSE, NOTE, WORDS, "0812999888")
PAPER = {
    "buyer": NAME, "order_number": "1-1", "amount_satang": 100, "fee_satang": 0, "lines": [],
    "words": "หนึ่งบาทถ้วน", "paid_at": "2026-11-23T00:00:00+00:00",
}  # fmt: skip


def make_leaver(session):
    """Somebody who has done everything one can do here."""
    now = utc_now()
    user = make_user(session, name=NAME, email=EMAIL, phone=PHONE, password=PASSWORD)
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    buyer = session.get(Buyer, order.buyer_id)
    buyer.name, buyer.phone, buyer.email, buyer.user_id = NAME, PHONE, EMAIL, user.id
    order.recipient, order.phone, order.address_note = NAME, PHONE, NOTE
    session.get(Round, order.round_id).state = RoundState.COMPLETED
    make_buyer(session, name=NAME, phone=PHONE, email=None)  # as a guest, before
    session.add(
        Identity(user_id=user.id, provider="line", subject="U1", display_name=NAME, linked_at=now)
    )
    _address(session, user, order)
    notify(
        session, event="order.placed", subject="order:1", payload={"name": NAME, "link": "/"},
        now=now, user_id=user.id,
    )  # fmt: skip
    post_letter(
        session, user_id=user.id, address=EMAIL, subject="x:1", payload={"text": NAME},
        language="th", now=now,
    )  # fmt: skip
    _money(session, order, paying, now)
    session.flush()
    return user


def _address(session, user, order):
    session.add(
        SavedAddress(
            user_id=user.id, recipient=NAME, phone=PHONE, tambon_code=order.tambon_code,
            house_no=HOUSE, note=NOTE, created_at=utc_now(),
        )
    )  # fmt: skip


def _money(session, order, paying, now):
    session.add(
        Refund(
            order_id=order.id, cause="test:1", amount_satang=100, state="paid", way="bank",
            to_promptpay="0812999888", to_name=NAME, due_at=now, paid_at=now,
            bank_reference="R-1", paid_by="user:1",
        )
    )  # fmt: skip
    line_id = session.scalar(
        text("SELECT id FROM order_line WHERE order_id = :id"), {"id": order.id}
    )
    session.add(
        ProblemReport(
            order_id=order.id, line_id=line_id, batch_id=paying.batch.id, kind="damaged",
            words=WORDS, state="declined", answer=f"ขออภัย {NAME}", reported_at=now,
            reported_by="user:1", promised_by=now, decided_at=now, decided_by="user:2",
        )
    )  # fmt: skip
    issue(
        session, PaperKind.RECEIPT, f"order:{order.id}", PAPER, now=now, actor="system",
        order_id=order.id,
    )  # fmt: skip


def clock():
    return utc_now()
