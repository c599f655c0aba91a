"""Sending letters: claim, write, send, mark; no transaction is open while mail is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from market.db import transaction
from market.errors import Refused, Unavailable
from market.notices.commands import claim_due, give_up, mark_sent, mark_unsent, recover_stuck
from market.notices.rules import ClaimedNotice, Letter, Mailer, Render

BATCH = 50
logger = logging.getLogger(__name__)


def deliver(mailer: Mailer, render: Render, clock: Callable[[], datetime]) -> int:
    """Send every due letter; how many left. Safe to run anywhere, any number of times at once.

    One that cannot be sent waits longer each time and fails after five tries; one that cannot
    be written or addressed fails at once. None holds up the others.
    """
    sent = 0
    while True:
        with transaction() as session:
            recover_stuck(session, clock())
            claimed = claim_due(session, clock(), BATCH)
        if not claimed:
            return sent
        sent += sum(_deliver_one(notice, mailer, render, clock) for notice in claimed)


def _deliver_one(
    notice: ClaimedNotice, mailer: Mailer, render: Render, clock: Callable[[], datetime]
) -> bool:
    letter = _written(notice, render)
    if letter is None:
        return False
    try:
        mailer.send(letter)
    except Unavailable as failure:
        logger.warning("notice %s was not sent, later again: %s", notice.id, failure.data)
        with transaction() as session:
            mark_unsent(session, notice, str(failure.data.get("reason", failure.code)), clock())
        return False
    except Refused as failure:
        logger.warning("notice %s can never be sent: %s", notice.id, failure.code)
        with transaction() as session:
            give_up(session, notice.id, failure.code)
        return False
    with transaction() as session:
        mark_sent(session, notice.id, clock())
    return True


def _written(notice: ClaimedNotice, render: Render) -> Letter | None:
    """The letter, or None after noting that it cannot be written.

    Any mistake in one event's words must not stop everybody else's mail, hence the wide net.
    """
    try:
        return render(notice)
    except Exception as failure:
        logger.exception("notice %s (%s) cannot be written", notice.id, notice.event)
        with transaction() as session:
            give_up(session, notice.id, f"{type(failure).__name__}: {failure}")
        return None
