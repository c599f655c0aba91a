"""What the storefront reads from an address: cleaned, limited, refused where it makes no sense."""

from __future__ import annotations

import re
from collections.abc import Mapping

from market import thai
from market.errors import Refused
from market.overviews.shop.rows import Wanted

QUERY_LIMIT = 100  # characters in the search field
_KEY_LIMIT = 40
_LAST_PAGE = 10_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def wanted_from(args: Mapping[str, str]) -> Wanted:
    """The filters of the list of goods. Raises Refused for a too long search or a bad number."""
    return Wanted(
        words=search_words(args.get("q", "")),
        category=key_of(args, "category"),
        province=key_of(args, "province"),
        paper=key_of(args, "paper"),
        round_id=round_of(args),
        page=page_of(args),
    )


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
