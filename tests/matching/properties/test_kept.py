"""Rules hold and values are as stated, in every mode; the verifier agrees with the plain rules."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.matching.engine.plan import Mode, Plan
from market.matching.engine.pool import Pool
from market.matching.engine.problem import Problem
from market.matching.engine.verifier import verify
from tests.matching.instances import ROUND, Tables, shuffled
from tests.matching.properties.drawing import confirmed, drawn, matched, rows_of, times
from tests.matching.properties.rulebook import Book

modes = st.sampled_from(["preview", "quick", "final"])


@times(2)
@given(drawn(), modes)
def test_every_rule_holds_and_every_stated_value_is_true(made: Tables, mode: Mode) -> None:
    plan = matched(made, mode=mode)
    book = Book(made, rows_of(plan))
    assert book.broken() == set()
    assert verify(Problem.from_tables(made), plan) == []
    stated = {stage.name: stage for stage in plan.stages}
    for name, found in book.values().items():
        assert stated[name].value == found
        assert (found >= stated[name].bound) if name == "cost" else (found <= stated[name].bound)
    assert sum(book.served.values()) == sum(book.sold.values()) == plan.units


@times()
@given(drawn(), modes, st.integers(0, 9))
def test_the_order_of_rows_moves_no_unit(made: Tables, mode: Mode, seed: int) -> None:
    other, lines = shuffled(made, seed)
    again = [(lines[line], *rest) for line, *rest in rows_of(matched(other, mode=mode))]
    assert sorted(again) == rows_of(matched(made, mode=mode))


@times()
@given(drawn(), modes)
def test_the_same_round_gives_the_same_bytes_again(made: Tables, mode: Mode) -> None:
    assert bytes_of(matched(made, mode=mode)) == bytes_of(matched(made, mode=mode))


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Pool]:
    """Two processes for all examples: starting them takes longer than a hundred small rounds."""
    with Pool(2) as pool:
        yield pool


@times(0.2)
@given(made=drawn(), mode=st.sampled_from(["quick", "final"]))
def test_two_workers_give_the_same_bytes_as_one(
    made: Tables, mode: Mode, two_workers: Pool
) -> None:
    threefold = copied(made, 3)
    alone, together = (matched(threefold, mode=mode, crew=crew) for crew in (None, two_workers))
    assert bytes_of(alone) == bytes_of(together)


@times()
@given(drawn())
def test_matching_again_after_every_yes_is_the_identity(made: Tables) -> None:
    rows = rows_of(matched(made))
    assert rows_of(matched(confirmed(made, rows))) == rows


@times(0.5)
@given(drawn(), st.sampled_from(["preview", "quick"]))
def test_what_was_confirmed_stays_in_every_mode(made: Tables, mode: Mode) -> None:
    rows = rows_of(matched(made, mode=mode))
    again = {row[:3]: row[3] for row in rows_of(matched(confirmed(made, rows), mode=mode))}
    assert all(again[row[:3]] >= row[3] for row in rows)


@times(0.5)
@given(drawn(), st.permutations(range(4)))
def test_names_of_groups_decide_no_units(made: Tables, names: list[int]) -> None:
    """Other ids fall otherwise in a tie, but no stage of the objective may notice."""
    first, second = matched(made), matched(renamed(made, names))
    assert [stage.value for stage in first.stages[:4]] == [
        stage.value for stage in second.stages[:4]
    ]


def test_equal_groups_win_ties_equally_often() -> None:
    """Forty rounds, one unit, four like groups: by chance each wins 3 to 20 times (p > 0.999)."""
    wins = Counter(rows_of(matched(FOUR_ALIKE, seed=f"round {n}"))[0][1] for n in range(40))
    assert set(wins) == {0, 1, 2, 3}
    assert 3 <= min(wins.values()) <= max(wins.values()) <= 20


FOUR_ALIKE: Tables = ROUND | {
    "groups": {"zone": [0] * 4, "cert": [0] * 4, "shared_cap": [-1] * 4,
               "entitlement": [100_000] * 4},
    "offers": {"group": [0, 1, 2, 3], "product": [0] * 4, "cap": [10] * 4, "min_batch": [0] * 4,
               "lot": [1] * 4, "price": [5000] * 4, "lead": [0] * 4, "use_per_unit": [0] * 4},
    "lanes": {"group": [0, 1, 2, 3], "zone": [0] * 4, "cost_per_kg": [500] * 4,
              "fixed_cost": [0] * 4, "max_weight_g": [0] * 4},
    "lines": {"order": [0], "product": [0], "zone": [0], "date": [0], "qty": [1],
              "insist": [-1], "prio": [1], "seq": [0]},
}  # fmt: skip


def bytes_of(plan: Plan) -> tuple[object, ...]:
    """All of a plan but its timings."""
    columns = (plan.line, plan.group, plan.mode, plan.qty)
    return (*(column.tobytes() for column in columns), plan.stages, plan.problem_hash)


OF_TABLE = {"zone": "zones", "product": "products", "group": "groups", "insist": "groups",
            "line": "lines"}  # fmt: skip


def copied(made: Tables, times_: int) -> Tables:
    """The round several times over, each with ids, regions and orders of its own."""
    sizes = {name: len(next(iter(columns.values()))) for name, columns in made.items()}
    steps = {column: sizes[name] for column, name in OF_TABLE.items()}
    steps |= {"region": 2, "from_region": 2, "to_region": 2, "order": sizes["lines"]}
    return {
        name: {
            column: [item + n * steps.get(column, 0) * (item >= 0)
                     for n in range(times_) for item in values]
            for column, values in columns.items()
        }
        for name, columns in made.items()
    }  # fmt: skip


def renamed(made: Tables, names: list[int]) -> Tables:
    """The same round with other numbers for the groups."""
    size = len(made["groups"]["zone"])
    number = [name for name in names if name < size]
    new = {name: dict(columns) for name, columns in made.items()}
    for column, values in made["groups"].items():
        new["groups"][column] = [values[number.index(group)] for group in range(size)]
    for name, column in (("offers", "group"), ("lanes", "group"), ("frozen", "group"),
                         ("lines", "insist")):  # fmt: skip
        new[name][column] = [number[group] if group >= 0 else -1 for group in made[name][column]]
    return new
