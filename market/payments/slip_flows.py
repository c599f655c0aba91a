"""What a slip service says of waiting slips, asked outside any transaction.

The service is a witness, not the judge: it fills in the amount, or says why the slip cannot be
ours; a person still takes or refuses it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock, reading, transaction
from market.errors import Unavailable
from market.payments.models import Charge, Slip
from market.payments.slip_code import slip_payload
from market.payments.states import SlipState

ASKED_AT_ONCE = 20
CLOCKS_DIFFER = timedelta(minutes=10)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SlipFacts:
    """What the bank knows of a transfer."""

    found: bool
    ours: bool = False  # it went to one of our accounts
    amount_satang: int = 0
    trans_ref: str = ""
    sent_at: datetime | None = None


class SlipService(Protocol):
    """Whoever can ask the banks about a slip."""

    name: str

    def verify(self, payload: str) -> SlipFacts:
        """Raises Unavailable when nobody answers."""


def check_slips(service: SlipService, *, now: datetime) -> int:
    """Ask about slips that nobody was asked about; how many were answered.

    Stops at the first failure: the next sweep goes on.
    """
    with reading() as session:
        waiting = unasked(session)
    for done, (slip_id, payload) in enumerate(waiting):
        try:
            facts = service.verify(payload)
        except Unavailable as away:
            logger.warning("slip service does not answer: %s", away.data)
            return done
        with transaction() as session:
            note_facts(session, slip_id, facts, service.name, now=now)
    return len(waiting)


def unasked(session: Session) -> list[tuple[int, str]]:
    """Waiting slips with a code, of payments to the market, with the text of their code.

    In any order: one that the service chokes on must not stand before the others for ever.
    """
    rows = session.execute(
        select(Slip.id, Slip.bank_code, Slip.trans_ref)
        .where(Slip.state == SlipState.WAITING, Slip.trans_ref.is_not(None),
               Slip.verified_by.is_(None), Slip.group_id.is_(None))
        .order_by(func.random()).limit(ASKED_AT_ONCE)
    )  # fmt: skip
    return [(row.id, slip_payload(row.bank_code or "", row.trans_ref or "")) for row in rows]


def note_facts(session: Session, slip_id: int, facts: SlipFacts, by: str, *, now: datetime) -> None:
    """Write what the service said, once; a slip that was decided meanwhile is left alone."""
    slip = lock(session, Slip, slip_id)
    if slip.state is not SlipState.WAITING or slip.verified_by is not None:
        return
    raised_at = session.get_one(Charge, slip.charge_id).raised_at
    # Money that came before anybody could know this payment was for something else.
    old = facts.sent_at is not None and facts.sent_at < raised_at - CLOCKS_DIFFER
    good = facts.found and facts.ours and not old and facts.trans_ref in ("", slip.trans_ref)
    slip.verified_by = by if good else f"{by}:{'foreign' if facts.found else 'unknown'}"
    slip.told_satang = facts.amount_satang if good else None
    record(
        session, actor="system", subject=f"slip:{slip.id}", event="slip.checked", at=now,
        data={"by": slip.verified_by, "amount_satang": facts.amount_satang},
    )  # fmt: skip
