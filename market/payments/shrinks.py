"""Batches that became too small: their groups are asked once whether they make them.

A group's yes lets the batch be made as it is, part makes fewer, no or silence stops it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import issue_links
from market.accounts.queries import leaders_of
from market.accounts.rules import LinkPurpose, NewLink
from market.db import lock
from market.notices.commands import notify_many
from market.notices.rules import NewNotice
from market.payments.drops import drop_units, parts_of_round, stop_batches
from market.payments.lowering import Why
from market.payments.rules import (
    SHRINK_ANSWER_HOURS,
    ReleaseReason,
    drop_beyond,
    drop_incomplete,
    must_ask_to_shrink,
)
from market.payments.tell import Trail, record_many
from market.rounds.models import Round
from market.rounds.rules import RoundState

_SIZES = text(
    """
    SELECT b.id, b.group_id, b.round_id, coalesce(sum(a.live_units), 0) AS live,
           max(a.run_id) AS run_id, ro.min_batch_units, ro.lot_units,
           p.name_th, p.name_en, p.unit_th, p.unit_en
      FROM batch b
      JOIN round_offer ro ON ro.id = b.round_offer_id
      JOIN product p ON p.id = b.product_id
      LEFT JOIN assignment a ON a.batch_id = b.id
     WHERE b.id = ANY(:ids) AND b.state = 'confirmed'
     GROUP BY b.id, ro.id, p.id ORDER BY b.id
    """
)
_ASK = text(
    """
    INSERT INTO ask (batch_id, run_id, kind, units, lot_units, answer, asked_at, answer_by)
    SELECT t.batch_id, t.run_id, 'shrink', t.units, 1, 'waiting', :now, :answer_by
      FROM unnest(CAST(:batches AS bigint[]), CAST(:runs AS bigint[]), CAST(:units AS bigint[]))
           AS t(batch_id, run_id, units)
        ON CONFLICT (batch_id, run_id, kind) DO NOTHING
    RETURNING id, batch_id
    """
)
_SILENCE = text(
    """
    UPDATE ask SET answer = 'silent', answered_at = :now, answered_by = 'system'
      FROM batch b
     WHERE b.id = ask.batch_id AND b.round_id = :round_id AND ask.kind = 'shrink'
       AND ask.answer = 'waiting' AND ask.answer_by <= :now
    RETURNING ask.id
    """
)
_REFUSED = text(
    """
    SELECT b.id FROM batch b JOIN ask k ON k.batch_id = b.id
     WHERE b.round_id = :round_id AND b.state = 'confirmed'
       AND k.kind = 'shrink' AND k.answer IN ('no', 'silent')
    """
)
_LESS = text(
    """
    SELECT b.id, max(k.confirmed_units) AS units FROM batch b JOIN ask k ON k.batch_id = b.id
     WHERE b.round_id = :round_id AND b.state = 'confirmed'
       AND k.kind = 'shrink' AND k.answer = 'part'
     GROUP BY b.id
    HAVING max(k.confirmed_units) < (
           SELECT sum(a.live_units) FROM assignment a WHERE a.batch_id = b.id)
    """
)


def ask_to_shrink(session: Session, batch_ids: Collection[int], *, now: datetime) -> int:
    """Ask, once each, the groups of batches that are too small now; stop those that are empty."""
    sizes = session.execute(_SIZES, {"ids": sorted(batch_ids)}).all()
    why = Why(reason=ReleaseReason.STOPPED, actor="system", now=now)
    stop_batches(session, [row.id for row in sizes if not row.live], why)
    small = [
        row for row in sizes if must_ask_to_shrink(row.live, row.min_batch_units, row.lot_units)
    ]
    if not small:
        return 0
    answer_by = now + timedelta(hours=SHRINK_ANSWER_HOURS)
    asked = session.execute(
        _ASK,
        {
            "batches": [row.id for row in small],
            "runs": [row.run_id for row in small],
            "units": [row.live for row in small],
            "now": now,
            "answer_by": answer_by,
        },
    ).all()
    by_batch = {row.id: row for row in small}
    _tell_groups(session, [(row.id, by_batch[row.batch_id]) for row in asked], answer_by, now)
    return len(asked)


def settle_shrinks(session: Session, round_id: int, *, now: datetime) -> int:
    """Do what groups said about their shrunken batches; silence is no. How many were stopped.

    Lines that want all or nothing and lost a part lose the rest too, so other batches may
    shrink in turn.
    """
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.PAYING:
        return 0
    _record_silence(session, round_id, now)
    why = Why(reason=ReleaseReason.STOPPED, actor="system", now=now)
    refused = session.scalars(_REFUSED, {"round_id": round_id}).all()
    stopped = stop_batches(session, sorted(set(refused)), why)
    _make_less(session, round_id, why)
    _drop_incomplete(session, round_id, now)
    return stopped


def _make_less(session: Session, round_id: int, why: Why) -> None:
    for row in session.execute(_LESS, {"round_id": round_id}).all():
        parts = [part for part in parts_of_round(session, round_id) if part.batch_id == row.id]
        drop_units(session, drop_beyond(parts, int(row.units)), why)


def _drop_incomplete(session: Session, round_id: int, now: datetime) -> None:
    drops = drop_incomplete(parts_of_round(session, round_id))
    why = Why(reason=ReleaseReason.INCOMPLETE, actor="system", now=now)
    drop_units(session, drops, why)
    ask_to_shrink(session, {drop.part.batch_id for drop in drops}, now=now)


def _record_silence(session: Session, round_id: int, now: datetime) -> None:
    ids = session.scalars(_SILENCE, {"round_id": round_id, "now": now}).all()
    trail = [
        Trail(subject=f"ask:{ask_id}", event="ask.silent", from_state="waiting", to_state="silent")
        for ask_id in ids
    ]
    record_many(session, trail, actor="system", at=now)


def _asked(size: Any, answer_by: datetime) -> dict[str, Any]:
    return {
        "units": int(size.live), "round_id": size.round_id, "group_id": size.group_id,
        "name_th": size.name_th, "name_en": size.name_en,
        "unit_th": size.unit_th, "unit_en": size.unit_en,
        "answer_by": answer_by.isoformat(),
    }  # fmt: skip


def _tell_groups(
    session: Session, asked: Sequence[tuple[int, Any]], answer_by: datetime, now: datetime
) -> None:
    """The leaders' notices, each with a link that opens the desk without a password."""
    leaders = leaders_of(session, {size.group_id for _, size in asked})
    letters = [(ask, size, user) for ask, size in asked for user in leaders[size.group_id]]
    links = [
        NewLink(
            purpose=LinkPurpose.ANSWER, user_id=user, group_id=size.group_id,
            round_id=size.round_id, expires_at=answer_by + timedelta(days=14),
        )
        for _, size, user in letters
    ]  # fmt: skip
    tokens = issue_links(session, links, now=now)
    rows = [
        NewNotice(
            event="batch.shrink",
            subject=f"ask:{ask}",
            user_id=user,
            payload=_asked(size, answer_by) | {"link": f"/l/{token}"},
        )
        for (ask, size, user), token in zip(letters, tokens, strict=True)
    ]  # fmt: skip
    notify_many(session, rows, now)
