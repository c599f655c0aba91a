"""Slips: read, judged, decided; what is forged, reused or foreign never becomes money."""

from datetime import time, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.clock import bangkok_moment
from market.errors import NotFound, Refused
from market.files import Folder, keep_file, read_file
from market.payments.models import MoneyCase, ProblemReport, Receipt, Slip
from market.payments.rules import ChargeState
from market.payments.slip_code import CodeKind, SlipCode, read_slip_code, slip_payload
from market.payments.slip_flows import SlipFacts, note_facts, unasked
from market.payments.slip_keeping import end_old_slips
from market.payments.slips import MOST_TRIES, NewSlip, send_slip
from market.payments.states import SlipState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import NOW
from tests.factories.payments import Paying, add_order, charge_of, ledger, make_paying, pay
from tests.factories.slips import slip_png

from market.payments.charges import raise_charges  # isort: skip

REF = "2026112300001ABCD"


def due(session: Session, count: int = 1) -> Paying:
    paying = make_paying(session)
    for _ in range(count):
        add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    return paying


def treasurer(app: Flask, session: Session) -> FlaskClient:
    user = make_user(session)
    make_grant(session, user, Role.FINANCE, area="")
    return browser_of(app, user)


def send(app: Flask, paying: Paying, picture: bytes, which: int = 0):
    order = paying.orders[which]
    browser = browser_of(app, buyer_ids=[order.buyer_id])
    path = f"/pay/{order.number}/slip"
    answer = browser.post(path, data={"slip": (BytesIO(picture), "../slip.svg")})
    assert answer.status_code == 303
    return browser.get(f"/pay/{order.number}")


def slips(session: Session) -> list[Slip]:
    query = select(Slip).order_by(Slip.id).execution_options(populate_existing=True)
    return list(session.scalars(query))


def events(session: Session) -> list[str]:
    query = select(AuditEvent.event).where(AuditEvent.event.like("slip.%")).order_by(AuditEvent.id)
    return list(session.scalars(query))


def test_the_published_sample_is_read():
    code = read_slip_code("004000060000010103002021900021231231212000115102TH91049C30")

    assert (code.kind, code.bank_code, code.trans_ref) == (
        CodeKind.SLIP, "002", "0002123123121200011",
    )  # fmt: skip


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text_):
    assert read_slip_code(text_).kind in set(CodeKind)


@given(
    st.from_regex(r"\A[0-9]{3}\Z"),
    st.from_regex(r"\A[A-Z0-9]{4,25}\Z"),
    st.integers(0, 60),
    st.sampled_from("0123456789ABCXYZ"),
)
def test_one_changed_letter_is_seen(bank, reference, at, letter):
    payload = slip_payload(bank, reference)
    assert read_slip_code(payload).trans_ref == reference
    at %= len(payload)
    changed = payload[:at] + letter + payload[at + 1 :]
    if changed != payload:
        assert read_slip_code(changed).kind is not CodeKind.SLIP


def test_a_slip_waits_for_a_person_who_accepts_it(app, session):
    paying = due(session)
    shown = send(app, paying, slip_png("014", REF))
    (slip,) = slips(session)
    assert (slip.state, slip.bank_code, slip.trans_ref) == (SlipState.WAITING, "014", REF)
    assert charge_of(session, paying.orders[0]).state is ChargeState.DUE
    assert 'enctype="multipart/form-data"' in shown.text

    desk = treasurer(app, session)
    listed = desk.get("/money/slips")
    assert REF in listed.text
    assert "฿700" in listed.text
    picture = desk.get(f"/money/slips/{slip.id}/picture")
    assert (picture.status_code, picture.mimetype) == (200, "image/webp")
    answer = desk.post(f"/money/slips/{slip.id}/accept", data={"amount": "700"})

    assert answer.status_code == 303
    assert charge_of(session, paying.orders[0]).state is ChargeState.PAID
    assert slips(session)[0].state is SlipState.MATCHED
    assert ledger(session) == {"bank": 70000, "held": -70000}
    desk.post(f"/money/slips/{slip.id}/accept", data={"amount": "700"})
    assert len(session.scalars(select(Receipt)).all()) == 1


def test_a_refused_slip_tells_its_sender_why_and_takes_no_money(app, session):
    paying = due(session)
    send(app, paying, slip_png("014", REF))
    desk = treasurer(app, session)
    slip = slips(session)[0]
    assert desk.post(f"/money/slips/{slip.id}/refuse", data={"reason": "x"}).status_code == 303
    assert slips(session)[0].refused_reason == "not_in_bank"
    assert desk.post(f"/money/slips/{slip.id}/accept", data={"amount": "700"}).status_code == 409
    assert ledger(session) == {}
    told = session.scalar(text("SELECT count(*) FROM notice WHERE event = 'slip.refused'"))
    assert told > 0


