"""What anybody sees and may do: pictures of reviews, and reporting a review."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import browsing, reading, transaction
from market.errors import MarketError, NotFound
from market.files import read_file
from market.intake import row_number
from market.limits import limiter
from market.voices import commands, queries
from market.voices.buyer.views import bp as said_bp
from market.voices.desk.views import bp as heard_bp
from market.voices.forms import typed_words
from market.voices.rules import MOST_NOTE
from market.web import allow, can, file_store, page, principal, say, see_other, sentence, status_of

bp = Blueprint("voices", __name__)
BLUEPRINTS = (bp, said_bp, heard_bp)
PAGE, MOST_PAGES = 20, 10_000


@bp.get("/goods/<code>/reviews")
@allow("market.see")
def of_product(code: str) -> Response:
    """All that receivers say about a product."""
    with browsing() as session:
        about = queries.find_reviewed(session, "product", code)
        found = queries.reviews_of_product(session, about.id, PAGE, _page_number())
    return _all("product", about, found, f"/goods/{code}")


@bp.get("/groups/<code>/reviews")
@allow("market.see")
def of_group(code: str) -> Response:
    """All that receivers say about a group's goods."""
    with browsing() as session:
        about = queries.find_reviewed(session, "group", code)
        found = queries.reviews_of_group(session, about.id, PAGE, _page_number())
    return _all("group", about, found, f"/groups/{code}")


def _page_number() -> int:
    return min(request.args.get("page", 1, row_number), MOST_PAGES)


def _all(kind: str, about: queries.Named, found: queries.ReviewsPage, back_url: str) -> Response:
    return page(
        "voices/all.html", kind=kind, about=about, found=found, back_url=back_url,
        here=request.path,
    )  # fmt: skip


@bp.get("/reviews/photos/<int:photo_id>")
@allow("market.see")
def photo(photo_id: int) -> Response:
    """A picture of a review that is shown."""
    with reading() as session:
        kind, data = read_file(session, file_store(), queries.review_picture(session, photo_id))
    return _picture(kind, data, "public, max-age=3600")


@bp.get("/thanks/<int:thanks_id>/picture")
@allow("market.see")
def thanks_picture(thanks_id: int) -> Response:
    """A thank-you's picture: for everybody with the sender's consent, else for the two of them."""
    with reading() as session:
        thing = queries.thanks_thing(session, thanks_id)
        for_all = queries.is_public_thanks(session, thanks_id)
        if not for_all and not can("thanks.see", **vars(thing)):
            raise NotFound("not_found", what="file")
        kind, data = read_file(session, file_store(), queries.thanks_picture(session, thanks_id))
    return _picture(kind, data, "private, max-age=3600")


@bp.get("/reviews/<int:review_id>/report")
@allow("voice.report")
def report(review_id: int) -> Response:
    """Why should this review not stand?"""
    return _report(review_id)


@bp.post("/reviews/<int:review_id>/report")
@limiter.limit("10 per hour")
@allow("voice.report")
def send_report(review_id: int) -> Response:
    """A coordinator will look at it."""
    try:
        with transaction() as session:
            commands.report_review(
                session, review_id, typed_words("words"), actor=principal().actor(), now=utc_now()
            )
    except NotFound:
        raise
    except MarketError as refusal:
        return _report(review_id, refusal)
    say(_("Thank you. A coordinator looks at it."))
    return see_other("voices.report", review_id=review_id)


def _report(review_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        review = queries.get_review(session, review_id)
    return page(
        "voices/report.html",
        review=review,
        most_words=MOST_NOTE,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )


def _picture(kind: str, data: bytes, cache: str) -> Response:
    answer = Response(data, mimetype=kind)
    answer.headers["Cache-Control"] = cache
    return answer
