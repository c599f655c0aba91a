"""What a round waits for, as one who tries the market out sees it: finer than its state.

Between making and the end there are stops, so that the desks are seen with something on them.
Orders that somebody of flesh placed are told apart: they are paid and fetched by who placed
them, or, when asked once more, counted as if.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


class Stage(StrEnum):
    """The next thing that others do."""

    MATCHING = "closed"
    PUBLISHING = "matched"
    ANSWERING = "confirming"
    LAST_ANSWER = "last_answer"
    OFFERED = "offered"
    PAYING = "paying"
    OWN_MONEY = "own_money"
    MAKING = "making"
    SENDING = "sending"
    ARRIVING = "arriving"
    FETCHING = "fetching"
    CLOSING = "closing"
    OWN_GOODS = "own_goods"


_EARLY = ("closed", "matched")
_STANDS = text(
    """
    SELECT r.state, w.waiting, w.answered,
           EXISTS (SELECT FROM instead_offer i WHERE i.round_id = r.id AND i.state = 'open')
               OR EXISTS (SELECT FROM neighbour_offer n WHERE n.round_id = r.id
                             AND n.state = 'open') AS offered,
           array(SELECT o.number FROM charge c JOIN orders o ON o.id = c.order_id
                  WHERE c.round_id = r.id AND c.state = 'due' AND c.method = 'promptpay'
                    AND o.idempotency_key NOT LIKE 'play-%' ORDER BY o.id LIMIT 3) AS own_due,
           (SELECT count(*) FROM charge c JOIN orders o ON o.id = c.order_id
             WHERE c.round_id = r.id AND c.state = 'due' AND c.method = 'promptpay'
               AND o.idempotency_key LIKE 'play-%') AS play_due,
           (SELECT count(*) FROM batch b WHERE b.round_id = r.id
               AND b.state IN ('to_make', 'made')) AS to_make,
           (SELECT count(*) FROM batch b WHERE b.round_id = r.id AND b.state = 'packed') AS packed,
           (SELECT count(*) FROM consignment s WHERE s.round_id = r.id
               AND s.state = 'handed_over' AND s.point_id IS NOT NULL) AS coming,
           f.own AS own_left, f.play AS play_left, f.point_id
      FROM round r,
      LATERAL (SELECT count(DISTINCT b.group_id) FILTER (WHERE k.answer = 'waiting') AS waiting,
                      count(*) FILTER (WHERE k.answer <> 'waiting') AS answered
                 FROM batch b JOIN ask k ON k.batch_id = b.id AND k.kind = 'make'
                WHERE b.round_id = r.id) AS w,
      LATERAL (SELECT count(DISTINCT o.id) FILTER (WHERE o.idempotency_key LIKE 'play-%') AS play,
                      mode() WITHIN GROUP (ORDER BY o.point_id) AS point_id,
                      coalesce(array_agg(DISTINCT o.number)
                          FILTER (WHERE o.idempotency_key NOT LIKE 'play-%'), '{}') AS own
                 FROM orders o JOIN order_line l ON l.order_id = o.id
                 JOIN assignment a ON a.line_id = l.id AND a.live_units > a.received_units
                WHERE o.round_id = r.id AND o.state = 'placed') AS f
     WHERE r.id = :round_id AND r.sample
    """
)


@dataclass(frozen=True)
class Standing:
    """What is next, whose own orders (numbers) it is about, and the desk with most to fetch."""

    stage: Stage
    own: tuple[str, ...] = ()
    point_id: int | None = None


def standing_of(session: Session, round_id: int) -> Standing | None:
    """Where a sample round stands; None when nobody has to do anything. One statement."""
    row = session.execute(_STANDS, {"round_id": round_id}).one_or_none()
    return None if row is None else _stage(row)


def _stage(row: Any) -> Standing | None:
    if row.state in _EARLY:
        return Standing(Stage(row.state))
    if row.state == "confirming":
        return Standing(_confirming(row))
    if row.state == "paying":
        own_turn = row.own_due and not row.play_due
        return Standing(Stage.OWN_MONEY if own_turn else Stage.PAYING, tuple(row.own_due))
    if row.state not in ("producing", "delivering"):
        return None
    return _delivery(row)


def _confirming(row: Any) -> Stage:
    if row.offered and not row.waiting:
        return Stage.OFFERED
    return Stage.LAST_ANSWER if row.waiting == 1 and row.answered else Stage.ANSWERING


def _delivery(row: Any) -> Standing:
    """The last but one stop leaves one buyer who has not come."""
    for waits, stage in (
        (row.to_make, Stage.MAKING), (row.packed, Stage.SENDING), (row.coming, Stage.ARRIVING),
    ):  # fmt: skip
        if waits:
            return Standing(stage)
    if row.play_left > 1:
        return Standing(Stage.FETCHING, point_id=row.point_id)
    own_turn = row.own_left and not row.play_left
    stage = Stage.OWN_GOODS if own_turn else Stage.CLOSING
    return Standing(stage, tuple(row.own_left[:3]), row.point_id)
