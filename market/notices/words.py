"""Notices in words: the letter and the inbox line of an event, from its templates.

An event's words are ``mail/<event>.subject.txt``, ``mail/<event>.txt``, if wanted
``mail/<event>.html``, and ``notices/<event>.txt``. They see the payload's keys by name, ``url``
(the link as a whole address) and ``payload``. Keys that end in _at or _by arrive as moments,
in _on as days; for each that ends in _path there is the whole address as _url. A stop_now_path
becomes the letter's List-Unsubscribe. Part of the edge: handed to the flow, which knows no
templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale

from market.notices.rules import ClaimedNotice, Letter, one_line


def render_letter(notice: ClaimedNotice) -> Letter:
    """The letter in its reader's language. Raises jinja2.TemplateNotFound for unknown events."""
    templates = current_app.jinja_env
    name, data = f"mail/{notice.event}", context_of(notice.payload)
    with force_locale(notice.language):
        subject = templates.get_template(f"{name}.subject.txt").render(data)
        text = templates.get_template(f"{name}.txt").render(data)
        html = templates.select_template([f"{name}.html", "mail/plain.html"]).render(
            data, subject=one_line(subject), text=text, language=notice.language
        )
    return Letter(
        key=f"notice-{notice.id}",
        to=notice.address,
        subject=one_line(subject),
        text=text.strip() + "\n",
        html=html,
        stop_url=data.get("stop_now_url"),
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
