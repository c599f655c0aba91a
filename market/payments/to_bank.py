"""What the provider sends on to the market's bank account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.payments.ledger import debit_credit, is_posted, post_entry
from market.payments.provider import ToBank
from market.payments.rules import AccountKind


def note_to_bank(session: Session, payout: ToBank, *, now: datetime) -> bool:
    """Book a payout once it arrived, and take it back when it bounced. True: something changed."""
    cause = f"provider-payout:{payout.gateway_id}"
    if payout.arrived:
        legs = debit_credit(AccountKind.BANK, AccountKind.PROVIDER, payout.amount_satang)
        return post_entry(session, cause, legs, at=now, memo="from the provider", round_id=None)
    if payout.failed and is_posted(session, cause):
        legs = debit_credit(AccountKind.PROVIDER, AccountKind.BANK, payout.amount_satang)
        return post_entry(session, f"{cause}:back", legs, at=now, memo="bounced", round_id=None)
    return False