def test_a_forged_slip_is_refused_and_logged(app, session):
    paying = due(session)
    payload = slip_payload("014", REF)
    forged = payload[:-4] + ("0000" if payload[-4:] != "0000" else "1111")

    shown = send(app, paying, slip_png("", "", payload=forged))

    assert slips(session) == []
    assert events(session) == ["slip.forged"]
    assert 'role="alert"' in shown.text


def test_the_qr_to_pay_with_is_no_slip(app, session):
    paying = due(session)
    order = paying.orders[0]
    own = browser_of(app, buyer_ids=[order.buyer_id]).get(f"/pay/{order.number}/qr.png").data

    send(app, paying, own)

    assert slips(session) == []
    assert events(session) == ["slip.foreign"]


@pytest.mark.parametrize("mark", [255, 250], ids=["same picture", "same transfer drawn again"])
def test_a_slip_pays_one_order_only(app, session, mark):
    paying = due(session, 2)
    send(app, paying, slip_png("014", REF))
    send(app, paying, slip_png("014", REF))
    assert len(slips(session)) == 1

    shown = send(app, paying, slip_png("014", REF, mark=mark), which=1)

    assert len(slips(session)) == 1
    assert 'role="alert"' in shown.text
    case = session.scalars(select(MoneyCase)).one()
    assert case.kind == "slip_reused"
    assert events(session) == ["slip.waiting", "slip.reused"]


def test_a_reference_that_was_paid_before_is_reused(app, session):
    paying = due(session, 2)
    send(app, paying, slip_png("014", REF))
    slip = slips(session)[0]
    treasurer(app, session).post(f"/money/slips/{slip.id}/accept", data={"amount": "700"})
    session.execute(text("DELETE FROM slip"))

    send(app, paying, slip_png("014", REF), which=1)

    assert events(session)[-1] == "slip.reused"
    assert charge_of(session, paying.orders[1]).state is ChargeState.DUE


def test_a_slip_without_a_code_needs_the_banks_reference(app, session):
    paying = due(session)
    send(app, paying, slip_png("", "", payload="just a link"))
    desk, slip = treasurer(app, session), slips(session)[0]
    path = f"/money/slips/{slip.id}/accept"
    assert desk.post(path, data={"amount": "700"}).status_code == 422
    assert slips(session)[0].state is SlipState.WAITING
    assert desk.post(path, data={"amount": "700", "bank_reference": "KB99"}).status_code == 303
    assert charge_of(session, paying.orders[0]).state is ChargeState.PAID


@pytest.mark.parametrize("amount", ["-700", "0", "", "1e9", "99999999999", "7 hundred"])
def test_no_strange_amount_becomes_money(app, session, amount):
    paying = due(session)
    send(app, paying, slip_png("014", REF))
    slip = slips(session)[0]
    answer = treasurer(app, session).post(f"/money/slips/{slip.id}/accept", data={"amount": amount})
    assert answer.status_code == 422
    assert ledger(session) == {}
    assert slips(session)[0].state is SlipState.WAITING


def test_more_than_is_due_is_owed_back(app, session):
    paying = due(session)
    send(app, paying, slip_png("014", REF))
    slip = slips(session)[0]
    treasurer(app, session).post(f"/money/slips/{slip.id}/accept", data={"amount": "900"})
    books = ledger(session)
    assert (books["bank"], books["held"]) == (90000, -70000)
    assert sum(books.values()) == 0


def test_strangers_send_and_see_nothing(app, session):
    paying = due(session)
    path = f"/pay/{paying.orders[0].number}/slip"
    stranger = browser_of(app, make_user(session))
    answer = stranger.post(path, data={"slip": (BytesIO(slip_png("014", REF)), "s.png")})
    assert answer.status_code == 403
    assert slips(session) == []
    send(app, paying, slip_png("014", REF))
    assert stranger.get(f"/money/slips/{slips(session)[0].id}/picture").status_code == 403


def test_there_is_an_end_to_slips_of_one_order(app, session):
    paying = due(session)
    for n in range(14):
        send(app, paying, slip_png("014", f"{REF}{n}"))
    assert len(slips(session)) == 12


