"""Pages that are the same for everybody, made once and shared."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from flask import Response, make_response, render_template, request, session

from market.overviews.shop.cards import cards_markup
from market.overviews.shop.words import ALLERGENS, CERTIFICATES, LEGAL_FORMS, STORAGE
from market.stories.words import CAPITALS
from market.web import language, principal

WORDS: dict[str, Any] = {
    "storage_words": STORAGE,
    "allergen_words": ALLERGENS,
    "certificate_words": CERTIFICATES,
    "legal_form_words": LEGAL_FORMS,
    "capital_words": CAPITALS,
}


def public_page(template: str, **shown: Hashable) -> Response:
    """A page that holds nothing of the asker's: strangers share it while it shows the same.

    Without a form token the bytes depend on ``shown`` alone, so the browser may keep them
    as well. For people we know, the frame around the page may differ: it is made anew.
    """
    who = principal()
    known = who.signed_in or who.rights or who.links or session.get("_flashes")
    make = _page.__wrapped__ if known else _page
    response = make_response(
        make(template, language(), session.get("cart_count", 0), tuple(shown.items()))
    )
    response.add_etag()
    response.make_conditional(request)
    return response


@lru_cache(maxsize=128)
def _page(
    template: str, _language: str, _in_cart: int, shown: tuple[tuple[str, Hashable], ...]
) -> bytes:
    """The bytes of a page; the key has all that they depend on."""
    return render_template(
        template, public_page=True, cards_of=cards_markup, **WORDS, **dict(shown)
    ).encode()
