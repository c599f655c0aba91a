"""Notices in words: the letter and the inbox line of an event, from its templates.

An event's words are ``mail/<event>.subject.txt``, ``mail/<event>.txt``, if wanted
``mail/<event>.html``, and ``notices/<event>.txt``. They see the payload's keys by name, ``url``
(the link as a whole address) and ``payload``. Keys that end in _at or _by arrive as moments,
in _on as days; for each that ends in _path there is the whole address as _url. A stop_now_path
becomes the letter's List-Unsubscribe. Part of the edge: handed to the flow, which knows no
templates.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale, gettext

from market.errors import Refused
from market.notices.editing import MAIL, SHORT, EditedWords
from market.notices.places import fill, places_of
from market.notices.rules import Button, Channel, ClaimedNotice, Kind, Letter, one_line
from market.notices.samples import key_of

MARKET = "ตลาดลอยฟ้า"
INBOX = "/inbox"
Edited = Mapping[tuple[str, str, str], EditedWords]
logger = logging.getLogger(__name__)


def render_letter(notice: ClaimedNotice, edited: Edited | None = None) -> Letter:
    """The message in its reader's language, in the form of its channel.

    edited: the market's own words by (event, form, language); they win over the templates.
    Raises jinja2.TemplateNotFound for unknown events.
    """
    with force_locale(notice.language):
        if notice.channel is Channel.EMAIL:
            return _mail(notice, edited or {})
        return _short(notice, edited or {})


def _mail(notice: ClaimedNotice, edited: Edited) -> Letter:
    data = context_of(notice.payload)
    words = _own(notice, MAIL, edited) or _usual_mail(notice.event, data)
    html = current_app.jinja_env.select_template(
        [f"mail/{notice.event}.html", "mail/plain.html"]
    ).render(data, subject=one_line(words.subject), text=words.body, language=notice.language)
    return Letter(
        key=f"notice-{notice.id}",
        to=notice.address,
        subject=one_line(words.subject),
        text=words.body.strip() + "\n",
        html=html,
        stop_url=data.get("stop_now_url"),
        link=data["url"],
    )


def digest_letter(letters: Sequence[Letter], language: str) -> Letter:
    """One letter of several: each with its words and its own link, the first one's subject."""
    first = letters[0]
    with force_locale(language):
        subject = gettext(
            "%(first)s, and %(n)s more", first=first.subject, n=len(letters) - 1
        )  # fmt: skip
        data = {"letters": letters, "subject": subject, "language": language}
        mail = current_app.jinja_env.get_template
        return replace(
            first, subject=subject, text=mail("mail/digest.txt").render(data),
            html=mail("mail/digest.html").render(data), stop_url=None,
        )  # fmt: skip


def _short(notice: ClaimedNotice, edited: Edited) -> Letter:
    """A few lines for a phone's screen. A text message has no link: operators filter them."""
    own = _own(notice, SHORT, edited)
    usual: Callable[..., str] = _text_message if notice.channel is Channel.SMS else inbox_line
    public_url = current_app.extensions["market_config"].public_url
    buttons = _buttons(notice)
    return Letter(
        key=f"notice-{notice.id}",
        to=notice.address,
        subject=str(gettext("Can the group make it?")) if notice.kind is Kind.ASK else MARKET,
        text=one_line(own.body) if own else usual(notice.event, notice.payload),
        link=context_of(notice.payload)["url"],
        open_word=str(gettext("We can make part") if buttons else gettext("Open it")),
        inbox=f"{public_url}{INBOX}",
        buttons=buttons,
    )


def _own(notice: ClaimedNotice, form: str, edited: Edited) -> EditedWords | None:
    """The market's own words, filled; None where there are none, or they do not fit this notice."""
    own = edited.get((key_of(notice.event, notice.payload), form, notice.language))
    if own is None:
        return None
    try:
        return filled(own, notice.payload)
    except Refused as misfit:
        logger.warning("own words of %s do not fit notice %s: %s", notice.event, notice.id,
                       misfit.data.get("place"))  # fmt: skip
        return None


def filled(words: EditedWords, payload: Mapping[str, Any]) -> EditedWords:
    """Edited words with their places filled. Raises Refused for a place that is not there."""
    places = places_of(context_of(payload))
    return EditedWords(fill(words.subject, places), fill(words.body, places))


def _buttons(notice: ClaimedNotice) -> tuple[Button, ...]:
    """All and cannot, where the payload says for which round and group; a part needs the page."""
    place = notice.payload.get("round_id"), notice.payload.get("group_id")
    if notice.kind is not Kind.ASK or None in place:
        return ()
    return (
        Button(str(gettext("We can make all")), "answer:all:{}:{}".format(*place)),
        Button(str(gettext("We cannot make it")), "answer:no:{}:{}".format(*place)),
    )


def _text_message(event: str, payload: Mapping[str, Any]) -> str:
    names = [f"sms/{event}.txt", f"notices/{event}.txt", "notices/other.txt"]
    return one_line(current_app.jinja_env.select_template(names).render(context_of(payload)))


def usual_words(event: str, form: str, lang: str, payload: Mapping[str, Any]) -> EditedWords:
    """The usual words of an event, filled, as ``lang`` reads them."""
    with force_locale(lang):
        if form == SHORT:
            return EditedWords("", _text_message(event, payload))
        return _usual_mail(event, context_of(payload))


def _usual_mail(event: str, data: Mapping[str, Any]) -> EditedWords:
    find = current_app.jinja_env.get_template
    return EditedWords(
        find(f"mail/{event}.subject.txt").render(data), find(f"mail/{event}.txt").render(data)
    )


def inbox_line(event: str, payload: Mapping[str, Any]) -> str:
    """One or two sentences for the inbox, in the reader's language."""
    names = [f"notices/{event}.txt", "notices/other.txt"]
    return one_line(current_app.jinja_env.select_template(names).render(context_of(payload)))


def context_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates see."""
    known = {key: _value(key, value) for key, value in payload.items()}
    link = str(payload.get("link") or "/")
    public_url = current_app.extensions["market_config"].public_url
    addresses = {
        f"{key.removesuffix('_path')}_url": f"{public_url}{path}"
        for key, path in payload.items()
        if key.endswith("_path")
    }
    return known | addresses | {"payload": known, "url": f"{public_url}{link}"}


def _value(key: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if key.endswith(("_at", "_by")):
        return datetime.fromisoformat(value)
    if key.endswith("_on"):
        return date.fromisoformat(value)
    return value
