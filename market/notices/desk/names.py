"""What events are called at the desk: never a person's data, and no made-up amounts either."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.notices.samples import SAMPLES, event_of

#: By whom it is read, in the order in which things happen.
EVENTS = {
    _("Buyers"): {
        "round.opened": _("A round is open"),
        "reminder.confirm": _("Confirm that reminders are wanted"),
        "order.placed": _("An order was placed"),
        "order.waiting": _("Still waits to be picked up"),
        "order.confirmed.all": _("Groups make everything"),
        "order.confirmed.part": _("Groups make a part"),
        "order.confirmed.none": _("Nothing can be made"),
        "order.instead": _("Other goods are offered instead"),
        "order.made_after_all": _("The goods wanted are made after all"),
        "order.more": _("More can be had after all"),
        "order.pay": _("Time to pay"),
        "order.deposit": _("The deposit arrived"),
        "order.deposit_due": _("Pay the deposit"),
        "order.card_failed": _("The card was refused"),
        "slip.refused": _("The slip was not accepted"),
        "order.paid": _("Payment arrived"),
        "order.delayed": _("Delivery is late"),
        "order.short.short": _("Fewer were made"),
        "order.short.stopped": _("The group stopped making it"),
        "order.short.incomplete": _("Not complete: nothing comes"),
        "order.short.late": _("Too late: taken off the order"),
        "order.short.not_collected": _("Not picked up"),
        "order.short.round_cancelled": _("The round was called off"),
        "order.released": _("Not paid in time"),
        "order.cancelled": _("The order was cancelled"),
        "order.ready": _("Ready to be picked up"),
        "order.shipped": _("On the way by parcel"),
        "refund.owed.excess": _("Money back: paid too much"),
        "refund.owed.problem": _("Money back: goods were not right"),
        "refund.details": _("Where may the money go?"),
        "refund.provider_asks": _("The provider asks for bank details"),
        "refund.paid": _("Money was paid back"),
        "problem.declined": _("A problem was not accepted"),
        "standing.part": _("Standing order: a part was ordered"),
        "standing.failed": _("Standing order: nothing was ordered"),
        "review.invite": _("How was it?"),
        "review.hidden": _("A review was hidden"),
    },
    _("Made to order"): {
        "request.buyer.prove": _("Buyer: confirm the request"),
        "request.buyer.question": _("Buyer: a group asks back"),
        "request.buyer.answers": _("Buyer: groups have answered"),
        "request.buyer.balance": _("Buyer: pay the rest"),
        "request.buyer.rest": _("Buyer: the missing part is asked of others"),
        "request.buyer.taken_back": _("Buyer: a group took its answer back"),
        "request.buyer.lapsed": _("Buyer: the time to pay is over"),
        "request.group.asked": _("Group: can you make this?"),
        "request.group.reminder": _("Group: the answer is still missing"),
        "request.group.replied": _("Group: the buyer answered"),
        "request.group.chosen": _("Group: you were chosen"),
        "request.group.passed": _("Group: another was chosen"),
        "request.group.over": _("Group: the request is over"),
        "request.group.lapsed": _("Group: the buyer did not pay"),
    },
    _("Producer groups"): {
        "batch.asked": _("Can you make this many?"),
        "batch.reminder": _("The answer is still missing"),
        "batch.shrink": _("Fewer are wanted: make it or stop?"),
        "batch.to_make": _("Buyers have paid: make it"),
        "shortfall.offered": _("Could you make more?"),
        "payout.paid": _("Money was sent to the group"),
        "care.advice": _("Advice from the mentor"),
        "care.readiness.1": _("The group sells locally"),
        "care.readiness.2": _("The group sells everywhere"),
        "problem.of_group": _("A buyer reports a problem to the group"),
    },
    _("Staff and accounts"): {
        "problem.reported": _("A buyer reports a problem"),
        "shortfall.answered": _("A group answered an offer"),
        "report.ready": _("A report is ready"),
        "account.changed": _("A way into the account has changed"),
        "account.data_ready": _("The copy of my data is ready"),
        "account.leaving": _("The account will be deleted"),
    },
}
#: Cases of one event stand under a name of their own where no case is known.
FAMILIES = {
    "order.confirmed": _("Groups have answered"), "order.short": _("Goods fell away"),
    "refund.owed": _("Money back"), "request.buyer": _("Made to order: buyer"),
    "request.group": _("Made to order: group"), "care.readiness": _("Where the group sells"),
}  # fmt: skip
_NAMES = {key: name for events in EVENTS.values() for key, name in events.items()} | FAMILIES


def named_events() -> list[tuple[str, dict[str, str]]]:
    """The events whose words can be edited, by who reads them."""
    return [
        (str(who), {key: str(name) for key, name in events.items() if key in SAMPLES})
        for who, events in EVENTS.items()
    ]


def name_of(key: str) -> str:
    """An event, or a case of one, as the desk calls it."""
    return str(_NAMES.get(key) or _NAMES.get(event_of(key)) or key)
