"""What the books say in codes, in words: why an entry was made, what is noted, whose it is."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from market.payments.causes import REFUND_CAUSES

CAUSES = REFUND_CAUSES | {"stop": _("not made")}
PARTS = {
    "transport": _("Gathering and transport"), "coordination": _("Coordination"),
    "marketing": _("Marketing organisation"), "payment": _("Payment"), "packing": _("Packing"),
}  # fmt: skip
_ENTRIES = {
    "receipt": _("Money came in"), "delivered": _("Goods delivered"), "fee": _("Fee"),
    "payout": _("Paid to the group"), "deposit": _("Cash brought to the bank"),
    "direct": _("Paid to groups directly"), "refund-owed": _("Owed back"),
    "refund-paid": _("Paid back"), "refund-more": _("Paid back at the provider"),
    "loss": _("Losses and goodwill"), "unknown": _("Money that fits no order"),
    "unknown-back": _("Money that fits no order, paid back"), "dispute": _("Disputed"),
    "provider-payout": _("From the provider to the bank"), "attempt": _("Paid at the provider"),
}  # fmt: skip
_TAILS = {
    "reversed": _("reversed"), "back": _("came back"), "taken": _("taken by the provider"),
    "lost": _("lost"), "fee": _("Fee"),
}  # fmt: skip
_MEMOS = {
    "received": _("received"), "delivered": _("delivered"), "delivery fee": _("delivery fee"),
    "provider's fee": _("the provider's fee"), "cash deposited": _("cash brought to the bank"),
    "paid directly": _("paid directly to the group"), "store credit": _("store credit"),
    "refunded outside": _("paid back at the provider"), "no order": _("fits no order"),
    "refunded after delivery": _("paid back after delivery"), "bounced": _("came back"),
    "from the provider": _("from the provider"),
}  # fmt: skip
#: Say what a number is the number of; the first word says that already.
_NOUNS = frozenset({"batch", "charge", "group", "left", "order", "receipt", "round"})


def entry_cause(code: str) -> str:
    """Why an entry was made, with the numbers that tell it from others of its kind."""
    head, _colon, rest = code.partition(":")
    name = _ENTRIES.get(head) or CAUSES.get(head)
    if name is None:
        return code
    known = _TAILS | CAUSES
    tail = [str(known.get(one, one)) for one in rest.split(":") if one and one not in _NOUNS]
    return " · ".join([str(name), *tail])


def entry_memo(memo: str) -> str:
    """What is noted with an entry; references of banks stay as they are."""
    return str(_MEMOS.get(memo) or entry_cause(memo))


def owner_name(owner: str) -> str:
    """A part of the price by name; a name or an order's number is one already."""
    kind, _colon, number = owner.partition(":")
    if kind == "buyer":
        return str(gettext("Buyer %(number)s", number=number))
    return str(PARTS.get(owner, owner))
