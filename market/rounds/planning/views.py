"""Pages of planning: templates and what comes of them, copies, days off."""

from __future__ import annotations

import secrets
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.errors import MarketError, Refused
from market.intake import row_number
from market.rounds.drafts.queries import rounds_to_move
from market.rounds.methods import CAPABILITIES, Payee
from market.rounds.planning import commands, days, queries
from market.rounds.planning.cloning import clone_round, proposed_day
from market.rounds.planning.forms import (
    SHARES,
    USUAL,
    Posted,
    Reader,
    shown_template,
    typed_products,
    typed_template,
)
from market.rounds.queries import get_round, round_thing
from market.web import allow, national, page, principal, say, see_other, sentence, status_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = Blueprint("planning", __name__)


@bp.get("/rounds/templates")
@allow("round.manage", national)
def templates() -> Response:
    """Every template, with how many rounds stand planned."""
    with reading() as session:
        return page("planning/templates.html", templates=queries.list_templates(session))


@bp.route("/rounds/templates/new", methods=["GET", "POST"])
@allow("round.manage", national)
def new_template() -> Response:
    """Write a template."""
    if request.method == "POST":
        return _write(None)
    first = Posted(USUAL)
    first.setlist("method", [str(method) for method in CAPABILITIES if str(method) != "credit"])
    return _template_page(first, None)


@bp.route("/rounds/templates/<int:template_id>", methods=["GET", "POST"])
@allow("round.manage", national)
def template(template_id: int) -> Response:
    """A template: what it says, and the rounds that come of it."""
    if request.method == "POST":
        return _write(template_id)
    with reading() as session:
        view = queries.get_template(session, template_id)
    return _template_page(shown_template(view), view)


def _write(template_id: int | None) -> Response:
    reader, form = Reader(request.form), request.form
    try:
        with transaction() as session:
            new = typed_template(form, reader, _products(session, reader))
            if reader.mistakes:
                raise Refused("form_has_mistakes")
            saved = commands.write_template(
                session, new, actor=principal().actor(), now=utc_now(), template_id=template_id,
                version=form.get("version", type=row_number, default=0),
            )  # fmt: skip
    except MarketError as refusal:
        return _template_again(template_id, reader, refusal)
    say(_("Saved."))
    return see_other("planning.template", template_id=saved)


def _products(session: Session, reader: Reader) -> tuple[int, ...]:
    found, unknown = queries.find_products(session, typed_products(reader.form.get("products", "")))
    if unknown:
        lines = ", ".join(map(str, unknown[:10]))
        reader.mistakes["products"] = _("No goods are called this: line %(lines)s", lines=lines)
    return found


def _template_again(template_id: int | None, reader: Reader, refusal: MarketError) -> Response:
    view = None
    if template_id is not None:
        with reading() as session:
            view = queries.get_template(session, template_id)
    return _template_page(request.form, view, mistakes=reader.mistakes, refusal=refusal)


def _template_page(
    typed: Posted,
    view: queries.TemplateView | None,
    *,
    mistakes: dict[str, str] | None = None,
    refusal: MarketError | None = None,
) -> Response:
    with reading() as session:
        coming = queries.coming(session, view.id, utc_now()) if view else ()
        choosable = queries.choosable(session)
    return page(
        "planning/template.html", typed=typed, view=view, coming=coming, choosable=choosable,
        mistakes=mistakes or {}, wrong=sentence(refusal), shares=SHARES,
        methods=[str(method) for method in CAPABILITIES if str(method) != "credit"],
        status=status_of(refusal),
    )  # fmt: skip


@bp.post("/rounds/templates/<int:template_id>/plan")
@allow("round.manage", national)
def plan(template_id: int) -> Response:
    """Plan what is missing now instead of within a minute."""
    payee = Payee(current_app.extensions["market_config"].payee)
    planned = 0
    with transaction() as session:
        while commands.plan_next(
            session, template_id, payee=payee, now=utc_now(), actor=principal().actor()
        ):
            planned += 1
    say(_("Rounds planned: %(n)s", n=planned))
    return see_other("planning.template", template_id=template_id)


@bp.post("/rounds/templates/<int:template_id>/active")
@allow("round.manage", national)
def set_active(template_id: int) -> Response:
    """Pause, or go on."""
    active = request.form.get("active") == "1"
    with transaction() as session:
        commands.set_active(session, template_id, active, actor=principal().actor(), now=utc_now())
    say(_("It plans rounds again.") if active else _("Paused. Planned rounds stay."))
    return see_other("planning.template", template_id=template_id)


@bp.route("/rounds/<int:round_id>/copy", methods=["GET", "POST"])
@allow("round.manage", round_thing)
def copy(round_id: int) -> Response:
    """Plan a round like this one. The form carries a key: a double tap copies once."""
    if request.method == "GET":
        return _copy_page(round_id)
    reader = Reader(request.form)
    day, key = reader.day("delivery_on"), request.form.get("key", "")[:64].replace("\0", "")
    if reader.mistakes or len(key) < 8:
        return _copy_page(round_id, mistakes=reader.mistakes or {"delivery_on": _("Try again")})
    try:
        with transaction() as session:
            copied = clone_round(
                session, round_id, delivery_on=day, key=key, actor=principal().actor(),
                now=utc_now(),
            )  # fmt: skip
    except Refused as refusal:
        return _copy_page(round_id, mistakes={"delivery_on": sentence(refusal)})
    say(_("Planned. %(n)s offers take part.", n=copied.offers) + _left_out(copied.left_out))
    return see_other("rounds.show", round_id=copied.round_id)


def _left_out(count: int) -> str:
    return " " + _("%(n)s do not fit any more.", n=count) if count else ""


def _copy_page(round_id: int, mistakes: dict[str, str] | None = None) -> Response:
    with reading() as session:
        source = get_round(session, round_id)
        day = proposed_day(session, round_id, utc_now())
        near = days.days_off(session, day, date.fromordinal(day.toordinal() + 6))
    return page(
        "planning/copy.html", round=source, day=request.form.get("delivery_on", day.isoformat()),
        key=request.form.get("key") or secrets.token_urlsafe(12), mistakes=mistakes or {},
        near=[found for found in near if not found.works], status=422 if mistakes else 200,
    )  # fmt: skip


@bp.route("/rounds/days", methods=["GET", "POST"])
@allow("round.manage", national)
def days_off() -> Response:
    """Holidays and the market's own days off, for a year and a half."""
    if request.method == "POST":
        return _say_day()
    return _days_page({})


def _say_day() -> Response:
    reader = Reader(request.form)
    day, act = reader.day("day"), request.form.get("act", "close")
    names = (reader.words("name_th"), reader.words("name_en")) if act == "close" else ("", "")
    if reader.mistakes:
        return _days_page(reader.mistakes)
    actor, now = principal().actor(), utc_now()
    with transaction() as session:
        if act == "close":
            days.close_day(session, day, names, actor=actor, now=now)
        elif act == "work":
            days.work_on(session, day, actor=actor, now=now)
        else:
            days.as_announced(session, day, actor=actor, now=now)
    say(_("Saved. Rounds planned from now on follow it."))
    return see_other("planning.days_off")


def _days_page(mistakes: dict[str, str]) -> Response:
    today = bangkok_date(utc_now())
    with reading() as session:
        found = days.days_off(session, today, date(today.year + 1, 12, 31))
        moves = rounds_to_move(session, utc_now())
    return page(
        "planning/days.html", days=found, moves=moves, mistakes=mistakes,
        typed=request.form, status=422 if mistakes else 200,
    )  # fmt: skip
