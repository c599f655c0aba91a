"""What lines of the bank's statement most probably pay, each beside the others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from market.payments.rules import ChargeState


class Fit(StrEnum):
    """What accepting a line for its order would do."""

    EXACT = "exact"  # it is what is asked, or all that is open
    PART = "part"  # some of the order stays open
    MORE = "more"  # the order is paid, what is too much goes back
    TWICE = "twice"  # paid before, or by another line here: all of it goes back
    LATE = "late"  # the order waits for no money any more: all of it goes back


@dataclass(frozen=True, kw_only=True)
class Named:
    """The payment that a line names: by a waiting slip's reference, or by its order's number."""

    kind: str  # "slip", "number"
    charge_id: int
    round_id: int
    number: str
    state: str
    by_bank: bool  # is it to be paid by a transfer?
    asked_satang: int
    left_satang: int
    pay_by: datetime

    @property
    def open_satang(self) -> int:
        """What it can take as it stands, without the other lines."""
        return self.left_satang if self.state == ChargeState.DUE else 0


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Money in the books that no line stands for yet. ``proven``: by the bank's reference."""

    receipt_id: int
    charge_id: int
    number: str
    proven: bool


@dataclass(frozen=True, kw_only=True)
class Likely:
    """The first of the due payments of exactly this amount. ``named``: after who paid."""

    charge_id: int
    number: str
    buyer: str
    named: bool
    open_satang: int
    charges: int


@dataclass(frozen=True, kw_only=True)
class Clues:
    """All that is known about one line."""

    amount_satang: int
    named: Named | None
    recorded: Recorded | None
    likely: Likely | None


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What a line most probably is. ``certain``: by reference or number, to the satang.

    ``waits_satang``: what the order waits for once the certain lines here are accepted.
    ``open_satang``: what it can take now, to be told when that has changed meanwhile.
    """

    kind: str  # "slip", "number", "recorded", "name", "amount"
    number: str
    charge_id: int | None = None
    receipt_id: int | None = None
    buyer: str = ""
    named: Named | None = None
    fit: Fit = Fit.EXACT
    waits_satang: int = 0
    open_satang: int = 0
    certain: bool = False


def guess_all(lines: Sequence[Clues]) -> list[Guess | None]:
    """A guess for each line, in their order; None where nothing fits.

    A payment goes to the first line that proves it: the next one for the same is paid twice.
    """
    taken: Counter[int] = Counter()  # satang of certain lines, by charge
    linked: set[int] = set()
    first = [_settled(line, taken, linked) for line in lines]
    return [
        guess or _otherwise(line, taken, linked) for guess, line in zip(first, lines, strict=True)
    ]


def _settled(line: Clues, taken: Counter[int], linked: set[int]) -> Guess | None:
    """What leaves no doubt; and money that may be in the books already, before a number alone."""
    named, known = line.named, line.recorded
    if named is None:
        return None
    guess = _of_named(line.amount_satang, named, taken[named.charge_id])
    by_slip = guess.certain and named.kind == "slip"
    if (
        known
        and not by_slip
        and known.charge_id == named.charge_id
        and known.receipt_id not in linked
    ):
        linked.add(known.receipt_id)
        return _of_recorded(known)
    if guess.certain:
        taken[named.charge_id] += line.amount_satang
        return guess
    return None


def _otherwise(line: Clues, taken: Counter[int], linked: set[int]) -> Guess | None:
    """A reference of the books says most, then what the line names, then money of the same
    amount that is booked, then a name beside the exact amount, then the amount alone when one
    payment only has it.
    """
    named, known = line.named, line.recorded
    if known and known.proven and known.receipt_id not in linked:
        linked.add(known.receipt_id)
        return _of_recorded(known)
    if named:
        return _of_named(line.amount_satang, named, taken[named.charge_id])
    if known:
        return _of_recorded(known)
    return _of_likely(line.likely, taken) if line.likely else None


def _of_recorded(known: Recorded) -> Guess:
    return Guess(kind="recorded", number=known.number, receipt_id=known.receipt_id)


def _of_named(amount: int, named: Named, taken: int) -> Guess:
    left = max(named.left_satang - taken, 0)
    asked = left if taken else named.asked_satang
    fit = _fit(amount, asked, left, named.state)
    return Guess(
        kind=named.kind, number=named.number, charge_id=named.charge_id, named=named, fit=fit,
        waits_satang=asked if amount < asked else left, open_satang=named.open_satang,
        certain=fit is Fit.EXACT and named.by_bank,
    )  # fmt: skip


def _fit(amount: int, asked: int, left: int, state: str) -> Fit:
    if state not in (ChargeState.DUE, ChargeState.PAID):
        return Fit.LATE
    if state == ChargeState.PAID or not left:
        return Fit.TWICE
    if amount in (asked, left):
        return Fit.EXACT
    return Fit.MORE if amount > left else Fit.PART


def _of_likely(likely: Likely, taken: Counter[int]) -> Guess | None:
    """Where a certain line has the payment, the amount alone says nothing about another."""
    claimed = likely.charge_id in taken
    if not likely.named and (claimed or likely.charges > 1):
        return None
    return Guess(
        kind="name" if likely.named else "amount", number=likely.number, buyer=likely.buyer,
        charge_id=likely.charge_id, fit=Fit.TWICE if claimed else Fit.EXACT,
        open_satang=likely.open_satang,
    )  # fmt: skip
