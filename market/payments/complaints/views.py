"""Goods that were not right: the buyer's page, and the desk that decides about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SWEEP_PAYMENTS, ring
from market.errors import MarketError, NotFound
from market.files import keep_file, read_file
from market.limits import limiter
from market.money import format_baht
from market.payments import reporting
from market.payments.forms import typed_id, typed_satang
from market.payments.queries import complaints, order_thing
from market.payments.states import ProblemKind
from market.pictures import MAX_BYTES, Picture, read_picture
from market.thai import normalise
from market.web import (
    allow,
    can,
    carry_out,
    file_store,
    most_bytes,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("complaints", __name__)
RATE = "30 per hour"


@bp.record_once
def _count_in_menu(state: BlueprintSetupState) -> None:
    """The work pages' menu says how many problems wait for the asker."""
    state.app.extensions.setdefault("market_waiting", {})["problems"] = _waiting


def _waiting() -> int:
    with reading() as session:
        return complaints.count_open(session, _areas())


def _areas() -> tuple[str, ...]:
    return ("",) if can("money.see", area="") else principal().areas()


@bp.get("/orders/<number>/problems")
@allow("order.change", order_thing)
def show(number: str) -> Response:
    """What the buyer has received and may still say something about, and what was answered."""
    return _show(number)


@bp.post("/orders/<number>/problems")
@limiter.limit(RATE)
@most_bytes(2 * MAX_BYTES)
@allow("order.change", order_thing)
def report(number: str) -> Response:
    """The buyer says what was wrong with the goods of a line."""
    try:
        is_new = _report(number)
    except NotFound:
        raise
    except MarketError as refusal:
        return _show(number, refusal)
    if is_new:
        say(_("Noted. A person looks at it and answers you."))
    else:
        say(_("You have told us about this already. A person is looking at it."))
    ring(SEND_NOTICES)
    return see_other("complaints.show", number=number)


def _report(number: str, *, call_note: str | None = None) -> bool:
    now, actor = utc_now(), principal().actor()
    sent = request.files.get("picture")
    data = sent.read() if sent and sent.filename else b""
    picture = read_picture(data) if data else None
    with transaction() as session:
        file_hash = _keep(session, picture, number, now) if picture else None
        typed = _typed(file_hash, call_note)
        return reporting.report_problem(session, number, typed, actor=actor, now=now)


def _keep(session: Any, picture: Picture, number: str, now: datetime) -> str:
    owner = f"order:{number}"
    return keep_file(session, file_store(), picture.data, kind=picture.kind, owner=owner, now=now)


def _typed(file_hash: str | None, call_note: str | None) -> reporting.NewReport:
    kind = request.form.get("kind", "")
    return reporting.NewReport(
        line_id=typed_id(request.form.get("line_id")),
        batch_id=typed_id(request.form.get("batch_id")),
        kind=ProblemKind(kind) if kind in set(ProblemKind) else ProblemKind.OTHER,
        words=_words("words"),
        file_hash=file_hash,
        call_note=call_note,
    )


def _words(field: str) -> str:
    return normalise(request.form.get(field, "").strip()[: reporting.MOST_WORDS])


def _show(
    number: str, refusal: MarketError | None = None, *, template: str = "payments/problem.html"
) -> Response:
    with reading() as session:
        goods = complaints.goods_of(session, number)
        reports = complaints.reports_of(session, number)
    return page(
        template,
        number=number,
        goods=goods,
        reports=reports,
        kinds=tuple(ProblemKind),
        now=utc_now(),
        most_words=reporting.MOST_WORDS,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )


@bp.get("/orders/<number>/problems/call")
@allow("problem.enter", order_thing)
def call(number: str) -> Response:
    """A buyer called: write down what was wrong, in time or not."""
    return _call(number)


@bp.post("/orders/<number>/problems/call")
@most_bytes(2 * MAX_BYTES)
@allow("problem.enter", order_thing)
def enter(number: str) -> Response:
    """What the buyer said on the phone becomes a report like any other."""
    try:
        is_new = _report(number, call_note=_words("call_note"))
    except NotFound:
        raise
    except MarketError as refusal:
        return _call(number, refusal)
    say(_("Noted for the buyer.") if is_new else _("This was reported already."))
    ring(SEND_NOTICES)
    return see_other("complaints.desk")


def _call(number: str, refusal: MarketError | None = None) -> Response:
    return _show(number, refusal, template="payments/problem_call.html")


@bp.get("/money/problems")
@allow("problem.list")
def desk() -> Response:
    """What buyers reported where the asker decides, the oldest promise first."""
    return _desk_page()


@bp.get("/money/problems/<int:problem_id>/picture")
@allow("problem.decide", complaints.problem_thing)
def picture(problem_id: int) -> Response:
    """The buyer's picture, drawn anew when it came."""
    with reading() as session:
        sha256 = complaints.problem_picture(session, problem_id)
        kind, data = read_file(session, file_store(), sha256)
    answer = Response(data, mimetype=kind)
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


@bp.post("/money/problems/<int:problem_id>")
@allow("problem.decide", complaints.problem_thing)
def decide(problem_id: int) -> Response:
    """All, a part, or nothing goes back, with a sentence to the buyer."""
    act = _decline if request.form.get("decision") == "decline" else _agree
    return _decide(problem_id, act)


def _agree(session: Any, problem_id: int) -> str:
    amount = typed_satang(request.form.get("amount", ""))
    reporting.agree_problem(
        session, problem_id, amount, _words("answer"), actor=principal().actor(), now=utc_now()
    )
    return str(_("%(amount)s goes back. The buyer is told.", amount=format_baht(amount)))


def _decline(session: Any, problem_id: int) -> str:
    reporting.decline_problem(
        session, problem_id, _words("answer"), actor=principal().actor(), now=utc_now()
    )
    return str(_("Nothing goes back. The buyer is told why."))


def _decide(problem_id: int, act: Callable[[Any, int], str]) -> Response:
    return carry_out(
        lambda session: act(session, problem_id),
        then=see_other("complaints.desk"),
        again=lambda refusal: _desk_page(refusal, problem_id),
        bells=[SWEEP_PAYMENTS, SEND_NOTICES],
    )


def _desk_page(refusal: MarketError | None = None, wrong_id: int = 0) -> Response:
    everywhere = can("money.see", area="")
    with reading() as session:
        waiting = complaints.open_problems(session, _areas())
        decided = complaints.decided_problems(session, _areas())
    return page(
        "payments/problems.html",
        problems=waiting,
        decided=decided,
        everywhere=everywhere,
        now=utc_now(),
        most_words=reporting.MOST_WORDS,
        typed=request.form if refusal else {},
        wrong_id=wrong_id,
        error=sentence(refusal),
        status=status_of(refusal),
    )
