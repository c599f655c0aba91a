"""The page on which an institution's order is entered. Only one button of it keeps anything."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.campaigns.institutions.commands import write_order
from market.campaigns.institutions.queries import find_order, get_institution
from market.campaigns.institutions.rules import BulkState
from market.campaigns.ordering import forms
from market.campaigns.ordering.queries import goods_meant
from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.errors import MarketError, Refused
from market.intake import row_number
from market.made_to_order.drafting import earliest_day
from market.made_to_order.rules import FURTHEST_DAYS
from market.made_to_order.writing.views import frozen_terms
from market.rounds.planning.forms import Posted
from market.web import (
    allow,
    is_htmx,
    national,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("bulk", __name__)


@bp.get("/market/institutions/<int:institution_id>/order")
@allow("round.manage", national)
def enter(institution_id: int) -> Response:
    """Empty rows, or those of a draft by its key."""
    key = request.args.get("key", "")[:64]
    with reading() as session:
        kept = find_order(session, institution_id, key) if key else None
    if kept is not None and kept.state is not BulkState.DRAFT:
        return see_other("institutions.show", bulk_id=kept.id)
    form = forms.empty_order() if kept is None else forms.shown_order(kept)
    return _show(institution_id, form)


@bp.post("/market/institutions/<int:institution_id>/order")
@allow("round.manage", national)
def write(institution_id: int) -> Response:
    """Keep the order; or do what another button says, and show the rows again."""
    form = Posted(request.form)
    act, _colon, what = form.get("do", "save").partition(":")
    if act == "save":
        return _save(institution_id, form)
    focus, wrong = _rework(form, act, what)
    return _show(institution_id, form, act=act, focus=focus, wrong_sheet=wrong)


@bp.get("/market/institutions/<int:institution_id>/goods")
@allow("round.manage", national)
def find(institution_id: int) -> Response:
    """Goods to choose from while their name is typed on a row."""
    with reading() as session:
        get_institution(session, institution_id)
    form = Posted(request.args)
    table = _judge(form, whole=False)
    row = table.rows[0] if table.rows else None
    return page("institutions/_order_goods.html", institution_id=institution_id, row=row)


def _rework(form: Posted, act: str, what: str) -> tuple[str | None, str | None]:
    """Change the rows; the field that is typed in next, and what is wrong with a pasted sheet."""
    if act == "add":
        return f"goods-{forms.add_empty(form, 1 if is_htmx() else forms.EMPTY_ROWS)[0]}", None
    if act == "drop":
        forms.drop_row(form, what)
    if act == "pick":
        key, _colon, code = what.partition(":")
        form[f"goods-{key}"] = form[f"code-{key}"] = code
        return f"units-{key}", None
    return None, forms.take_sheet(form) if act == "paste" else None


def _save(institution_id: int, form: Posted) -> Response:
    wrong_sheet = forms.take_sheet(form)
    table = _judge(form, whole=True)
    try:
        if table.mistakes or wrong_sheet:
            raise Refused("form_has_mistakes")
        with transaction() as session:
            made = write_order(
                session, institution_id, form.get("po_number", "").strip()[:60] or None,
                table.lines(), key=form.get("key", "")[:64], actor=principal().actor(),
                version=form.get("version", type=row_number, default=0), now=utc_now(),
            )  # fmt: skip
    except MarketError as refusal:
        return _show(
            institution_id, form, table=table, refusal=refusal, wrong_sheet=wrong_sheet,
            focus=next(iter(table.mistakes), None),
        )  # fmt: skip
    say(_("Saved."))
    return see_other("institutions.show", bulk_id=made)


def _judge(form: Posted, *, whole: bool) -> forms.Table:
    with reading() as session:
        meant = goods_meant(session, forms.asked_of(form))
    return forms.judge(form, meant, _span(), whole=whole)


def _span() -> forms.Span:
    now = utc_now()
    return forms.Span(
        first=earliest_day(frozen_terms().answer_hours, now),
        last=bangkok_date(now) + timedelta(days=FURTHEST_DAYS),
    )


def _show(
    institution_id: int,
    form: Posted,
    *,
    table: forms.Table | None = None,
    act: str = "",
    focus: str | None = None,
    refusal: MarketError | None = None,
    wrong_sheet: str | None = None,
) -> Response:
    with reading() as session:
        institution = get_institution(session, institution_id)
    table = table or _judge(form, whole=False)
    forms.settle(form, table)
    part = is_htmx() and act in ("add", "pick", "paste", "see")
    return page(
        "institutions/_order_part.html" if part else "institutions/order.html",
        institution=institution, institution_id=institution_id, form=form, table=table,
        mistakes=table.mistakes, act=act,
        focus=focus, span=_span(), wrong_sheet=wrong_sheet,
        wrong=sentence(refusal),
        status=status_of(refusal),
    )  # fmt: skip
