"""The page where the market edits what people call things."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.catalogue.synonyms.commands import add_synonym, remove_synonym
from market.catalogue.synonyms.queries import list_synonyms
from market.clock import utc_now
from market.db import reading, transaction
from market.errors import Refused
from market.web import allow, national, page, principal, say, see_other, sentence

bp = Blueprint("synonyms", __name__)
LONGEST_TYPED = 80


@bp.get("/market/synonyms")
@allow("synonym.edit", national)
def index() -> Response:
    """Every pair in use, and a form for another."""
    return _list(words=request.args.get("q", "")[:LONGEST_TYPED])


@bp.post("/market/synonyms")
@allow("synonym.edit", national)
def add() -> Response:
    """One more pair; searches know it at once."""
    said, means = _typed("said"), _typed("means")
    try:
        with transaction() as session:
            new = add_synonym(session, said, means, actor=principal().actor(), now=utc_now())
    except Refused as refusal:
        return _list(said=said, means=means, wrong=sentence(refusal), status=422)
    say(_("Who types %(said)s now finds it.", said=said) if new else _("We knew that already."))
    return see_other("synonyms.index")


@bp.post("/market/synonyms/remove")
@allow("synonym.edit", national)
def remove() -> Response:
    """Take a pair off the list; a second press finds nothing to do."""
    with transaction() as session:
        removed = remove_synonym(
            session, _typed("said"), _typed("means"), actor=principal().actor(), now=utc_now()
        )
    say(_("Taken off the list.") if removed else _("It was taken off before."))
    return see_other("synonyms.index")


def _list(*, status: int = 200, words: str = "", **shown: str) -> Response:
    with reading() as session:
        pairs = list_synonyms(session, words)
    return page("catalogue/synonyms.html", status=status, pairs=pairs, words=words, **shown)


def _typed(name: str) -> str:
    return request.form.get(name, "")[:LONGEST_TYPED].replace("\0", "")
