"""Products brought in: matched by code; what a sheet does not say stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market import thai
from market.catalogue.models import Category, Product
from market.catalogue.rules import PAPERS_BY_LABEL
from market.catalogue.search_index import refresh_search
from market.db import Base
from market.imports.cells import plain
from market.imports.kinds.base import Job, Kind, lock_words, need
from market.imports.rules import Row, tell_twins
from market.imports.sheets import PRODUCTS
from market.imports.tables import insert_set, update_set

_GIVEN = tuple(column.key for column in PRODUCTS.columns if column.key != "category")
_KEPT = (*_GIVEN, "category_key", "reference_satang", "required_certificates")
_WRITTEN = (*(key for key in _KEPT if key != "code"), "sort_key", "search")


def judge(session: Session, job: Job, rows: Sequence[Row]) -> None:
    """Two statements: the categories, and the products of these codes."""
    categories = _categories(session)
    known = _products(session, job, [row.given.get("code") for row in rows])
    tell_twins(rows, ("code",))
    for row in rows:
        _place(row, categories)
        old = known.get(row.given.get("code", ""))
        if old is None:
            need(row, PRODUCTS)
            row.given.setdefault("allergens", [])
            row.given.setdefault("active", True)
        _check_band(row, old or {})
        _derive(row, old or {})
        row.target_id = old["id"] if old else None
        row.settle(old)


def apply(session: Session, _job: Job, rows: Sequence[Row]) -> None:
    """Write new and changed products, each kind in one statement; then what can be found."""
    names = {key: th for key, th in session.execute(select(Category.key, Category.name_th)).all()}
    current = _by_id(session, rows)
    new = [row for row in rows if row.effect == "new"]
    changed = [row for row in rows if row.effect == "changed" and row.target_id]
    insert_set(session, Product, [_full(row.given, names) for row in new])
    update_set(
        session, Product,
        [_full(current[row.target_id or 0] | row.given, names) for row in changed], _WRITTEN,
    )  # fmt: skip
    ids = _ids(session, [row.given["code"] for row in new])
    for row in rows:
        row.target_id = row.target_id or ids.get(row.given["code"])
        row.outcome = "applied"
    refresh_search(session)


def undo(session: Session, _job: Job, rows: Sequence[Row]) -> None:
    """Put old values back where nobody changed them since; take away new products that nothing
    refers to. What stays is told with its reason.
    """
    current, used = _by_id(session, rows), _used(session, rows)
    back: list[Row] = []
    gone: list[Row] = []
    for row in rows:
        now = current.get(row.target_id or 0)
        wrote = row.given if row.effect == "new" else {key: row.given[key] for key in row.before}
        if now is None:
            row.outcome = "undone"
        elif any(now[key] != value for key, value in wrote.items()):
            row.outcome, row.reason = "kept", "changed_since"
        elif row.effect == "new" and row.target_id in used:
            row.outcome, row.reason = "kept", "product_used"
        else:
            row.outcome = "undone"
            (gone if row.effect == "new" else back).append(row)
    names = {key: th for key, th in session.execute(select(Category.key, Category.name_th)).all()}
    update_set(
        session, Product,
        [_full(current[row.target_id or 0] | row.before, names) for row in back], _WRITTEN,
    )  # fmt: skip
    session.execute(
        text("DELETE FROM product WHERE id = ANY(:ids)"), {"ids": [row.target_id for row in gone]}
    )
    refresh_search(session)


def _categories(session: Session) -> dict[str, str]:
    """Whatever a category may be called, to its key."""
    rows = session.execute(select(Category.key, Category.name_th, Category.name_en)).all()
    return {plain(name): row.key for row in rows for name in (row.key, row.name_th, row.name_en)}


def _place(row: Row, categories: dict[str, str]) -> None:
    said = row.given.get("category")
    if said is None:
        return
    key = categories.get(plain(said))
    if key is None:
        row.wrong("category", "no_category", value=said)
    else:
        row.given["category_key"] = key


def _check_band(row: Row, old: dict[str, Any]) -> None:
    values = old | row.given
    low, high = values.get("band_low_satang"), values.get("band_high_satang")
    if low is not None and high is not None and low > high:
        row.wrong("band_high_satang", "band_upside_down")


def _derive(row: Row, old: dict[str, Any]) -> None:
    """What follows from the others, as a catalogue's loading does it."""
    given = row.given
    given.pop("category", None)
    values = old | given
    if {"band_low_satang", "band_high_satang"} & set(given) and not row.faults:
        moved = any(old.get(key) != values[key] for key in ("band_low_satang", "band_high_satang"))
        if moved:  # the middle of the band: what fairness counts, whatever a group asks
            given["reference_satang"] = (
                values["band_low_satang"] + values["band_high_satang"]
            ) // 2
    if "label_class" in given and old.get("label_class") != given["label_class"]:
        given["required_certificates"] = list(PAPERS_BY_LABEL.get(given["label_class"], ()))


def _products(session: Session, job: Job, codes: Iterable[str | None]) -> dict[str, dict[str, Any]]:
    found = session.execute(
        text(
            f"SELECT p.id, {', '.join(f'p.{key}' for key in _KEPT)} FROM product p"  # noqa: S608
            " WHERE p.code = ANY(:codes) ORDER BY p.id" + lock_words(job, "p")
        ),
        {"codes": [code for code in codes if code]},
    )
    return {row.code: dict(row._mapping) for row in found}


def _by_id(session: Session, rows: Sequence[Row]) -> dict[int, dict[str, Any]]:
    """The products of these rows as they are now, locked by id."""
    found = session.execute(
        text(
            f"SELECT id, {', '.join(_KEPT)} FROM product"  # noqa: S608 - our own names
            " WHERE id = ANY(:ids) ORDER BY id FOR UPDATE"
        ),
        {"ids": [row.target_id for row in rows if row.target_id]},
    )
    return {row.id: dict(row._mapping) for row in found}


def _ids(session: Session, codes: Sequence[str]) -> dict[str, int]:
    found = session.execute(select(Product.code, Product.id).where(Product.code.in_(codes)))
    return {code: product_id for code, product_id in found.all()}


def _full(values: dict[str, Any], categories: dict[str, str]) -> dict[str, Any]:
    """The row of the table, with what is made from the names."""
    names = (values["name_th"], categories[values["category_key"]], values["name_en"])
    kept = {key: values[key] for key in (*_KEPT, "id") if key in values}
    return kept | {
        "sort_key": thai.sort_key(values["name_th"]),
        "search": "|".join(thai.search_text(words) for words in names),
    }


def _used(session: Session, rows: Sequence[Row]) -> set[int]:
    """Which of these products any other table names; facets and costs go with the product."""
    asks = [
        f"SELECT {key.parent.name} FROM {table.name} WHERE {key.parent.name} = ANY(:ids)"  # noqa: S608
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "product" and key.ondelete != "CASCADE"
    ]
    ids = [row.target_id for row in rows if row.effect == "new" and row.target_id]
    return set(session.scalars(text(" UNION ".join(asks)), {"ids": ids}))


PRODUCT_KIND = Kind(sheet=PRODUCTS, judge=judge, apply=apply, undo=undo)
