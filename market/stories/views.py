"""Where a group writes its pages: one question a screen, a look at it, then it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import gettext as _

from market.catalogue.words import CERTIFICATES
from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.errors import MarketError, NotFound
from market.stories import asking, commands, desk_queries
from market.stories.asking_views import bp as asking_bp
from market.stories.richtext import shown, summary, to_html
from market.stories.rules import KINDS, Kind, kind_of, paper_values, typed_form, values_of
from market.stories.words import ASK_WORDS, CAPITALS, CHOICES, KIND_WORDS
from market.web import allow, can, page, principal, say, see_other, sentence, status_of

bp = Blueprint("stories", __name__)
BLUEPRINTS = (bp, asking_bp)
_WORDS: dict[str, Any] = {
    "kind_words": KIND_WORDS, "ask_words": ASK_WORDS, "choice_words": CHOICES,
    "capital_words": CAPITALS, "certificate_words": CERTIFICATES,
}  # fmt: skip
_ACTS: dict[str, Callable[..., None]] = {
    "publish": commands.publish_item, "hide": commands.hide_item, "remove": commands.remove_item,
    "withdraw": commands.withdraw_consent, "up": commands.raise_step,
}  # fmt: skip


def init_app(app: Flask) -> None:
    """What templates need to show stored text."""
    app.jinja_env.filters.update(safe_html=shown, summary=summary)


@bp.get("/group/<int:group_id>/page")
@allow("story.edit", desk_queries.telling_thing)
def hub(group_id: int) -> Response:
    """Everything a group tells, and what waits for it."""
    with reading() as session:
        desk = desk_queries.telling_desk(session, group_id)
    return page("stories/hub.html", desk=desk, kinds=tuple(KINDS), **_WORDS)


@bp.get("/group/<int:group_id>/page/<kind>")
@allow("story.edit", desk_queries.telling_thing)
def items(group_id: int, kind: str) -> Response:
    """What a group told of one kind; the story, of which there is one, itself."""
    asked = kind_of(kind)
    with reading() as session:
        group = desk_queries.telling_group(session, group_id)
        found = desk_queries.items_of(session, asked, group_id)
        own = desk_queries.own_things(session, group_id)
    if asked.single:
        item_id = found[0].id if found else 0
        return _next_page(group_id, asked, item_id, None if item_id else asked.asks[0].key)
    return page("stories/items.html", group=group, asked=asked, items=found, own=own, **_WORDS)


@bp.get("/group/<int:group_id>/page/<kind>/<int:item_id>")
@allow("story.edit", desk_queries.telling_thing)
def item(group_id: int, kind: str, item_id: int) -> Response:
    """One thing as readers would see it, and the way to change, show or hide it."""
    return _item_page(group_id, kind_of(kind), item_id)


@bp.route("/group/<int:group_id>/page/<kind>/<int:item_id>/<ask>", methods=["GET", "POST"])
@allow("story.edit", desk_queries.telling_thing)
def ask(group_id: int, kind: str, item_id: int, ask: str) -> Response:
    """One question on its screen; answered, the next one."""
    asked = kind_of(kind)
    question = asked.ask(ask)
    if request.method == "GET":
        return _ask_page(group_id, asked, item_id, ask)
    try:
        with transaction() as session:
            own = desk_queries.own_things(session, group_id)
            item_id = commands.save_item(
                session, asked, group_id, item_id, values_of(question, request.form, own.ids),
                actor=principal().actor(), now=utc_now(),
            )  # fmt: skip
    except NotFound:
        raise
    except MarketError as refusal:
        return _ask_page(group_id, asked, item_id, ask, refusal)
    onwards = asked.after(ask) if "then" not in request.form else None
    return _next_page(group_id, asked, item_id, onwards)


@bp.post("/group/<int:group_id>/page/<kind>/<int:item_id>")
@allow("story.edit", desk_queries.telling_thing)
def act(group_id: int, kind: str, item_id: int) -> Response:
    """Show, hide, remove, move up, or take a consent back."""
    asked, name = kind_of(kind), request.form.get("act", "")
    if name not in _ACTS:
        raise NotFound("not_found", what="act")
    try:
        with transaction() as session:
            _ACTS[name](session, asked, group_id, item_id, actor=principal().actor(), now=utc_now())
    except NotFound:
        raise
    except MarketError as refusal:
        return _item_page(group_id, asked, item_id, refusal)
    say(_done(name))
    if name in ("remove", "up") or not asked.single:
        return see_other("stories.items", group_id=group_id, kind=kind)
    return see_other("stories.hub", group_id=group_id)


@bp.get("/group/<int:group_id>/questions")
@allow("story.edit", desk_queries.telling_thing)
def questions(group_id: int) -> Response:
    """What people asked the group."""
    return _questions_page(group_id)


@bp.post("/questions/<int:question_id>/answer")
@allow("story.edit", desk_queries.question_thing)
def answer(question_id: int) -> Response:
    """Answer a question; from then on everybody sees both."""
    words = request.form.get("answer", "")
    return _about(
        question_id, _("Answered. The question is on your page now."),
        lambda session: asking.answer_question(
            session, question_id, words, actor=principal().actor(), now=utc_now()
        ),
    )  # fmt: skip


@bp.post("/questions/<int:question_id>/hide")
@allow("story.check", desk_queries.question_thing)
def hide(question_id: int) -> Response:
    """A coordinator takes a question away, with a reason."""
    reason = request.form.get("reason", "")
    return _about(
        question_id, _("Taken away."),
        lambda session: asking.hide_question(
            session, question_id, reason, actor=principal().actor(), now=utc_now()
        ),
    )  # fmt: skip


@bp.post("/questions/<int:question_id>/keep")
@allow("story.check", desk_queries.question_thing)
def keep(question_id: int) -> Response:
    """A coordinator looked at a report and leaves the question where it is."""
    return _about(
        question_id, _("It stays."),
        lambda session: asking.keep_question(
            session, question_id, actor=principal().actor(), now=utc_now()
        ),
    )  # fmt: skip


@bp.get("/group/<int:group_id>/papers")
@allow("story.edit", desk_queries.telling_thing)
def papers(group_id: int) -> Response:
    """The papers that the group's goods hold."""
    return _papers_page(group_id)


