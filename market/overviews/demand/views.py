"""The demand board (สัญญาณความต้องการ), for those who make and those who coordinate."""

from __future__ import annotations

from datetime import date

from babel.dates import get_month_names
from flask import Blueprint, Response, request

from market.clock import utc_now
from market.db import reading
from market.overviews.demand.queries import Asked, demand_board, province_of
from market.overviews.demand.rules import recent_months
from market.overviews.shop.forms import key_of
from market.thai import BUDDHIST_YEARS
from market.web import allow, language, page, principal

bp = Blueprint("demand", __name__)
ALL = "all"


@bp.get("/demand")
@allow("demand.see")
def show() -> Response:
    """One month in one province, or in all: the reader's own province first."""
    who, months = principal(), recent_months(utc_now())
    with reading() as session:
        own = province_of(session, who.group_ids(), who.areas())
        asked = Asked(
            month=_month(request.args.get("month", ""), months),
            province=_province(request.args.get("province"), own),
            category=key_of(request.args, "category") or "",
            group_ids=who.group_ids(),
        )
        board = demand_board(session, asked)
    return page(
        "signals/demand.html", board=board, asked=asked, months=_named(months), all_places=ALL
    )


def _month(typed: str, months: tuple[date, ...]) -> date:
    """One of the months offered; the newest for anything else."""
    return next((month for month in months if month.isoformat() == typed), months[0])


def _named(months: tuple[date, ...]) -> list[tuple[str, str]]:
    """The months for a field: value and words, in the reader's calendar."""
    names, era = get_month_names("wide", locale=language()), BUDDHIST_YEARS * (language() == "th")
    return [(month.isoformat(), f"{names[month.month]} {month.year + era}") for month in months]


def _province(typed: str | None, own: str) -> str:
    if typed is None:
        return own
    return typed if typed.isascii() and typed.isdecimal() and len(typed) == 2 else ""
