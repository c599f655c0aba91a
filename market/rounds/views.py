"""Pages of rounds: the list, planning one, its state and what each group offers in it."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import MATCH_ROUND, ring
from market.errors import Refused
from market.intake import row_number
from market.rounds import commands, queries
from market.rounds.drafts import views as drafts
from market.rounds.editor import views as editor
from market.rounds.forms import RoundForm, typed_parts, typed_payment, typed_terms
from market.rounds.methods import (
    CAPABILITIES,
    Asking,
    Payee,
    PayMethod,
    PayPolicy,
    live_methods,
    offered,
    usual_methods,
)
from market.rounds.offering import views as offering
from market.rounds.offering.views import asking
from market.rounds.parts import MAKERS, PARTS, part_rules, rules_for, set_part_rules
from market.rounds.planning import views as planning
from market.rounds.signals import views as signals
from market.thai import normalise
from market.web import allow, national, page, principal, say, see_other, sentence

bp = Blueprint("rounds", __name__)
BLUEPRINTS = (bp, offering.bp, planning.bp, drafts.bp, editor.bp, signals.bp)


@bp.get("/rounds")
@allow("round.see")
def index() -> Response:
    """Every round, newest first."""
    with reading() as session:
        return page("rounds/index.html", rounds=queries.list_rounds(session))


@bp.route("/rounds/new", methods=["GET", "POST"])
@allow("round.manage", national)
def new() -> Response:
    """Plan a round; every fitting standing offer joins it."""
    form = RoundForm()
    if not form.validate_on_submit():
        return page("rounds/new.html", form=form, status=422 if request.method == "POST" else 200)
    limit = current_app.extensions["market_config"].rematch_limit
    try:
        with transaction() as session:
            planned = form.new_round(rematch_limit=limit, payee=_payee(), methods=_usual())
            actor, now = principal().actor(), utc_now()
            round_id = commands.create_round(session, planned, actor=actor, now=now)
            joined = commands.join_offers(session, round_id, now=now)
    except Refused as error:
        return page("rounds/new.html", form=form, wrong=sentence(error), status=422)
    say(_("Planned. %(n)s offers take part.", n=joined))
    return see_other("rounds.show", round_id=round_id)


@bp.get("/rounds/<int:round_id>")
@allow("round.see", queries.round_thing)
def show(round_id: int) -> Response:
    """Where a round stands and what can be done with it now."""
    with reading() as session:
        round_ = queries.get_round(session, round_id)
        offers, groups = queries.count_offers(session, round_id)
        payment = queries.payment_of(session, round_id)
    return page(
        "rounds/show.html", round=round_, offers=offers, groups=groups, payment=payment,
        choices=_choices(payment.payee),
    )  # fmt: skip


@bp.post("/rounds/<int:round_id>/payment")
@allow("round.manage", queries.round_thing)
def set_payment(round_id: int) -> Response:
    """Choose when and how a draft is paid for."""
    payment = typed_payment(request.form.get("policy", ""), request.form.getlist("method"))
    with transaction() as session:
        commands.set_payment(session, round_id, payment, actor=principal().actor(), now=utc_now())
    say(_("Saved."))
    return see_other("rounds.show", round_id=round_id)


@bp.route("/prices/parts", methods=["GET", "POST"])
@allow("round.manage", national)
def parts() -> Response:
    """What each part of a price gets, for every kind of goods or for one."""
    category = request.values.get("category", "")[:40].replace("\0", "")
    if request.method == "POST":
        shares = typed_parts({key: request.form.get(key, "") for key in PARTS})
        with transaction() as session:
            set_part_rules(session, category, shares, actor=principal().actor(), now=utc_now())
        say(_("Saved. Rounds that open from now on use it; open ones keep theirs."))
        return see_other("rounds.parts", category=category or None)
    with reading() as session:
        rules, kinds = part_rules(session), queries.categories(session)
    return page(
        "rounds/parts.html", category=category, kinds=kinds, shares=rules_for(rules, category),
        parts=[part for part in PARTS if part != MAKERS],
    )  # fmt: skip


@bp.post("/rounds/<int:round_id>/open")
@allow("round.manage", queries.round_thing)
def open_now(round_id: int) -> Response:
    """Open a draft."""
    with transaction() as session:
        commands.open_round(session, round_id, actor=principal().actor(), now=utc_now())
    say(_("The round is open."))
    return see_other("rounds.show", round_id=round_id)


@bp.post("/rounds/<int:round_id>/close")
@allow("match.run", queries.round_thing)
def close_now(round_id: int) -> Response:
    """Close before the cut-off, with a reason that everyone can read later."""
    reason = _reason()
    with transaction() as session:
        commands.close_early(
            session, round_id, actor=principal().actor(), reason=reason, now=utc_now()
        )
    ring(MATCH_ROUND, round_id)
    say(_("Closed. The match is being computed."))
    return see_other("rounds.show", round_id=round_id)


@bp.post("/rounds/<int:round_id>/cancel")
@allow("round.manage", queries.round_thing)
def cancel(round_id: int) -> Response:
    """Call a round off; buyers are told and repaid."""
    reason = _reason()
    with transaction() as session:
        commands.cancel_round(
            session, round_id, actor=principal().actor(), reason=reason, now=utc_now()
        )
    say(_("Cancelled. Everyone is told."))
    return see_other("rounds.show", round_id=round_id)


@bp.route("/group/<int:group_id>/offers/<int:round_id>", methods=["GET", "POST"])
@allow("group.offer", queries.group_thing)
def offers(group_id: int, round_id: int) -> Response:
    """How many this round: the goods, each asked for on screens of its own."""
    if request.method == "POST":
        return _set_terms(group_id, round_id)
    with reading() as session:
        round_ = queries.get_round(session, round_id)
        mine = queries.group_offers(session, round_id, group_id)
        absent = queries.absent_offers(session, round_id, group_id)
    return page("rounds/offers.html", round=round_, offers=mine, absent=absent, group_id=group_id)


@bp.post("/group/<int:group_id>/offers/<int:round_id>/withdraw")
@allow("group.offer", queries.group_thing)
def withdraw(group_id: int, round_id: int) -> Response:
    """Not this time."""
    offer_id = request.form.get("offer_id", type=row_number, default=0)
    with transaction() as session:
        if offer_id not in {o.id for o in queries.group_offers(session, round_id, group_id)}:
            raise Refused("offer_not_of_group")
        commands.withdraw_offer(session, offer_id, actor=principal().actor(), now=utc_now())
    say(_("Taken out of this round."))
    return see_other("rounds.offers", group_id=group_id, round_id=round_id)


@bp.post("/group/<int:group_id>/offers/<int:round_id>/join")
@allow("group.offer", queries.group_thing)
def take_part(group_id: int, round_id: int) -> Response:
    """Take part after all, with last round's numbers."""
    offer_id = request.form.get("offer_id", type=row_number, default=0)
    with transaction() as session:
        absent = queries.absent_offers(session, round_id, group_id)
        if offer_id not in {o.offer_id for o in absent}:
            raise Refused("offer_not_of_group")
        actor, now = principal().actor(), utc_now()
        commands.rejoin_offer(session, round_id, offer_id, actor=actor, now=now)
    say(_("Takes part, with last round's numbers."))
    return see_other("rounds.offers", group_id=group_id, round_id=round_id)


