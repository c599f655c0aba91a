"""The calendar's page."""

from __future__ import annotations

from collections.abc import Collection

from babel.dates import get_month_names
from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import bangkok_date, utc_now
from market.db import browsing
from market.overviews.calendar.queries import kinds, next_rounds, seasons
from market.overviews.calendar.rules import runs
from market.overviews.shop.forms import key_of, page_of
from market.overviews.shop.public import public_page
from market.web import allow, language

bp = Blueprint("calendar", __name__)


@bp.get("/calendar")
@allow("market.see")
def show() -> Response:
    """What is made when, and the rounds that come next."""
    now, category = utc_now(), key_of(request.args, "category")
    with browsing() as session:
        season = seasons(session, category, page_of(request.args), now)
        rounds = next_rounds(session, now)
        choices = kinds(session)
    return public_page(
        "calendar/show.html", season=season, rounds=rounds, kinds=choices, category=category,
        months=_month_names("abbreviated"), this_month=bangkok_date(now).month,
        month_name=_month_names("wide")[bangkok_date(now).month - 1], in_words=in_words,
    )  # fmt: skip


def in_words(months: Collection[int]) -> str:
    """``พ.ค. ถึง ก.ค.`` for readers; runs go over the end of the year."""
    names = _month_names("abbreviated")
    return ", ".join(
        names[first - 1]
        if first == last
        else str(_("%(first)s to %(last)s", first=names[first - 1], last=names[last - 1]))
        for first, last in runs(months)
    )


def _month_names(width: str) -> tuple[str, ...]:
    names = get_month_names(width, locale=language())  # type: ignore[arg-type]
    return tuple(names[month] for month in range(1, 13))
