"""Reads of payouts: the treasurer's desk, the group's own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.principals import Thing

SHOWN = 500
_DUE = text(
    """
    SELECT y.id, y.round_id, y.group_id, y.amount_satang, y.due_at, g.name_th, g.name_en,
           r.number AS round, r.name_th AS round_th, r.name_en AS round_en, y.bank_file_id,
           a.bank_code, a.account_number, a.account_name, a.promptpay_id
      FROM payout y
      JOIN producer_group g ON g.id = y.group_id
      JOIN round r ON r.id = y.round_id
      LEFT JOIN LATERAL (SELECT * FROM group_account x WHERE x.group_id = g.id
                            AND x.confirmed_at IS NOT NULL ORDER BY x.id DESC LIMIT 1) a ON true
     WHERE y.state = 'due' AND (y.id = CAST(:only AS bigint) OR CAST(:only AS bigint) IS NULL)
     ORDER BY y.due_at, y.id LIMIT :limit
    """
)
_UNCONFIRMED = text(
    """
    SELECT a.id, a.group_id, g.name_th, g.name_en, a.bank_code, a.account_number, a.account_name,
           a.promptpay_id, a.entered_by, a.entered_at, u.name AS entered_name
      FROM group_account a
      JOIN producer_group g ON g.id = a.group_id
      LEFT JOIN "user" u ON 'user:' || u.id = a.entered_by
     WHERE a.confirmed_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM group_account n WHERE n.group_id = a.group_id AND n.id > a.id)
     ORDER BY a.id LIMIT 200
    """
)
_FILES = text(
    """
    SELECT f.id, f.state, f.payouts, f.amount_satang, f.sha256, f.made_at, f.done_at
      FROM bank_file f ORDER BY f.state = 'done', f.id DESC LIMIT 20
    """
)
_FILE = text("SELECT id, content, made_at FROM bank_file WHERE id = :id")
_GROUP = text(
    """
    SELECT g.id, g.name_th, g.name_en, g.members, a.bank_code, a.account_number, a.account_name,
           a.promptpay_id,
           EXISTS (SELECT 1 FROM group_account n WHERE n.group_id = g.id
                      AND n.confirmed_at IS NULL AND n.id > coalesce(a.id, 0)) AS waits
      FROM producer_group g
      LEFT JOIN LATERAL (SELECT * FROM group_account x WHERE x.group_id = g.id
                            AND x.confirmed_at IS NOT NULL ORDER BY x.id DESC LIMIT 1) a ON true
     WHERE g.id = :group_id
    """
)
_OF_GROUP = text(
    """
    SELECT y.id, y.round_id, r.number AS round, r.name_th AS round_th, r.name_en AS round_en,
           y.amount_satang, y.state, y.paid_at, y.share_rule, y.shared_at, p.number AS paper
      FROM payout y
      JOIN round r ON r.id = y.round_id
      LEFT JOIN paper p ON p.kind = 'statement' AND p.subject = 'payout:' || y.id
     WHERE y.group_id = :group_id ORDER BY y.id DESC LIMIT 40
    """
)
_GROUP_THING = text("SELECT tambon_code FROM producer_group WHERE id = :id")
_PAYOUT_THING = text(
    """
    SELECT y.group_id, g.tambon_code FROM payout y JOIN producer_group g ON g.id = y.group_id
     WHERE y.id = :id
    """
)


@dataclass(frozen=True, kw_only=True)
class PayoutDue:
    """A payout that waits, and where it would go (None: no confirmed account)."""

    id: int
    round_id: int
    group_id: int
    amount_satang: int
    due_at: datetime
    name_th: str
    name_en: str
    round: int
    round_th: str
    round_en: str
    bank_file_id: int | None
    bank_code: str | None
    account_number: str | None
    account_name: str | None
    promptpay_id: str | None

    @property
    def ready(self) -> bool:
        """May it go into a file?"""
        return self.bank_code is not None and self.bank_file_id is None


@dataclass(frozen=True, kw_only=True)
class AccountToConfirm:
    """An account that a second person has to compare with the bank book."""

    id: int
    group_id: int
    name_th: str
    name_en: str
    bank_code: str
    account_number: str
    account_name: str
    promptpay_id: str | None
    entered_by: str
    entered_at: datetime
    entered_name: str | None


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """A file for the bank."""

    id: int
    state: str
    payouts: int
    amount_satang: int
    sha256: str
    made_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PayoutDesk:
    """Everything that waits to leave for groups."""

    due: tuple[PayoutDue, ...]
    accounts: tuple[AccountToConfirm, ...]
    files: tuple[FileRow, ...]


@dataclass(frozen=True, kw_only=True)
class GroupPayout:
    """A payout as its group sees it."""

    id: int
    round_id: int
    round: int
    round_th: str
    round_en: str
    amount_satang: int
    state: str
    paid_at: datetime | None
    share_rule: str | None
    shared_at: datetime | None
    paper: str | None


@dataclass(frozen=True, kw_only=True)
class GroupMoney:
    """A group's account and its payouts."""

    id: int
    name_th: str
    name_en: str
    members: int
    bank_code: str | None
    account_number: str | None
    account_name: str | None
    promptpay_id: str | None
    waits: bool  # a newer account waits to be confirmed
    payouts: tuple[GroupPayout, ...]


def payout_desk(session: Session) -> PayoutDesk:
    """The desk in three statements."""
    return PayoutDesk(
        due=_rows(session, _DUE, PayoutDue, only=None, limit=SHOWN),
        accounts=_rows(session, _UNCONFIRMED, AccountToConfirm),
        files=_rows(session, _FILES, FileRow),
    )


def payout_due(session: Session, payout_id: int) -> PayoutDue:
    """One payout that waits. Raises NotFound."""
    found: tuple[PayoutDue, ...] = _rows(session, _DUE, PayoutDue, only=payout_id, limit=1)
    if not found:
        raise NotFound("not_found", what="payout")
    return found[0]


def bank_file_text(session: Session, file_id: int) -> str:
    """The frozen text of a file. Raises NotFound."""
    row = session.execute(_FILE, {"id": file_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="bank_file")
    return str(row.content)


def group_money(session: Session, group_id: int) -> GroupMoney:
    """A group's money page in two statements. Raises NotFound."""
    row = session.execute(_GROUP, {"group_id": group_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="group")
    payouts = _rows(session, _OF_GROUP, GroupPayout, group_id=group_id)
    return GroupMoney(**row._mapping, payouts=payouts)


def group_thing(session: Session, group_id: int) -> Thing:
    """The group and where it is. Raises NotFound."""
    area = session.scalar(_GROUP_THING, {"id": group_id})
    if area is None:
        raise NotFound("not_found", what="group")
    return Thing(area=area, group_id=group_id)


def payout_thing(session: Session, payout_id: int) -> Thing:
    """The group of a payout. Raises NotFound."""
    row = session.execute(_PAYOUT_THING, {"id": payout_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="payout")
    return Thing(area=row.tambon_code, group_id=row.group_id)


def _rows(session: Session, query: Any, kind: Any, **wanted: Any) -> tuple[Any, ...]:
    return tuple(kind(**row._mapping) for row in session.execute(query, wanted))
