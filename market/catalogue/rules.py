"""Checking a whole catalogue before any of it is loaded, and who may join a round. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from market.catalogue.sheets import SHEETS, Fault, Row, Sheet

#: Papers that goods of a label class need before they are sold beyond the makers' own place.
PAPERS_BY_LABEL: Mapping[str, tuple[str, ...]] = {
    "serial": ("FDA",),
    "cosmetic": ("FDA_COS",),
    "herbal": ("FDA_HERB",),
}


def check(
    raw: Mapping[str, Sequence[Mapping[str, str | None]]],
) -> tuple[dict[str, list[Row]], list[Fault]]:
    """Parse every file of a catalogue; returns the rows and every fault found.

    ``raw`` maps a file's name (without .csv) to its rows as text. The rows are of use only
    when the list of faults is empty.
    """
    faults: list[Fault] = []
    tables = {
        file: _check_sheet(file, sheet, raw.get(file), faults) for file, sheet in SHEETS.items()
    }
    if not faults:
        _check_links(tables, faults)
    if not faults:
        _check_offers(tables, faults)
        _check_chains(tables, faults)
    return tables, sorted(faults)


def may_sell_outside(
    *, readiness: int, own_use: bool, needed: Iterable[str], held: Iterable[str]
) -> bool:
    """Readiness 2, used by its own makers (กล้ากินกล้าใช้), with the papers its label needs."""
    return readiness == 2 and own_use and set(needed) <= set(held)


def _check_sheet(
    file: str,
    sheet: Sheet,
    rows: Sequence[Mapping[str, str | None]] | None,
    faults: list[Fault],
) -> list[Row]:
    if rows is None:
        faults.append(Fault(file, 0, "-", "the file is missing"))
        return []
    absent = [column for column in sheet.columns if rows and column not in rows[0]]
    if absent:
        faults.extend(Fault(file, 1, column, "the column is missing") for column in absent)
        return []
    parsed = [_parse(file, line, sheet, row, faults) for line, row in enumerate(rows, start=2)]
    _check_keys(file, sheet, parsed, faults)
    return parsed


def _parse(
    file: str, line: int, sheet: Sheet, row: Mapping[str, str | None], faults: list[Fault]
) -> Row:
    parsed: Row = {"line": line}
    for column, parse in sheet.columns.items():
        try:
            parsed[column] = parse(row[column] or "")
        except ValueError as problem:
            faults.append(Fault(file, line, column, str(problem)))
    return parsed


def _check_keys(file: str, sheet: Sheet, rows: list[Row], faults: list[Fault]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        key = tuple(row.get(column) for column in sheet.key)
        if None not in key and seen.setdefault(key, row["line"]) != row["line"]:
            faults.append(
                Fault(file, row["line"], sheet.key[-1], f"stands already in line {seen[key]}")
            )


def _check_links(tables: Mapping[str, list[Row]], faults: list[Fault]) -> None:
    for file, sheet in SHEETS.items():
        for column, other in sheet.points_to.items():
            known = {row[SHEETS[other].key[0]] for row in tables[other]}
            faults.extend(
                Fault(file, row["line"], column, f"{row[column]} is not in {other}")
                for row in tables[file]
                if row[column] not in known
            )


def _check_offers(tables: Mapping[str, list[Row]], faults: list[Fault]) -> None:
    groups = {row["group_id"]: row for row in tables["groups"]}
    pairs: set[tuple[str, str]] = set()
    for row in tables["offers"]:
        problems = _offer_problems(row)
        if (row["group_id"], row["product_code"]) in pairs:
            problems.append(("product_code", "the group offers this product already"))
        pairs.add((row["group_id"], row["product_code"]))
        if "parcel" in row["fulfilment"] and groups[row["group_id"]]["readiness_group"] == 1:
            problems.append(("fulfilment", "readiness 1 sells at its own place only"))
        faults.extend(Fault("offers", row["line"], column, said) for column, said in problems)


def _offer_problems(row: Row) -> list[tuple[str, str]]:
    problems = []
    if not row["lot_size"] <= row["min_batch"] <= row["capacity_per_round"]:
        problems.append(("min_batch", "must lie between lot_size and capacity_per_round"))
    if row["capacity_per_round"] % row["lot_size"]:
        problems.append(("capacity_per_round", "must be whole lots"))
    if row["min_batch"] % row["lot_size"]:
        problems.append(("min_batch", "must be whole lots"))
    if not row["price_baht"]:
        problems.append(("price_baht", "must be above 0"))
    if row["max_per_order"] > row["capacity_per_round"]:
        problems.append(("max_per_order", "must not be above capacity_per_round"))
    return problems


def _check_chains(tables: Mapping[str, list[Row]], faults: list[Fault]) -> None:
    sums: dict[str, int] = {}
    for row in tables["chain_costs"]:
        sums[row["product_code"]] = sums.get(row["product_code"], 0) + row["cost_baht"]
    for product in tables["products"]:
        if sums.get(product["product_code"], 0) != product["ref_unit_cost_baht"]:
            faults.append(
                Fault("products", product["line"], "ref_unit_cost_baht",
                      "is not the sum of the product's chain_costs")
            )  # fmt: skip
