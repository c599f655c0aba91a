"""Which receipt a refund goes back by: what came through a provider returns through it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from market.orders.rules import PayMethod
from market.payments.rules import RefundReason, ReleaseReason
from market.payments.states import RefundWay

FRESH_STORAGE = ("fresh", "chilled", "frozen")
#: What we promise (docs/decisions/0016): a day for fresh goods and for money that was never
#: the market's to keep, a week for goods that keep, the law's 15 days for anything else.
FRESH_PROMISE = timedelta(hours=24)
AT_ONCE_PROMISE = timedelta(hours=24)
KEEPING_PROMISE = timedelta(days=7)
LAW_PROMISE = timedelta(days=15)
_BY_REASON: dict[str, timedelta] = {
    RefundReason.EXCESS: AT_ONCE_PROMISE,
    RefundReason.CEILING: AT_ONCE_PROMISE,
    RefundReason.UNPAID: AT_ONCE_PROMISE,
    ReleaseReason.ROUND_CANCELLED: AT_ONCE_PROMISE,
    RefundReason.CANCELLED: KEEPING_PROMISE,
}


@dataclass(frozen=True, kw_only=True)
class Source:
    """What of a receipt may still go back by it."""

    receipt_id: int | None
    method: PayMethod | None
    left_satang: int

    @property
    def way(self) -> RefundWay | None:
        """How its money goes back unasked; None where the buyer has to say where to."""
        if self.method in (PayMethod.CARD, PayMethod.STRIPE_PROMPTPAY):
            return RefundWay.SOURCE
        return RefundWay.CREDIT if self.method is PayMethod.CREDIT else None


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a refund that goes back by one receipt."""

    source: Source
    amount_satang: int


UNKNOWN = Source(receipt_id=None, method=None, left_satang=0)


def split_refund(amount_satang: int, sources: Iterable[Source]) -> list[Piece]:
    """Real money goes back before store credit, the provider's before a transfer; adds up.

    What no receipt can carry is left to a person: its source is unknown.
    """
    pieces, left = [], amount_satang
    for source in sorted(sources, key=_order):
        part = min(left, source.left_satang)
        if part > 0:
            pieces.append(Piece(source=source, amount_satang=part))
            left -= part
    if left:
        pieces.append(Piece(source=UNKNOWN, amount_satang=left))
    return pieces


def _order(source: Source) -> tuple[int, int]:
    rank = {RefundWay.SOURCE: 0, None: 1, RefundWay.CREDIT: 2}[source.way]
    return rank, source.receipt_id or 0


def promised_by(reason: str, storage: str | None, now: datetime) -> datetime:
    """When the buyer was promised to have the money: by why it goes back, else by the goods.

    ``reason`` is a RefundReason or ReleaseReason, the first word of the refund's cause.
    """
    if reason in _BY_REASON:
        return now + _BY_REASON[reason]
    return now + LAW_PROMISE if storage is None else time_for(storage, now)


def time_for(storage: str, since: datetime) -> datetime:
    """A day for fresh goods, a week for goods that keep: the time to report a problem after
    receiving them, and the time in which it is answered.
    """
    return since + (FRESH_PROMISE if storage in FRESH_STORAGE else KEEPING_PROMISE)
