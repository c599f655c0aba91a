"""A group's answer from a phone, the coordinator's call for a group, and the match of a round."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import MATCH_ROUND, SEND_NOTICES, SWEEP_ANSWERS, ring
from market.intake import row_number
from market.matching import commands, queries, words
from market.matching.calling import views as calling
from market.matching.calling.commands import log_call
from market.matching.chat import views as chat
from market.matching.forms import AnswerForm, RunForm
from market.matching.queries import AskView
from market.matching.queries.lines import own_offers, short_lines
from market.matching.queries.pictures import PAGE, get_pictures, shares_of
from market.matching.queries.trying import named_choices
from market.matching.resolving import views as resolving
from market.matching.rules import Answer, AnswerReason
from market.matching.waiting import views as waiting
from market.matching.whatif import views as whatif
from market.rounds.queries import get_round, group_thing
from market.web import allow, can, page, principal, refused, say, see_other

bp = Blueprint("matching", __name__)
BLUEPRINTS = (bp, chat.bp, waiting.bp, whatif.bp, calling.bp, resolving.bp)

REASON_ICONS = (
    (AnswerReason.RAIN, "cloud-rain"),
    (AnswerReason.PEOPLE, "users"),
    (AnswerReason.MATERIAL, "wheat"),
    (AnswerReason.MACHINE, "wrench"),
)


@bp.get("/asks/<int:ask_id>")
@allow("group.desk", queries.ask_thing)
def ask(ask_id: int) -> Response:
    """The question with its three answers, or what was answered."""
    now = utc_now()
    with reading() as session:
        view = queries.get_ask(session, ask_id, now=now)
        more = queries.next_waiting_ask(session, view, now=now)
    if not view.is_open:
        return page("matching/done.html", ask=view, more=more, reasons=reasons())
    if not _may_answer(view) and can("batch.answer_for", area=view.area):
        return page("matching/answer_for.html", ask=view, form=AnswerForm(), reasons=reasons())
    return _question(view, AnswerForm())


def _question(view: AskView, form: AnswerForm, *, step: str | None = None) -> Response:
    """The one screen; step: which answer is open on it."""
    return page(
        "matching/ask.html", ask=view, form=form, step=step, reasons=reasons(), words=words,
        status=422 if form.errors else 200,
    )  # fmt: skip


def _may_answer(view: AskView) -> bool:
    return can("batch.answer", group_id=view.group_id, round_id=view.round_id)


@bp.get("/asks/<int:ask_id>/<any(all, part, no):step>")
@allow("batch.answer", queries.ask_thing)
def ask_step(ask_id: int, step: str) -> Response:
    """The question with one answer open: links in messages lead here. Looking sends nothing."""
    with reading() as session:
        view = queries.get_ask(session, ask_id, now=utc_now())
    if not view.is_open or (step == "part" and not view.parts.possible):
        return see_other("matching.ask", ask_id=ask_id)
    return _question(view, AnswerForm(), step=step)


@bp.post("/asks/<int:ask_id>/answer")
@allow("batch.answer", queries.ask_thing)
def answer(ask_id: int) -> Response:
    """Take the group's answer; the same answer again changes nothing."""
    form = AnswerForm()
    with reading() as session:
        view = queries.get_ask(session, ask_id, now=utc_now())
    if not form.validate_on_submit() or not form.check(view):
        refused(next((str(wrong) for wrongs in form.errors.values() for wrong in wrongs), ""))
        return _question(view, form, step=form.answer.data)
    _take(ask_id, form, on_behalf=False)
    return see_other("matching.ask", ask_id=ask_id)


@bp.route("/asks/<int:ask_id>/answer-for", methods=["GET", "POST"])
@allow("batch.answer_for", queries.ask_thing)
def answer_for(ask_id: int) -> Response:
    """A coordinator answers after a call; who was called and what was said is kept."""
    form = AnswerForm()
    with reading() as session:
        view = queries.get_ask(session, ask_id, now=utc_now())
    sent = request.method == "POST"
    if not sent or not form.validate_on_submit() or not form.check(view, on_behalf=True):
        return page(
            "matching/answer_for.html", status=422 if sent else 200, ask=view, form=form,
            reasons=reasons(),
        )  # fmt: skip
    _take(ask_id, form, on_behalf=True)
    say(_("Answered for the group. Your note is kept."))
    return see_other("matching.ask", ask_id=ask_id)


