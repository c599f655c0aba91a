"""What the storefront reads from an address: cleaned, limited, refused where it makes no sense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from werkzeug.datastructures import Headers

from market import thai
from market.errors import Refused
from market.overviews.shop.facets import SORTS
from market.overviews.shop.rows import Wanted

QUERY_LIMIT = 100  # characters in the search field
_KEY_LIMIT = 40
_LAST_PAGE = 10_000
_DEAREST_BAHT = 1_000_000
_MACHINE = re.compile(r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|curl|wget|python")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def wanted_from(args: Mapping[str, str]) -> Wanted:
    """The filters of the list of goods. Raises Refused for what cannot be read."""
    low, high = sorted_prices(args)
    return Wanted(
        words=search_words(args.get("q", "")),
        category=key_of(args, "category"),
        province=key_of(args, "province"),
        paper=key_of(args, "paper"),
        storage=key_of(args, "storage"),
        way=key_of(args, "way"),
        in_season=args.get("season") == "now",
        low_satang=low,
        high_satang=high,
        ready_by=day_of(args, "ready"),
        open_only=args.get("open") == "now",
        round_id=round_of(args),
        sort=args["sort"] if args.get("sort") in SORTS else "",
        near=near_of(args.get("near", "")),
        page=page_of(args),
    )


def sorted_prices(args: Mapping[str, str]) -> tuple[int | None, int | None]:
    """The lowest and highest price wanted, satang; the wrong way round they are swapped."""
    low, high = (_baht_of(args, name) for name in ("from", "to"))
    if low is not None and high is not None and low > high:
        low, high = high, low
    # From 51 baht is all that costs more than 50: no price falls between two bands.
    return (low * 100 - 99 if low else None), (None if high is None else high * 100)


def _baht_of(args: Mapping[str, str], name: str) -> int | None:
    typed = args.get(name, "").strip()
    return thai.whole_number(typed, low=0, high=_DEAREST_BAHT) if typed else None


def day_of(args: Mapping[str, str], name: str) -> date | None:
    """A day as an address has it, None for any. Raises Refused."""
    typed = args.get(name, "").strip()
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Refused("day_unreadable") from None


def near_of(typed: str) -> str:
    """The code of a province or tambon; anything else is nowhere."""
    return typed if re.fullmatch(r"[0-9]{2}([0-9]{4})?", typed) else ""


def search_words(typed: str) -> str:
    """What was typed, without what nobody can see. Raises Refused above the limit."""
    words = thai.normalise(_CONTROL.sub(" ", typed))
    if len(words) > QUERY_LIMIT:
        raise Refused("search_too_long", limit=QUERY_LIMIT)
    return words


def key_of(args: Mapping[str, str], name: str) -> str:
    """The key of a filter; one that cannot exist is kept short and finds nothing."""
    return code_of(args.get(name, ""))


def code_of(typed: str) -> str:
    """A code from an address, without what the database would choke on."""
    return _CONTROL.sub("", typed)[:_KEY_LIMIT]


def round_of(args: Mapping[str, str]) -> int | None:
    """The id of a round, None for any."""
    typed = args.get("round", "").strip()
    return thai.whole_number(typed, low=1, high=999_999_999) if typed else None


def page_of(args: Mapping[str, str]) -> int:
    """Which page of a list, from 1."""
    return thai.whole_number(args.get("page", "") or "1", low=1, high=_LAST_PAGE)


def by_a_person(headers: Headers) -> bool:
    """Was this page asked for by somebody typing: no robot, no page fetched ahead or anew?"""
    ahead = "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", ""))
    anew = headers.get("X-Narrow") == "1"
    return not (ahead or anew or _MACHINE.search(headers.get("User-Agent", "").lower()))
