"""The inbox, and in development the page where kept mail is read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app
from flask_babel import gettext

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import NotFound
from market.notices.commands import mark_one_seen, mark_seen, notify, post_letter
from market.notices.desk import views as channels
from market.notices.kept import find_kept, list_kept
from market.notices.own import views as ways
from market.notices.queries import inbox_of, link_of, notice_thing
from market.notices.sms import views as reports
from market.notices.words import inbox_line
from market.web import allow, page, principal, say, see_other

bp = Blueprint("notices", __name__)
BLUEPRINTS = (bp, channels.bp, ways.bp, reports.bp)
INBOX_SIZE = 60


def init_app(app: Flask) -> None:
    """Carry the sign-in library's letters; add the developer's pages in development only."""
    app.extensions["market_letters"] = _carry
    app.extensions["market_news"] = _tell_of_account
    if app.extensions["market_config"].is_development:
        app.add_url_rule("/dev/mail", "notices.dev_mail", dev_mail)
        app.add_url_rule("/dev/mail/<name>", "notices.dev_letter", dev_letter)


@bp.get("/inbox")
@allow("notice.list")
def inbox() -> Response:
    """What the market has told this person, unread first."""
    who = principal()
    with reading() as session:
        items = inbox_of(session, who.user_id, who.buyer_ids, INBOX_SIZE)
    lines = [(item, inbox_line(item.event, item.payload)) for item in items]
    return page("notices/inbox.html", lines=lines, unread=any(not item.seen for item in items))


@bp.post("/inbox/seen")
@allow("notice.list")
def all_seen() -> Response:
    """Everything counts as read."""
    who = principal()
    with transaction() as session:
        mark_seen(session, user_id=who.user_id, buyer_ids=who.buyer_ids, now=utc_now())
    say(gettext("All read."))
    return see_other("notices.inbox")


@bp.post("/inbox/<int:notice_id>")
@allow("notice.see", notice_thing)
def open_notice(notice_id: int) -> Response:
    """Mark one as read and go where it points."""
    with transaction() as session:
        mark_one_seen(session, notice_id, utc_now())
        link = link_of(session, notice_id)
    return Response(status=303, headers={"Location": link})


@allow("market.see")
def dev_mail() -> Response:
    """Development: letters and text messages that were kept instead of sent."""
    home = current_app.extensions["market_config"].market_home
    return page("notices/dev_mail.html", letters=list_kept(home))


@allow("market.see")
def dev_letter(name: str) -> Response:
    """Development: one kept letter."""
    letter = find_kept(current_app.extensions["market_config"].market_home, name)
    if letter is None:
        raise NotFound("not_found", what="letter")
    return page("notices/dev_letter.html", letter=letter)


def _carry(user: Any, address: str, words: dict[str, str]) -> None:
    """Put a letter about an account into the outbox, together with what the library changed."""
    now = utc_now()
    with transaction() as session:
        session.flush()  # a user who is just joining has no id before
        post_letter(
            session,
            user_id=user.id,
            address=address,
            subject=f"user:{user.id}:{now.isoformat()}",
            payload=words,
            language=user.language or "th",
            now=now,
        )
    ring(SEND_NOTICES)


def _tell_of_account(user: Any, what: str) -> None:
    """Bring word of a change to an account (a sentence in its owner's language) by their ways."""
    now = utc_now()
    with transaction() as session:
        notify(
            session,
            event="account.changed",
            subject=f"user:{user.id}:{now.isoformat()}",
            payload={"what": what, "link": "/account"},
            now=now,
            user_id=user.id,
        )
    ring(SEND_NOTICES)
