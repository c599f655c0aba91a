"""Thanks and reviews as the makers hear them; and the coordinators' page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError
from market.intake import row_number
from market.principals import Thing
from market.voices import commands, queries
from market.voices.forms import typed_words
from market.voices.rules import MOST_NOTE, MOST_WORDS
from market.web import allow, can, page, principal, say, see_other, sentence, status_of

bp = Blueprint("heard", __name__)


@bp.record_once
def _count_in_menu(state: BlueprintSetupState) -> None:
    """The work pages' menu says how many reported reviews wait for the asker."""
    state.app.extensions.setdefault("market_waiting", {})["voices"] = _waiting


def _waiting() -> int:
    with reading() as session:
        return queries.count_reported(session, _areas())


def _areas() -> tuple[str, ...]:
    return ("",) if can("voice.hide", area="") else principal().areas()


def heard_thing(session: Any, group_id: int) -> Thing:
    """The group; for the holder of a link also the round that the link is for."""
    thing = queries.group_thing(session, group_id)
    rounds = [link.round_id for link in principal().links if link.group_id == group_id]
    return Thing(area=thing.area, group_id=group_id, round_id=next(iter(rounds), None))


@bp.get("/group/<int:group_id>/voices")
@allow("group.desk", heard_thing)
def group(group_id: int) -> Response:
    """What buyers say to the group, to be read or listened to."""
    return _group(group_id)


@bp.post("/group/<int:group_id>/voices")
@allow("group.desk", heard_thing)
def heard(group_id: int) -> Response:
    """The group has heard its thanks."""
    with transaction() as session:
        commands.mark_heard(session, group_id, now=utc_now())
    return see_other("desk.today", group_id=group_id)


@bp.post("/reviews/<int:review_id>/reply")
@allow("voice.answer", queries.review_thing)
def reply(review_id: int) -> Response:
    """The group answers a review, once."""
    with reading() as session:
        group_id = queries.review_thing(session, review_id).group_id or 0
    try:
        with transaction() as session:
            commands.reply_review(
                session, review_id, typed_words("words"), actor=principal().actor(), now=utc_now()
            )
    except MarketError as refusal:
        return _group(group_id, refusal, review_id)
    say(_("Your answer stands under the review."))
    return see_other("heard.group", group_id=group_id)


def _group(group_id: int, refusal: MarketError | None = None, wrong_id: int = 0) -> Response:
    with reading() as session:
        group = queries.get_group(session, group_id)
        thanks = queries.thanks_to(session, group_id)
        reviews = queries.reviews_of_group(
            session, group_id, page=request.args.get("page", 1, row_number)
        )
        area = queries.group_thing(session, group_id).area
    return page(
        "voices/group.html",
        group=group,
        thanks=thanks,
        reviews=reviews,
        area=area,
        may_answer=can("voice.answer", group_id=group_id, area=area),
        most_words=MOST_WORDS,
        typed=request.form if refusal else {},
        wrong_id=wrong_id,
        error=sentence(refusal),
        status=status_of(refusal),
    )


@bp.get("/voices")
@allow("voice.list")
def desk() -> Response:
    """Reviews of the groups of one's area, the reported ones first."""
    return _desk()


@bp.post("/reviews/<int:review_id>/look")
@allow("voice.hide", queries.review_thing)
def look(review_id: int) -> Response:
    """A coordinator hides a review, lets it stand, or shows it again; with a reason."""
    acts: dict[str, Callable[..., None]] = {
        "hide": commands.hide_review, "show": commands.show_review, "keep": commands.keep_review,
    }  # fmt: skip
    act = acts.get(request.form.get("decision", ""), commands.keep_review)
    try:
        with transaction() as session:
            act(session, review_id, typed_words("reason"), actor=principal().actor(), now=utc_now())
    except MarketError as refusal:
        return _desk(refusal, review_id)
    ring(SEND_NOTICES)
    say(_("Done. It stands in the record."))
    return see_other("heard.desk")


@bp.post("/thanks/<int:thanks_id>/hide")
@allow("voice.hide", queries.thanks_thing)
def hide_thanks(thanks_id: int) -> Response:
    """A coordinator takes a note away that should not stand."""
    with reading() as session:
        group_id = queries.thanks_thing(session, thanks_id).group_id or 0
    try:
        with transaction() as session:
            commands.hide_thanks(
                session, thanks_id, typed_words("reason"), actor=principal().actor(), now=utc_now()
            )
    except MarketError as refusal:
        return _group(group_id, refusal)
    say(_("Done. It stands in the record."))
    return see_other("heard.group", group_id=group_id)


def _desk(refusal: MarketError | None = None, wrong_id: int = 0) -> Response:
    with reading() as session:
        reviews = queries.reviews_to_watch(session, _areas())
    return page(
        "voices/desk.html",
        reviews=reviews,
        most_words=MOST_NOTE,
        typed=request.form if refusal else {},
        wrong_id=wrong_id,
        error=sentence(refusal),
        status=status_of(refusal),
    )
