"""Files in and out: every bad input is refused with table, column and row, and leaves no file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from market.matching.__main__ import main
from market.matching.engine.plan import load_rows
from market.matching.engine.problem import Problem, ProblemError, load_problem, problem_hash
from tests.matching.instances import ROUND, tables


def write(folder: Path, made: Any, name: str = "round.json") -> str:
    path = folder / name
    path.write_text(json.dumps({"meta": {}, "tables": made}))
    return str(path)


def refusal(made: Any) -> tuple[str, str | None, int | None]:
    with pytest.raises(ProblemError) as caught:
        Problem.from_tables(made)
    error = caught.value
    return error.table, error.column, error.row


def without(table: str, column: str | None = None) -> Any:
    made: Any = tables()
    if column is None:
        del made[table]
    else:
        del made[table][column]
    return made


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (without("lanes"), ("lanes", None, None)),
        (without("offers", "lot"), ("offers", "lot", None)),
        ({**tables(), "extra": {}}, ("extra", None, None)),
        (tables(offers={"colour": [1, 2, 3]}), ("offers", "colour", None)),
        (tables(offers={"cap": [1, -2, 3]}), ("offers", "cap", 1)),
        (tables(lines={"qty": [1, 2, 2.5]}), ("lines", "qty", 2)),  # type: ignore[dict-item]
        (tables(lines={"qty": [1, True, 2]}), ("lines", "qty", 1)),
        (tables(lines={"qty": [1, "2", 2]}), ("lines", "qty", 1)),  # type: ignore[dict-item]
        (tables(lines={"qty": [1, None, 2]}), ("lines", "qty", 1)),  # type: ignore[dict-item]
        (tables(lines={"qty": [1, 10**30, 2]}), ("lines", "qty", 1)),
        (tables(lines={"qty": [1, 2]}), ("lines", "qty", None)),
        (tables(lines={"zone": [0, 2, 0]}), ("lines", "zone", 1)),
        (tables(lines={"insist": [0, -2, 0]}), ("lines", "insist", 1)),
        (tables(lines={"insist": [0, 3, 0]}), ("lines", "insist", 1)),
        (tables(lines={"prio": [0, 3, 0]}), ("lines", "prio", 1)),
        (tables(offers={"group": [0, 0, 2]}), ("offers", "group", 1)),
        (tables(post={"to_region": [0, 0, 0, 1]}), ("post", "from_region", 1)),
        (tables(frozen={"line": [9], "group": [0], "mode": [0], "qty": [1]}),
         ("frozen", "line", 0)),
        (tables(frozen={"line": [0], "group": [2], "mode": [0], "qty": [1]}),
         ("frozen", "group", 0)),
        (tables(frozen={"line": [0], "group": [0], "mode": [0], "qty": [7]}),
         ("frozen", "qty", 0)),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_table_column_and_row(made: Any, place: Any) -> None:
    assert refusal(made) == place


def test_the_command_prints_the_sentence_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "plan.json"
    instance = write(tmp_path, tables(offers={"cap": [1, -2, 3]}))
    assert main([instance, "--out", str(out)]) == 2
    assert capsys.readouterr().err == "table offers, column cap, row 1: -2 is negative\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["round.json"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"tables": 3}', "\x00\x01"])
def test_a_file_that_is_no_instance_is_refused(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "round.json"
    path.write_text(content)
    assert main([str(path), "--out", str(tmp_path / "plan.npz")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "plan.npz").exists()


BAD = [
    ({"offers": {"colour": [1, 2, 3]}}, "table offers, column colour: this column is not known"),
    ({"offers": {"cap": [1, -2, 3]}}, "table offers, column cap, row 1: -2 is negative"),
    ({"lines": {"qty": [1, 2, 2.5]}}, "table lines, column qty, row 2: 2.5 is not a whole number"),
    ({"lines": {"product": [0, 7, 1]}},
     "table lines, column product, row 1: 7 is not a row of table products"),
    ({"lanes": {"zone": [0, 5, 1]}}, "table lanes, column zone, row 1: 5 is not a row of table"),
    ({"offers": {"group": [0, 0, 2]}},
     "table offers, column group, row 1: group 0, product 0 appears twice"),
    ({"offers": {"pin_low": [5, -1, -1], "pin_high": [4, -1, -1]}},
     "table offers, column pin_low, row 0: 5 is more than the row's pin_high"),
    ({"lines": {"qty": [1, 2]}}, "table lines, column qty: this column has 2 rows"),
    ({"frozen": {"line": [0], "group": [0], "mode": [0], "qty": [0]}},
     "table frozen, column qty, row 0: 0 is less than 1"),
    ({"lanes": None}, "table lanes: this table is missing"),
    ({"harvest": {"year": [1]}}, "table harvest: this table is not known"),
]  # fmt: skip


def save_npz(path: Path, made: Any) -> str:
    columns = {f"{table}.{name}": np.array(values) for table, named in made.items()
               for name, values in named.items()}  # fmt: skip
    np.savez(path, allow_pickle=False, **columns)
    return str(path)


@pytest.mark.parametrize("kind", ["json", "npz"])
@pytest.mark.parametrize(("changes", "sentence"), BAD)
def test_both_kinds_of_file_are_refused_in_one_sentence(
    tmp_path: Path, kind: str, changes: Any, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made: Any = tables()
    for table, columns in changes.items():
        if columns is None:
            del made[table]
        else:
            made[table] = {**made.get(table, {}), **columns}
    save = {
        "json": lambda: write(tmp_path, made),
        "npz": lambda: save_npz(tmp_path / "r.npz", made),
    }
    instance, out = save[kind](), tmp_path / "plan.npz"
    assert main([instance, "--out", str(out)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert said.err.startswith(sentence)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_broken_archive_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = Path(save_npz(tmp_path / "whole.npz", ROUND)).read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bent.npz").write_bytes(whole.replace(b"NUMPY", b"NUMBY"))
    with (tmp_path / "one.npz").open("wb") as file:
        np.save(file, np.arange(3))
    for name in ("cut", "bent", "one"):
        assert main([str(tmp_path / f"{name}.npz"), "--out", str(tmp_path / "plan.npz")]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "plan.npz").exists()


def test_a_missing_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json"), "--out", str(tmp_path / "plan.npz")]) == 2
    assert "none.json" in capsys.readouterr().err


def test_json_and_npz_hold_the_same_round_and_the_same_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    as_json = write(tmp_path, ROUND)
    as_npz = str(tmp_path / "round.npz")
    columns = {f"{t}.{c}": np.array(v, dtype=np.int64) for t, cs in ROUND.items()
               for c, v in cs.items()}  # fmt: skip
    np.savez(as_npz, allow_pickle=False, **columns)
    assert problem_hash(load_problem(as_json)) == problem_hash(load_problem(as_npz))
    plans = [str(tmp_path / "plan.json"), str(tmp_path / "plan.npz")]
    assert main([as_json, "--out", plans[0], "--seed", "r"]) == 0
    assert main([as_npz, "--out", plans[1], "--seed", "r"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["stages"]["units"]["value"] == last["stages"]["units"]["bound"] == 15
    assert 0 < last["solver_seconds"] <= sum(last["cpu_seconds"].values())
    assert last["wall_seconds"].keys() == last["cpu_seconds"].keys()
    one, two = (load_rows(path) for path in plans)
    assert [column.tolist() for column in one] == [column.tolist() for column in two]


@pytest.mark.parametrize("mode", ["final", "quick", "preview"])
def test_every_mode_writes_a_plan(tmp_path: Path, mode: str) -> None:
    out = str(tmp_path / "plan.npz")
    assert main([write(tmp_path, ROUND), "--out", out, "--mode", mode]) == 0
    assert load_rows(out)[3].sum() == 15
