"""Terminal: check a folder of CSV files, and load it when nothing is wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from market.catalogue.commands import import_catalogue
from market.catalogue.rules import check
from market.catalogue.sheets import SHEETS, Fault, Row
from market.db import transaction

catalogue = AppGroup("catalogue", help="Places, groups, products and offers from CSV files.")
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def read_folder(folder: Path) -> tuple[dict[str, list[Row]], list[Fault]]:
    """Read and check every sheet of a folder. A file that is not UTF-8 CSV is a fault."""
    raw: dict[str, list[dict[str, str | None]]] = {}
    broken: list[Fault] = []
    for file in SHEETS:
        path = folder / f"{file}.csv"
        if not path.exists():
            continue
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                raw[file] = list(csv.DictReader(lines))
        except (UnicodeDecodeError, csv.Error) as error:
            broken.append(Fault(file, 0, "-", f"is not UTF-8 CSV: {error}"))
    tables, faults = check(raw)
    return tables, sorted(broken + [f for f in faults if f.file not in {b.file for b in broken}])


@catalogue.command("check")
@click.argument("folder", type=FOLDER)
def check_folder(folder: Path) -> None:
    """Say what is wrong with FOLDER, by file, line and column; change nothing."""
    _read_or_exit(folder)
    click.echo("Nothing is wrong. Load it with: flask catalogue load " + str(folder))


@catalogue.command("load")
@click.argument("folder", type=FOLDER)
@click.option("--sample", is_flag=True, help="Mark what is loaded as sample data.")
def load_folder(folder: Path, sample: bool) -> None:
    """Load FOLDER, all of it or nothing."""
    tables = _read_or_exit(folder)
    with transaction() as session:
        import_catalogue(session, tables, sample=sample)
    click.echo("Loaded: " + ", ".join(f"{len(tables[file])} {file}" for file in SHEETS))


def _read_or_exit(folder: Path) -> dict[str, list[Row]]:
    tables, faults = read_folder(folder)
    for fault in faults[:200]:
        click.echo(str(fault), err=True)
    if faults:
        click.echo(f"{len(faults)} things to mend. Nothing was loaded.", err=True)
        raise SystemExit(1)
    return tables


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(catalogue)
