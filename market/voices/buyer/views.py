"""A buyer's pages after the goods came: reviews, thanks, and no more invitations."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.accounts.own.consents import give_consent
from market.accounts.own.rules import ConsentKind
from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError
from market.limits import limiter
from market.orders.queries import order_thing
from market.payments.forms import typed_id
from market.pictures import MAX_BYTES
from market.voices import commands, queries
from market.voices.forms import keep_all, sent_pictures, typed_flag, typed_score, typed_words
from market.voices.rules import MOST_NOTE, MOST_PHOTOS, MOST_WORDS
from market.web import allow, most_bytes, page, principal, say, see_other, sentence, status_of

bp = Blueprint("said", __name__)
RATE = "60 per hour"


@bp.get("/orders/<number>/reviews")
@allow("voice.say", order_thing)
def reviews(number: str) -> Response:
    """What the buyer received, and what they say about it."""
    return _reviews(number)


@bp.post("/orders/<number>/reviews")
@limiter.limit(RATE)
@most_bytes((MOST_PHOTOS + 1) * MAX_BYTES)
@allow("voice.say", order_thing)
def write(number: str) -> Response:
    """The buyer says how the goods of a line were, or thinks again."""
    try:
        is_new = _write(number)
    except MarketError as refusal:
        return _reviews(number, refusal)
    say(_("Thank you. Others can read it now.") if is_new else _("Your review is changed."))
    return see_other("said.reviews", number=number)


def _write(number: str) -> bool:
    now, pictures = utc_now(), sent_pictures("photos")
    with transaction() as session:
        review = commands.NewReview(
            line_id=typed_id(request.form.get("line_id")),
            score=typed_score(),
            words=typed_words("words"),
            show_name=typed_flag("show_name"),
            photos=keep_all(session, pictures, owner=f"order:{number}", now=now),
        )
        if review.show_name:
            give_consent(session, ConsentKind.REVIEW_NAME, principal().user_id, now=now)
        return commands.write_review(session, number, review, actor=principal().actor(), now=now)


def _reviews(number: str, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        goods = queries.goods_of(session, number)
    return page(
        "voices/reviews.html",
        number=number,
        goods=goods,
        now=utc_now(),
        most_words=MOST_WORDS,
        most_photos=MOST_PHOTOS,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )


@bp.get("/orders/<number>/thanks")
@allow("voice.say", order_thing)
def thanks(number: str) -> Response:
    """Who made it, and a note to them."""
    return _thanks(number)


@bp.post("/orders/<number>/thanks")
@limiter.limit(RATE)
@most_bytes(2 * MAX_BYTES)
@allow("voice.say", order_thing)
def send(number: str) -> Response:
    """The buyer thanks a group."""
    try:
        is_new = _send(number)
    except MarketError as refusal:
        return _thanks(number, refusal)
    say(_("Sent. The makers hear it.") if is_new else _("You have thanked this group already."))
    return see_other("said.thanks", number=number)


def _send(number: str) -> bool:
    now, pictures = utc_now(), sent_pictures("picture")
    with transaction() as session:
        kept = keep_all(session, pictures[:1], owner=f"order:{number}", now=now)
        note = commands.NewThanks(
            group_id=typed_id(request.form.get("group_id")),
            words=typed_words("words"),
            file_hash=kept[0].file_hash if kept else None,
            is_public=typed_flag("is_public"),
            show_name=typed_flag("show_name"),
        )
        if note.show_name:
            give_consent(session, ConsentKind.REVIEW_NAME, principal().user_id, now=now)
        return commands.send_thanks(session, number, note, actor=principal().actor(), now=now)


def _thanks(number: str, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        makers = queries.makers_of(session, number)
    return page(
        "voices/thanks.html",
        number=number,
        makers=makers,
        most_words=MOST_NOTE,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )


@bp.post("/orders/<number>/reviews/no-more")
@allow("voice.say", order_thing)
def no_more(number: str) -> Response:
    """The buyer does not want to be asked for reviews."""
    with transaction() as session:
        thing = order_thing(session, number)
        commands.stop_inviting(session, thing.buyer_id or 0, now=utc_now())
    say(_("We will not ask you for reviews any more."))
    return see_other("said.reviews", number=number)
