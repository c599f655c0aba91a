"""For trying the market out: one button that lets the simulated people do their part.

Development only; in production the address does not exist.
"""

from __future__ import annotations

from random import Random

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.doorbell import MATCH_ROUND, SWEEP_ANSWERS, SWEEP_FULFILMENT, SWEEP_PAYMENTS, ring
from market.errors import NotFound
from market.overviews.play.stages import Stage, Standing
from market.overviews.play.stepping import step
from market.rounds.queries import round_thing
from market.web import allow, say, see_other

bp = Blueprint("play", __name__)


@bp.post("/play/<int:round_id>/step")
@allow("match.run", round_thing)
def go_on(round_id: int) -> Response:
    """Groups answer, buyers pay, goods are made and taken away: whatever the round waits for."""
    if not current_app.extensions["market_config"].is_development:
        raise NotFound("not_found")
    rng = Random()  # noqa: S311  behaviour of simulated people, not a secret
    seen = request.form.get("stage", "")
    left = step(
        round_id, seen, rng, match=lambda due, _now: ring(MATCH_ROUND, due), now=utc_now()
    )  # fmt: skip
    for bell in (SWEEP_ANSWERS, SWEEP_PAYMENTS, SWEEP_FULFILMENT):
        ring(bell)  # as the desks that these people would use
    say(_done(seen, left))
    return see_other("board.show", round_id=round_id)


def _done(seen: str, left: Standing | None) -> str:
    if left is None or left.stage != seen:
        return str(_("The simulated people have done their part."))
    if seen == Stage.MATCHING:
        return str(_("The match is being computed. Look again in a few seconds."))
    return str(_("Somebody is still waited for. Look at the board, or once more."))
