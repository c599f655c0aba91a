"""Template filters and globals: numbers, dates and names as the reader expects them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from market import thai
from market.clock import utc_now
from market.money import format_baht
from market.web import language, local_name

NO_BREAK = "\u00a0"
_COUNTED = re.compile(r"(?<=\d) (?=\D)")


def as_date(day: date | datetime) -> str:
    """``พ. 25 พ.ย. 69``"""
    return thai.show_date(day, language())


def as_month(day: date) -> str:
    """``พ.ย. 2569``"""
    return thai.show_month(day, language())


def as_datetime(moment: datetime) -> str:
    """``พ. 25 พ.ย. 69 18:00 น.``, its last word bound to the time."""
    words = thai.show_datetime(moment, language())
    return words.replace(" น.", f"{NO_BREAK}น.")  # never alone on the next line


def as_countdown(moment: datetime, now: datetime | None = None) -> str:
    """Time left in words."""
    return thai.show_time_left(moment - (now or utc_now()), language())


def local(thing: Any, field: str = "name") -> str:
    """``thing.name_th`` or ``thing.name_en``; ``field`` may be another prefix such as unit."""
    value: str = getattr(thing, f"{field}_{language()}")
    return value


def bound(words: str) -> str:
    """Numbers bound to the words that they count: ``1 กก.`` never breaks over two lines."""
    return _COUNTED.sub(NO_BREAK, words) if words else words


def date_on_page(day: date | datetime) -> str:
    """``as_date`` for templates: never broken over two lines."""
    return as_date(day).replace(" ", NO_BREAK)


def datetime_on_page(moment: datetime) -> str:
    """``as_datetime`` for templates: broken between the day and the hour alone."""
    return f"{date_on_page(moment)}{as_datetime(moment)[len(as_date(moment)) :]}"


def local_on_page(thing: Any, field: str = "name") -> str:
    """``local`` for templates, with bound numbers."""
    return bound(local(thing, field))


def per(unit: str) -> str:
    """`` / ถุง`` behind a price, on the same line; no space is needed between them."""
    return f"{NO_BREAK}/{NO_BREAK}{unit}"


FILTERS: dict[str, Callable[..., str]] = {
    "as_money": format_baht,
    "as_date": date_on_page,
    "as_datetime": datetime_on_page,
    "as_month": as_month,
    "as_countdown": as_countdown,
    "as_phone": thai.show_phone,
    "bound": bound,
    "local": local_on_page,
    "local_name": local_name,
    "per": per,
}
GLOBALS: dict[str, Callable[..., Any]] = {"utc_now": utc_now}
