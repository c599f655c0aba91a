"""Asking a group, and telling that a question should not be there."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError, NotFound
from market.limits import limit_questions
from market.stories import asking
from market.stories.ask_queries import asked_about
from market.stories.asking import NewQuestion
from market.stories.rules import QUESTION
from market.web import allow, page, principal, say, see_other, sentence, status_of

bp = Blueprint("questions", __name__)
_CODE_LENGTH = 40


@bp.get("/groups/<code>/ask")
@allow("question.ask")
def form(code: str) -> Response:
    """One question: what do you want to know?"""
    return _form_page(code)


@bp.post("/groups/<code>/ask")
@allow("question.ask")
@limit_questions
def send(code: str) -> Response:
    """Keep the question; the group is shown it on its page."""
    who = principal()
    product = request.form.get("product", "")[:_CODE_LENGTH] or None
    new = NewQuestion(
        group_code=code[:_CODE_LENGTH], product_code=product,
        words=request.form.get("words", ""),
        name=request.form.get("name", ""),
    )  # fmt: skip
    try:
        with transaction() as session:
            asking.ask_group(
                session, new, user_id=who.user_id, buyer_id=min(who.buyer_ids, default=None),
                actor=who.actor(), now=utc_now(),
            )  # fmt: skip
    except NotFound:
        raise
    except MarketError as refusal:
        return _form_page(code, refusal)
    say(_("Sent. It stands here as soon as the group has answered."))
    if product:
        return see_other("shop.product", code=product)
    return see_other("shop.group", code=code)


@bp.route("/questions/<int:question_id>/report", methods=["GET", "POST"])
@allow("question.report")
@limit_questions
def report(question_id: int) -> Response:
    """Ask once more, then tell a coordinator. A GET changes nothing."""
    if request.method == "GET":
        return page("stories/report.html", question_id=question_id)
    with transaction() as session:
        asking.report_question(session, question_id, actor=principal().actor(), now=utc_now())
    say(_("Thank you. A coordinator looks at it."))
    return see_other("shop.home")


def _form_page(code: str, refusal: MarketError | None = None) -> Response:
    wanted = request.form if refusal else request.args
    with reading() as session:
        about = asked_about(session, code[:_CODE_LENGTH], wanted.get("product", "")[:_CODE_LENGTH])
    return page(
        "stories/ask_group.html",
        about=about,
        typed=request.form if refusal else {"name": principal().name},
        most_words=QUESTION,
        error=sentence(refusal),
        status=status_of(refusal),
    )
