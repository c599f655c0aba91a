"""People in a chat: whose account it is, by a one-time code or the sign-in. Never commits."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import User
from market.accounts.own.models import Identity
from market.notices.models import ChatCode, ChatContact, Notice, PushSubscription
from market.notices.rules import CODE_ALPHABET, CODE_LENGTH, Channel, NoticeState, code_in
from market.notices.sending import next_rungs

CODE_MINUTES = 15
LEFT = "left_chat"


def issue_code(session: Session, user_id: int, *, now: datetime) -> str:
    """A fresh code for this person, good once and for a quarter of an hour; older ones are not."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    values = {"code_hash": _hash(code), "expires_at": now + timedelta(minutes=CODE_MINUTES)}
    session.execute(
        pg_insert(ChatCode)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )
    return code


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def use_code(
    session: Session, channel: Channel, subject: str, words: str, *, now: datetime
) -> User | None:
    """Link this chat to whoever was shown the code in ``words``; None where it is no good."""
    code = code_in(words)
    if code is None:
        return None
    user_id = session.scalar(
        delete(ChatCode)
        .where(ChatCode.code_hash == _hash(code), ChatCode.expires_at > now)
        .returning(ChatCode.user_id)
    )
    user = session.get(User, user_id) if user_id is not None else None
    if user is None or not user.active:
        return None
    _bind(session, channel, subject, user.id, now)
    record(session, actor=f"user:{user.id}", subject=f"user:{user.id}", event="chat.linked",
           at=now, data={"channel": channel})  # fmt: skip
    return user


def _bind(
    session: Session, channel: Channel, subject: str, user_id: int | None, now: datetime
) -> None:
    """One chat a person and one person a chat: the newest wins."""
    if user_id is not None:
        session.execute(
            delete(ChatContact).where(
                ChatContact.channel == channel, ChatContact.user_id == user_id,
                ChatContact.subject != subject,
            )
        )  # fmt: skip
    known = {} if user_id is None else {"user_id": user_id}
    session.execute(
        pg_insert(ChatContact)
        .values(channel=channel, subject=subject, user_id=user_id, met_at=now)
        .on_conflict_do_update(
            index_elements=["channel", "subject"], set_={"met_at": now, "left_at": None} | known
        )
    )


def meet(session: Session, channel: Channel, subject: str, *, now: datetime) -> None:
    """Somebody follows us; who signed in with the same account is known at once."""
    signed_in = session.scalar(
        select(Identity.user_id).where(Identity.provider == channel, Identity.subject == subject)
    )
    _bind(session, channel, subject, signed_in, now)


def leave(session: Session, channel: Channel, subject: str, *, now: datetime) -> None:
    """They blocked us: what was on its way there takes the next way."""
    session.execute(
        update(ChatContact)
        .where(ChatContact.channel == channel, ChatContact.subject == subject)
        .values(left_at=now)
    )
    gone = session.execute(
        update(Notice)
        .where(
            Notice.channel == channel, Notice.address == subject,
            Notice.state.in_((NoticeState.DUE, NoticeState.SPARE)),
        )
        .values(state=NoticeState.SKIPPED, error=LEFT)
        .returning(Notice.id)
    )  # fmt: skip
    next_rungs(session, [row.id for row in gone], now)


def unlink(session: Session, user_id: int, channel: Channel, *, now: datetime) -> bool:
    """This person wants nothing in the chat any more. False where nothing was linked."""
    subject = session.scalar(
        select(ChatContact.subject).where(
            ChatContact.user_id == user_id, ChatContact.channel == channel
        )
    )
    if subject is None:
        return False
    leave(session, channel, subject, now=now)
    session.execute(
        delete(ChatContact).where(ChatContact.channel == channel, ChatContact.subject == subject)
    )
    record(session, actor=f"user:{user_id}", subject=f"user:{user_id}", event="chat.unlinked",
           at=now, data={"channel": channel})  # fmt: skip
    return True


def person_in_chat(session: Session, channel: Channel, sender: str) -> User | None:
    """Whose account writes: by the link, by the sign-in with the same account, or by the phone."""
    if channel is Channel.SMS:
        found = select(User).where(User.us_phone_number == sender, User.active)
    else:
        linked = select(ChatContact.user_id).where(
            ChatContact.channel == channel, ChatContact.subject == sender,
            ChatContact.user_id.is_not(None),
        )  # fmt: skip
        signed_in = select(Identity.user_id).where(
            Identity.provider == channel, Identity.subject == sender
        )
        found = (
            select(User)
            .where(User.id.in_(linked.union(signed_in)), User.active)
            .order_by(User.id.in_(linked).desc())
            .limit(1)
        )
    return session.scalars(found).one_or_none()


def addresses_of(session: Session, user_id: int) -> dict[Channel, str | None]:
    """Where each way leads to this person; None where it leads nowhere yet."""
    user = session.get_one(User, user_id)
    chat = select(ChatContact.subject).where(
        ChatContact.user_id == user_id, ChatContact.channel == Channel.LINE,
        ChatContact.left_at.is_(None),
    )  # fmt: skip
    screens = session.scalar(select(func.count()).where(PushSubscription.user_id == user_id))
    return {
        Channel.LINE: session.scalar(chat), Channel.EMAIL: user.email,
        Channel.SMS: user.us_phone_number, Channel.PUSH: str(screens) if screens else None,
    }  # fmt: skip


def forget_old_codes(session: Session, now: datetime) -> None:
    """Codes that nobody sent."""
    session.execute(text("DELETE FROM chat_code WHERE expires_at < :now"), {"now": now})
