"""Photos as everybody gets them, and the pages on which a group sends and describes its own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.catalogue.photos import commands, queries
from market.catalogue.photos.forms import (
    typed_about,
    typed_name,
    typed_people,
    typed_photo,
    typed_words,
)
from market.catalogue.photos.rules import LEAST_ALT, MOST_ALT, MOST_CAPTION, MOST_PHOTOS, Question
from market.catalogue.photos.sizes import read_photo
from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError, NotFound
from market.limits import limiter
from market.web import (
    allow,
    file_store,
    most_bytes,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("photos", __name__)
MOST_BYTES = 20 * 1024 * 1024  # a phone's largest
WEEK_SECONDS = 604_800
RATE = "60 per hour"
#: A hidden photo leaves every cache within a week; its address never means another one.
KEEP = f"public, max-age={WEEK_SECONDS}, immutable"


@bp.get("/photos/<name>")
@allow("market.see")
def file(name: str) -> Response:
    """A width of a photo that is shown; of any other it is not told that it exists."""
    with reading() as session:
        sha256, kind, data = queries.public_file(session, file_store(), *typed_name(name))
    return _answer(sha256, kind, data, KEEP)


@bp.get("/group/<int:group_id>/photos/<int:photo_id>/picture")
@allow("photo.edit", queries.photo_thing)
def own_file(group_id: int, photo_id: int) -> Response:
    """A group's photo for the group, shown or not."""
    with reading() as session:
        sha256, kind, data = queries.own_file(session, file_store(), group_id, photo_id)
    return _answer(sha256, kind, data, "private, no-cache")


def _answer(sha256: str, kind: str, data: bytes, keep: str) -> Response:
    answer = Response(data, mimetype=kind)
    answer.set_etag(sha256)
    answer.headers["Cache-Control"] = keep
    answer.make_conditional(request)
    return answer


@bp.get("/group/<int:group_id>/photos")
@allow("photo.edit", queries.group_thing)
def index(group_id: int) -> Response:
    """A group's photos in their order, with what is still to be said about each."""
    with reading() as session:
        photos = queries.own_photos(session, group_id)
    return page(
        "photos/index.html",
        group_id=group_id,
        drafts=[photo for photo in photos if photo.question],
        ready=[photo for photo in photos if not photo.question],
        full=len(photos) >= MOST_PHOTOS,
        most=MOST_PHOTOS,
    )


@bp.get("/group/<int:group_id>/photos/new")
@allow("photo.edit", queries.group_thing)
def new(group_id: int) -> Response:
    """Choose or take a photo."""
    return _new(group_id)


@bp.post("/group/<int:group_id>/photos/new")
@most_bytes(MOST_BYTES)
@limiter.limit(RATE)
@allow("photo.edit", queries.group_thing)
def send(group_id: int) -> Response:
    """Check it, draw its widths and keep them. Nobody else sees it yet."""
    try:
        read = read_photo(typed_photo(request.files.get("photo")))
        with transaction() as session:
            photo_id = commands.add_photo(session, file_store(), group_id, read, **_who())
    except NotFound:
        raise
    except MarketError as refusal:
        return _new(group_id, refusal)
    return _next(group_id, photo_id)


def _new(group_id: int, refusal: MarketError | None = None) -> Response:
    return page(
        "photos/new.html",
        group_id=group_id,
        megabytes=MOST_BYTES // 1024 // 1024,
        error=sentence(refusal),
        status=status_of(refusal),
    )


@bp.get("/group/<int:group_id>/photos/<int:photo_id>/<question>")
@allow("photo.edit", queries.photo_thing)
def ask(group_id: int, photo_id: int, question: str) -> Response:
    """One question about a photo."""
    return _ask(group_id, photo_id, question)