def _set_terms(group_id: int, round_id: int) -> Response:
    offer_id = request.form.get("offer_id", type=row_number, default=0)
    with transaction() as session:
        if offer_id not in {o.id for o in queries.group_offers(session, round_id, group_id)}:
            raise Refused("offer_not_of_group")
    try:
        terms = typed_terms(request.form.get("capacity", ""), request.form.get("price", ""))
        with transaction() as session:
            commands.set_terms(session, offer_id, terms, actor=principal().actor(), now=utc_now())
    except Refused as refusal:
        return asking(group_id, round_id, offer_id, refusal)
    say(_("Saved."))
    return see_other("rounds.offers", group_id=group_id, round_id=round_id)


def _payee() -> Payee:
    return Payee(current_app.extensions["market_config"].payee)


def _live() -> frozenset[PayMethod]:
    config = current_app.extensions["market_config"]
    return live_methods(config.stripe_secret_key, config.stripe_methods)


def _usual() -> list[str]:
    """A new round takes whatever this market can take."""
    return list(usual_methods(_payee(), _live(), PayPolicy.AFTER_MATCH))


def _choices(payee: Payee) -> dict[str, tuple[PayMethod, ...]]:
    """By policy, the methods that can keep its promise here."""
    return {
        str(policy): offered(CAPABILITIES, Asking(policy=policy, payee=payee, live=_live()))
        for policy in PayPolicy
    }


def _reason() -> str:
    reason = normalise(request.form.get("reason", ""))
    if not 3 <= len(reason) <= 500:
        raise Refused("reason_needed")
    return reason
