"""Rows in bulk: arrays out of the database and back, exactly, or refused."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.matching.commands.bulk import copy_rows, stage_columns
from market.matching.commands.publishing import new_units
from market.matching.engine.problem import Problem
from market.matching.models import OfferResult, UnservedLine
from market.matching.queries.problem_copy import fetch_columns
from market.matching.stored import StoredPlan, pack_plan, unpack_plan
from tests.matching.instances import problem

NOBODY = np.zeros(0, np.int64)
WIDE = [0, -1, 127, 128, -129, 2**31, -(2**31) - 1, 2**62]


def plan_of(rows: list[tuple[int, int, int, int]], problem_: Problem) -> StoredPlan:
    """These (line, group, mode, qty) rows; the database id of each row number is 100 more."""
    line, group, mode, qty = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    ids = {
        "line_ids": problem_.lines.qty,
        "group_ids": problem_.groups.zone,
        "product_ids": problem_.products.weight_g,
        "offer_ids": problem_.offers.cap,
    }
    numbered = {name: np.arange(len(column)) + 100 for name, column in ids.items()}
    return StoredPlan(
        line=line, group=group, mode=mode, qty=qty, whole=NOBODY, dropped=NOBODY, **numbered
    )


def test_numbers_of_any_size_survive_the_way_there_and_back(session: Session) -> None:
    stage_columns(session, "staged", {"a": np.array(WIDE), "b": np.arange(len(WIDE))})

    found = fetch_columns(session, ("a", "b"), "SELECT a, b FROM staged ORDER BY b", {})

    assert found["a"].tolist() == WIDE
    assert found["b"].dtype == np.int64


def test_no_rows_are_no_rows(session: Session) -> None:
    nothing = np.zeros(0, np.int64)
    stage_columns(session, "staged", {"a": nothing})
    stage_columns(session, "staged", {"a": nothing, "b": nothing})  # a second time is fine
    assert fetch_columns(session, ("a",), "SELECT a FROM staged", {})["a"].tolist() == []


@pytest.mark.parametrize(
    "query",
    ["SELECT NULL::bigint, 1::bigint", "SELECT 1::integer, 2::bigint", "SELECT '1', 1::bigint"],
)
def test_what_is_not_a_bigint_is_refused(session: Session, query: str) -> None:
    with pytest.raises(ValueError, match="not a bigint"):
        fetch_columns(session, ("a", "b"), query, {})


def test_values_are_quoted(session: Session) -> None:
    query = "SELECT length({word})::bigint"
    assert fetch_columns(session, ("n",), query, {"word": "o'clock; --"})["n"].tolist() == [11]


def test_text_is_escaped(session: Session) -> None:
    session.execute(text("CREATE TEMP TABLE words (n bigint, word text) ON COMMIT DROP"))
    words = ["a\tb", "c\nd\re", "\\N", '{"ก": "\\"}', ""]
    copy_rows(session, "words", ("n", "word"), enumerate(words))
    assert session.scalars(text("SELECT word FROM words ORDER BY n")).all() == words


def test_nothing_of_a_copy_that_breaks_a_rule_stays(session: Session) -> None:
    columns = ("run_id", "line_id", "units", "reason", "data")
    with pytest.raises(Exception, match="violates"), session.begin_nested():
        copy_rows(session, "unserved_line", columns, [(1, 1, 0, "reach", "{}")])
    assert session.scalars(select(UnservedLine)).all() == []
    assert session.scalars(select(OfferResult)).all() == []


def test_a_plan_packs_to_the_same_bytes_and_back() -> None:
    plan = plan_of([(0, 0, 0, 6), (1, 1, 0, 4)], problem())
    packed = pack_plan(plan)
    assert pack_plan(plan) == packed
    again = unpack_plan(packed)
    for name, column in vars(plan).items():
        assert getattr(again, name).tolist() == column.tolist()
        assert getattr(again, name).dtype == np.int64


def test_only_what_nobody_confirmed_is_new() -> None:
    frozen = {"line": [0, 1], "group": [0, 1], "mode": [0, 0], "qty": [2, 4]}
    round_ = problem(frozen=frozen)
    plan = plan_of([(0, 0, 0, 6), (1, 1, 0, 4), (2, 2, 1, 5)], round_)

    new = new_units(round_, plan)

    assert new.units.tolist() == [4, 5], "a row that is all frozen is not asked again"
    assert new.line_id.tolist() == [100, 102]
    assert new.mode.tolist() == [0, 1]
    offers = list(zip(round_.offers.group.tolist(), round_.offers.product.tolist(), strict=True))
    wanted = [(0, int(round_.lines.product[0])), (2, int(round_.lines.product[2]))]
    assert [offers[offer - 100] for offer in new.round_offer_id.tolist()] == wanted


def test_an_empty_plan_has_nothing_new() -> None:
    assert new_units(problem(), plan_of([], problem())).units.tolist() == []
