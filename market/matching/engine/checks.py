"""What an input must hold before it becomes a problem; each refusal names table, column, row."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from market.matching.engine.arrays import BoolArray, IntArray, find_sorted, group_rows, sums
from market.matching.engine.tables import COLUMNS, OPTIONAL_TABLES, UNIQUE_ROWS, Column

RawTables = Mapping[str, Mapping[str, Any]]
CleanTables = dict[str, dict[str, IntArray]]


class ProblemError(ValueError):
    """The input is not a matching problem. row is None where the whole column or table is meant."""

    def __init__(self, table: str, column: str | None, row: int | None, sentence: str) -> None:
        super().__init__(table, column, row, sentence)
        self.table, self.column, self.row, self.sentence = table, column, row, sentence

    def __str__(self) -> str:
        place = f"table {self.table}"
        place += f", column {self.column}" if self.column is not None else ""
        place += f", row {self.row}" if self.row is not None else ""
        return f"{place}: {self.sentence}"


def clean_tables(raw: RawTables) -> CleanTables:
    """All tables as int64 columns within their ranges. Raises ProblemError."""
    _check_names(raw)
    tables = {name: _clean_table(name, raw.get(name, {})) for name in COLUMNS}
    sizes = {name: len(next(iter(columns.values()))) for name, columns in tables.items()}
    for name, columns in tables.items():
        for column, values in columns.items():
            _check_range(name, column, values, sizes)
    for name, key in UNIQUE_ROWS.items():
        _check_unique(name, key, tables[name])
    _check_pins(tables["offers"])
    _check_frozen(tables)
    return tables


def _check_names(raw: RawTables) -> None:
    for name in COLUMNS:
        if name not in raw and name not in OPTIONAL_TABLES:
            raise ProblemError(name, None, None, "this table is missing")
    for name, columns in raw.items():
        if name not in COLUMNS:
            raise ProblemError(str(name), None, None, "this table is not known")
        if not isinstance(columns, Mapping):
            raise ProblemError(name, None, None, "a table must be a set of named columns")
        strange = [column for column in columns if column not in COLUMNS[name]]
        if strange:
            raise ProblemError(name, str(strange[0]), None, "this column is not known")


def _clean_table(name: str, raw: Mapping[str, Any]) -> dict[str, IntArray]:
    if not raw and name in OPTIONAL_TABLES:
        return {column: np.zeros(0, dtype=np.int64) for column in COLUMNS[name]}
    columns: dict[str, IntArray] = {}
    for column, rule in COLUMNS[name].items():
        if column in raw:
            columns[column] = _whole_numbers(name, column, raw[column])
        elif not rule.optional:
            raise ProblemError(name, column, None, "this column is missing")
    size = len(next(iter(columns.values())))
    for column, rule in COLUMNS[name].items():
        if rule.optional and column not in columns:
            columns[column] = np.full(size, -1, dtype=np.int64)
        if len(columns[column]) != size:
            sentence = f"this column has {len(columns[column])} rows, the table has {size}"
            raise ProblemError(name, column, None, sentence)
    return columns


def _whole_numbers(table: str, column: str, raw: Any) -> IntArray:
    if isinstance(raw, list):
        _check_list(table, column, raw)
    values = np.asarray(raw)
    if values.ndim != 1:
        raise ProblemError(table, column, None, "a column must be one list of whole numbers")
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    if values.dtype.kind == "f":
        wrong = ~(np.isfinite(values) & (values == np.floor(values)))
        _refuse(table, column, wrong, values, "is not a whole number")
        _refuse(table, column, np.abs(values) > 2.0**62, values, "is too large")
    elif values.dtype.kind == "u":
        _refuse(table, column, values > 2**62, values, "is too large")
    elif values.dtype.kind != "i":
        raise ProblemError(table, column, 0, f"{values[0]!r} is not a whole number")
    return values.astype(np.int64)


def _check_list(table: str, column: str, raw: list[Any]) -> None:
    """JSON may hold anything: texts, nulls, lists, truth values, numbers beyond 64 bits."""
    for row, value in enumerate(raw):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ProblemError(table, column, row, f"{value!r} is not a whole number")
        if isinstance(value, int) and abs(value) > 2**62:
            raise ProblemError(table, column, row, f"{value} is too large")


def _refuse(table: str, column: str, wrong: BoolArray, values: Any, sentence: str) -> None:
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise ProblemError(table, column, row, f"{values[row]} {sentence}")


def _check_range(table: str, column: str, values: IntArray, sizes: Mapping[str, int]) -> None:
    rule: Column = COLUMNS[table][column]
    if rule.low == 0:
        _refuse(table, column, values < 0, values, "is negative")
    _refuse(table, column, values < rule.low, values, f"is less than {rule.low}")
    if rule.of_table is None:
        _refuse(table, column, values > rule.high, values, f"is more than {rule.high}")
        return
    missing = values >= sizes[rule.of_table]
    _refuse(table, column, missing, values, f"is not a row of table {rule.of_table}")


def _check_unique(table: str, key: tuple[str, ...], columns: dict[str, IntArray]) -> None:
    values = [columns[column] for column in key]
    first, group = group_rows(*values)
    if len(first) == len(group):
        return
    _, earliest = np.unique(group, return_index=True)
    again = np.ones(len(group), dtype=bool)
    again[earliest] = False
    row = int(np.flatnonzero(again)[0])
    what = ", ".join(f"{column} {int(columns[column][row])}" for column in key)
    raise ProblemError(table, key[0], row, f"{what} appears twice")


def _check_pins(offers: dict[str, IntArray]) -> None:
    low, high = offers["pin_low"], offers["pin_high"]
    crossed = (high >= 0) & (low > high)
    _refuse("offers", "pin_low", crossed, low, "is more than the row's pin_high")
    _refuse("offers", "pin_low", low > offers["cap"], low, "is more than the offer's capacity")


def _check_frozen(tables: CleanTables) -> None:
    frozen, lines, offers = tables["frozen"], tables["lines"], tables["offers"]
    line, qty = frozen["line"], frozen["qty"]
    products = len(tables["products"]["weight_g"])
    key = offers["group"] * products + offers["product"]
    order = np.argsort(key, kind="stable")
    offer = find_sorted(frozen["group"] * products + lines["product"][line], key[order])
    sentence = "has no offer of the line's product"
    _refuse("frozen", "group", offer < 0, frozen["group"], sentence)
    total = sums(line, qty, len(lines["qty"]))
    over = total[line] > lines["qty"][line]
    _refuse("frozen", "qty", over, qty, "makes more frozen units than the line ordered")
    total = sums(order[offer], qty, len(key))
    over = total[order[offer]] > offers["cap"][order[offer]]
    _refuse("frozen", "qty", over, qty, "makes more frozen units than the offer's capacity")
