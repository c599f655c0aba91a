"""A request is written one question a screen, without an account; it is sent when it is proven."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request, session
from flask_babel import gettext as _

from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, Refused
from market.files import keep_file
from market.limits import limiter
from market.made_to_order import commands, forms, words
from market.made_to_order.asking import Sender, Terms
from market.made_to_order.drafting import (
    NEEDED,
    check_day,
    draft_id_of,
    earliest_day,
    first_gap,
    point_place,
)
from market.made_to_order.queries.choices import (
    forget_unknown,
    goods_alike,
    goods_by_code,
    kinds_of_goods,
    points_to_choose,
)
from market.made_to_order.queries.showing import RequestSeen, see_request
from market.made_to_order.rules import RequestState, timetable
from market.pictures import read_picture
from market.places.queries import get_tambon, search_tambons
from market.web import allow, file_store, page, principal, say, see_other, sentence, status_of

bp = Blueprint("request_writing", __name__, url_prefix="/made-to-order/new")
QUESTIONS = tuple(NEEDED)
RATE = "60 per hour"
SEND_RATE = "10 per hour"


@bp.get("/")
@allow("request.write")
def begin() -> Response:
    """On with the question that is not answered yet."""
    draft = _draft()
    if draft is None:
        return see_other("request_writing.ask", question="what", like=request.args.get("like"))
    gap = first_gap(draft)
    return see_other("request_writing.review" if gap is None else "request_writing.ask",
                     **({} if gap is None else {"question": gap}))  # fmt: skip


@bp.get("/<any(what, like, amount, when, where, price, standards, who):question>")
@allow("request.write")
def ask(question: str) -> Response:
    """One question, with what was answered before."""
    draft = _draft()
    if draft is None and question != "what":
        return see_other("request_writing.ask", question="what")
    return _show(question, draft)


@bp.post("/<any(what, like, amount, when, where, price, standards, who):question>")
@limiter.limit(RATE)
@allow("request.write")
def answer(question: str) -> Response:
    """Keep the answer, and on to the next question."""
    draft = _draft()
    if draft is None and question != "what":
        return see_other("request_writing.ask", question="what")
    try:
        _keep(question, draft)
    except MarketError as refusal:
        return _show(question, draft, refusal)
    return _onward(question)


@bp.get("/review")
@allow("request.write")
def review() -> Response:
    """Everything at once, what happens next, and the button that sends it."""
    draft = _draft()
    if draft is None or first_gap(draft) is not None:
        return see_other("request_writing.begin")
    return _review(draft)


@bp.post("/review")
@limiter.limit(SEND_RATE)
@allow("request.write")
def send() -> Response:
    """Signed in: the groups are asked. A guest: a letter goes out, and its link asks them."""
    draft = _draft()
    if draft is None or first_gap(draft) is not None:
        return see_other("request_writing.begin")
    who, now = principal(), utc_now()
    try:
        with transaction() as db_session:
            if who.user_id is None:
                commands.ask_proof(db_session, draft.id, now=now)
            else:
                sender = Sender(actor=who.actor(), user_id=who.user_id)
                commands.send_request(db_session, draft.id, sender, frozen_terms(), now=now)
    except MarketError as refusal:
        return _review(draft, refusal)
    ring(SEND_NOTICES)
    if who.user_id is None:
        return see_other("request_writing.review")
    session.pop("request_draft", None)
    say(_("Sent. The groups have been asked."))
    return see_other("made_to_order.show", request_id=draft.id)


def frozen_terms() -> Terms:
    """What this market's settings say when a request is sent."""
    config: Any = current_app.extensions["market_config"]
    return Terms(
        answer_hours=config.request_answer_hours,
        deposit_basis_points=config.request_deposit_percent * 100,
    )


def _draft() -> RequestSeen | None:
    token = session.get("request_draft")
    if token is None:
        return None
    with reading() as db_session:
        request_id = draft_id_of(db_session, token)
        return None if request_id is None else see_request(db_session, request_id)


