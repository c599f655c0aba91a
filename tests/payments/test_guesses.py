"""What lines of a statement most probably pay: each beside the others, nothing proved twice."""

from dataclasses import replace

import pytest

from market.payments.guesses import Clues, Fit, Likely, Named, Recorded, guess_all
from market.payments.rules import ChargeState
from tests.factories.matching import NOW

ORDER = Named(
    kind="number", charge_id=1, round_id=5, number="5-0402", state=ChargeState.DUE, by_bank=True,
    asked_satang=68500, left_satang=68500, pay_by=NOW,
)  # fmt: skip
DEPOSIT = replace(ORDER, asked_satang=20000)
PAID = replace(ORDER, state=ChargeState.PAID, asked_satang=0, left_satang=0)
BOOKED = Recorded(receipt_id=9, charge_id=1, number="5-0402", proven=False)
ALONE = Likely(charge_id=1, number="5-0402", buyer="ฟ้า", named=False, open_satang=68500,
               charges=1)  # fmt: skip


def line(amount=68500, named=None, recorded=None, likely=None):
    return Clues(amount_satang=amount, named=named, recorded=recorded, likely=likely)


@pytest.mark.parametrize(
    ("amount", "named", "fit", "waits"),
    [
        (68500, ORDER, Fit.EXACT, 68500),
        (60000, ORDER, Fit.PART, 68500),
        (70000, ORDER, Fit.MORE, 68500),
        (20000, DEPOSIT, Fit.EXACT, 68500),
        (68500, DEPOSIT, Fit.EXACT, 68500),
        (15000, DEPOSIT, Fit.PART, 20000),
        (30000, DEPOSIT, Fit.PART, 68500),
        (68500, PAID, Fit.TWICE, 0),
        (68500, replace(ORDER, state=ChargeState.EXPIRED), Fit.LATE, 68500),
        (68500, replace(ORDER, state=ChargeState.VOID), Fit.LATE, 68500),
    ],
)
def test_a_named_order_says_what_it_waits_for(amount, named, fit, waits):
    (guess,) = guess_all([line(amount, named)])
    assert (guess.fit, guess.certain) == (fit, fit is Fit.EXACT)
    assert fit is Fit.EXACT or guess.waits_satang == waits


def test_an_order_that_is_paid_in_another_way_is_never_certain():
    (guess,) = guess_all([line(named=replace(ORDER, by_bank=False))])
    assert (guess.fit, guess.certain) == (Fit.EXACT, False)


def test_a_payment_goes_to_the_line_that_is_exact_wherever_it_stands():
    fits = [guess.fit for guess in guess_all([line(60000, ORDER), line(named=ORDER)])]
    assert fits == [Fit.TWICE, Fit.EXACT]


def test_deposit_and_rest_are_two_certain_lines_and_no_third():
    lines = [line(20000, DEPOSIT), line(48500, DEPOSIT), line(48500, DEPOSIT)]
    guesses = guess_all(lines)
    assert [guess.certain for guess in guesses] == [True, True, False]
    assert guesses[2].fit is Fit.TWICE


def test_what_is_booked_for_the_order_is_linked_once_then_paid_twice():
    one, two = guess_all([line(named=PAID, recorded=BOOKED), line(named=PAID, recorded=BOOKED)])
    assert (one.kind, one.receipt_id) == ("recorded", 9)
    assert (two.kind, two.fit) == ("number", Fit.TWICE)


def test_money_booked_for_another_order_counts_only_by_its_reference():
    other = replace(BOOKED, charge_id=2, number="5-0403")
    (by_amount,) = guess_all([line(60000, ORDER, other)])
    (by_reference,) = guess_all([line(60000, ORDER, replace(other, proven=True))])
    assert (by_amount.number, by_reference.number) == ("5-0402", "5-0403")


def test_an_amount_alone_is_no_guess_once_a_certain_line_has_the_payment():
    named = replace(ALONE, named=True)
    lines = [line(likely=ALONE), line(likely=named), line(named=ORDER, likely=ALONE)]
    amount, name, proof = guess_all(lines)
    assert (amount, name.fit, proof.certain) == (None, Fit.TWICE, True)
    assert guess_all([line(likely=ALONE)])[0].kind == "amount"
