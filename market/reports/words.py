"""Codes of reports in words, and a report as a sheet in a language. Part of the edge."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from market.catalogue.words import ALLERGENS, CERTIFICATES, pack_words
from market.filters import as_date, as_datetime, local
from market.matching.shortfalls import shortfall_reason
from market.matching.words import offer_reason
from market.reports.ledger_words import CAUSES, PARTS, entry_cause, entry_memo, owner_name
from market.reports.queries import RoundChoice
from market.reports.rules import Asked, Job, Occasion, Report, Source, Stage
from market.reports.sheets import Sheet
from market.web import language

STAGES = {
    Stage.OPEN: _("while orders are open"),
    Stage.CLOSED: _("when orders closed"),
    Stage.CONFIRMING: _("when groups were asked"),
    Stage.PAYING: _("when groups had answered"),
    Stage.PRODUCING: _("when buyers had paid"),
    Stage.DELIVERING: _("when delivery began"),
    Stage.COMPLETED: _("when the round ended"),
    Stage.CANCELLED: _("when the round was called off"),
}
JOBS = {
    Job.CUT_OFF: (_("Around the cut-off"), _("Who ordered what, four ways round")),
    Job.MAKING: (_("Making and packing"), _("Lists that groups work from")),
    Job.DELIVERY: (_("Delivery day"), _("Trucks, parcels, pick-up points")),
    Job.MONEY: (_("Money and the month's end"), _("From the books, up to a moment")),
    Job.LEARNING: (_("After the round"), _("What to do better next time")),
}
OCCASIONS = {
    Occasion.CLOSED: _("when a round closes"),
    Occasion.CONFIRMED: _("when the groups have answered"),
    Occasion.DELIVERY_DAY: _("on the delivery day at 06:00"),
    Occasion.MONTHLY: _("on the first of the month at 06:00"),
}
METHODS = {
    "promptpay": "PromptPay", "stripe_promptpay": "PromptPay", "cash": _("Cash"),
    "transfer": _("Bank transfer"), "card": _("Card"), "credit": _("Store credit"),
}  # fmt: skip
STATES = {"due": _("still to pay"), "paid": _("Done")}
ACCOUNTS = {
    "bank": _("Bank"), "cash": _("Cash at pick-up points"), "held": _("Held until delivered"),
    "group": _("Owed to groups"), "delivery": _("Delivery"), "refund": _("Owed back to buyers"),
    "overpaid": _("Paid too much"), "provider": _("With the payment provider"),
    "with_group": _("Paid to groups directly"), "credit": _("Store credit"),
    "part": _("Parts of the price"), "fees": _("What the provider kept"),
    "disputed": _("Disputed"), "loss": _("Losses and goodwill"),
}  # fmt: skip
RELEASED = {
    "short": _("too few were made, and the buyer wanted all or nothing"),
    "unpaid": _("not paid in time"), "cancelled": _("the buyer cancelled"),
    "stopped": _("the group stopped making it"), "incomplete": _("all or nothing"),
    "round_cancelled": _("round called off"), "late": _("too late for the buyer"),
}  # fmt: skip


def words_of(kind: str, value: Any) -> str:
    """A code of that kind of column as its reader calls it."""
    make = _WORDS.get(kind)
    return str(make(value)) if make else str(value)


def _unmet(code: str) -> Any:
    return RELEASED.get(code) or shortfall_reason(code)


def _allocation(value: dict[str, Any]) -> str:
    return offer_reason(SimpleNamespace(**value), value["unit"])  # type: ignore[arg-type]


def _named(names: dict[str, Any]) -> Callable[[str], Any]:
    return lambda code: names.get(code, code)


def _list_of(names: dict[str, Any]) -> Callable[[str], str]:
    return lambda codes: ", ".join(str(names.get(code, code)) for code in codes.split(", "))


_WORDS: dict[str, Callable[[Any], Any]] = {
    "method": _named(METHODS),
    "state": _named(STATES),
    "account": _named(ACCOUNTS),
    "part": _named(PARTS),
    "cause": _named(CAUSES),
    "entry": entry_cause,
    "memo": entry_memo,
    "owner": owner_name,
    "certificate": _named(CERTIFICATES),
    "papers": _list_of(CERTIFICATES),
    "allergens": _list_of(ALLERGENS),
    "pack": lambda pack: pack_words(pack, language()),
    "unmet": _unmet,
    "allocation": _allocation,
}


def sheet_of(asked: Asked, round_: RoundChoice | None, stage: str | None) -> Sheet:
    """The report in the language of whoever reads it now (``force_locale`` for letters)."""
    report = asked.report
    keys = [column.key for column in report.columns]
    return Sheet(
        title=str(report.title),
        notes=tuple(notes_of(asked, round_, stage)),
        columns=report.columns,
        headings=tuple(heading(report)),
        group=keys.index(report.group) if report.group else None,
        landscape=report.landscape,
        language=language(),
        words=words_of,
        total_word=gettext("Total"),
    )


def heading(report: Report) -> list[str]:
    """What stands above the columns; money says its unit once."""
    return [
        f"{column.title} ({gettext('baht')})"
        if column.kind == "money" and str(column.title) != gettext("Baht")
        else f"{column.title} (%)"
        if column.kind == "percent"
        else str(column.title)
        for column in report.columns
    ]


def notes_of(asked: Asked, round_: RoundChoice | None, stage: str | None) -> list[str]:
    """Which round or month, as of when, whose rows: on every page and paper."""
    said = []
    if round_ is not None:
        said.append(gettext("Round %(n)s · %(name)s", n=round_.number, name=local(round_)))
    if asked.month_on is not None:
        said.append(gettext("Month: %(month)s", month=as_month(asked.month_on)))
    said.append(as_of_words(asked, stage))
    if not asked.scope.everything:
        areas, groups = len(asked.scope.areas), len(asked.scope.group_ids)
        said.append(
            gettext("Only rows of your areas (%(codes)s)", codes=", ".join(asked.scope.areas))
            if areas and not groups
            else gettext("Only rows of your own areas and groups")
        )
    return said


def as_of_words(asked: Asked, stage: str | None) -> str:
    """As of when the figures are, and why then."""
    when = as_datetime(asked.as_of)
    if asked.report.source is Source.FROZEN and stage:
        return str(gettext("As of %(when)s, %(why)s", when=when, why=STAGES[Stage(stage)]))
    if asked.report.source in (Source.BOOKS, Source.MONTH):
        return str(gettext("The books up to %(when)s", when=when))
    if asked.report.source is Source.NOW:
        return str(gettext("As it stands on %(when)s, whatever the round", when=when))
    return str(gettext("As of %(when)s", when=when))


def as_month(day: Any) -> str:
    """``พ.ย. 69``: a date without its day."""
    return " ".join(as_date(day).split(" ")[-2:])
