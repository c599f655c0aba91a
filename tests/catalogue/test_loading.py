"""Loading a catalogue: all of it, or nothing and a list of what to mend."""

import csv
import shutil

import pytest
from sqlalchemy import func, select

from market.catalogue.cli import read_folder
from market.catalogue.commands import import_catalogue
from market.catalogue.models import Certificate, Offer, ProducerGroup, Product
from market.db import reading
from market.overviews.sample import FOLDER
from market.places.models import Lane, PickupPoint, Tambon
from market.places.queries import search_tambons


def counts(session):
    return {
        table.__tablename__: session.scalar(select(func.count()).select_from(table))
        for table in (Tambon, ProducerGroup, Product, Offer, Certificate, PickupPoint, Lane)
    }


def test_the_sample_is_faultless_and_loads_twice_as_once(session):
    tables, faults = read_folder(FOLDER)
    assert faults == []
    import_catalogue(session, tables, sample=True)
    once = counts(session)
    import_catalogue(session, tables, sample=True)
    assert counts(session) == once
    assert once["producer_group"] == 92
    assert once["product"] == 75
    assert once["offer"] == 198
    assert once["tambon"] == 7436
    assert once["pickup_point"] == 12 + 92

    local_only = select(func.count()).select_from(Lane).join(
        ProducerGroup, ProducerGroup.id == Lane.group_id
    ).where(ProducerGroup.readiness == 1, Lane.distance_m > 0)  # fmt: skip
    assert session.scalar(local_only) == 0
    found = search_tambons(session, "ทมอ 32140")
    assert [tambon.code for tambon in found] == ["320502"]
    assert search_tambons(session, "%") == ()


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "sample")


def spoil(folder, file, line, column, value):
    path = folder / f"{file}.csv"
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    rows[line - 2][column] = value
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, rows[0])
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    ("file", "line", "column", "value", "problem"),
    [
        ("offers", 5, "capacity_per_round", "-3", "whole number"),
        ("offers", 5, "price_baht", "12.345", "two decimals"),
        ("offers", 5, "group_id", "G000000", "not in groups"),
        ("offers", 5, "certificates", "FDA;GOLD", "does not know GOLD"),
        ("offers", 2, "lot_size", "7", "whole lots"),
        ("products", 3, "season_months", "13", "months"),
        ("groups", 9, "name_th", "ก" * 10_000, "300 characters"),
        ("products", 4, "product_code", "P001", "stands already in line 2"),
        ("chain_costs", 2, "cost_baht", "99", "sum"),
    ],
)
def test_a_wrong_row_is_named_by_file_line_and_column(folder, file, line, column, value, problem):
    spoil(folder, file, line, column, value)
    _, faults = read_folder(folder)
    assert faults, "the fault was not found"
    assert any(problem in fault.problem for fault in faults), faults
    if file != "chain_costs":
        assert (faults[0].file, faults[0].line) == (file, line)


def test_a_missing_file_and_a_missing_column_are_named(folder):
    (folder / "vehicles.csv").unlink()
    text = (folder / "groups.csv").read_text(encoding="utf-8")
    (folder / "groups.csv").write_text(text.replace("members,", "persons,", 1), encoding="utf-8")
    _, faults = read_folder(folder)
    assert {(fault.file, fault.column) for fault in faults} == {
        ("vehicles", "-"),
        ("groups", "members"),
    }


def test_a_file_that_is_no_utf8_is_a_fault(folder):
    (folder / "offers.csv").write_bytes("offer_id,\xe0".encode("latin-1"))
    _, faults = read_folder(folder)
    assert "not UTF-8" in str(faults[0])


def test_the_terminal_loads_nothing_when_a_row_is_wrong(committed, folder):
    spoil(folder, "offers", 5, "capacity_per_round", "-3")
    result = committed.test_cli_runner().invoke(args=["catalogue", "load", str(folder)])
    assert result.exit_code == 1
    assert "offers, line 5, column capacity_per_round" in result.output
    with committed.app_context(), reading() as session:
        assert session.scalar(select(func.count()).select_from(Product)) == 0
