"""What waits for those who care for groups: flags, and the way from readiness 1 to 2."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading
from market.errors import MarketError
from market.mentoring import commands
from market.mentoring.forms import said
from market.mentoring.people.views import bp as people_bp
from market.mentoring.queries import people, readiness, things
from market.mentoring.rules import BY_HARM, MOST_WORDS, Stage
from market.mentoring.steps.views import bp as steps_bp
from market.mentoring.visits.views import bp as visits_bp
from market.voices.forms import typed_words as typed
from market.web import allow, carry_out, page, principal, see_other

bp = Blueprint("care", __name__)
BLUEPRINTS = (bp, steps_bp, visits_bp, people_bp)


@bp.record_once
def _count_in_menu(state: BlueprintSetupState) -> None:
    """The work pages' menu says how many flags nobody has taken on."""
    state.app.extensions.setdefault("market_waiting", {})["care"] = _waiting
    state.app.extensions["market_contacts"] = people.second_contacts  # the call list's page


def _waiting() -> int:
    with reading() as session:
        return people.count_unseen(session, principal().areas())


@bp.get("/care")
@allow("care.list")
def flags() -> Response:
    """Reasons to worry, the most harmful first."""
    areas, kind = principal().areas(), _one_of(request.args.get("kind", ""), BY_HARM)
    with reading() as session:
        found = people.open_flags(session, areas, kind, _province())
        provinces = readiness.provinces_of(session, areas)
    return page(
        "mentoring/flags.html", found=found, chosen=kind, province=_province(), provinces=provinces,
    )  # fmt: skip


@bp.get("/care/flags/<int:flag_id>")
@allow("care.do", things.flag_thing)
def flag(flag_id: int) -> Response:
    """One reason to worry: what to do, and who takes it on."""
    return _flag(flag_id)


@bp.post("/care/flags/<int:flag_id>")
@allow("care.do", things.flag_thing)
def see(flag_id: int) -> Response:
    """Somebody takes it on."""

    def act(session: Any) -> Any:
        commands.see_flag(session, flag_id, typed("note"), actor=principal().actor(), now=utc_now())
        return _("Noted. It stays on the list until it is over.")

    return carry_out(
        act, then=see_other("care.flags"), again=lambda refusal: _flag(flag_id, refusal)
    )


def _flag(flag_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        found = people.get_flag(session, flag_id)
    return page("mentoring/flag.html", flag=found, most_words=MOST_WORDS, **said(refusal))


@bp.get("/care/readiness")
@allow("care.list")
def pipeline() -> Response:
    """Every group by how far it is on the way to 2."""
    areas, stage = principal().areas(), _one_of(request.args.get("stage", ""), tuple(Stage))
    with reading() as session:
        columns = readiness.pipeline_of(session, areas, _province())
        provinces = readiness.provinces_of(session, areas)
    return page(
        "mentoring/pipeline.html", columns=columns, provinces=provinces, province=_province(),
        chosen=stage or Stage.READY.value,
    )  # fmt: skip


def _one_of(typed: str, known: Iterable[str]) -> str:
    """What was asked for, if there is such a one; else ''."""
    return typed if typed in {str(one) for one in known} else ""


def _province() -> str:
    code = request.args.get("province", "")
    return code if code.isascii() and code.isdecimal() and len(code) == 2 else ""
