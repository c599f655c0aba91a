"""What a published match leaves in the database: the plan, all of it, once, in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.errors import MarketError
from market.matching.commands import publish_run
from market.matching.commands.shares import confirm_many
from market.matching.flows import match_round
from market.matching.models import Ask, Assignment, Batch, MatchRun, OfferResult, UnservedLine
from market.matching.queries import get_stored_run
from market.matching.replay import replay_run
from market.matching.rules import BatchState, Mode, RunState
from market.matching.stored import unpack_plan
from market.orders.models import OrderLine
from market.orders.rules import MakerChoice, ShortageChoice
from market.rounds.models import Round
from tests.factories.matching import (
    NOW,
    make_group,
    make_offer,
    make_order,
    make_point,
    make_product,
    make_round,
)

TABLES = (Batch, Ask, Assignment, OfferResult, UnservedLine)


def busy_round(session: Session, orders: int) -> Round:
    """Two products, three groups that drive and ship, and not enough of the first product.

    The first order wants all or nothing, and more than its group can make.
    """
    round_, capacity = make_round(session), max(10, orders // 5 * 10)
    products = [make_product(session) for _ in range(2)]
    groups = [make_group(session) for _ in range(3)]
    point = make_point(session, *groups)
    for group in groups:
        make_offer(session, round_, group, products[0], capacity=capacity)
        make_offer(session, round_, group, products[1], capacity=1000)
    for n in range(orders):
        named = groups[n % 3] if n % 5 == 0 else None
        make_order(
            session, round_, products[n % 2], 9 + n % 7 if n else capacity + 5,
            point=point if n % 3 else None,
            group=named, maker=MakerChoice.ONLY if named else MakerChoice.ANY,
            shortage=ShortageChoice.NOTHING if n % 4 == 0 else ShortageChoice.FEWER,
        )  # fmt: skip
    return round_


def solved(session: Session, round_: Round) -> MatchRun:
    assert match_round(round_.id, now=NOW)
    return session.scalars(
        select(MatchRun).where(MatchRun.round_id == round_.id, MatchRun.state == RunState.SOLVED)
    ).one()


def counts(session: Session) -> list[int | None]:
    return [session.scalar(select(func.count()).select_from(table)) for table in TABLES]


def test_every_row_of_the_plan_is_in_the_database(session: Session) -> None:
    run = solved(session, busy_round(session, 40))
    assert run.plan is not None
    plan = unpack_plan(run.plan)

    publish_run(session, run.id, actor="user:1", now=NOW)

    planned = zip(
        plan.line_ids[plan.line].tolist(), plan.group_ids[plan.group].tolist(),
        [(Mode.LANE, Mode.POST)[mode] for mode in plan.mode.tolist()], plan.qty.tolist(),
        strict=True,
    )  # fmt: skip
    written = session.execute(
        select(Assignment.line_id, Batch.group_id, Assignment.mode, Assignment.units).join(
            Batch, Batch.id == Assignment.batch_id
        )
    )
    assert sorted(map(tuple, written)) == sorted(planned)
    assert len(plan.qty) >= 30
    asked = session.execute(select(Ask.batch_id, Ask.units).order_by(Ask.batch_id)).all()
    assigned = session.execute(
        select(Assignment.batch_id, func.sum(Assignment.units))
        .group_by(Assignment.batch_id).order_by(Assignment.batch_id)
    ).all()  # fmt: skip
    assert asked == assigned
    offered = session.execute(select(OfferResult.round_offer_id, OfferResult.units)).all()
    made = session.execute(
        select(Batch.round_offer_id, func.sum(Ask.units)).join(Ask).group_by(Batch.round_offer_id)
    ).all()
    assert sorted(made) == sorted(row for row in offered if row.units)


def test_every_line_is_given_or_told_what_it_lacks(session: Session) -> None:
    run = solved(session, busy_round(session, 40))
    publish_run(session, run.id, actor="user:1", now=NOW)

    got: dict[int, int] = dict(
        session.execute(
            select(Assignment.line_id, func.sum(Assignment.units)).group_by(Assignment.line_id)
        ).all()  # type: ignore[arg-type]
    )
    short = {row.line_id: row for row in session.scalars(select(UnservedLine))}
    for line in session.scalars(select(OrderLine)):
        lacking = short[line.id].units if line.id in short else 0
        assert got.get(line.id, 0) + lacking == line.units
        if line.shortage is ShortageChoice.NOTHING:
            assert got.get(line.id, 0) in (0, line.units)
    assert {row.reason for row in short.values()} >= {"all_or_nothing"}


def test_a_second_match_or_press_adds_no_row(session: Session) -> None:
    round_ = busy_round(session, 20)
    run = solved(session, round_)
    assert publish_run(session, run.id, actor="user:1", now=NOW)
    before = counts(session)

    assert not publish_run(session, run.id, actor="user:1", now=NOW)
    assert not match_round(round_.id, now=NOW)

    assert counts(session) == before


def test_a_plan_of_other_rows_is_refused_whole(session: Session) -> None:
    run = solved(session, busy_round(session, 20))
    other = solved(session, busy_round(session, 10))
    run.plan = other.plan
    session.flush()

    with pytest.raises(MarketError, match="plan_breaks_rule"):
        publish_run(session, run.id, actor="user:1", now=NOW)

    assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_a_run_that_let_lines_go_replays_to_the_same_bytes(session: Session) -> None:
    run = solved(session, busy_round(session, 40))
    assert run.plan is not None
    assert len(unpack_plan(run.plan).dropped) > 0

    assert replay_run(get_stored_run(session, run.id)).same


@contextmanager
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Everything that goes to the database, COPY and many rows at once included."""
    seen: list[str] = []
    for name in ("execute", "executemany", "copy"):
        real = getattr(psycopg.Cursor, name)

        def noted(self: Any, query: Any, *rest: Any, _real: Any = real, **how: Any) -> Any:
            seen.append(str(query))
            return _real(self, query, *rest, **how)

        monkeypatch.setattr(psycopg.Cursor, name, noted)
    yield seen
    monkeypatch.undo()


def test_more_lines_take_no_more_statements(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for round_ in [busy_round(session, orders) for orders in (6, 6, 60)]:
        with sent(monkeypatch) as seen:
            run = solved(session, round_)
            publish_run(session, run.id, actor="user:1", now=NOW)
        found.append(len(seen))

    assert found[2] <= found[1]
    assert 20 < found[1] < 80


def test_batches_together_give_a_line_no_more_than_it_lacks(session: Session) -> None:
    round_, product = make_round(session), make_product(session)
    line = make_order(session, round_, product, 10)
    run = MatchRun(round_id=round_.id, rematch_no=0, state=RunState.PUBLISHED, mode="final",
                   params={}, versions={}, started_at=NOW)  # fmt: skip
    session.add(run)
    session.flush()
    batches = []
    for _ in range(2):
        offer = make_offer(session, round_, make_group(session), product)
        batch = Batch(round_id=round_.id, round_offer_id=offer.id, group_id=offer.group_id,
                      product_id=product.id, delivery_index=0, state=BatchState.ASKED)  # fmt: skip
        session.add(batch)
        session.flush()
        session.add(Assignment(run_id=run.id, batch_id=batch.id, line_id=line.id, mode=Mode.POST,
                               units=8, price_satang=7000))  # fmt: skip
        batches.append(batch.id)
    session.flush()

    assert confirm_many(session, dict.fromkeys(batches, 8)) == 10

    rows = text("SELECT confirmed_units FROM assignment ORDER BY batch_id")
    assert session.scalars(rows).all() == [8, 2]
