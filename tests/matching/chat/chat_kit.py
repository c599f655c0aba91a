"""A leader who is asked, and what they say back."""

from market.accounts.own.models import Identity
from market.matching.chat.commands import hear
from market.notices.rules import Channel, ChatEvent
from tests.factories.matching import NOW, make_leader, make_order
from tests.matching.test_answers import ask_of, one_group_round, publish

PHONE = "+66812345678"


def make_asked(session, subject, phone):
    round_, product, group = one_group_round(session)
    leader = make_leader(session, group)
    leader.us_phone_number = phone
    session.add(Identity(user_id=leader.id, provider="line", subject=subject, linked_at=NOW))
    make_order(session, round_, product, 20)
    publish(session, round_)
    return ask_of(session, group), leader, group, round_


def say(session, text="", data="", *, key="E1", sender="U1", channel=Channel.LINE, now=NOW):
    return hear(session, channel, ChatEvent(key=key, sender=sender, text=text, data=data), now=now)


def fresh(session, ask):
    session.refresh(ask)
    return ask