@bp.post("/group/<int:group_id>/papers/<int:paper_id>")
@allow("story.check", desk_queries.telling_thing)
def check(group_id: int, paper_id: int) -> Response:
    """A coordinator compared what is typed with the paper itself."""
    try:
        with transaction() as session:
            now = utc_now()
            commands.check_paper(
                session, group_id, paper_id, paper_values(request.form, bangkok_date(now)),
                actor=principal().actor(), checker=principal().name, now=now,
            )  # fmt: skip
    except NotFound:
        raise
    except MarketError as refusal:
        return _papers_page(group_id, refusal, paper_id)
    say(_("Checked. Buyers see it now."))
    return see_other("stories.papers", group_id=group_id)


def _about(question_id: int, done: str, act: Callable[[Any], None]) -> Response:
    """Do something to a question, then show the group's questions again."""
    with reading() as session:
        group_id = desk_queries.question_thing(session, question_id).group_id or 0
    try:
        with transaction() as session:
            act(session)
    except MarketError as refusal:
        return _questions_page(group_id, refusal, question_id)
    say(done)
    return see_other("stories.questions", group_id=group_id)


def _next_page(group_id: int, kind: Kind, item_id: int, ask: str | None) -> Response:
    where = {"group_id": group_id, "kind": kind.key, "item_id": item_id}
    if ask is None:
        return see_other("stories.item", **where)
    return see_other("stories.ask", ask=ask, **where)


def _item_page(
    group_id: int, kind: Kind, item_id: int, refusal: MarketError | None = None
) -> Response:
    with reading() as session:
        group = desk_queries.telling_group(session, group_id)
        found = desk_queries.get_item(session, kind, group_id, item_id)
        own = desk_queries.own_things(session, group_id)
    rich = {
        lang: shown(to_html(found.values.get(f"source_{lang}", ""))) if kind.rich else ""
        for lang in ("th", "en")
    }
    return _answered(
        "stories/item.html", refusal, group=group, asked=kind, item=found, own=own, rich=rich,
    )  # fmt: skip


def _ask_page(
    group_id: int, kind: Kind, item_id: int, ask: str, refusal: MarketError | None = None
) -> Response:
    with reading() as session:
        group = desk_queries.telling_group(session, group_id)
        found = desk_queries.get_item(session, kind, group_id, item_id)
        own = desk_queries.own_things(session, group_id)
    question = kind.ask(ask)
    back = (
        url_for("stories.item", group_id=group_id, kind=kind.key, item_id=item_id)
        if item_id
        else url_for("stories.items", group_id=group_id, kind=kind.key)
        if not kind.single
        else url_for("stories.hub", group_id=group_id)
    )
    return _answered(
        "stories/ask.html", refusal, group=group, asked=kind, item=found, own=own, ask=question,
        back_url=back, typed=request.form if refusal else found.values,
        number=[other.key for other in kind.asks].index(ask) + 1,
    )  # fmt: skip


def _questions_page(
    group_id: int, refusal: MarketError | None = None, wrong_id: int = 0
) -> Response:
    with reading() as session:
        group = desk_queries.telling_group(session, group_id)
        found = desk_queries.questions_to(session, group_id)
    return _answered(
        "stories/questions.html", refusal, group=group, questions=found, wrong_id=wrong_id,
        typed=request.form if refusal else {},
        may_hide=can("story.check", area=group.area, group_id=group_id),
    )  # fmt: skip


def _papers_page(group_id: int, refusal: MarketError | None = None, wrong_id: int = 0) -> Response:
    now = utc_now()
    with reading() as session:
        group = desk_queries.telling_group(session, group_id)
        found = desk_queries.papers_of(session, group_id)
    return _answered(
        "stories/papers.html", refusal, group=group, papers=found, wrong_id=wrong_id,
        typed=request.form if refusal else {}, today=bangkok_date(now),
        be_day=typed_form, may_check=can("story.check", area=group.area, group_id=group_id),
    )  # fmt: skip


def _answered(template: str, refusal: MarketError | None, **shown_: Any) -> Response:
    """A page of this subject; after a refusal with its sentence and status."""
    return page(
        template,
        error=sentence(refusal),
        status=status_of(refusal),
        **shown_,
        **_WORDS,
    )


def _done(name: str) -> str:
    words: dict[str, str] = {
        "publish": _("Shown to everybody now."),
        "hide": _("Hidden."),
        "remove": _("Taken out."),
        "withdraw": _("Hidden at once. What the person said is deleted."),
        "up": _("Moved up."),
    }
    return words[name]
