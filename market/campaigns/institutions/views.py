"""The marketing desk's pages of institutions: who they are, what they order, what came of it."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.campaigns.institutions import commands, forms, queries
from market.campaigns.institutions.splits import see_splits
from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, Refused
from market.intake import row_number
from market.made_to_order.writing.views import frozen_terms
from market.places.queries import get_tambon, points_by_province, search_tambons
from market.rounds.planning.forms import Posted, Reader
from market.thai import show_phone
from market.web import allow, national, page, principal, say, see_other, sentence, status_of

bp = Blueprint("institutions", __name__)
VALID_DAYS = (7, 15, 30, 60)


@bp.get("/market/institutions")
@allow("round.manage", national)
def index() -> Response:
    """Institutions and their latest orders."""
    with reading() as session:
        return page(
            "institutions/index.html", institutions=queries.list_institutions(session),
            orders=queries.list_orders(session),
        )  # fmt: skip


@bp.route("/market/institutions/new", methods=["GET", "POST"])
@allow("round.manage", national)
def new() -> Response:
    """Enter an institution."""
    return _write(None) if request.method == "POST" else _page(Posted(), None)


@bp.route("/market/institutions/<int:institution_id>", methods=["GET", "POST"])
@allow("round.manage", national)
def edit(institution_id: int) -> Response:
    """An institution's details."""
    if request.method == "POST":
        return _write(institution_id)
    with reading() as session:
        view = queries.get_institution(session, institution_id)
        tambon = get_tambon(session, view.tambon_code)
    shown = {name: str(value) for name, value in vars(view).items() if value is not None}
    shown |= {"point": str(view.point_id or ""), "phone": show_phone(view.phone)}
    return _page(Posted(shown | {"tambon": forms.place_words(tambon)}), view)


def _write(institution_id: int | None) -> Response:
    reader = Reader(request.form)
    try:
        with transaction() as session:
            points = {point.id: point.tambon_code for point in points_by_province(session)}
            place = None
            if not request.form.get("point"):
                found = search_tambons(session, request.form.get("tambon", ""))
                place = forms.tambon_of(reader, found)
            typed = forms.typed_institution(reader, points, place)
            if reader.mistakes:
                raise Refused("form_has_mistakes")
            saved = commands.write_institution(
                session, typed, actor=principal().actor(), now=utc_now(),
                institution_id=institution_id,
                version=request.form.get("version", type=row_number, default=0),
            )  # fmt: skip
    except MarketError as refusal:
        view = None
        if institution_id is not None:
            with reading() as session:
                view = queries.get_institution(session, institution_id)
        return _page(request.form, view, mistakes=reader.mistakes, refusal=refusal)
    say(_("Saved."))
    return see_other("institutions.edit", institution_id=saved)


def _page(
    typed: Posted,
    view: queries.InstitutionView | None,
    *,
    mistakes: dict[str, str] | None = None,
    refusal: MarketError | None = None,
) -> Response:
    with reading() as session:
        points = points_by_province(session)
    return page(
        "institutions/edit.html", typed=typed, view=view, points=points, mistakes=mistakes or {},
        wrong=sentence(refusal),
        status=status_of(refusal),
    )  # fmt: skip


@bp.get("/market/bulk/<int:bulk_id>")
@allow("round.manage", national)
def show(bulk_id: int) -> Response:
    """Where an order stands; before groups are asked, how it could be split."""
    return _show(bulk_id, None)


def _show(bulk_id: int, refusal: MarketError | None) -> Response:
    with reading() as session:
        view = queries.get_order(session, bulk_id)
        splits = {} if view.asked and not view.waiting else see_splits(session, view)
    return page(
        "institutions/show.html", order=view, splits=splits, days=VALID_DAYS,
        ticked=request.form.getlist("ask") if refusal else None,
        wrong=sentence(refusal),
        status=status_of(refusal),
    )  # fmt: skip


@bp.get("/market/bulk/<int:bulk_id>/quotation")
@allow("round.manage", national)
def quotation(bulk_id: int) -> Response:
    """The quotation as a paper."""
    with reading() as session:
        view = queries.get_order(session, bulk_id)
    if view.quote_number is None:
        raise Refused("bulk_not_quoted")
    return page("institutions/quotation.html", order=view)


@bp.post("/market/bulk/<int:bulk_id>/quote")
@allow("round.manage", national)
def quote(bulk_id: int) -> Response:
    """Make the quotation."""
    days = request.form.get("days", type=row_number, default=VALID_DAYS[1])
    with transaction() as session:
        commands.quote(
            session, bulk_id, days if days in VALID_DAYS else VALID_DAYS[1],
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
    return see_other("institutions.quotation", bulk_id=bulk_id)


@bp.post("/market/bulk/<int:bulk_id>/take-back")
@allow("round.manage", national)
def take_back(bulk_id: int) -> Response:
    """Back to a draft."""
    with transaction() as session:
        commands.take_back(session, bulk_id, actor=principal().actor(), now=utc_now())
    say(_("Taken back. It can be changed again."))
    return see_other("institutions.show", bulk_id=bulk_id)


@bp.post("/market/bulk/<int:bulk_id>/ask")
@allow("round.manage", national)
def ask(bulk_id: int) -> Response:
    """The institution took it: those ticked are asked, each line in a transaction of its own."""
    actor, now, terms = principal().actor(), utc_now(), frozen_terms()
    try:
        with transaction() as session:
            view = queries.get_order(session, bulk_id)
            values = request.form.getlist("ask")
            chosen = forms.ticked_groups(view, see_splits(session, view), values)
            commands.accept(session, bulk_id, answer_hours=terms.answer_hours, actor=actor, now=now)
    except Refused as refusal:
        return _show(bulk_id, refusal)
    asked = True
    while asked:
        with transaction() as session:
            asked = commands.ask_next(
                session, bulk_id, terms, actor=actor, now=now, chosen=chosen
            ) is not None  # fmt: skip
    ring(SEND_NOTICES)
    say(_("The groups have been asked, line by line."))
    return see_other("institutions.show", bulk_id=bulk_id)
