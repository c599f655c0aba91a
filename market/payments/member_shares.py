"""How a group splits a payout among its members, by its own rule, to the satang."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, Refused
from market.money import split_by_weights
from market.payments.models import MemberShare, Payout
from market.payments.states import ShareRule
from market.thai import normalise

MOST_MEMBERS = 200
MOST_WEIGHT = 10**9
MOST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member's part: 1 each, units made, or minutes worked."""

    name: str
    weight: int


def choose_rule(
    session: Session, payout_id: int, rule: ShareRule, *, actor: str, now: datetime
) -> None:
    """The first question: equally, by units or by hours. Conflict once shares are confirmed."""
    payout = _open(session, payout_id)
    payout.share_rule = rule
    session.execute(delete(MemberShare).where(MemberShare.payout_id == payout_id))
    session.flush()
    record(
        session, actor=actor, subject=f"payout:{payout_id}", event="shares.rule", at=now,
        data={"rule": str(rule)},
    )  # fmt: skip


def set_members(
    session: Session, payout_id: int, members: Sequence[Member], *, actor: str, now: datetime
) -> None:
    """The second question: who, and how much of the work. The shares add up to the payout by
    the largest remainder. Refused for no members, a name twice, or no work at all.
    """
    payout = _open(session, payout_id)
    if payout.share_rule is None:
        raise Refused("share_rule_first")
    wanted = _checked(members, payout.share_rule)
    parts = split_by_weights(payout.amount_satang, [member.weight for member in wanted])
    session.execute(delete(MemberShare).where(MemberShare.payout_id == payout_id))
    session.execute(
        insert(MemberShare),
        [
            {"payout_id": payout_id, "name": m.name, "weight": m.weight, "amount_satang": part}
            for m, part in zip(wanted, parts, strict=True)
        ],
    )
    record(
        session, actor=actor, subject=f"payout:{payout_id}", event="shares.computed", at=now,
        data={"members": len(wanted)},
    )  # fmt: skip


def confirm_shares(session: Session, payout_id: int, *, actor: str, now: datetime) -> None:
    """The treasurer stands by the shares: they are frozen. Again is fine."""
    payout = lock(session, Payout, payout_id)
    if payout.shared_at is not None:
        return
    total = session.scalar(
        select(func.sum(MemberShare.amount_satang)).where(MemberShare.payout_id == payout_id)
    )
    if total != payout.amount_satang:
        raise Refused("shares_missing")
    payout.shared_by, payout.shared_at = actor, now
    session.flush()
    record(
        session, actor=actor, subject=f"payout:{payout_id}", event="shares.confirmed", at=now,
        to_state="shared",
    )  # fmt: skip


def _open(session: Session, payout_id: int) -> Payout:
    payout = lock(session, Payout, payout_id)
    if payout.shared_at is not None:
        raise Conflict("shares_confirmed")
    return payout


def _checked(members: Sequence[Member], rule: ShareRule) -> list[Member]:
    named = [
        Member(
            name=normalise(member.name)[:MOST_NAME],
            weight=1 if rule is ShareRule.EQUAL else member.weight,
        )
        for member in members
        if normalise(member.name)
    ]
    if not 0 < len(named) <= MOST_MEMBERS:
        raise Refused("members_missing", most=MOST_MEMBERS)
    if len({member.name for member in named}) < len(named):
        raise Refused("member_twice")
    if any(not 0 <= member.weight <= MOST_WEIGHT for member in named):
        raise Refused("weight_wrong")
    if not any(member.weight for member in named):
        raise Refused("no_work_at_all")
    return named
