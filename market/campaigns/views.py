"""The marketing desk's pages of campaigns. What buyers see is in overviews/campaign."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.campaigns import commands, queries
from market.campaigns.forms import typed_campaign
from market.campaigns.institutions import views as institutions
from market.campaigns.ordering import views as ordering
from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError, Refused
from market.intake import row_number
from market.rounds.planning.forms import Posted, Reader, typed_products
from market.rounds.planning.queries import find_products
from market.web import allow, national, page, principal, say, see_other, sentence, status_of

bp = Blueprint("campaigns", __name__)
BLUEPRINTS = (bp, institutions.bp, ordering.bp)


@bp.get("/market/campaigns")
@allow("round.manage", national)
def index() -> Response:
    """Every campaign."""
    with reading() as session:
        return page("campaigns/index.html", campaigns=queries.list_campaigns(session))


@bp.route("/market/campaigns/new", methods=["GET", "POST"])
@allow("round.manage", national)
def new() -> Response:
    """Write a campaign."""
    if request.method == "POST":
        return _write(None)
    return _page(Posted(), None)


@bp.route("/market/campaigns/<int:campaign_id>", methods=["GET", "POST"])
@allow("round.manage", national)
def edit(campaign_id: int) -> Response:
    """A campaign: what it says, whether it shows, what came of it."""
    if request.method == "POST":
        return _write(campaign_id)
    with reading() as session:
        view = queries.get_campaign(session, campaign_id)
    return _page(_shown(view), view)


@bp.post("/market/campaigns/<int:campaign_id>/publish")
@allow("round.manage", national)
def publish(campaign_id: int) -> Response:
    """Show it to buyers on its days."""
    with transaction() as session:
        commands.publish_campaign(session, campaign_id, actor=principal().actor(), now=utc_now())
    say(_("Published. It shows on its days."))
    return see_other("campaigns.edit", campaign_id=campaign_id)


@bp.post("/market/campaigns/<int:campaign_id>/end")
@allow("round.manage", national)
def end(campaign_id: int) -> Response:
    """Take it off the shop's pages."""
    with transaction() as session:
        commands.end_campaign(session, campaign_id, actor=principal().actor(), now=utc_now())
    say(_("Ended. It is off the shop's pages."))
    return see_other("campaigns.edit", campaign_id=campaign_id)


def _write(campaign_id: int | None) -> Response:
    reader = Reader(request.form)
    try:
        with transaction() as session:
            typed = typed_products(request.form.get("products", ""))
            products, unknown = find_products(session, typed)
            if unknown:
                lines = ", ".join(map(str, unknown[:10]))
                reader.mistakes["products"] = _(
                    "No goods are called this: line %(lines)s", lines=lines
                )
            campaign = typed_campaign(reader, products)
            if reader.mistakes:
                raise Refused("form_has_mistakes")
            saved = commands.write_campaign(
                session, campaign, actor=principal().actor(), now=utc_now(),
                campaign_id=campaign_id,
                version=request.form.get("version", type=row_number, default=0),
            )  # fmt: skip
    except MarketError as refusal:
        return _again(campaign_id, reader, refusal)
    say(_("Saved."))
    return see_other("campaigns.edit", campaign_id=saved)


def _again(campaign_id: int | None, reader: Reader, refusal: MarketError) -> Response:
    view = None
    if campaign_id is not None:
        with reading() as session:
            view = queries.get_campaign(session, campaign_id)
    return _page(request.form, view, mistakes=reader.mistakes, refusal=refusal)


def _shown(view: queries.CampaignView) -> Posted:
    shown = Posted({
        "name_th": view.name_th, "name_en": view.name_en, "words_th": view.words_th,
        "words_en": view.words_en, "starts_on": view.starts_on.isoformat(),
        "ends_on": view.ends_on.isoformat(), "version": str(view.version),
        "round": str(view.round_id or ""), "products": "\n".join(view.product_codes),
    })  # fmt: skip
    shown.setlist("group", [str(key) for key in view.group_ids])
    return shown


def _page(
    typed: Posted,
    view: queries.CampaignView | None,
    *,
    mistakes: dict[str, str] | None = None,
    refusal: MarketError | None = None,
) -> Response:
    with reading() as session:
        result = queries.result_of(session, view) if view else None
        rounds = queries.rounds_to_choose(session)
        groups = queries.group_names(session)
    return page(
        "campaigns/edit.html", typed=typed, view=view, result=result, rounds=rounds, groups=groups,
        mistakes=mistakes or {}, wrong=sentence(refusal),
        shows=bool(view and view.shows_at(utc_now())),
        status=status_of(refusal),
    )  # fmt: skip
