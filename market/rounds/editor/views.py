"""The page on which all lines of a planned round are changed."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError, Refused
from market.rounds.editor import commands, forms, queries
from market.rounds.editor.parts import line_money
from market.rounds.editor.words import CELL_WORDS, told_line
from market.rounds.forms import typed_parts
from market.rounds.parts import MAKERS, PARTS, round_rules, rules_for, set_round_parts
from market.rounds.queries import RoundView, categories, get_round, round_thing
from market.rounds.rules import RoundState
from market.web import allow, page, principal, say, see_other, sentence, status_of

bp = Blueprint("editor", __name__)


@bp.get("/rounds/<int:round_id>/lines")
@allow("round.manage", round_thing)
def lines(round_id: int) -> Response:
    """A hundred lines, narrowed."""
    return _page(round_id)


@bp.post("/rounds/<int:round_id>/lines")
@allow("round.manage", round_thing)
def save(round_id: int) -> Response:
    """Save the changed cells of the lines on the page."""
    return _save(round_id, forms.typed_lines(request.form))


@bp.post("/rounds/<int:round_id>/lines/paste")
@allow("round.manage", round_thing)
def paste(round_id: int) -> Response:
    """Lay a spreadsheet's column on the lines of this page."""
    by, number = forms.typed_narrowing(request.args)
    with reading() as session:
        found = queries.read_lines(session, round_id, by, number)
    try:
        typed = forms.pasted(
            found.rows, request.form.get("cell", ""), request.form.get("column", "")[:20_000]
        )
    except Refused as refusal:
        return _page(round_id, refusal=refusal)
    return _save(round_id, typed)


def _save(round_id: int, typed: forms.TypedLines) -> Response:
    try:
        with transaction() as session:
            saved = commands.save_lines(
                session, round_id, typed.changes, actor=principal().actor(), now=utc_now()
            )
    except MarketError as refusal:
        return _page(round_id, refusal=refusal)
    told = {key: told_line(outcome) for key, outcome in saved.refused.items()}
    told |= {key: _("%(cell)s is no number.", cell=CELL_WORDS[cell])
             for key, cell in typed.unreadable.items()}  # fmt: skip
    if told:
        return _page(round_id, told=told, saved=saved.lines)
    say(_("Lines saved: %(n)s", n=saved.lines))
    return see_other("editor.lines", round_id=round_id, **forms.asked(request.args))


@bp.post("/rounds/<int:round_id>/lines/all")
@allow("round.manage", round_thing)
def change_all(round_id: int) -> Response:
    """Do one thing to every line that the narrowing leaves."""
    by, _number = forms.typed_narrowing(request.args)
    try:
        act, number = forms.typed_bulk(request.form)
        with transaction() as session:
            done = commands.change_all(
                session, round_id, by, act, number, actor=principal().actor(), now=utc_now()
            )
    except MarketError as refusal:
        return _page(round_id, refusal=refusal)
    left = " " + _("Left as they were, as they do not allow it: %(n)s", n=done.left)
    say(_("Lines changed: %(n)s", n=done.changed) + (left if done.left else ""))
    return see_other("editor.lines", round_id=round_id, **forms.asked(request.args))


@bp.get("/rounds/<int:round_id>/lines/<int:offer_id>/money")
@allow("round.manage", round_thing)
def money(round_id: int, offer_id: int) -> Response:
    """Where the price of one line goes: a fragment, for the price as typed."""
    with reading() as session:
        row = queries.get_line(session, round_id, offer_id)
        rules = round_rules(session, round_id)
    try:
        price = forms.typed_cell("price_satang", request.args.get("price", ""))
    except Refused:
        price = row.price_satang
    return page("editor/_money.html", row=row, money=line_money(row, price, rules))


@bp.post("/rounds/<int:round_id>/parts")
@allow("round.manage", round_thing)
def own_parts(round_id: int) -> Response:
    """Give a draft shares of its own, or the market's again."""
    own = request.form.get("own") == "1"
    shares = typed_parts({part: request.form.get(part, "") for part in PARTS}) if own else None
    with transaction() as session:
        set_round_parts(session, round_id, shares, actor=principal().actor(), now=utc_now())
    say(_("Saved."))
    return see_other("editor.lines", round_id=round_id)


def _page(
    round_id: int,
    *,
    told: Mapping[int, str] | None = None,
    refusal: MarketError | None = None,
    saved: int = 0,
) -> Response:
    by, number = forms.typed_narrowing(request.args)
    with reading() as session:
        round_: RoundView = get_round(session, round_id)
        found = queries.read_lines(session, round_id, by, number)
        rules = round_rules(session, round_id)
        kinds, groups = categories(session), queries.groups_of(session, round_id)
    shown = found.rows[0] if found.rows else None
    return page(
        "editor/lines.html", round=round_, lines=found, by=by, kinds=kinds, groups=groups,
        told=told or {}, typed=request.form, saved=saved, letters=forms.LETTERS,
        seen=forms.seen_of, draft=round_.state is RoundState.DRAFT,
        wrong=sentence(refusal), shown=shown,
        money=line_money(shown, shown.price_satang, rules) if shown else None,
        shares=rules_for(rules, ""), part_names=[part for part in PARTS if part != MAKERS],
        status=status_of(refusal) if refusal else (422 if told else 200),
    )  # fmt: skip
