"""The coordinator tries changes beside a match, compares, and takes over what is theirs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import MATCH_ROUND, SIMULATE, ring
from market.errors import Conflict, Refused
from market.intake import row_number
from market.matching import queries, words
from market.matching.commands.simulating import (
    clear_choices,
    request_simulation,
    use_simulation,
)
from market.matching.queries.simulations import simulation_thing
from market.matching.queries.trials import FEW_ROWS, get_trial_view
from market.matching.queries.trying import (
    FORM_OFFERS,
    TryOffer,
    changes_of,
    choice_reason,
    choices_of,
    name_changes,
    newest_match_id,
    offers_to_try,
)
from market.matching.rules import SimulationState
from market.matching.whatif.forms import TryForm, filled
from market.matching.whatif.rules import PERCENTS, Changes, merge
from market.web import allow, is_htmx, live, page, principal, say, see_other, sentence, status_of

bp = Blueprint("whatif", __name__)
ALL_ROWS = 500
BUSY = (SimulationState.WAITING, SimulationState.RUNNING)


@bp.get("/rounds/<int:round_id>/match/try")
@allow("match.run", queries.match_thing)
def show(round_id: int) -> Response:
    """The form: one product's offers with what may be tried on each."""
    context = _form(round_id, request.args.get("find", ""))
    if context["match"].run is None:
        return see_other("matching.show_round", round_id=round_id)
    context["values"] = filled(context["before"], context["offers"])
    return page("matching/try.html", form=TryForm(), faults={}, **context)


def _form(round_id: int, typed: str) -> dict[str, Any]:
    product_id, like = (request.values.get(n, type=row_number) for n in ("product", "like"))
    find = typed[:100]
    with reading() as session:
        match = queries.get_match(session, round_id, product_id)
        run_id = newest_match_id(session, round_id)
        offers: tuple[TryOffer, ...] = ()
        if run_id and match.chosen:
            offers = offers_to_try(session, run_id, match.chosen.id, find)
        before, reason = _before(session, round_id, like)
        named = name_changes(session, before)
    return {
        "match": match, "offers": offers, "before": before, "like": like, "find": find,
        "reason": reason, "named": named, "percents": PERCENTS, "most": FORM_OFFERS,
        "words": words,
    }  # fmt: skip


def _before(session: Any, round_id: int, like: int | None) -> tuple[Changes, str | None]:
    """Where a what-if starts: from another one, or from what is pinned now."""
    if like is not None:
        return changes_of(session, round_id, like)
    return choices_of(session, round_id), choice_reason(session, round_id)


@bp.post("/rounds/<int:round_id>/match/try")
@allow("match.run", queries.match_thing)
def start(round_id: int) -> Response:
    """Ask the worker for a what-if."""
    form = TryForm()
    context = _form(round_id, form.find.data or "")
    offers, groups = form.read(context["offers"])
    if not form.validate_on_submit() or form.faults:
        return _again(context, form, None, 422)
    changes = merge(context["before"], offers, groups)
    try:
        with transaction() as session:
            simulation_id = request_simulation(
                session, round_id, changes, reason=form.words(), actor=principal().actor(),
                now=utc_now(),
            )  # fmt: skip
    except (Refused, Conflict) as refusal:
        return _again(context, form, sentence(refusal), status_of(refusal))
    ring(SIMULATE, simulation_id)
    return see_other("whatif.see", round_id=round_id, simulation_id=simulation_id)


def _again(context: dict[str, Any], form: TryForm, error: str | None, status: int) -> Response:
    values = request.form.to_dict()
    if "reason" in values:
        context["reason"] = values["reason"]
    return page(
        "matching/try.html", status=status, form=form, values=values, faults=form.faults,
        error=error, **context,
    )  # fmt: skip


@bp.get("/rounds/<int:round_id>/match/tries/<int:simulation_id>")
@allow("match.run", simulation_thing)
def see(round_id: int, simulation_id: int) -> Response:
    """Two plans side by side, or that it is being computed; then it asks until it is done."""
    if is_htmx():
        return _still(round_id, simulation_id)
    every = request.args.get("all", type=int) == 1
    with reading() as session:
        trial = get_trial_view(
            session, round_id, simulation_id, most=ALL_ROWS if every else FEW_ROWS
        )
    return page("matching/trial.html", trial=trial, every=every, words=words)


def _still(round_id: int, simulation_id: int) -> Response:
    """304 while it is computed, else the page is loaded anew."""
    with reading() as session:
        state = get_trial_view(session, round_id, simulation_id, most=1).state
    if state in BUSY:
        return live(lambda: Response("", mimetype="text/html"), state)
    return Response(headers={"HX-Refresh": "true"})


@bp.post("/rounds/<int:round_id>/match/tries/<int:simulation_id>/use")
@allow("match.run", simulation_thing)
def use(round_id: int, simulation_id: int) -> Response:
    """Take over its pins and weights and match the round anew."""
    with transaction() as session:
        use_simulation(session, round_id, simulation_id, actor=principal().actor(), now=utc_now())
    ring(MATCH_ROUND, round_id)
    say(_("Taken over. The match is being computed again."))
    return see_other("matching.show_round", round_id=round_id)


@bp.post("/rounds/<int:round_id>/match/unpin")
@allow("match.run", queries.match_thing)
def unpin(round_id: int) -> Response:
    """Take back all pins and weights and match the round anew."""
    with transaction() as session:
        clear_choices(session, round_id, actor=principal().actor(), now=utc_now())
    ring(MATCH_ROUND, round_id)
    say(_("Taken back. The match is being computed again."))
    return see_other("matching.show_round", round_id=round_id)
