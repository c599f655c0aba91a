"""Reads of money, as frozen read models."""

from __future__ import annotations

from market.payments.queries.paying import PayView, due_rounds, get_pay_view, order_thing
from market.payments.queries.treasury import (
    Books,
    ChargeRow,
    PayoutRow,
    RefundRow,
    RoundMoney,
    RoundRow,
    books_of,
    get_round_money,
    list_rounds,
    round_of,
)

__all__ = [
    "Books",
    "ChargeRow",
    "PayView",
    "PayoutRow",
    "RefundRow",
    "RoundMoney",
    "RoundRow",
    "books_of",
    "due_rounds",
    "get_pay_view",
    "get_round_money",
    "list_rounds",
    "order_thing",
    "round_of",
]
