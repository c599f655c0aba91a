"""The group's page, on a phone: one thing to do, then the rest."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, request, url_for

from market.catalogue.words import CERTIFICATES
from market.clock import utc_now
from market.db import reading
from market.made_to_order.queries.listing import requests_of_group
from market.matching import words
from market.matching.queries import waiting_asks
from market.overviews.desk import queries
from market.overviews.desk.rules import by_member, next_task, short_name
from market.principals import Thing
from market.web import allow, can, is_htmx, live, local_name, page, principal, see_other

bp = Blueprint("desk", __name__)
ANSWERS = frozenset({"all", "part", "no"})


def desk_thing(session: Any, group_id: int) -> Thing:
    """The group; for the holder of a link also the round that the link is for."""
    group = queries.get_group(session, group_id)
    return Thing(area=group.area, group_id=group_id, round_id=next(iter(_linked(group_id)), None))


def _linked(group_id: int) -> list[int]:
    """Rounds in which the asker may answer for the group by link."""
    return [
        link.round_id
        for link in principal().links
        if link.group_id == group_id and link.round_id is not None
    ]


def round_thing(session: Any, group_id: int, round_id: int) -> Thing:
    """The group in a round: a link is for just that."""
    return Thing(
        area=queries.get_group(session, group_id).area, group_id=group_id, round_id=round_id
    )


@bp.get("/group/<int:group_id>/rounds/<int:round_id>")
@allow("group.desk", round_thing)
def arrive(group_id: int, round_id: int) -> Response:
    """Where a message's link leads: to the question itself while one waits, else to the day."""
    with reading() as session:
        asks = waiting_asks(session, group_id, now=utc_now(), round_ids=[round_id])
    if not asks:
        return see_other("desk.today", group_id=group_id)
    opens = request.args.get("a", "")
    anchor = opens if opens in ANSWERS else None
    return see_other("matching.ask", ask_id=asks[0].id, _anchor=anchor)


@bp.get("/group/<int:group_id>")
@allow("group.desk", desk_thing)
def today(group_id: int) -> Response:
    """What waits for the group. A link shows its own round only, and no money."""
    now = utc_now()
    with reading() as session:
        area = queries.get_group(session, group_id).area
        own = can("group.desk", group_id=group_id, area=area)
        desk = queries.get_desk(
            session,
            group_id,
            now=now,
            round_ids=None if own else _linked(group_id),
            money=can("group.money", group_id=group_id, area=area),
        )
        requests = requests_of_group(session, group_id) if own else ()
    show = partial(
        page, "desk/today.html", desk=desk, requests=requests, now=now, task=next_task(desk),
        certificate_words=CERTIFICATES,
    )  # fmt: skip
    if is_htmx():  # static/js/watch.js: only whether it is still the same
        return live(lambda: Response("", mimetype="text/html"), (desk, requests))
    return live(show)


@bp.app_context_processor
def ways() -> dict[str, Any]:
    """For the header of every page of a group: ``group_way()``."""
    return {"group_way": group_way}


def group_way(group_id: int | None = None) -> tuple[str, str] | None:
    """The address of the group's day and the group's name; None where no group is meant.

    group_id: of pages whose address does not name it; 0 for the asker's own, if there is
    just one; -1 for none, whatever the address (a page about a failure asks nothing).
    """
    if group_id == 0:
        own = principal().group_ids()
        group_id = own[0] if len(own) == 1 else None
    elif group_id is None and request.path.startswith("/group/"):
        group_id = (request.view_args or {}).get("group_id")
    if group_id in (None, -1) or request.endpoint == "desk.today":
        return None
    with reading() as session:
        group = queries.get_group(session, group_id)
    return url_for("desk.today", group_id=group_id), short_name(local_name(group))


@bp.get("/group/<int:group_id>/make")
@allow("group.desk", desk_thing)
def make_list(group_id: int) -> Response:
    """What to make now: the big numbers, by product and by member, and why so many."""
    with reading() as session:
        group = queries.get_group(session, group_id)
        own = can("group.desk", group_id=group_id, area=group.area)
        rounds = None if own else _linked(group_id)
        made = queries.make_list(session, group_id, rounds)
    return page("desk/make.html", group=group, made=made, members=by_member(made), words=words)
