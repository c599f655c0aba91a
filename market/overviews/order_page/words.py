"""What comes next for an order, in words; and what its thread says as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from market.filters import as_date, as_datetime, local
from market.money import format_baht
from market.overviews.order_page.queries import OrderSeen, PartSeen

BEFORE_ANSWER = ("open", "closed", "matched", "confirming")


@dataclass(frozen=True, kw_only=True)
class NextThing:
    """The line above the timeline: what happens next, and whether the buyer must do something."""

    title: str
    note: str = ""
    pay: bool = False
    code: bool = False


def next_thing(order: OrderSeen) -> NextThing:
    """What comes next, told first."""
    if order.state == "cancelled":
        return NextThing(title=_("Cancelled"), note=_("You pay nothing for this order."))
    if order.round_state == "cancelled":
        return NextThing(title=_("The round was called off"), note=refund_words(order))
    if order.charge_state == "due" and order.round_state in BEFORE_ANSWER:
        return _pay(order)  # a round that is paid with the order
    if order.round_state == "open":
        when = as_datetime(order.closes_at)
        return NextThing(
            title=_("Ordered. You may still change it"),
            note=_("until %(when)s, then the groups say what they can make", when=when),
        )
    if order.round_state in BEFORE_ANSWER:
        when = as_datetime(order.answer_by)
        return NextThing(
            title=_("Waiting for the groups"),
            note=_("They answer by %(when)s. Until then you pay nothing.", when=when),
        )
    if nothing_comes(order):
        return NextThing(title=_("No group could make it"), note=_("You pay nothing."))
    return _after_answer(order)


def _after_answer(order: OrderSeen) -> NextThing:
    if order.charge_state == "expired":
        return NextThing(title=_("Not paid in time"), note=after_expiry(order))
    if order.charge_state == "due" and order.pay_method != "cash":
        return _pay(order)
    if order.charge_state is None:
        return NextThing(title=_("The groups have confirmed"), note=_("The amount follows soon."))
    if all_received(order):
        return NextThing(title=_("You have your goods"), note=refund_words(order))
    return _to_fetch(order)


def _pay(order: OrderSeen) -> NextThing:
    when = as_datetime(order.charge_pay_by or order.pay_by)
    return NextThing(title=pay_title(order), note=_("by %(when)s", when=when), pay=True)


def pay_title(order: OrderSeen) -> str:
    """What is to be paid next."""
    amount = format_baht(order.asked_satang)
    if order.wants_deposit:
        return str(_("Pay the deposit of %(amount)s", amount=amount))
    if order.deposit_satang is not None:
        return str(_("Pay the rest, %(amount)s, before it is handed over", amount=amount))
    return str(_("Pay %(amount)s", amount=amount))


def after_expiry(order: OrderSeen) -> str:
    """What became of an order that was not paid in time."""
    if order.deposit_satang is not None:
        return str(_("The agreement has ended, and you owe nothing."))
    return str(_("The goods were given to others."))


def _to_fetch(order: OrderSeen) -> NextThing:
    day = as_date(order.delivery_on)
    if order.point_th is None:
        return NextThing(
            title=_("The parcel leaves on %(day)s", day=day),
            note=_("to %(name)s", name=order.recipient or order.buyer_name),
        )
    note = f"{hours_of(order)} {local(order, 'point')}".strip()
    missing = _missing(order)
    if missing and len(missing) < len(order.parts):
        names = ", ".join(local(part) for part in missing)
        note += " · " + _("still on the way: %(goods)s", goods=names)
    if order.charge_state == "due":
        amount = format_baht(order.charge_satang or 0)
        note += " · " + _("bring %(amount)s in cash", amount=amount)
    title = _("Fetch it on %(day)s", day=day) if missing else _("All of it is here. Fetch it")
    return NextThing(title=title, note=note, code=True)


def _missing(order: OrderSeen) -> list[PartSeen]:
    """What is made for this order and has not reached the point."""
    wanted = [part for part in order.parts if part.state != "stopped"]
    return [part for part in wanted if not is_there(part, by_parcel=False)]


def refund_words(order: OrderSeen) -> str:
    """What comes back to the buyer."""
    if order.refund_due_satang:
        return str(
            _("%(sum)s is on its way back to you.", sum=format_baht(order.refund_due_satang))
        )
    if order.refund_paid_satang:
        return str(_("%(sum)s has been paid back.", sum=format_baht(order.refund_paid_satang)))
    return str(_("Nothing is left to pay."))


def is_there(part: PartSeen, *, by_parcel: bool) -> bool:
    """Has the part reached its point, or the carrier?"""
    reached = ("handed_over", "arrived", "received") if by_parcel else ("arrived", "received")
    return part.consignment_state in reached


def hours_of(order: OrderSeen) -> str:
    """The point's hours; '' for a parcel."""
    return str(_("%(hours)s h", hours=order.hours)) if order.hours else ""


def all_received(order: OrderSeen) -> bool:
    """Has the buyer everything that was made for them?"""
    live: list[Any] = [line for line in order.lines if line.live_units]
    return bool(live) and all(line.received_units >= line.live_units for line in live)


def nothing_comes(order: OrderSeen) -> bool:
    """Did no group confirm anything?"""
    answered = order.round_state not in BEFORE_ANSWER
    return answered and not any(line.confirmed_units for line in order.lines)
