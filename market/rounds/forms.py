"""Forms about rounds. Dates are typed as 2026-11-25 or picked; times are Thai time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length

from market.clock import bangkok_moment
from market.errors import Refused
from market.money import satang
from market.rounds.commands import NewRound, Payment, Terms
from market.rounds.methods import Payee, PayMethod, PayPolicy
from market.rounds.parts import MAKERS, PARTS, WHOLE
from market.rounds.rules import Cycle, Timetable
from market.thai import arabic_digits, normalise, whole_number

FRIDAY_TO_SUNDAY = 3
YEARS = range(2020, 2100)  # others are slips of the hand, or attacks


class RoundForm(FlaskForm):  # type: ignore[misc]
    """A new round: the cut-off and the first delivery date; the steps between are set by rule."""

    name_th = StringField(_("Name in Thai"), [InputRequired(), Length(max=80)])
    name_en = StringField(_("Name in English"), [InputRequired(), Length(max=80)])
    cycle = SelectField(
        _("How often"),
        choices=[
            (Cycle.WEEKLY.value, _("Every week")),
            (Cycle.BIWEEKLY.value, _("Every two weeks")),
            (Cycle.MONTHLY.value, _("Every month")),
        ],
    )
    opens_on = DateField(_("Opens on"), [InputRequired()])
    closes_on = DateField(_("Cut-off on"), [InputRequired()])
    closes_time = TimeField(_("Cut-off time"), [InputRequired()], default=time(18))
    delivery_on = DateField(_("First delivery date"), [InputRequired()])

    def new_round(
        self, *, rematch_limit: int, payee: Payee = Payee.MARKET, methods: Sequence[str] = ()
    ) -> NewRound:
        """What was typed, as the command wants it. Raises Refused for a year far away."""
        days = (self.opens_on.data, self.closes_on.data, self.delivery_on.data)
        if any(day.year not in YEARS for day in days):
            raise Refused("timetable_does_not_fit")
        closes_at = bangkok_moment(self.closes_on.data, self.closes_time.data)
        return NewRound(
            name_th=normalise(self.name_th.data),
            name_en=normalise(self.name_en.data),
            cycle=Cycle(self.cycle.data),
            times=timetable(
                opens_at=bangkok_moment(self.opens_on.data, time(0)),
                closes_at=closes_at,
                delivery_on=self.delivery_on.data,
                rematch_limit=rematch_limit,
            ),
            payee=payee,
            payment=typed_payment(PayPolicy.AFTER_MATCH, methods) if methods else Payment(),
        )


def timetable(
    *, opens_at: datetime, closes_at: datetime, delivery_on: date, rematch_limit: int
) -> Timetable:
    """The market's usual pace: a day and a half to answer, 12 hours a re-match, a day to pay."""
    answer_by = closes_at + timedelta(hours=36)
    last_answer = answer_by + timedelta(hours=12 * rematch_limit)
    return Timetable(
        opens_at=opens_at,
        closes_at=closes_at,
        answer_by=answer_by,
        answer_hours=12,
        rematch_limit=rematch_limit,
        pay_by=last_answer + timedelta(hours=30),
        delivery_on=tuple(delivery_on + timedelta(days=day) for day in range(FRIDAY_TO_SUNDAY)),
    )


def typed_terms(capacity: str, price_baht: str) -> Terms:
    """A group's numbers as typed, Thai digits too. Raises Refused."""
    price = typed_price(price_baht)
    return Terms(capacity_units=whole_number(capacity, low=1, high=1_000_000), price_satang=price)


def typed_price(price_baht: str) -> int:
    """A price in baht ("฿1,250.50") as satang, Thai digits too. Raises Refused."""
    price = arabic_digits(price_baht.strip()).replace(",", "").removeprefix("฿")
    baht, point, parts = price.partition(".")
    whole = whole_number(baht, low=1, high=1_000_000)
    if point and not re.fullmatch(r"[0-9]{1,2}", parts):
        raise Refused("baht_has_two_decimals", value=price[:20])
    return satang(f"{whole}.{parts}") if point else satang(whole)


def typed_payment(policy: str, methods: Sequence[str]) -> Payment:
    """When and how a round is paid for, as ticked. Raises Refused where nothing is ticked."""
    known = tuple(method for method in PayMethod if method in methods)
    if not known:
        raise Refused("no_pay_method_fits")
    return Payment(
        policy=PayPolicy(policy) if policy in set(PayPolicy) else PayPolicy.AFTER_MATCH,
        methods=known,
    )


def typed_parts(typed: dict[str, str]) -> dict[str, int]:
    """Shares of the price in per cent ("8", "2.5"), by part, in basis points. Raises Refused."""
    shares = {}
    for part in PARTS:
        text = arabic_digits(typed.get(part, "").strip()[:8]).removesuffix("%").strip()
        if part == MAKERS or not text:
            continue
        if not re.fullmatch(r"[0-9]{1,2}([.][0-9]{1,2})?", text):
            raise Refused("part_unknown")
        whole, _point, rest = text.partition(".")
        shares[part] = int(whole) * WHOLE // 100 + int(rest.ljust(2, "0") or 0)
    return {part: points for part, points in shares.items() if points}
