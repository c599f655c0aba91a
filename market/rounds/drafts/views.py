"""Pages that change a draft as a whole, and make a template from a round."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError
from market.rounds.drafts import commands, queries
from market.rounds.planning.forms import Reader
from market.rounds.planning.queries import choosable
from market.rounds.queries import get_round, round_thing
from market.web import allow, national, page, principal, say, see_other, sentence, status_of

bp = Blueprint("drafts", __name__)


@bp.post("/rounds/<int:round_id>/template")
@allow("round.manage", round_thing)
def make_template(round_id: int) -> Response:
    """A template like this round; the one made before where there is one."""
    with transaction() as session:
        template_id = commands.make_template(
            session, round_id, actor=principal().actor(), now=utc_now()
        )
    say(_("The template plans nothing yet. Look it over, then say how many rounds it keeps ready."))
    return see_other("planning.template", template_id=template_id)


@bp.route("/rounds/<int:round_id>/points", methods=["GET", "POST"])
@allow("round.manage", round_thing)
def points(round_id: int) -> Response:
    """Where a planned round is delivered to."""
    if request.method == "GET":
        return _points_page(round_id, None)
    reader = Reader(request.form)
    try:
        with transaction() as session:
            commands.set_points(
                session, round_id, reader.ids("point"), seen=reader.ids("seen"),
                actor=principal().actor(), now=utc_now(),
            )  # fmt: skip
    except MarketError as refusal:
        return _points_page(round_id, refusal)
    say(_("Saved."))
    return see_other("rounds.show", round_id=round_id)


def _points_page(round_id: int, refusal: MarketError | None) -> Response:
    with reading() as session:
        chosen = queries.points_of(session, round_id)
        return page(
            "drafts/points.html", round=get_round(session, round_id), chosen=chosen,
            points=choosable(session).points, wrong=sentence(refusal),
            status=status_of(refusal),
        )  # fmt: skip


@bp.post("/rounds/days/move")
@allow("round.manage", national)
def move() -> Response:
    """Move the drafts that meet a day off, each to the day that the page showed."""
    with transaction() as session:
        done = commands.move_drafts(session, _seen(), actor=principal().actor(), now=utc_now())
    say(" ".join([_("Planned rounds moved: %(n)s", n=done.rounds), *_left_out(done.left_out)]))
    return see_other("planning.days_off")


def _left_out(count: int) -> list[str]:
    if not count:
        return []
    return [_("%(n)s offers left them: no season or no papers on the new days.", n=count)]


def _seen() -> dict[int, date]:
    found = {}
    for value in request.form.getlist("move")[:500]:
        round_id, _colon, day = value.partition(":")
        try:
            found[int(round_id[:12])] = date.fromisoformat(day)
        except ValueError:
            continue  # no row of the page looks like this
    return found
