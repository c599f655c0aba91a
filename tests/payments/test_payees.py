"""Groups that are paid directly: a QR and a slip each, and the money lies with them."""

from io import BytesIO

from sqlalchemy import select

from market.payments.models import Charge, ChargeShare, Slip
from market.payments.receiving import Outcome
from market.payments.rules import ChargeState
from market.payments.slips import accept_slip
from tests.factories.accounts import browser_of
from tests.factories.matching import NOW, make_group
from tests.factories.payments import add_order, charge_of, ledger, make_paying
from tests.factories.slips import slip_png

from market.payments.charges import raise_charges  # isort: skip


def shared(session):
    """An order of 700 baht, 400 to one group and 300 to another."""
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    charge, other = charge_of(session, order), make_group(session)
    paying.group.promptpay_id, other.promptpay_id = "0811111111", "0822222222"
    for group, amount in ((paying.group, 40000), (other, 30000)):
        session.add(ChargeShare(charge_id=charge.id, group_id=group.id, amount_satang=amount))
    session.flush()
    return order, paying.group, other


def test_each_group_has_its_own_qr_and_slip(app, session):
    order, one, two = shared(session)
    browser = browser_of(app, buyer_ids=[order.buyer_id])
    page = browser.get(f"/pay/{order.number}").text
    for group in (one, two):
        path = f"/pay/{order.number}/parts/{group.id}/qr.png"
        assert path in page
        assert browser.get(path).data.startswith(b"\x89PNG")
        assert f'name="group_id" value="{group.id}"' in page
    assert "฿400" in page
    assert "฿300" in page
    assert browser.get(f"/pay/{order.number}/parts/987654/qr.png").status_code == 404
    other = browser_of(app, buyer_ids=[])
    assert other.get(f"/pay/{order.number}/parts/{one.id}/qr.png").status_code == 302


def test_each_slip_pays_its_group_and_both_pay_the_order(app, session):
    order, one, two = shared(session)
    browser = browser_of(app, buyer_ids=[order.buyer_id])
    for n, group in enumerate((one, two)):
        sent = {"slip": (BytesIO(slip_png("014", f"REF000{n}")), "s.png"), "group_id": group.id}
        assert browser.post(f"/pay/{order.number}/slip", data=sent).status_code == 303
    first, second = session.scalars(select(Slip).order_by(Slip.id)).all()

    part = accept_slip(session, first.id, amount_satang=40000, actor="user:1", now=NOW)
    assert part.outcome is Outcome.PARTLY
    assert charge_of(session, order).state is ChargeState.DUE
    page = browser.get(f"/pay/{order.number}").text
    assert f"/parts/{one.id}/qr.png" not in page
    accept_slip(session, second.id, amount_satang=30000, actor="user:1", now=NOW)

    assert session.get_one(Charge, first.charge_id).state is ChargeState.PAID
    assert ledger(session) == {"with_group": 70000, "held": -70000}


def test_a_slip_for_a_group_of_another_order_is_refused(app, session):
    order, _one, _two = shared(session)
    stranger = make_group(session)
    browser = browser_of(app, buyer_ids=[order.buyer_id])
    for wrong in (stranger.id, "", 987654321):
        sent = {"slip": (BytesIO(slip_png("014", f"REF{wrong}")), "s.png"), "group_id": wrong}
        browser.post(f"/pay/{order.number}/slip", data=sent)
    assert session.scalars(select(Slip)).all() == []
