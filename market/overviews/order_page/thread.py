"""An order's life in words: each knot of the thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from market.filters import as_date, as_datetime, local
from market.money import format_baht
from market.overviews.order_page.queries import LineSeen, OrderSeen
from market.overviews.order_page.reasons import why_short
from market.overviews.order_page.words import (
    BEFORE_ANSWER,
    after_expiry,
    all_received,
    hours_of,
    is_there,
    nothing_comes,
    pay_title,
    refund_words,
)

MADE = ("made", "packed", "handed_over", "delivered", "paid_out")


@dataclass(frozen=True, kw_only=True)
class Step:
    """A knot of the timeline: see the macro for the fields."""

    title: str
    state: str  # done now changed todo
    when: str = ""
    note: str = ""
    picture: str | None = None
    satang: int | None = None
    icon: str | None = None
    band: tuple[int, int] | None = None


def steps_of(order: OrderSeen, picture: Callable[[str, str], str]) -> tuple[Step, ...]:
    """The whole thread, done and to come. ``picture`` names a product's drawing."""
    if order.state == "cancelled":
        return (_placed(order), _cancelled(order.cancelled_at))
    if order.round_state == "cancelled":
        return (_placed(order), _called_off(order))
    steps = [_placed(order), _closed(order), _confirmed(order, picture)]
    if order.deposit_satang is not None:
        del steps[1]  # nobody else orders in a round that was agreed upon
    if not nothing_comes(order):
        steps += [_paid(order), _making(order), _there(order), _received(order)]
    return tuple(steps)


def _placed(order: OrderSeen) -> Step:
    lines = ngettext("%(num)s line", "%(num)s lines", len(order.lines))
    return Step(
        title=_("Ordered"),
        state="done",
        when=as_datetime(order.placed_at),
        note=_sum_words(order, lines),
    )


def _sum_words(order: OrderSeen, lines: str) -> str:
    total = format_baht(order.ceiling_satang)
    if order.deposit_satang is not None:
        return str(_("made to order, %(sum)s", sum=total))
    return str(_("%(lines)s, at most %(sum)s", lines=lines, sum=total))


def _cancelled(at: datetime | None) -> Step:
    return Step(
        title=_("Cancelled"),
        state="changed",
        when=as_datetime(at) if at else "",
        note=_("You pay nothing for this order."),
        icon="x",
    )


def _called_off(order: OrderSeen) -> Step:
    return Step(
        title=_("The round was called off"), state="changed", note=refund_words(order), icon="x"
    )


def _closed(order: OrderSeen) -> Step:
    is_open = order.round_state == "open"
    return Step(
        title=_("Orders close") if is_open else _("Orders closed"),
        state="now" if is_open else "done",
        when=as_datetime(order.closes_at),
    )


def _confirmed(order: OrderSeen, picture: Callable[[str, str], str]) -> Step:
    if order.round_state in BEFORE_ANSWER:
        waiting = "todo" if order.round_state == "open" else "now"
        when = _("by %(when)s", when=as_datetime(order.answer_by))
        return Step(title=_("The groups confirm"), state=waiting, when=when)
    whole = [line for line in order.lines if not line.short_units]
    when = _latest(part.asked_answered_at for part in order.parts)
    short = [line for line in order.lines if line.short_units]
    if not short:
        return Step(title=_("The groups have confirmed all"), state="done", when=when)
    return Step(
        title=_(
            "The groups confirm %(whole)s of %(all)s lines", whole=len(whole), all=len(order.lines)
        ),
        state="changed",
        when=when,
        note=" ".join(_short_words(line) for line in short),
        picture=picture(short[0].code, short[0].category),
    )


def _short_words(line: LineSeen) -> str:
    values = {
        "goods": local(line),
        "units": f"{line.short_units} {local(line, 'unit')}",
        "sum": format_baht(line.short_units * line.ceiling_satang),
    }
    why = why_short(line)
    if why:
        return str(
            _("%(goods)s: %(units)s not made (%(why)s). %(sum)s less to pay.", why=why, **values)
        )
    return str(_("%(goods)s: %(units)s not made. %(sum)s less to pay.", **values))


def _paid(order: OrderSeen) -> Step:
    amount = format_baht(order.charge_satang or order.confirmed_satang)
    if order.charge_state == "paid":
        when = as_datetime(order.paid_at) if order.paid_at else ""
        return Step(title=_("Paid %(amount)s", amount=amount), state="done", when=when)
    if order.charge_state == "expired":
        return Step(
            title=_("Not paid in time"), state="changed", icon="x",
            note=after_expiry(order),
        )  # fmt: skip
    if order.pay_method == "cash":
        state = "done" if order.charge_state else "todo"
        if order.charge_state is None:  # the amount is not known before the groups answer
            return Step(title=_("Cash at the pick-up point"), state=state)
        return Step(title=_("%(amount)s in cash at the pick-up point", amount=amount), state=state)
    if order.charge_state is None:
        return Step(title=_("You pay"), state="todo", when=_by(order.pay_by))
    return Step(
        title=pay_title(order),
        state="now",
        when=_by(order.charge_pay_by or order.pay_by),
        icon="hand-coins",
    )


def _making(order: OrderSeen) -> Step:
    whole = sum(part.units for part in order.parts)
    made = sum(part.units for part in order.parts if part.state in MADE)
    day = _("ready for %(day)s", day=as_date(order.delivery_on))
    if order.round_state in (*BEFORE_ANSWER, "paying") or not whole:
        return Step(title=_("The groups make it"), state="todo", when=day)
    if made == whole:
        when = _latest(part.made_at for part in order.parts)
        return Step(title=_("Made"), state="done", when=when)
    return Step(
        title=_("The groups are making it"),
        state="now",
        when=day,
        band=(made, whole),
        note=_("%(made)s of %(whole)s made", made=made, whole=whole),
    )


def _there(order: OrderSeen) -> Step:
    by_parcel = order.point_th is None
    there = [part for part in order.parts if is_there(part, by_parcel=by_parcel)]
    all_there = bool(order.parts) and len(there) == len(order.parts)
    numbers = ", ".join(sorted({part.tracking_no for part in order.parts if part.tracking_no}))
    title = _("With the carrier") if by_parcel else _("At the pick-up point")
    return Step(
        title=title,
        state="done" if all_there else "now" if there else "todo",
        when=_latest(part.arrived_at for part in there) or as_date(order.delivery_on),
        note=_("Tracking number %(numbers)s", numbers=numbers) if numbers else "",
    )


def _received(order: OrderSeen) -> Step:
    done = all_received(order)
    return Step(
        title=_("You have it"),
        state="done" if done else "todo",
        when=_latest(part.received_at for part in order.parts)
        if done
        else f"{as_date(order.delivery_on)} {hours_of(order)}".strip(),
    )


def _by(moment: datetime) -> str:
    return str(_("by %(when)s", when=as_datetime(moment)))


def _latest(moments: Iterable[datetime | None]) -> str:
    known = [moment for moment in moments if moment is not None]
    return as_datetime(max(known)) if known else ""
