"""What every page shares: the right it needs, how it is rendered, how a refusal reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, overload
from urllib.parse import quote

from flask import (
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from market.db import reading, transaction
from market.doorbell import ring
from market.errors import MarketError, NotFound
from market.files import Store, store_of
from market.policy import allowed, link_used
from market.principals import NOTHING, Principal, Thing

STATUS = {"refused": 422, "conflict": 409, "unavailable": 503, "not_found": 404}
Find = Callable[..., Thing]
View = TypeVar("View", bound=Callable[..., Any])


class Denied(Exception):
    """The asker may not do this. The handler sends guests to sign in and others away."""


def allow(permission: str, thing: Find | None = None) -> Callable[[View], View]:
    """Mark a view with the right it needs; a view without a mark is refused to everyone.

    ``thing(session, **view_args)`` finds what is touched. Where it finds nothing the
    answer is the same as for a stranger, so that guessing tells nothing.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            _check(permission, thing, kwargs)
            return view(*args, **kwargs)

        checked.market_permission = permission  # type: ignore[attr-defined]
        checked.market_thing = thing  # type: ignore[attr-defined]
        return checked  # type: ignore[return-value]

    return mark


def machine(view: View) -> View:
    """Mark a view that a program posts to: no form token, JSON is taken. It proves who sent it."""
    view.market_machine = True  # type: ignore[attr-defined]
    return view


def most_bytes(limit: int) -> Callable[[View], View]:
    """Mark a view that takes larger posts than the rest, such as photos."""

    def mark(view: View) -> View:
        view.market_most_bytes = limit  # type: ignore[attr-defined]
        return view

    return mark


def _check(permission: str, thing: Find | None, view_args: Mapping[str, Any]) -> None:
    try:
        with reading() as session:
            what = thing(session, **view_args) if thing else NOTHING
    except NotFound:
        if principal().signed_in:
            raise
        raise Denied from None
    who = principal()
    if not allowed(who, permission, what):
        raise Denied
    g.principal = replace(who, via=link_used(who, permission, what))


def national(_session: Session, **_view_args: Any) -> Thing:
    """What concerns the whole country: rounds, matches, the market's money."""
    return Thing(area="")


def principal() -> Principal:
    """Whoever sends this request; read once a request by the loader that accounts registers."""
    if "principal" not in g:
        g.principal = current_app.extensions["market_principal"]()
    who: Principal = g.principal
    return who


def file_store() -> Store:
    """Where this installation keeps its files."""
    return store_of(current_app.extensions["market_config"])


def can(permission: str, **thing: Any) -> bool:
    """For templates: show a button only to those whom the policy lets press it."""
    return allowed(principal(), permission, Thing(**thing))


def page(template: str, *, status: int = 200, **context: Any) -> Response:
    """A rendered page with its status."""
    return make_response(render_template(template, **context), status)


def see_other(endpoint: str, **values: Any) -> Response:
    """After a post: go and GET that page, so that reloading posts nothing twice."""
    return make_response(redirect(url_for(endpoint, **values), code=303))


def say(message: str, kind: str = "done") -> None:
    """A toast on the next page."""
    flash(message, kind)


def carry_out(
    act: Callable[[Session], str | None],
    *,
    then: Response,
    again: Callable[[MarketError], Response],
    bells: Sequence[str] = (),
) -> Response:
    """Do it in one transaction, ring, say what ``act`` says was done and go on to ``then``.

    Where a rule says no nothing has changed, and ``again`` shows the page with what is wrong.
    """
    try:
        with transaction() as session:
            done = act(session)
    except NotFound:
        raise
    except MarketError as refusal:
        return again(refusal)
    for bell in bells:
        ring(bell)
    if done:
        say(done)
    return then


@overload
def sentence(error: MarketError) -> str: ...
@overload
def sentence(error: None) -> None: ...
@overload
def sentence(error: MarketError | None) -> str | None: ...
def sentence(error: MarketError | None) -> str | None:
    """The error in words a user knows, from the subject's ``sentences.py``; None for none."""
    if error is None:
        return None
    sentences: Mapping[str, Any] = current_app.extensions["market_sentences"]
    words = sentences.get(error.code)
    if words is None:
        current_app.logger.error("no sentence for error code %s", error.code)
        words = sentences["refused"]
    return refused(str(words).format_map(_Shown(error.data)))