def test_there_is_an_end_to_tries_that_are_not_taken(session):
    charge = charge_of(session, due(session).orders[0])
    forged = NewSlip(file_hash="0" * 64, code=SlipCode(kind=CodeKind.FORGED))
    for _ in range(MOST_TRIES):
        send_slip(session, charge.id, forged, actor="guest", now=NOW)
    with pytest.raises(Refused, match="too_many_slips"):
        send_slip(session, charge.id, forged, actor="guest", now=NOW)


def test_the_service_is_a_witness_and_makes_slips_certain(app, session):
    paying = due(session)
    send(app, paying, slip_png("014", REF))
    ((slip_id, payload),) = unasked(session)
    assert payload == slip_payload("014", REF)
    facts = SlipFacts(found=True, ours=True, amount_satang=70000, trans_ref=REF)
    note_facts(session, slip_id, facts, "fake", now=NOW)
    assert unasked(session) == []
    assert charge_of(session, paying.orders[0]).state is ChargeState.DUE

    answer = treasurer(app, session).post("/money/slips/certain")

    assert answer.status_code == 303
    assert charge_of(session, paying.orders[0]).state is ChargeState.PAID


@pytest.mark.parametrize(
    "facts",
    [
        SlipFacts(found=False),
        SlipFacts(found=True, ours=False, amount_satang=70000, trans_ref=REF),
        SlipFacts(found=True, ours=True, amount_satang=70000, trans_ref="ANOTHER1"),
        SlipFacts(
            found=True,
            ours=True,
            amount_satang=70000,
            trans_ref=REF,
            sent_at=NOW - timedelta(hours=1),
        ),
    ],
)
def test_what_the_service_does_not_know_is_never_certain(app, session, facts):
    paying = due(session)
    send(app, paying, slip_png("014", REF))
    note_facts(session, slips(session)[0].id, facts, "fake", now=NOW)
    treasurer(app, session).post("/money/slips/certain")
    assert charge_of(session, paying.orders[0]).state is ChargeState.DUE


def test_the_pay_page_hears_that_money_has_arrived(app, session):
    paying = due(session)
    order = paying.orders[0]
    browser = browser_of(app, buyer_ids=[order.buyer_id])
    page = browser.get(f"/pay/{order.number}").text
    tag = page.split("/live?seen=")[1][:16]
    path = f"/pay/{order.number}/live?seen={tag}"
    first = browser.get(path)
    assert "HX-Refresh" not in first.headers
    again = browser.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    pay(session, order)
    assert browser.get(path).headers["HX-Refresh"] == "true"
    assert browser.get(f"/pay/{order.number}").text.count("/live?seen=") == 0


def test_pictures_go_when_nobody_may_ask_about_them_any_more(session: Session, tmp_path):
    store, paying = Folder(tmp_path), due(session, 4)
    pay(session, paying.orders[0])

    def picture(name: str) -> str:
        return keep_file(session, store, name.encode(), kind="image/webp", owner="slip:1", now=NOW)

    def left() -> set[str]:
        return {name for name, sha256 in kept.items() if store.get(sha256)}

    names = ("matched", "refused", "waiting", "forged", "case", "problem")
    kept = {name: picture(name) for name in names}
    for order, state in zip(paying.orders, ("matched", "refused", "waiting"), strict=False):
        open_ = state == "waiting"
        receipt = session.scalar(select(Receipt.id)) if state == "matched" else None
        slip = Slip(charge_id=charge_of(session, order).id, file_hash=kept[state], state=state,
                    receipt_id=receipt, sent_at=NOW, decided_at=None if open_ else NOW)  # fmt: skip
        session.add(slip)
    session.add(
        MoneyCase(kind="slip_reused", subject="charge:1:x", amount_satang=1, found_at=NOW,
                  detail={"file": kept["case"]})
    )  # fmt: skip
    batch, line = paying.batch, paying.lines[0]
    session.add(
        ProblemReport(
            order_id=line.order_id, line_id=line.id, batch_id=batch.id, kind="damaged", words="x",
            file_hash=kept["problem"], reported_at=NOW, reported_by="buyer:1", promised_by=NOW,
        )
    )  # fmt: skip
    session.commit()

    assert end_old_slips(store, NOW + timedelta(days=90)) == 0
    assert end_old_slips(store, NOW + timedelta(days=91)) == 2
    assert left() == {"matched", "waiting", "case", "problem"}
    with pytest.raises(NotFound):
        read_file(session, store, kept["refused"])
    new_year = bangkok_moment(NOW.date().replace(year=NOW.year + 6, month=1, day=1), time())
    assert end_old_slips(store, new_year - timedelta(seconds=1)) == 0
    assert end_old_slips(store, new_year) == 2
    assert left() == {"case", "problem"}
    assert len(slips(session)) == 3  # what was sent before is still known again
