"""Reads of slips: the buyer's box on the pay page, the treasurer's list."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.payments.models import ASKED_SATANG
from market.payments.queries.papers import PaperRow, papers_of_charge
from market.payments.slip_code import PROOF_LETTERS

SHOWN_SLIPS = 60

# One part of a charge is what one payee is owed: a group, or the market for all of it.
_PARTS = text(
    """
    SELECT s.group_id, g.name_th, g.name_en, g.promptpay_id, s.amount_satang, s.received_satang
      FROM charge_share s LEFT JOIN producer_group g ON g.id = s.group_id
     WHERE s.charge_id = :charge_id ORDER BY s.group_id NULLS LAST
    """
)
_SENT = text(
    """
    SELECT id, group_id, state, refused_reason, trans_ref, sent_at
      FROM slip WHERE charge_id = :charge_id ORDER BY id DESC LIMIT 12
    """
)
_WAITING = text(
    f"""
    SELECT s.id, s.charge_id, c.round_id, o.number, b.name AS buyer, b.phone, s.group_id,
           g.name_th AS group_th, g.name_en AS group_en, c.state AS charge_state, c.method,
           coalesce(h.amount_satang - h.received_satang,
                    {ASKED_SATANG}) AS due_satang,
           s.bank_code, s.trans_ref, s.told_satang, s.verified_by, s.sent_at, c.pay_by,
           r.name_th AS round_th, r.name_en AS round_en,
           w.amount_satang AS bank_satang,
           count(*) OVER () AS found
      FROM slip s
      JOIN charge c ON c.id = s.charge_id
      JOIN orders o ON o.id = c.order_id
      JOIN buyer b ON b.id = o.buyer_id
      JOIN round r ON r.id = c.round_id
      LEFT JOIN producer_group g ON g.id = s.group_id
      LEFT JOIN charge_share h
        ON h.charge_id = c.id AND h.group_id IS NOT DISTINCT FROM s.group_id
      LEFT JOIN LATERAL (
           SELECT l.amount_satang FROM bank_line l WHERE l.state = 'waiting'
              AND length(s.trans_ref) >= :letters
              AND (l.reference = s.trans_ref
                   OR upper(l.memo) ~ ('(^|[^A-Z0-9])' || s.trans_ref || '([^A-Z0-9]|$)'))
            ORDER BY l.id LIMIT 1) w ON true
     WHERE s.state = 'waiting' ORDER BY c.pay_by, s.id LIMIT :limit
    """  # noqa: S608 - only our own fragment is put in
)
_STANDING = text(
    """
    SELECT c.state || ':' || c.received_satang || ':' || coalesce(
           (SELECT string_agg(s.id || s.state, ',' ORDER BY s.id) FROM slip s
             WHERE s.charge_id = c.id), '')
      FROM charge c WHERE c.id = :charge_id
    """
)
_FILE = text("SELECT file_hash FROM slip WHERE id = :id")
_CHARGE = text(
    "SELECT c.id FROM charge c JOIN orders o ON o.id = c.order_id WHERE o.number = :number"
)


@dataclass(frozen=True, kw_only=True)
class SentSlip:
    """A slip as its sender sees it."""

    id: int
    group_id: int | None
    state: str
    refused_reason: str | None
    trans_ref: str | None
    sent_at: datetime


@dataclass(frozen=True, kw_only=True)
class PartToPay:
    """What one payee of a charge is owed and has got. group_id None: the market."""

    group_id: int | None
    name_th: str | None
    name_en: str | None
    promptpay_id: str | None
    amount_satang: int
    received_satang: int
    slips: tuple[SentSlip, ...] = ()

    @property
    def due_satang(self) -> int:
        """What is still to be paid to this one."""
        return self.amount_satang - self.received_satang

    @property
    def waits(self) -> bool:
        """Is a slip of it being looked at?"""
        return any(slip.state == "waiting" for slip in self.slips)


@dataclass(frozen=True, kw_only=True)
class SlipBox:
    """The pay page's box: payees where groups are paid directly, slips sent, papers issued."""

    parts: tuple[PartToPay, ...]
    slips: tuple[SentSlip, ...]
    papers: tuple[PaperRow, ...] = ()
    tag: str = ""  # changes with anything about the payment

    @property
    def done(self) -> int:
        """Payees who have all of theirs."""
        return sum(not part.due_satang for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class WaitingSlip:
    """A slip beside the charge it is for. bank_satang: of a statement's line that fits it."""

    id: int
    charge_id: int
    round_id: int
    number: str
    buyer: str
    phone: str | None
    group_id: int | None
    group_th: str | None
    group_en: str | None
    charge_state: str
    method: str
    due_satang: int
    bank_code: str | None
    trans_ref: str | None
    told_satang: int | None
    verified_by: str | None
    sent_at: datetime
    pay_by: datetime
    round_th: str
    round_en: str
    bank_satang: int | None
    found: int

    @property
    def suggested_satang(self) -> int:
        """What most probably came: as the bank says, else a slip service, else what is due."""
        return self.bank_satang or self.told_satang or self.due_satang

    @property
    def certain(self) -> bool:
        """A second witness says exactly what is due."""
        witness = self.bank_satang or self.told_satang
        return bool(self.trans_ref) and witness == self.due_satang and self.due_satang > 0


def slip_box(session: Session, charge_id: int | None) -> SlipBox:
    """The box of a charge, in four statements; empty without a charge."""
    if charge_id is None:
        return SlipBox(parts=(), slips=())
    wanted = {"charge_id": charge_id}
    slips = tuple(SentSlip(**_values(row)) for row in session.execute(_SENT, wanted))
    parts = tuple(
        PartToPay(**_values(row), slips=tuple(s for s in slips if s.group_id == row.group_id))
        for row in session.execute(_PARTS, wanted)
    )
    return SlipBox(
        parts=parts,
        slips=slips,
        papers=papers_of_charge(session, charge_id),
        tag=payment_tag(session, charge_id),
    )


def payment_tag(session: Session, charge_id: int) -> str:
    """A short text that changes whenever something about a charge or its slips does."""
    standing = str(session.scalar(_STANDING, {"charge_id": charge_id}) or "")
    return hashlib.sha256(standing.encode()).hexdigest()[:16]


def waiting_slips(session: Session) -> tuple[WaitingSlip, ...]:
    """What the treasurer looks at, those with the least time left first; one statement."""
    rows = session.execute(_WAITING, {"limit": SHOWN_SLIPS, "letters": PROOF_LETTERS})
    return tuple(WaitingSlip(**_values(row)) for row in rows)


def slip_file(session: Session, slip_id: int) -> str:
    """The hash of a slip's picture. Raises NotFound."""
    found: str | None = session.scalar(_FILE, {"id": slip_id})
    if found is None:
        raise NotFound("not_found", what="slip")
    return found


def charge_id_of(session: Session, number: str) -> int:
    """The charge of an order. Raises NotFound where there is none yet."""
    found: int | None = session.scalar(_CHARGE, {"number": number})
    if found is None:
        raise NotFound("not_found", what="charge")
    return found


def _values(row: Any) -> dict[str, Any]:
    return dict(row._mapping)
