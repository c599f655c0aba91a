"""The comparison with the provider: what is certain is healed, the rest is shown to a person."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from market.db import transaction
from market.errors import MarketError, NotFound
from market.payments import disputes, provider_refunds, reconciling
from market.payments.cases import open_case
from market.payments.provider import Payment, Provider
from market.payments.provider_flows import advance_attempt, take_in
from market.payments.reconciling import Finding
from market.payments.standing import view_attempt
from market.payments.states import AttemptState, CaseKind
from market.payments.to_bank import note_to_bank

logger = logging.getLogger(__name__)
OPEN = (AttemptState.CREATED, AttemptState.PENDING, AttemptState.AUTHORIZED)


@dataclass
class Report:
    """What a comparison saw and did."""

    since: datetime
    looked_at: int = 0
    healed: int = 0
    cases: int = 0


def reconcile(gateway: Provider, *, now: datetime, since: datetime | None = None) -> Report:
    """Compare everything of the provider since the last time. Unavailable: nothing is noted,
    so that the next comparison begins where this one did.
    """
    with transaction() as session:
        report = Report(since=since or reconciling.since_when(session, now))
    listed = gateway.list_payments(report.since)
    _payments(listed, gateway, report, now)
    _only_here([payment.intent_id for payment in listed], gateway, report, now)
    _stuck(gateway, report, now)
    _others(gateway, report, now)
    _give_back(gateway, report, now)
    with transaction() as session:
        report.cases += reconciling.show_stuck_refunds(session, now)
        reconciling.note_check(
            session, report.since, looked_at=report.looked_at, healed=report.healed,
            cases=report.cases, now=now,
        )  # fmt: skip
    return report


def _payments(listed: Sequence[Payment], gateway: Provider, report: Report, now: datetime) -> None:
    with transaction() as session:
        known = reconciling.known_payments(session, [payment.intent_id for payment in listed])
    for payment in listed:
        report.looked_at += 1
        finding = reconciling.compare(payment, known.get(payment.intent_id))
        if _may_heal(finding, payment) and take_in(payment, gateway, now):
            report.healed += 1
        elif finding is Finding.UNKNOWN:
            _count(report, partial(reconciling.show_unknown, payment=payment, now=now))
        elif finding is Finding.DIFFERS:
            _count(report, partial(_differs, payment=payment, now=now))


def _may_heal(finding: Finding, payment: Payment) -> bool:
    """Is it only that we have not heard of it yet?"""
    lost = finding is Finding.UNKNOWN and payment.attempt_id is not None
    return lost or finding is Finding.BEHIND


def _differs(session: Session, payment: Payment, now: datetime) -> bool:
    return open_case(
        session, CaseKind.AMOUNT_DIFFERS, f"gateway:{payment.intent_id}", now=now,
        amount_satang=payment.received_satang,
        detail={"state": str(payment.state), "attempt_id": payment.attempt_id},
    )  # fmt: skip


def _only_here(intents: Sequence[str], gateway: Provider, report: Report, now: datetime) -> None:
    with transaction() as session:
        rows = reconciling.paid_only_here(session, report.since, intents)
    for row in rows:
        if not _is_paid_there(row.intent_id, gateway):
            show = partial(_show, kind=CaseKind.ORDER_WITHOUT_PAYMENT, row=row, now=now)
            _count(report, show)


def _show(session: Session, kind: CaseKind, row: Any, now: datetime) -> bool:
    return open_case(
        session, kind, f"attempt:{row.id}", now=now, amount_satang=row.amount_satang,
        round_id=row.round_id,
    )  # fmt: skip


def _is_paid_there(intent_id: str, gateway: Provider) -> bool:
    try:
        return gateway.find_payment(intent_id).state is AttemptState.SUCCEEDED
    except NotFound:
        return False


def _stuck(gateway: Provider, report: Report, now: datetime) -> None:
    with transaction() as session:
        rows = reconciling.stuck_attempts(session, now)
    for row in rows:
        advance_attempt(row.id, gateway, now=now)
        with transaction() as session:
            ended = view_attempt(session, row.id).at.state not in OPEN
        if ended:
            report.healed += 1
        else:
            _count(report, partial(_show, kind=CaseKind.STUCK_ATTEMPT, row=row, now=now))


def _others(gateway: Provider, report: Report, now: datetime) -> None:
    """Refunds, disputes and payouts: noting them again changes nothing where they are known."""
    since = report.since
    _note(gateway.list_refunds(since), provider_refunds.note_refund, report, now)
    _note(gateway.list_disputes(since), disputes.note_dispute, report, now)
    _note(gateway.list_to_bank(since), note_to_bank, report, now)


def _note(things: Sequence[Any], book: Callable[..., bool], report: Report, now: datetime) -> None:
    for thing in things:
        report.looked_at += 1
        try:
            with transaction() as session:
                book(session, thing, now=now)
        except MarketError as refusal:  # one that does not fit must not hide the others
            logger.error("%s is not booked: %s %s", thing, refusal.code, refusal.data)


def _give_back(gateway: Provider, report: Report, now: datetime) -> None:
    """What people decided about money of no order."""
    with transaction() as session:
        requests = reconciling.to_give_back(session)
    for request in requests:
        try:
            sent = gateway.refund(request)
        except MarketError as refusal:
            logger.error("%s is not given back: %s", request.intent_id, refusal.data)
            continue
        with transaction() as session:
            reconciling.note_given_back(session, request, sent.gateway_refund_id, now=now)
        report.healed += 1


def _count(report: Report, show: Callable[[Session], bool]) -> None:
    with transaction() as session:
        report.cases += show(session)
