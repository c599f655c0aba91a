"""A household's own book on the phone; for coordinators, sums over five books or more."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading
from market.errors import MarketError
from market.livelihood.commands import end_book, link_household
from market.livelihood.queries import area_sums, books_kept, own_books
from market.livelihood.rules import LEAST_HOUSEHOLDS
from market.livelihood.words import GROUPS, category_name
from market.web import allow, carry_out, page, principal, see_other, sentence, status_of

bp = Blueprint("livelihood", __name__)
BLUEPRINTS = (bp,)


@bp.get("/household")
@allow("books.own")
def own() -> Response:
    """One's own household's book: what came in, what went out, what is left."""
    return _own()


def _own(refusal: MarketError | None = None) -> Response:
    with reading() as session:
        books = own_books(session, principal().user_id or 0)
    most = max(
        (max(m.income_satang, m.spending_satang) for book in books for m in book.months), default=0
    )
    return page(
        "livelihood/own.html", books=books, most=most, groups=GROUPS, category_name=category_name,
        error=sentence(refusal), status=status_of(refusal),
    )  # fmt: skip


@bp.post("/household/<int:household_id>/link")
@allow("books.own")
def link(household_id: int) -> Response:
    """This book is ours."""
    user_id = principal().user_id or 0

    def act(session: Any) -> str:
        link_household(session, household_id, user_id, now=utc_now())
        return str(_("This is your household's book. Only you see it."))

    return carry_out(act, then=see_other("livelihood.own"), again=_own)


@bp.post("/household/<int:household_id>/end")
@allow("books.own")
def end(household_id: int) -> Response:
    """The household takes its consent back; everything goes."""
    user_id = principal().user_id or 0

    def act(session: Any) -> str:
        end_book(session, household_id, user_id, now=utc_now())
        return str(_("Your book was deleted. Nothing is kept of it any more."))

    return carry_out(act, then=see_other("livelihood.own"), again=_own)


@bp.get("/livelihood")
@allow("books.sums")
def sums() -> Response:
    """What is left to households, by tambon and month; never of fewer than five."""
    areas = principal().areas()
    with reading() as session:
        found = area_sums(session, areas)
        kept = books_kept(session, areas)
    most = max((max(s.income_satang, s.spending_satang) for s in found), default=0)
    return page("livelihood/sums.html", sums=found, kept=kept, most=most, least=LEAST_HOUSEHOLDS)