@bp.post("/group/<int:group_id>/photos/<int:photo_id>/<question>")
@allow("photo.edit", queries.photo_thing)
def answer(group_id: int, photo_id: int, question: str) -> Response:
    """Its answer; then the next question, or the photo is shown."""
    if question not in _SAY:
        raise NotFound("not_found", what="question")
    try:
        with transaction() as session:
            _SAY[Question(question)](session, photo_id)
    except NotFound:
        raise
    except MarketError as refusal:
        return _ask(group_id, photo_id, question, refusal)
    return _next(group_id, photo_id)


def _say_about(session: Any, photo_id: int) -> None:
    commands.say_about(session, photo_id, *typed_about(request.form), **_who())


def _say_words(session: Any, photo_id: int) -> None:
    commands.say_words(session, photo_id, typed_words(request.form), **_who())


def _say_people(session: Any, photo_id: int) -> None:
    commands.say_people(session, photo_id, *typed_people(request.form), **_who())
    commands.show_photo(session, photo_id, **_who())


_SAY = {
    Question.ABOUT: _say_about,
    Question.WORDS: _say_words,
    Question.PEOPLE: _say_people,
}


def _ask(
    group_id: int, photo_id: int, question: str, refusal: MarketError | None = None
) -> Response:
    if question not in _SAY:
        raise NotFound("not_found", what="question")
    with reading() as session:
        photo = queries.own_photo(session, group_id, photo_id)
        goods = queries.goods_of(session, group_id) if question == Question.ABOUT else ()
    return page(
        f"photos/{Question(question)}.html",
        group_id=group_id,
        photo=photo,
        goods=goods,
        typed=request.form if refusal else None,
        least_alt=LEAST_ALT,
        most_alt=MOST_ALT,
        most_caption=MOST_CAPTION,
        error=sentence(refusal),
        status=status_of(refusal),
    )


def _next(group_id: int, photo_id: int) -> Response:
    """To the first question without an answer, or back to all photos."""
    with reading() as session:
        photo = queries.own_photo(session, group_id, photo_id)
    if photo.question:
        return see_other(
            "photos.ask", group_id=group_id, photo_id=photo_id, question=photo.question.value
        )
    say(_("Saved. Everybody can see this photo now.") if photo.is_shown else _("Saved."))
    return see_other("photos.index", group_id=group_id)


@bp.post("/group/<int:group_id>/photos/<int:photo_id>/show")
@allow("photo.edit", queries.photo_thing)
def show(group_id: int, photo_id: int) -> Response:
    """Everybody may see it again."""
    with transaction() as session:
        commands.show_photo(session, photo_id, **_who())
    say(_("Everybody can see this photo now."))
    return see_other("photos.index", group_id=group_id)


@bp.post("/group/<int:group_id>/photos/<int:photo_id>/hide")
@allow("photo.edit", queries.photo_thing)
def hide(group_id: int, photo_id: int) -> Response:
    """Nobody else sees it any longer."""
    with transaction() as session:
        commands.hide_photo(session, photo_id, **_who())
    say(_("Hidden. Only the group sees this photo now."))
    return see_other("photos.index", group_id=group_id)


@bp.post("/group/<int:group_id>/photos/<int:photo_id>/remove")
@allow("photo.edit", queries.photo_thing)
def remove(group_id: int, photo_id: int) -> Response:
    """A hidden photo goes for good."""
    with transaction() as session:
        commands.remove_photo(session, photo_id, **_who())
    say(_("Removed."))
    return see_other("photos.index", group_id=group_id)


@bp.post("/group/<int:group_id>/photos/<int:photo_id>/move")
@allow("photo.edit", queries.photo_thing)
def move(group_id: int, photo_id: int) -> Response:
    """One place to the front or to the end."""
    first = request.form.get("to") == "front"
    with transaction() as session:
        commands.move_photo(session, photo_id, first=first)
    return see_other("photos.index", group_id=group_id, _anchor=f"photo-{photo_id}")


def _who() -> dict[str, Any]:
    return {"actor": principal().actor(), "now": utc_now()}
