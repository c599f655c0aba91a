"""The market's look at its channels: what they cost, what became of each notice, and its words."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import force_locale
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, NotFound, Refused
from market.filters import NO_BREAK
from market.money import satang
from market.notices import editing
from market.notices.carriers import carriers_of
from market.notices.desk.names import name_of, named_events
from market.notices.desk.queries import NEWEST, PAGE, list_ways, meters
from market.notices.editing import MAIL, SHORT, EditedWords
from market.notices.metering import Budget, set_budget
from market.notices.places import places_of
from market.notices.returned.queries import returned_of
from market.notices.rules import Channel, NoticeState, sms_parts
from market.notices.samples import SAMPLES, event_of, sample_of
from market.notices.sending import send_again
from market.notices.words import context_of, filled, usual_words
from market.thai import arabic_digits
from market.web import (
    allow,
    carry_out,
    national,
    page,
    principal,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("channels", __name__)
FORMS, LANGUAGES = (MAIL, SHORT), ("th", "en")
Key = tuple[str, str, str]
_BAHT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")


@bp.get("/notices/channels")
@allow("notice.manage", national)
def index() -> Response:
    """What each channel sent and cost this month, and what did not leave."""
    return _index(None)


def _index(refusal: MarketError | None) -> Response:
    config, now = current_app.extensions["market_config"], utc_now()
    with reading() as session:
        shown, returned = meters(session, now), returned_of(session, now)
        dead = list_ways(session, state=NoticeState.FAILED)
    return page(
        "notices/channels.html", meters=shown, dead=dead, dead_shown=PAGE, name_of=name_of, now=now,
        carried=carriers_of(config).keys(), returned=returned,
        reads_returned=config.bounce_mailbox is not None,
        error=sentence(refusal),
        status=status_of(refusal),
    )  # fmt: skip


@bp.post("/notices/channels/budget")
@allow("notice.manage", national)
def budget() -> Response:
    """What a message of a channel costs, and what a month may cost."""
    return carry_out(_keep_budget, then=see_other("channels.index"), again=_index)


def _keep_budget(session: Any) -> str:
    typed = request.form
    if typed.get("channel") not in tuple(Channel):
        raise Refused("budget_wrong")
    given = Budget(
        message_satang=_satang("message_baht") or 0, month_satang=_satang("month_baht"),
        month_messages=_count("month_messages"), reserve_percent=_count("reserve_percent") or 0,
    )  # fmt: skip
    set_budget(session, Channel(typed["channel"]), given, actor=principal().actor(), now=utc_now())
    return str(_("Kept. It counts from the next message on."))


def _satang(name: str) -> int | None:
    typed = arabic_digits(request.form.get(name, "").strip().replace(",", ""))
    if typed and not _BAHT.fullmatch(typed):
        raise Refused("budget_wrong")
    return satang(typed) if typed else None


def _count(name: str) -> int | None:
    typed = arabic_digits(request.form.get(name, "").strip().replace(",", ""))
    if typed and not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise Refused("budget_wrong")
    return int(typed) if typed else None


@bp.post("/notices/failed/<int:notice_id>/again")
@allow("notice.manage", national)
def again(notice_id: int) -> Response:
    """A person looked at it: try once more."""

    def act(session: Any) -> str:
        if not send_again(session, notice_id, utc_now()):
            raise Refused("not_dead")
        return str(_("It is sent again now."))

    then = see_other("channels.index")
    if request.form.get("back") == "sent":  # where it was pressed
        then = see_other("channels.sent", state=NoticeState.FAILED)
    answer = carry_out(act, then=then, again=_index)
    ring(SEND_NOTICES)
    return answer


@bp.get("/notices/sent")
@allow("notice.manage", national)
def sent() -> Response:
    """Every notice by way: waiting, sent, seen, failed or left out, with the reason."""
    channel, state = request.args.get("channel", ""), request.args.get("state", "")
    channel = channel if channel in tuple(Channel) else ""
    state = state if state in tuple(NoticeState) else ""
    typed = request.args.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 19 else NEWEST
    with reading() as session:
        rows = list_ways(session, channel=channel, state=state,
                         before=before)  # fmt: skip
    more = rows[-1].id if len(rows) == PAGE else None
    return page(
        "notices/sent.html", rows=rows, name_of=name_of, channel=channel, state=state,
        more=more,
    )  # fmt: skip


@bp.get("/notices/words")
@allow("notice.manage", national)
def words() -> Response:
    """Every event, and whether its words are the usual ones or the market's own."""
    with reading() as session:
        own = editing.words_in_use(session)
    return page("notices/words.html", events=named_events(), own=own, forms=FORMS)


@bp.route("/notices/words/<event>/<form>/<lang>", methods=["GET", "POST"])
@allow("notice.manage", national)
def edit(event: str, form: str, lang: str) -> Any:
    """Edit the words of one event in one form and language; look at them before they are used."""
    if event not in SAMPLES or form not in FORMS or lang not in LANGUAGES:
        raise NotFound("not_found", what="words")
    key = (event, form, lang)
    if request.method == "GET":
        return _edit_page(key, None)
    typed = EditedWords(
        request.form.get("subject", ""), request.form.get("body", "").replace("\r\n", "\n")
    )
    if request.form.get("act") == "try":
        return _edit_page(key, typed)
    return carry_out(
        lambda session: _save(session, key, typed),
        then=see_other("channels.words"),
        again=lambda refusal: _edit_page(key, typed, refusal),
    )


def _save(session: Any, key: Key, typed: EditedWords) -> str:
    actor, now = principal().actor(), utc_now()
    if request.form.get("act") == "usual":
        editing.withdraw_words(session, key, actor=actor, now=now)
        return str(_("The usual words are used again."))
    _tried(key, typed)
    editing.save_words(session, key, typed, actor=actor, now=now)
    return str(_("Saved. The next notice has these words."))


def _edit_page(key: Key, typed: EditedWords | None, refusal: MarketError | None = None) -> Response:
    event, form, lang = key
    with reading() as session:
        own = editing.words_in_use(session).get(key)
    words, shown = typed or own or _usual_places(key), None
    try:
        shown = _tried(key, words)
    except Refused as wrong:
        refusal = refusal or wrong
    return page(
        "notices/edit.html",
        event=event, form=form, words_lang=lang, own=own, words=words, shown=shown,
        title=name_of(event), places=_places(key), usual=_usual(key),
        letters=len(shown.body) if shown else 0,
        parts=sms_parts(shown.body) if shown and form == SHORT else None,
        error=sentence(refusal),
        status=status_of(refusal),
    )  # fmt: skip


def _places(key: Key) -> dict[str, str]:
    with force_locale(key[2]):
        return dict(sorted(places_of(context_of(sample_of(key[0], key[2]))).items()))


def _tried(key: Key, words: EditedWords) -> EditedWords:
    """The words as their reader would see them. Raises Refused for a wrong place."""
    with force_locale(key[2]):
        return filled(words, sample_of(key[0], key[2]))


def _usual_places(key: Key) -> EditedWords:
    """The usual words with their places in braces again, to begin from."""
    usual, places = _usual(key), _places(key)
    opened = (
        editing.opened(words.replace(NO_BREAK, " "), places)  # as the places are
        for words in (usual.subject, usual.body)
    )
    return EditedWords(*opened)


def _usual(key: Key) -> EditedWords:
    event, form, lang = key
    return usual_words(event_of(event), form, lang, sample_of(event, lang))