def _take(ask_id: int, form: AnswerForm, *, on_behalf: bool) -> None:
    chosen = Answer(form.answer.data)
    with transaction() as session:
        done = commands.answer_ask(
            session,
            ask_id,
            answer=chosen,
            units=form.confirmed,
            reason=form.reason.data or None,
            note=form.note.data,
            actor=principal().actor(),
            on_behalf=on_behalf,
            now=utc_now(),
        )
        if on_behalf:
            who = principal().actor()
            log_call(session, done.round_id, done.group_id, form.call(ask_id), actor=who,
                     now=utc_now())  # fmt: skip
    ring(SWEEP_ANSWERS)


def reasons() -> list[dict[str, str]]:
    """The picture reasons, in the reader's language."""
    labels = {
        AnswerReason.RAIN: _("Rain"),
        AnswerReason.PEOPLE: _("Not enough people"),
        AnswerReason.MATERIAL: _("Not enough material"),
        AnswerReason.MACHINE: _("A machine broke"),
    }
    return [{"value": str(r), "label": labels[r], "icon": icon} for r, icon in REASON_ICONS]


@bp.get("/rounds/<int:round_id>/match")
@allow("match.see", queries.match_thing)
def show_round(round_id: int) -> Response:
    """Demand against supply, product by product, with the reason for each group."""
    product_id, every = request.args.get("product", type=row_number), request.args.get("all") == "1"
    now = utc_now()
    with reading() as session:
        match = queries.get_match(session, round_id, product_id, every=every)
        progress = queries.progress_of(session, round_id, now=now)
        choices = named_choices(session, round_id)
        beside = get_pictures(session, round_id, match.run.id) if match.run else None
    return page(
        "matching/show.html", match=match, beside=beside, choices=choices, progress=progress,
        every=every, now=now, words=words, form=RunForm(),
    )  # fmt: skip


@bp.get("/rounds/<int:round_id>/match/groups")
@allow("match.see", queries.match_thing)
def shares(round_id: int) -> Response:
    """Every group's share, those who got least first, a hundred a page."""
    offset = request.args.get("from", 0, type=row_number)
    with reading() as session:
        match = queries.get_match(session, round_id)
        if match.run is None:
            return see_other("matching.show_round", round_id=round_id)
        found = shares_of(session, round_id, match.run.id, most=PAGE, offset=offset)
    return page("matching/groups.html", match=match, shares=found)


@bp.get("/rounds/<int:round_id>/match/short")
@allow("match.see", queries.match_thing)
def short(round_id: int) -> Response:
    """Every line that falls short, with the rule that stopped each group."""
    product_id = request.args.get("product", type=row_number)
    offset = request.args.get("from", 0, type=row_number)
    with reading() as session:
        match = queries.get_match(session, round_id, product_id)
        if match.run is None:
            return see_other("matching.show_round", round_id=round_id)
        found = short_lines(session, match.run.id, product_id=product_id, offset=offset)
    chosen = match.chosen if product_id else None
    return page("matching/short.html", match=match, found=found, chosen=chosen, words=words)


@bp.get("/group/<int:group_id>/match/<int:round_id>")
@allow("group.desk", group_thing)
def own(group_id: int, round_id: int) -> Response:
    """Why a group's goods got so many: each offer with its reason."""
    with reading() as session:
        round_ = get_round(session, round_id)
        offers = own_offers(session, group_id, round_id)
    return page("matching/own.html", group_id=group_id, round=round_, offers=offers, words=words)


@bp.post("/rounds/<int:round_id>/match/run")
@allow("match.run", queries.match_thing)
def run(round_id: int) -> Response:
    """Put an unsent match aside and compute it again."""
    form = RunForm()
    if not form.validate_on_submit():
        say(_("The reason is too long."), "error")
        return see_other("matching.show_round", round_id=round_id)
    with transaction() as session:
        commands.reopen_match(
            session, round_id, actor=principal().actor(), reason=form.words(), now=utc_now()
        )
    ring(MATCH_ROUND, round_id)
    return see_other("matching.show_round", round_id=round_id)


@bp.post("/rounds/<int:round_id>/match/<int:run_id>/publish")
@allow("match.publish", queries.match_thing)
def publish(round_id: int, run_id: int) -> Response:
    """Send the match to the groups."""
    with transaction() as session:
        commands.publish_run(session, run_id, actor=principal().actor(), now=utc_now())
    ring(SEND_NOTICES)
    say(_("Sent. The groups are being asked."))
    return see_other("board.show", round_id=round_id)
