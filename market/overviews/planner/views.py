"""The page of the marketing desk's calendar."""

from __future__ import annotations

from datetime import date

from babel.dates import get_month_names
from flask import Blueprint, Response, request

from market.clock import bangkok_date, utc_now
from market.db import reading
from market.overviews.planner.queries import read_plan
from market.overviews.planner.rules import Month, laid, months_from, shifted
from market.rounds.forms import YEARS
from market.web import allow, language, page

bp = Blueprint("planner", __name__)
MONTHS = 3
BUDDHIST_ERA = 543


@bp.get("/rounds/calendar")
@allow("round.see")
def show() -> Response:
    """Three months: rounds from opening to delivery, campaigns, days off, seasons."""
    today = bangkok_date(utc_now())
    first = _first(request.args.get("from", ""), today)
    months = months_from(first, MONTHS)
    with reading() as session:
        plan = read_plan(session, first, months[-1].last)
    return page(
        "planner/show.html", months=months, plan=plan, today=today, laid=laid,
        month_name=month_name, before=_key(shifted(first, -MONTHS)),
        after=_key(shifted(first, MONTHS)), tuple=tuple, now=_key(today), here=_key(first),
    )  # fmt: skip


def month_name(month: Month) -> str:
    """``ธันวาคม 2569``."""
    lang = language()
    year = month.first.year + (BUDDHIST_ERA if lang == "th" else 0)
    names = get_month_names("wide", "stand-alone", locale=lang)
    return f"{names[month.first.month]} {year}"


def _key(day: date) -> str:
    return day.strftime("%Y-%m")


def _first(typed: str, today: date) -> date:
    try:
        first = date.fromisoformat(f"{typed[:7]}-01")
    except ValueError:
        return today.replace(day=1)
    return first if first.year in YEARS[1:-1] else today.replace(day=1)