def refused(words: str) -> str:
    """Remember why this request is refused: a form that was kept on the phone is told.

    Kept as a header carries words.
    """
    g.refused_words = quote(words)
    return words


def status_of(error: MarketError | None) -> int:
    """The HTTP status of an error's kind; 200 where nothing was refused."""
    return STATUS[error.kind] if error else 200


def language() -> str:
    """``th`` or ``en``."""
    locale = get_locale()
    return str(locale.language) if locale else "th"


def local_name(thing: Any) -> str:
    """``name_th`` or ``name_en`` of a read model, by the reader's language."""
    name: str = thing.name_th if language() == "th" else thing.name_en
    return name


def desk_nav(current: str) -> list[tuple[str, str, bool]]:
    """The work pages' menu (label, path, is it this one), of those the asker may open."""
    entries = (  # what is opened most stands first
        ("board", gettext("Board"), "/board", "board.see"),
        ("rounds", gettext("Rounds"), "/rounds", "round.see"),
        ("gather", gettext("Gather"), "/gather", "gather.see"),
        ("money", gettext("Money"), "/money", "money.see"),
        ("reports", gettext("Reports"), "/reports", "report.list"),
        ("cases", gettext("Cases"), "/board/cases", "board.see"),
        ("requests", gettext("Requests"), "/requests", "request.list"),
        ("care", gettext("Care for groups"), "/care", "care.list"),
        ("country", gettext("Overview"), "/country", "country.see"),
        ("demand", gettext("Demand"), "/demand", "demand.see"),
        ("campaigns", gettext("Campaigns"), "/market/campaigns", "round.manage"),
        ("institutions", gettext("Institutions"), "/market/institutions", "round.manage"),
        ("goods_ways", gettext("How goods travel"), "/market/channels", "round.manage"),
        ("problems", gettext("Problems"), "/money/problems", "problem.list"),
        ("books", gettext("Household sums"), "/livelihood", "books.sums"),
        ("voices", gettext("Reviews"), "/voices", "voice.list"),
        ("imports", gettext("Sheets"), "/imports", "import.list"),
        ("channels", gettext("Notices"), "/notices/channels", "notice.manage"),
        ("words", gettext("Search words"), "/market/synonyms", "synonym.edit"),
    )
    return [
        (_with_count(key, label), path, key == current)
        for key, label, path, right in entries
        if can(right, area="")
    ]


def _with_count(key: str, label: str) -> str:
    """The label, with how much waits there where its subject counts that."""
    count = current_app.extensions.get("market_waiting", {}).get(key)
    waiting = count() if count else 0
    return f"{label} {waiting}" if waiting else label


def live(show: Callable[[], Response], version: object = None) -> Response:
    """A page with a part that renews itself: 304 where its reader has it already.

    ``show`` renders the part when ``is_htmx()``, else the page. version: a value of a cheap
    question that changes whenever the part would; then an unchanged part is not rendered at
    all. Without one the tag is made of the bytes: such a part holds no form (its token differs
    each time).
    """
    if not is_htmx():
        answer = show()
    elif version is not None:
        answer = _unless_known(show, _tag_of(version))
    else:
        answer = show()
        answer.add_etag()
        answer.make_conditional(request)
    answer.vary.add("HX-Request")  # one address, two contents
    return answer


def _tag_of(version: object) -> str:
    """A tag of a version as this reader sees it, in this language."""
    who = principal()
    seen = (version, language(), who.user_id, who.actor(), request.full_path)
    return sha256(repr(seen).encode()).hexdigest()[:32]


def _unless_known(show: Callable[[], Response], tag: str) -> Response:
    answer = Response(status=304) if request.if_none_match.contains_weak(tag) else show()
    answer.set_etag(tag, weak=True)
    return answer


def is_htmx() -> bool:
    """Does a fragment do?"""
    return request.headers.get("HX-Request") == "true"


class _Shown(dict[str, Any]):
    """Data for a sentence: a missing key shows as nothing instead of failing the refusal."""

    def __missing__(self, key: str) -> str:
        return ""
