"""The bank's statement: read whatever it looks like, matched by a person, counted once."""

from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from market.accounts.rules import Role
from market.errors import Conflict, Refused
from market.payments.bank_lines import accept_line, link_line, set_aside
from market.payments.charges import raise_charges
from market.payments.guesses import Fit
from market.payments.models import BankLine, Receipt, Slip
from market.payments.queries.lines import waiting_lines
from market.payments.queries.treasury import get_round_money
from market.payments.rules import ChargeState
from market.payments.statements.rules import SHOWN_ERRORS, parse_day, read_statement
from market.payments.states import BankLineState, SlipState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import NOW
from tests.factories.payments import add_order, charge_of, ledger, make_paying, pay

HEAD = "วันที่,เงินออก,เงินเข้า,ผู้โอน,รายละเอียด,เลขที่อ้างอิง"


def sheet(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join(["ธนาคารตัวอย่าง,,,,,", "", head, *rows]).encode("utf-8-sig")


def row(amount="700.00", day="23/11/2569", memo="", reference="", payer="") -> str:
    return f'{day},,"{amount}",{payer},{memo},{reference}'


def due(session, count=1):
    paying = make_paying(session)
    for _ in range(count):
        add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    return paying


def treasurer(app, session):
    user = make_user(session)
    make_grant(session, user, Role.FINANCE, area="")
    return browser_of(app, user)


def bring(desk, data: bytes):
    return desk.post("/money/lines", data={"statement": (BytesIO(data), "s.csv")})


def accept(desk, line):
    told = {"charge": line.guess.charge_id, "open": line.guess.open_satang}
    return desk.post(f"/money/lines/{line.id}/accept", data=told)


def lines(session):
    query = select(BankLine).order_by(BankLine.id).execution_options(populate_existing=True)
    return session.scalars(query).all()


@pytest.mark.parametrize(
    "typed",
    ["25/11/2569", "25-11-69", "25/11/26", "2026-11-25", "25 พ.ย. 69", "25 พฤศจิกายน 2569",
     "๒๕/๑๑/๒๕๖๙", "25 Nov 2026", "25/11/2569 14:05", "2569-11-25"],
)  # fmt: skip
def test_a_day_is_read_however_banks_write_it(typed):
    assert parse_day(typed) == date(2026, 11, 25)


@pytest.mark.parametrize("typed", ["", "31/02/2569", "yesterday", "11/25/2026", "0/0/0", "²/1/69"])
def test_what_is_no_day_is_none(typed):
    assert parse_day(typed) is None


@given(st.binary(max_size=400))
def test_no_file_breaks_the_reader(data):
    read = read_statement(data, {})
    assert bool(read.wrong) != bool(read.lines) or not read.lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "tis-620", "cp874"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_separators_of_banks_are_read(encoding, delimiter):
    text = delimiter.join(["วันที่", "เงินเข้า", "ผู้โอน"])
    text += "\n" + delimiter.join(["23/11/2569", '"1,250.50"', "นาง ฟ้า"])
    (line,) = read_statement(text.encode(encoding), {}).lines
    assert (line.amount_satang, line.payer) == (125_050, "นาง ฟ้า")


def test_columns_of_an_unknown_bank_are_named_by_setting():
    data = b"when;what came;x\n23/11/2569;700;y\n"
    assert read_statement(data, {}).errors[0].code == "columns_missing"
    assert len(read_statement(data, {"date": "When", "amount": "What came"}).lines) == 1


def test_what_went_out_and_sums_are_no_lines():
    data = sheet("23/11/2569,50.00,,,,", row("-5.00"), row("0.00"), ",,9999.00,,,", row())
    assert len(read_statement(data, {}).lines) == 1


def test_ten_thousand_wrong_rows_show_the_first_and_apply_nothing(app, session):
    data = sheet(*[row(day="soon") for _ in range(10_000)], row())
    answer = bring(treasurer(app, session), data)
    assert answer.status_code == 422
    assert "10,000" in answer.text
    assert answer.text.count("soon") == SHOWN_ERRORS
    assert lines(session) == []


@pytest.mark.parametrize("amount", ["99999999999999", "7 hundred", "=1+1", "1.234"])
def test_a_strange_amount_is_an_error_of_its_row(amount):
    read = read_statement(sheet(row(), row(amount)), {})
    assert (read.lines, read.wrong, read.errors[0].row) == ((), 1, 5)


def test_the_same_file_twice_changes_nothing_and_overlaps_are_known(app, session):
    desk = treasurer(app, session)
    first = sheet(row(), row(), row(reference="KB1"))
    for _ in range(2):
        assert bring(desk, first).status_code == 303
    assert len(lines(session)) == 3
    bring(desk, sheet(row(), row(), row(reference="KB1"), row(), row(reference="kb 2")))
    assert len(lines(session)) == 5


def test_a_line_with_the_orders_number_is_certain(app, session):
    paying = due(session, 2)
    desk, order = treasurer(app, session), paying.orders[0]
    bring(desk, sheet(row(memo=f"ค่าของ {order.number}"), row(memo="อื่น ๆ")))
    assert order.number in desk.get("/money/lines").text
    assert desk.post("/money/lines/certain").status_code == 303
    assert charge_of(session, order).state is ChargeState.PAID
    assert charge_of(session, paying.orders[1]).state is ChargeState.DUE
    assert [line.state for line in lines(session)] == ["matched", "waiting"]
    assert ledger(session) == {"bank": 70000, "held": -70000}


def test_a_second_line_for_an_order_is_paid_twice_before_it_is_accepted(app, session):
    paying = due(session)
    desk, order = treasurer(app, session), paying.orders[0]
    said = f"ค่าของ {order.number}"
    bring(desk, sheet(row(memo=said, reference="KB1"), row(memo=said, reference="KB2")))
    assert '"/money/lines/certain"' in desk.get("/money/lines").text
    first, second = waiting_lines(session)
    assert (first.certain, second.certain, second.guess.fit) == (True, False, Fit.TWICE)
    shown = desk.get("/money/lines").text
    assert f"มีอีกรายการในหน้านี้ที่จ่าย {order.number}" in shown
    desk.post("/money/lines/certain")
    assert [line.state for line in lines(session)] == ["matched", "waiting"]
    shown = desk.get("/money/lines").text
    assert "จ่ายซ้ำ" in shown
    assert f"{order.number} จ่ายครบแล้ว" in shown
    assert ledger(session) == {"bank": 70000, "held": -70000}
    stale = accept(desk, second)
    assert (stale.status_code, "ระหว่างนี้ยอด" in stale.text) == (409, True)
    assert ledger(session) == {"bank": 70000, "held": -70000}
    (second,) = waiting_lines(session)
    assert [accept(desk, second).status_code for _twice in range(2)] == [303, 303]
    assert ledger(session) == {"bank": 140000, "held": -70000, "refund": -70000}


@pytest.mark.parametrize(
    ("amount", "said", "books"),
    [("600", "ยังรอ ฿700 ขาด ฿100", {"bank": 60000, "held": -60000}),
     ("750.50", "ยังรอ ฿700 เกิน ฿50.50", {"bank": 75050, "held": -70000, "refund": -5050})],
)  # fmt: skip
def test_a_line_of_another_amount_says_what_its_order_waits_for(app, session, amount, said, books):
    paying = due(session, 2)
    desk, order = treasurer(app, session), paying.orders[1]
    bring(desk, sheet(row(amount, memo=f"สั่งซื้อ{order.number}ค่ะ")))
    shown = desk.get("/money/lines").text
    assert f"{order.number} {said}" in shown
    assert f"/money/{paying.round.id}?find={order.number}" in shown
    assert '"/money/lines/certain"' not in shown
    (line,) = waiting_lines(session)
    assert f'name="open" value="{line.guess.open_satang}"' in shown
    assert accept(desk, line).status_code == 303
    assert ledger(session) == books


def test_a_piece_of_a_longer_number_names_no_order(app, session):
    number = due(session, 2).orders[0].number
    memos = (f"1{number}", f"{number}1", f"2026-{number}", f"x {number}-", f"({number})")
    bring(treasurer(app, session), sheet(*[row("5", memo=memo) for memo in memos]))
    named = [line.guess is not None for line in waiting_lines(session)]
    assert named == [False, False, False, True, True]


def test_a_line_and_its_slip_are_one_payment(app, session):
    paying = due(session, 2)
    charge = charge_of(session, paying.orders[0])
    slip = Slip(
        charge_id=charge.id, file_hash="1" * 64, trans_ref="2026112300001KB777", sent_at=NOW
    )
    session.add(slip)
    session.flush()
    desk = treasurer(app, session)
    bring(desk, sheet(row(reference="2026112300001kb777")))
    desk.post("/money/lines/certain")
    session.refresh(slip)
    assert (slip.state, charge_of(session, paying.orders[0]).state) == (
        SlipState.MATCHED, ChargeState.PAID,
    )  # fmt: skip
    desk.post(f"/money/slips/{slip.id}/accept", data={"amount": "700"})
    assert ledger(session) == {"bank": 70000, "held": -70000}


@pytest.mark.parametrize(
    "made_up", ["2026", "20261123", "0812345678", "2026112300001KB7", "26112300001KB777"]
)
@pytest.mark.parametrize("place", ["reference", "memo"])
def test_a_made_up_reference_takes_nobody_elses_money(app, session, made_up, place):
    """Anybody can print a code with a day, the market's phone or a piece of a reference."""
    paying = due(session, 2)
    charge = charge_of(session, paying.orders[0])
    slip = Slip(charge_id=charge.id, file_hash="1" * 64, trans_ref=made_up, sent_at=NOW)
    session.add(slip)
    session.flush()
    desk = treasurer(app, session)
    said = {"reference": "20261123-2026112300001KB777"}
    if place == "memo":
        said = {"memo": "X2026112300001KB777 to 0812345678 on 20261123 2026"}
    bring(desk, sheet(row(**said)))
    desk.post("/money/slips/certain")
    desk.post("/money/lines/certain")
    session.refresh(slip)
    assert (slip.state, charge_of(session, paying.orders[0]).state) == (
        SlipState.WAITING, ChargeState.DUE,
    )  # fmt: skip
    assert ledger(session) == {}


def test_money_that_was_typed_before_is_linked_not_counted_again(app, session):
    paying = due(session)
    pay(session, paying.orders[0])
    desk = treasurer(app, session)
    bring(desk, sheet(row(day=f"{NOW:%d/%m}/{NOW.year + 543}")))
    receipt = session.scalars(select(Receipt)).one()
    (line,) = lines(session)
    assert f'value="{receipt.id}"' in desk.get("/money/lines").text
    desk.post(f"/money/lines/{line.id}/link", data={"receipt": receipt.id})
    desk.post(f"/money/lines/{line.id}/link", data={"receipt": receipt.id})
    assert lines(session)[0].state is BankLineState.MATCHED
    assert ledger(session) == {"bank": 70000, "held": -70000}


def test_a_person_may_name_the_order_and_pays_late_orders_back(app, session):
    paying = due(session)
    order, desk = paying.orders[0], treasurer(app, session)
    bring(desk, sheet(row("650")))
    path = f"/money/lines/{lines(session)[0].id}/accept"
    assert desk.post(path, data={"number": "9-9999"}).status_code == 422
    assert desk.post(path, data={"number": order.number}).status_code == 303
    charge = charge_of(session, order)
    assert (charge.state, charge.received_satang) == (ChargeState.DUE, 65000)
    (seen,) = get_round_money(session, paying.round.id).charges
    assert lines(session)[0].reference.startswith("~")
    assert seen.bank_reference is None, "a mark of ours is no reference of the bank"


def test_a_decided_line_stays_decided(app, session):
    paying = due(session, 2)
    bring(treasurer(app, session), sheet(row(), row()))
    first, second = lines(session)
    one, two = (charge_of(session, order).id for order in paying.orders)
    accept_line(session, first.id, one, actor="user:1", now=NOW)
    accept_line(session, first.id, one, actor="user:1", now=NOW)
    with pytest.raises(Conflict, match="line_decided"):
        accept_line(session, first.id, two, actor="user:1", now=NOW)
    with pytest.raises(Conflict, match="line_decided"):
        set_aside(session, first.id, actor="user:1", now=NOW)
    with pytest.raises(Refused, match="line_is_not_that"):
        link_line(session, second.id, first.receipt_id, actor="user:1", now=NOW)
    set_aside(session, second.id, actor="user:1", now=NOW)
    with pytest.raises(Conflict, match="line_decided"):
        accept_line(session, second.id, two, actor="user:1", now=NOW)
    assert ledger(session) == {"bank": 70000, "held": -70000}


def test_one_statement_lists_many_lines(app, session):
    from sqlalchemy import event

    numbers = [order.number for order in due(session, 3).orders]
    desk, counts = treasurer(app, session), []
    for size in (1, 40):
        bring(desk, sheet(*[row(f"{n + 1}", memo=f"{size} {numbers[n % 3]}") for n in range(size)]))
        seen, connection = [], session.connection()

        def note(*args, seen=seen):
            seen.append(args[2])

        event.listen(connection, "before_cursor_execute", note)
        assert desk.get("/money/lines").status_code == 200
        event.remove(connection, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]