def _keep(question: str, draft: RequestSeen | None) -> None:
    values, now = forms.read_answer(question, request.form), utc_now()
    if question == "when":
        hours = frozen_terms().answer_hours
        check_day(values["needed_on"], answer_hours=hours, now=now)
    picture = request.files.get("picture")
    sent = picture.read() if picture and picture.filename else b""
    drawn = read_picture(sent) if sent else None
    with transaction() as db_session:
        if question == "where":
            _check_place(db_session, values)
        forget_unknown(db_session, values)
        if drawn is not None:
            values["picture_hash"] = keep_file(
                db_session, file_store(), drawn.data,
                kind=drawn.kind, owner="request", now=now,
            )  # fmt: skip
        if draft is None:
            values |= _like_asked_for(db_session)
            _id, session["request_draft"] = commands.start_draft(db_session, values, now=now)
            session.permanent = True
        else:
            commands.write_draft(db_session, draft.id, values)


def _check_place(db_session: Any, values: dict[str, Any]) -> None:
    if values["point_id"] is not None:
        values["tambon_code"] = point_place(db_session, values["point_id"])[0]
    else:
        get_tambon(db_session, values["tambon_code"])


def _like_asked_for(db_session: Any) -> dict[str, Any]:
    """Who came from a product's page asks for something like it."""
    found = goods_by_code(db_session, request.form.get("like", "")[:80])
    return {} if found is None else {"product_id": found.id}


def _onward(question: str) -> Response:
    if request.form.get("then") == "review":
        return see_other("request_writing.review")
    number = QUESTIONS.index(question) + 1
    if number == len(QUESTIONS):
        return see_other("request_writing.review")
    return see_other("request_writing.ask", question=QUESTIONS[number])


def _show(question: str, draft: RequestSeen | None, refusal: MarketError | None = None) -> Response:
    with reading() as db_session:
        found = _LOOK_UP[question](db_session, draft) if question in _LOOK_UP else {}
    if question == "like" and not found["alike"]:
        return _onward(question)
    return page(
        f"made_to_order/write_{question}.html",
        question=question,
        number=QUESTIONS.index(question) + 1,
        questions=QUESTIONS,
        draft=draft,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        then=request.values.get("then", ""),
        words=words,
        status=status_of(refusal),
        **found,
    )


def _look_up_what(db_session: Any, _draft: RequestSeen | None) -> dict[str, Any]:
    like = goods_by_code(db_session, request.values.get("like", "")[:80])
    return {"kinds": kinds_of_goods(db_session), "like": like}


def _look_up_like(db_session: Any, draft: RequestSeen | None) -> dict[str, Any]:
    if draft is None:
        return {"alike": ()}
    return {
        "alike": goods_alike(db_session, draft.words or "", draft.category_key, draft.product_id)
    }


def _look_up_when(_db_session: Any, _draft: RequestSeen | None) -> dict[str, Any]:
    now = utc_now()
    return {"earliest": earliest_day(frozen_terms().answer_hours, now), "today": bangkok_date(now)}


def _look_up_where(db_session: Any, draft: RequestSeen | None) -> dict[str, Any]:
    typed, code = request.values.get("q", "")[:80], request.values.get("tambon_code", "")[:6]
    chosen = draft.tambon_code if draft and draft.point_id is None else None
    way = request.values.get("way") or ("parcel" if chosen or code or typed else "")
    try:
        tambon = get_tambon(db_session, code or chosen or "")
    except MarketError:
        tambon = None
    return {
        "way": way, "q": typed, "tambon": tambon,
        "points": points_to_choose(db_session) if way == "point" else (),
        "tambons": search_tambons(db_session, typed) if typed else (),
    }  # fmt: skip


_LOOK_UP = {
    "what": _look_up_what, "like": _look_up_like, "when": _look_up_when, "where": _look_up_where,
}  # fmt: skip


def _review(draft: RequestSeen, refusal: MarketError | None = None) -> Response:
    terms, now = frozen_terms(), utc_now()
    return page(
        "made_to_order/review.html",
        draft=draft,
        proving=draft.state == RequestState.PROVING,
        times=timetable(now, terms.answer_hours),
        percent=terms.deposit_basis_points // 100,
        answer_hours=terms.answer_hours,
        words=words,
        now=now,
        error=sentence(refusal),
        step=refusal.data.get("step") if isinstance(refusal, Refused) else None,
        status=status_of(refusal),
    )
