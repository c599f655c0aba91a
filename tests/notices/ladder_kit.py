"""Somebody who can be reached in every way, and carriers that keep what they were given."""

from datetime import UTC, datetime

from sqlalchemy import select

from market.accounts.own.models import Identity
from market.notices.commands import add_screen, notify
from market.notices.contacts import meet
from market.notices.flows import Post
from market.notices.metering import Budget, set_budget
from market.notices.models import Notice
from market.notices.rules import Channel, NoticeState, Screen
from tests.factories.accounts import make_user
from tests.factories.mail import PatientMailer, one_letter, short_letter

NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)  # in Bangkok
NIGHT = datetime(2026, 11, 25, 16, tzinfo=UTC)
DUE, SKIPPED, SENT, SPARE, FAILED = (
    NoticeState.DUE, NoticeState.SKIPPED, NoticeState.SENT, NoticeState.SPARE, NoticeState.FAILED,
)  # fmt: skip
LINE, PUSH, EMAIL, SMS, CALL = (
    Channel.LINE, Channel.PUSH, Channel.EMAIL, Channel.SMS, Channel.CALL,
)  # fmt: skip
NEWS = "order.confirmed"


def reachable(session, phone, subject):
    user = make_user(session, phone=phone)
    session.add(Identity(user_id=user.id, provider="line", subject=subject, linked_at=NOON))
    session.flush()
    meet(session, LINE, subject, now=NOON)
    add_screen(session, user.id, Screen(f"https://push.example/{subject}", "p", "a"), NOON)
    session.flush()
    return user


def tell(session, user, event="batch.asked", now=NOON, subject="round:1:group:1", **payload):
    payload = {"group_id": 1, "round_id": 1, "link": "/l/secret"} | payload
    notify(session, event=event, subject=subject, payload=payload, now=now, user_id=user.id)


def rungs(session, event=None):
    session.expire_all()
    rows = session.scalars(select(Notice).where(Notice.channel != Channel.INAPP))
    return {row.channel: row for row in rows if event in (None, row.event)}


def post(now, *away, unsure=False):
    """Carriers of every channel; those named are away."""
    carriers = {one: PatientMailer(away=99 if one in away else 0, unsure=unsure) for one in Channel}
    del carriers[CALL]
    return Post(
        carriers=carriers, render=short_letter, clock=lambda: now, digest=one_letter,
    )  # fmt: skip


def sent(used):
    return {channel for channel, carrier in used.carriers.items() if carrier.sent}


def limit(session, channel, **budget):
    set_budget(session, channel, Budget(**budget), actor="user:1", now=NOON)
