"""What is typed on pages of planning. Every mistake is told beside its field, all at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from typing import TypeVar

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from market.errors import Refused
from market.rounds.forms import YEARS, typed_parts, typed_payment
from market.rounds.parts import EVERY_KIND, MAKERS, PARTS, WHOLE
from market.rounds.planning.commands import Choices, NewTemplate
from market.rounds.planning.models import STEPS
from market.rounds.planning.queries import TemplateView
from market.rounds.planning.rules import HolidayRule, Pace, Step
from market.rounds.rules import Cycle
from market.thai import arabic_digits, normalise, whole_number

Posted = MultiDict[str, str]
T = TypeVar("T")
LONGEST_NAME = 80
LONGEST_ID = 16  # digits
#: What stands in a new template: as rounds are planned by hand.
USUAL = {
    "cycle": "weekly", "delivery_days": "3", "opens_before": "23", "opens_time": "00:00",
    "closes_before": "16", "closes_time": "18:00", "answer_before": "14", "answer_time": "06:00",
    "pay_before": "12", "pay_time": "12:00", "answer_hours": "12", "rematch_limit": "2",
    "publish_minutes": "30", "holidays": "after", "fee_percent": "100", "ahead": "4",
    "policy": "after_match",
}  # fmt: skip


class Reader:
    """Reads a posted form; ``mistakes`` says by field what to do."""

    def __init__(self, form: Posted) -> None:
        self.form = form
        self.mistakes: dict[str, str] = {}

    def read(self, name: str, parse: Callable[[str], T], wrong: str, instead: T) -> T:
        """A field, parsed; ``instead`` with a mistake noted where it cannot be."""
        try:
            return parse(arabic_digits(self.form.get(name, "").strip()[:200].replace("\0", "")))
        except (Refused, ValueError):
            self.mistakes[name] = wrong
            return instead

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number, Thai digits too."""
        wrong = _("A whole number from %(low)s to %(high)s", low=low, high=high)
        return self.read(name, lambda text: whole_number(text, low=low, high=high), wrong, low)

    def clock(self, name: str) -> time:
        """A time of the day."""
        return self.read(name, _clock, _("Hours and minutes, like 18:00"), time())

    def day(self, name: str) -> date:
        """A day of this century."""
        return self.read(name, _day, _("Choose a day from the calendar"), date(2027, 1, 1))

    def words(self, name: str, most: int = LONGEST_NAME) -> str:
        """Something, but not too much."""

        def some(text: str) -> str:
            words = normalise(self.form.get(name, "").replace("\0", ""))
            if not words or len(words) > most:
                raise ValueError(text)
            return words

        return self.read(name, some, _("Fill this in, up to %(most)s letters", most=most), "")

    def ids(self, name: str) -> tuple[int, ...]:
        """Ticked rows; what is no number is not there."""
        typed = (v for v in self.form.getlist(name) if v.isascii() and v.isdecimal())
        return tuple(dict.fromkeys(int(v) for v in typed if len(v) < LONGEST_ID))[:500]


def _keys(form: Posted) -> tuple[str, ...]:
    keys = (key[:40].replace("\0", "") for key in form.getlist("category"))
    return tuple(dict.fromkeys(keys))[:50]


def _clock(text: str) -> time:
    return time.fromisoformat(text[:5])  # seconds and zones are nobody's business here


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError(text)
    return day


def typed_template(form: Posted, reader: Reader, product_ids: tuple[int, ...]) -> NewTemplate:
    """A template as typed. Look at ``reader.mistakes`` before using it."""
    return NewTemplate(
        name_th=reader.words("name_th"), name_en=reader.words("name_en"), pace=_pace(reader),
        publish_minutes=reader.number("publish_minutes", 0, 1440),
        payment=typed_payment(form.get("policy", ""), form.getlist("method")),
        fee_percent=reader.number("fee_percent", 0, 200), ahead=reader.number("ahead", 0, 12),
        parts=_own_parts(form),
        choices=Choices(
            categories=_keys(form),
            group_ids=reader.ids("group"),
            product_ids=product_ids, point_ids=reader.ids("point"),
        ),
    )  # fmt: skip


def _pace(reader: Reader) -> Pace:
    steps = {
        name: Step(
            days_before=reader.number(f"{name}_before", 0, 120), at=reader.clock(f"{name}_time")
        )
        for name in STEPS
    }
    cycle = reader.read("cycle", Cycle, _("Choose one"), Cycle.WEEKLY)
    return Pace(
        cycle=cycle, first_on=reader.day("first_on"),
        delivery_days=reader.number("delivery_days", 1, 7),
        answer_hours=reader.number("answer_hours", 1, 72),
        rematch_limit=reader.number("rematch_limit", 0, 10),
        holidays=reader.read("holidays", HolidayRule, _("Choose one"), HolidayRule.AFTER), **steps,
    )  # fmt: skip


def _own_parts(form: Posted) -> dict[str, dict[str, int]] | None:
    if form.get("own_parts") != "1":
        return None
    return {EVERY_KIND: typed_parts({part: form.get(part, "") for part in PARTS})}


def typed_products(text: str) -> list[str]:
    """Codes or names of goods, one a line as a spreadsheet's column gives them."""
    rows = (normalise(row.split("\t")[0].replace("\0", "")) for row in text[:20_000].splitlines())
    return [row[:120] for row in rows if row][:3000]


def shown_template(view: TemplateView) -> Posted:
    """A kept template as its form shows it."""
    shown = MultiDict(view.fields)
    shown.setlist("method", list(view.pay_methods))
    shown.setlist("category", list(view.categories))
    shown.setlist("group", [str(i) for i in view.group_ids])
    shown.setlist("point", [str(i) for i in view.point_ids])
    shown["products"] = "\n".join(view.product_codes)
    if view.parts is not None:
        shown["own_parts"] = "1"
        shares = view.parts.get(EVERY_KIND, {})
        shown.update({part: f"{points * 100 / WHOLE:g}" for part, points in shares.items()})
    return shown


SHARES = tuple(part for part in PARTS if part != MAKERS)
