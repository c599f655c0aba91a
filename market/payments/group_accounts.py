"""Where a group's money goes: entered by one person, used when another one has confirmed it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import ProducerGroup
from market.db import lock
from market.errors import Conflict, Refused
from market.payments.banks import BANKS
from market.payments.models import GroupAccount
from market.payments.promptpay import promptpay_payload
from market.thai import arabic_digits, normalise

MOST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """An account as it was typed."""

    bank_code: str
    account_number: str
    account_name: str
    promptpay_id: str = ""


def enter_account(
    session: Session, group_id: int, typed: NewAccount, *, actor: str, now: datetime
) -> int:
    """A new account of a group, not used before somebody else confirms it. Returns its id."""
    lock(session, ProducerGroup, group_id)
    account = GroupAccount(
        group_id=group_id,
        bank_code=_bank(typed.bank_code),
        account_number=_number(typed.account_number),
        account_name=_name(typed.account_name),
        promptpay_id=_promptpay(typed.promptpay_id),
        entered_by=actor,
        entered_at=now,
    )
    session.add(account)
    session.flush()
    record(
        session, actor=actor, subject=f"group:{group_id}", event="account.entered", at=now,
        data={"account_id": account.id, "bank": account.bank_code,
              "ends": account.account_number[-4:]},
    )  # fmt: skip
    return account.id


def confirm_account(session: Session, account_id: int, *, actor: str, now: datetime) -> None:
    """A second person compared the account with the group's bank book.

    Refused for whoever entered it. Again is fine; Conflict when a newer one was entered.
    """
    account = lock(session, GroupAccount, account_id)
    if account.confirmed_by is not None:
        return
    if account.entered_by == actor:
        raise Refused("account_same_person")
    newest = session.scalar(
        select(GroupAccount.id)
        .where(GroupAccount.group_id == account.group_id)
        .order_by(GroupAccount.id.desc())
        .limit(1)
    )
    if newest != account_id:
        raise Conflict("account_is_older")
    account.confirmed_by, account.confirmed_at = actor, now
    session.flush()
    record(
        session, actor=actor, subject=f"group:{account.group_id}", event="account.confirmed",
        at=now, data={"account_id": account.id},
    )  # fmt: skip


def _bank(typed: str) -> str:
    if typed not in BANKS:
        raise Refused("bank_unknown")
    return typed


def _number(typed: str) -> str:
    digits = re.sub(r"[\s-]", "", arabic_digits(typed[:40]))
    if not re.fullmatch(r"[0-9]{10,15}", digits):
        raise Refused("account_number_wrong")
    return digits


def _name(typed: str) -> str:
    name = normalise(typed[: MOST_NAME * 2])
    if not 2 <= len(name) <= MOST_NAME:
        raise Refused("account_name_wrong")
    return name


def _promptpay(typed: str) -> str | None:
    digits = re.sub(r"[\s-]", "", arabic_digits(typed[:40]))
    if not digits:
        return None
    try:
        promptpay_payload(digits)
    except ValueError as wrong:
        raise Refused("promptpay_wrong") from wrong
    return digits
