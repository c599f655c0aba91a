"""The words of money, and who goes short or gets more when units fall free. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ChargeState(StrEnum):
    """due -> paid, or expired when the pay-by time passes, or void when nothing is left to pay."""

    DUE = "due"
    PAID = "paid"
    EXPIRED = "expired"
    VOID = "void"


class AccountKind(StrEnum):
    """Ledger accounts. The owner column says whose: an order, a group, or the market ('')."""

    BANK = "bank"  # asset
    CASH = "cash"  # asset: in the hands of a pick-up point
    HELD = "held"  # liability: paid, not yet delivered (owner: order)
    GROUP = "group"  # liability: earned by a group, not yet paid out
    DELIVERY = "delivery"  # income: fees less what delivery really cost
    REFUND = "refund"  # liability: owed back to a buyer (owner: order)
    OVERPAID = "overpaid"  # liability: received without or above a charge, to be settled
    PROVIDER = "provider"  # asset: with the payment provider, not yet in the bank
    WITH_GROUP = "with_group"  # asset: paid to a group directly (owner: group)
    CREDIT = "credit"  # liability: store credit (owner: buyer)
    PART = "part"  # liability or income: a part of the price (owner: the part)
    FEES = "fees"  # cost: what the provider kept
    DISPUTED = "disputed"  # asset: taken back by a bank until it is decided (owner: order)
    LOSS = "loss"  # cost: lost disputes and goodwill


class PayoutState(StrEnum):
    """due -> paid."""

    DUE = "due"
    PAID = "paid"


class RefundState(StrEnum):
    """due -> (needs_details ->) sending -> paid; failed goes back to due or needs_details."""

    DUE = "due"
    NEEDS_DETAILS = "needs_details"  # the buyer has to say where it goes
    SENDING = "sending"  # asked of the provider, or on its way
    FAILED = "failed"  # the provider could not; a person looks
    PAID = "paid"


class ReleaseReason(StrEnum):
    """Why units that were confirmed are not delivered to a line any more."""

    UNPAID = "unpaid"
    STOPPED = "stopped"  # its batch is not made
    SHORT = "short"  # fewer were made than ordered
    INCOMPLETE = "incomplete"  # a *nothing* line of which another part fell away
    NOT_COLLECTED = "not_collected"  # cash on pick-up that nobody picked up
    LATE = "late"  # promised for later than ordered, and the buyer does not wait
    ROUND_CANCELLED = "round_cancelled"


class RefundReason(StrEnum):
    """Why money goes back without units falling away; with units it is their ReleaseReason."""

    EXCESS = "excess"  # paid twice, too late or too much
    UNPAID = "unpaid"  # part of the money came, the rest did not
    CEILING = "ceiling"  # paid up front, and it cost less in the end
    CANCELLED = "cancelled"  # the buyer took the order back
    PROBLEM = "problem"  # what was delivered was not right
    OUTSIDE = "outside"  # made in the provider's own pages


#: How long a group has to say whether it makes a batch that shrank.
SHRINK_ANSWER_HOURS = 12
#: The least time a buyer has to pay, however late the round got here.
MIN_PAY_HOURS = 4

_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9/_.-]{3,39}")


def bank_reference(typed: str) -> str | None:
    """A bank's reference in the one spelling it is kept in, or None when it cannot be one.

    Spaces and case are how people copy, not what the bank printed.
    """
    text = re.sub(r"\s+", "", typed).upper()
    return text if _REFERENCE.fullmatch(text) else None


def must_ask_to_shrink(live_units: int, minimum_units: int, lot_units: int) -> bool:
    """Is what is still wanted below the smallest batch, or not a whole number of lots?"""
    return live_units > 0 and (live_units < minimum_units or live_units % lot_units != 0)


@dataclass(frozen=True, kw_only=True)
class Part:
    """An assignment as it stands: units still to be delivered to a line, at a price each."""

    assignment_id: int
    batch_id: int
    line_id: int
    order_id: int
    live_units: int
    price_satang: int
    whole: bool  # the buyer takes all of the line or nothing
    line_units: int
    insists: bool = False  # on this group only
    priority: int = 1


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Units of an assignment that will not be delivered."""

    part: Part
    units: int

    @property
    def satang(self) -> int:
        """What they would have cost."""
        return self.units * self.part.price_satang


def drop_beyond(parts: Iterable[Part], made_units: int) -> list[Drop]:
    """Who goes short when only ``made_units`` of a batch exist.

    Served first: lines that insist on the group, then by class, then in order of ordering;
    a whole-or-nothing line that does not fit is passed over for the next one.
    """
    left, drops = made_units, []
    for part in sorted(parts, key=_served_order):
        given = min(part.live_units, left)
        if part.whole and given < part.live_units:
            given = 0
        left -= given
        if given < part.live_units:
            drops.append(Drop(part=part, units=part.live_units - given))
    return drops


def _served_order(part: Part) -> tuple[bool, int, int, int]:
    return (not part.insists, part.priority, part.order_id, part.assignment_id)


def drop_incomplete(parts: Iterable[Part]) -> list[Drop]:
    """What is left of whole-or-nothing lines that are no longer whole: given up too."""
    by_line: dict[int, list[Part]] = {}
    for part in parts:
        if part.whole and part.live_units:
            by_line.setdefault(part.line_id, []).append(part)
    return [
        Drop(part=part, units=part.live_units)
        for line in by_line.values()
        if sum(part.live_units for part in line) < line[0].line_units
        for part in line
    ]


@dataclass(frozen=True, kw_only=True)
class Freed:
    """Unpaid units of a batch that lie ready for somebody else at the same point."""

    assignment_id: int
    batch_id: int
    run_id: int
    group_id: int
    in_band: bool
    mode: str
    cell: tuple[int, int, int]  # product, point, delivery date
    units: int
    price_satang: int


@dataclass(frozen=True, kw_only=True)
class Unmet:
    """A cash line that the match left short."""

    line_id: int
    group_id: int | None
    only: bool
    cell: tuple[int, int, int]
    units: int
    ceiling_satang: int
    whole: bool


@dataclass(frozen=True, kw_only=True)
class Gift:
    """Freed units given to an unmet line."""

    source: Freed
    line_id: int
    units: int


def give_freed(freed: Iterable[Freed], unmet: Iterable[Unmet]) -> list[Gift]:
    """Offer freed units to unmet lines of the same cell, in the order given, never above a
    line's ceiling, never to a line that insists on another group; all or none where it says so.
    """
    pool = sorted(freed, key=lambda item: (item.price_satang, item.assignment_id))
    stock = {item.assignment_id: item.units for item in pool}
    gifts: list[Gift] = []
    for line in unmet:
        gifts.extend(_gifts_for(line, pool, stock))
    return gifts


def _gifts_for(line: Unmet, pool: list[Freed], stock: dict[int, int]) -> list[Gift]:
    fitting = [item for item in pool if _fits(line, item) and stock[item.assignment_id]]
    if line.whole and sum(stock[item.assignment_id] for item in fitting) < line.units:
        return []
    gifts, missing = [], line.units
    for item in fitting:
        units = min(missing, stock[item.assignment_id])
        if units:
            stock[item.assignment_id] -= units
            missing -= units
            gifts.append(Gift(source=item, line_id=line.line_id, units=units))
    return gifts


def _fits(line: Unmet, item: Freed) -> bool:
    if line.cell != item.cell or item.price_satang > line.ceiling_satang:
        return False
    if line.group_id == item.group_id:
        return True
    return not line.only and item.in_band
