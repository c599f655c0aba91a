"""Sending: claim, write, count, send, mark; no transaction is open while anything is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from market.db import transaction
from market.errors import MarketError, Refused, Unavailable
from market.notices.contacts import forget_old_codes
from market.notices.metering import (
    channels_away,
    note_failure,
    note_success,
    note_used,
    take_quota,
)
from market.notices.returned.commands import forget_old_addresses, note_wrong
from market.notices.rules import (
    BUNDLED,
    ESSENTIAL,
    FAILURES_IN_A_ROW,
    HANDS_OFF_SECONDS,
    MOST_IN_LETTER,
    PAID,
    Carriers,
    Channel,
    ClaimedNotice,
    Digest,
    Kind,
    Letter,
    Render,
    bundle,
    open_channels,
    sms_parts,
)
from market.notices.sending import (
    UNSURE,
    claim_due,
    end_late,
    forget_dead_links,
    forget_spares,
    give_back,
    mark_sent,
    mark_unsent,
    recover_stuck,
    skip,
    step_over,
)

BATCH = 50
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Post:
    """How messages leave: who carries which, and who writes them, and several as one letter."""

    carriers: Carriers
    render: Render
    clock: Callable[[], datetime]
    digest: Digest


def deliver(post: Post) -> int:
    """Send every due message; how many left. Safe to run anywhere, any number of times at once.

    One that cannot be sent waits longer each time and fails after five tries; one that cannot
    be written or addressed fails at once. None holds up the others, and a channel that fails
    again and again is left alone for a while. Phones do not ring at night: what would make them
    is claimed in the morning, and news of one night come in one message.
    """
    sent = 0
    while claimed := _claim(post.clock()):
        sent += _deliver_all(claimed, post)
    return sent


def tidy(now: datetime) -> None:
    """What nobody needs any more: codes not sent, links of letters long dead, spare ways,
    addresses that were wrong long ago.
    """
    with transaction() as session:
        forget_old_codes(session, now)
        forget_dead_links(session, now)
        forget_spares(session, now)
        forget_old_addresses(session, now)


def meter(count: Callable[[], int], channel: Channel, now: datetime) -> None:
    """Take over what the channel's service has counted this month.

    A service that is away, or counts nonsense, changes nothing.
    """
    try:
        used = count()
    except (Unavailable, Refused) as failure:
        logger.warning("%s did not tell what was used: %s", channel, failure.code)
        return
    with transaction() as session:
        note_used(session, channel, used, now)


def _claim(now: datetime) -> list[ClaimedNotice]:
    with transaction() as session:
        recover_stuck(session, now)
        end_late(session, now)
        away = channels_away(session, now)
        step_over(session, away, now)
        return claim_due(session, now, BATCH, open_channels(now) - away)


def _deliver_all(claimed: Sequence[ClaimedNotice], post: Post) -> int:
    """One after the other, as long as the claim holds and their channel answers."""
    until = post.clock() + timedelta(seconds=HANDS_OFF_SECONDS)
    sent, down = 0, set[Channel]()
    for together in _bundles(claimed):
        channel = together[0].channel
        if channel in down or post.clock() > until:
            with transaction() as session:
                give_back(session, [one.id for one in together])
            continue
        left = _deliver_one(together, post)
        sent += left or 0
        if left is None:
            down.add(channel)
    return sent


def _bundles(claimed: Sequence[ClaimedNotice]) -> Iterator[list[ClaimedNotice]]:
    """What travels together: all news for one phone, a round's letters to one person.

    A question on a phone goes alone; in a letter it stands first.
    """

    def key(one: ClaimedNotice) -> tuple[str, str, str, str, int]:
        by_mail = one.channel is Channel.EMAIL and bool(one.round)
        alone = not by_mail and (one.channel not in BUNDLED or one.kind is Kind.ASK)
        about = (one.round, one.language) if by_mail else ("", "")
        return (one.channel, one.address, *about, one.id if alone else 0)

    for _key, group in groupby(sorted(claimed, key=key), key=key):
        together = sorted(group, key=lambda one: (one.kind is not Kind.ASK, one.id))
        for at in range(0, len(together), MOST_IN_LETTER):
            yield together[at : at + MOST_IN_LETTER]


def _deliver_one(together: Sequence[ClaimedNotice], post: Post) -> int | None:
    """How many notices left; None where their channel is left alone from now on."""
    written = [(one, letter) for one in together if (letter := _written(one, post))]
    if not written:
        return 0
    notices = [one for one, _letter in written]
    letters, language = [letter for _one, letter in written], notices[0].language
    by_mail = notices[0].channel is Channel.EMAIL and len(letters) > 1
    letter = post.digest(letters, language) if by_mail else bundle(letters)
    if not _may_leave(notices, letter, post):
        return 0
    try:
        ref = post.carriers[notices[0].channel].send(letter)
    except (Unavailable, Refused) as failure:
        return _not_sent(notices, failure, post.clock())
    except Exception as failure:  # of a vendor's library: this message's own, nobody else's
        logger.exception("notice %s cannot be sent", notices[0].id)
        odd = Refused("notice_unsendable", reason=type(failure).__name__)
        return _not_sent(notices, odd, post.clock())
    with transaction() as session:
        mark_sent(session, [one.id for one in notices], post.clock(), ref)
        note_success(session, notices[0].channel)
    return len(notices)


def _not_sent(notices: Sequence[ClaimedNotice], failure: MarketError, now: datetime) -> int | None:
    """Later again, or never where it makes no sense or might cost twice."""
    channel, reason = notices[0].channel, str(failure.data.get("reason", failure.code))
    never = isinstance(failure, Refused)
    unsure = bool(failure.data.get("unsure")) and channel is Channel.SMS
    logger.warning("notice %s was not sent by %s: %s", notices[0].id, channel, reason)
    with transaction() as session:
        for one in notices:
            mark_unsent(session, one, UNSURE if unsure else reason, now, over=never or unsure)
        if failure.data.get("wrong"):
            note_wrong(session, notices[0].address, now)
        failures = 0 if never else note_failure(session, channel, reason, now)
    return None if failures >= FAILURES_IN_A_ROW else 0


def _may_leave(notices: Sequence[ClaimedNotice], letter: Letter, post: Post) -> bool:
    """Whether somebody carries it and the month's budget holds it; else the next way comes now."""
    first = notices[0]
    if first.channel not in post.carriers:
        return _skip(notices, "no_carrier", post)
    if first.channel not in PAID or first.counted:
        return True
    messages = sms_parts(letter.text) if first.channel is Channel.SMS else 1
    with transaction() as session:
        counted = take_quota(
            session, first.channel, [one.id for one in notices], messages,
            essential=any(one.event in ESSENTIAL for one in notices), now=post.clock(),
        )  # fmt: skip
    return counted or _skip(notices, "budget_used_up", post)


def _skip(notices: Sequence[ClaimedNotice], why: str, post: Post) -> bool:
    with transaction() as session:
        for one in notices:
            skip(session, one, why, post.clock())
    return False


def _written(notice: ClaimedNotice, post: Post) -> Letter | None:
    """The letter, or None after noting that it cannot be written.

    Any mistake in one event's words must not stop everybody else's mail, hence the wide net.
    """
    try:
        return post.render(notice)
    except Exception as failure:
        logger.exception("notice %s (%s) cannot be written", notice.id, notice.event)
        why = f"{type(failure).__name__}: {failure}"
        with transaction() as session:
            mark_unsent(session, notice, why, post.clock(), over=True)
        return None
