"""The words of reports, what a column is, who sees which rows, and when a report is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from market.principals import Right

#: Up to so many rows a file is made while its reader waits; more is made by the workers.
AT_ONCE_ROWS = 5000
PAGE_ROWS = 100
#: A PDF is laid out in memory, about 20 kB a row: more than this is for XLSX.
PDF_ROWS = 1500
#: XLSX holds 1,048,576 rows a sheet (Microsoft, "Excel specifications and limits").
XLSX_ROWS = 1_000_000
#: A worker says so often that it lives; one that was not heard of for the lease is given up.
JOB_LEASE = timedelta(seconds=45)
JOB_TRIES = 4
FILE_KEPT = timedelta(days=7)
TICK_ROWS = 2000


class Format(StrEnum):
    """How a report is taken away. A page is read in the browser, print is a page for paper."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


#: What a phone or a browser takes each file for.
TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PDF: "application/pdf",
}


class Stage(StrEnum):
    """The states of a round at which figures are frozen, in their order.

    While a round is open they are frozen when somebody asks.
    """

    OPEN = "open"
    CLOSED = "closed"
    CONFIRMING = "confirming"
    PAYING = "paying"
    PRODUCING = "producing"
    DELIVERING = "delivering"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Occasion(StrEnum):
    """When a report is sent by itself."""

    CLOSED = "closed"
    CONFIRMED = "confirmed"
    DELIVERY_DAY = "delivery_day"  # at 06:00
    MONTHLY = "monthly"  # the first of the month at 06:00


#: The state a round is in by then: what begins later has nothing to tell yet.
OCCASION_STAGE = {
    Occasion.CLOSED: Stage.CLOSED,
    Occasion.CONFIRMED: Stage.PAYING,
    Occasion.DELIVERY_DAY: Stage.DELIVERING,
}


class Source(StrEnum):
    """Where the rows come from, which says what "as of" means."""

    FROZEN = "frozen"  # a snapshot of the round
    BOOKS = "books"  # rows of the ledger up to a moment, of a round
    MONTH = "month"  # the same, of a month
    ROUND = "round"  # terms of the round, frozen when it opened, and its published match
    NOW = "now"  # what stands today, whatever the round


class Job(StrEnum):
    """What somebody is doing when they want the report."""

    CUT_OFF = "cut_off"
    MAKING = "making"
    DELIVERY = "delivery"
    MONEY = "money"
    LEARNING = "learning"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: the key its SQL names it by, its heading, and what kind of value it holds.

    kind: text, number, units, money (satang), weight (g), percent (basis points), date, moment,
    phone, name (of a person, whole), short (of a person, shortened), or a code that ``words``
    names: method, state, cause, account, part, certificate, papers, allergens, pack, unmet,
    allocation.
    """

    key: str
    title: Any
    kind: str = "text"
    width: int = 14
    total: bool = False


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report: who may, which rows, which columns, and how they are grouped.

    right: a permission of the policy. sql: a SELECT of the columns in their order, itself ordered;
    it may name the parameters of ``kinds.parts``. group: the column whose change ends a group with
    a subtotal. since: the state of the round at which there can be rows. people: has whole names
    or numbers of buyers.
    """

    key: str
    title: Any
    about: Any
    right: str
    job: Job
    source: Source
    sql: str
    columns: tuple[Column, ...]
    group: str | None = None
    since: Stage = Stage.OPEN
    people: bool = False
    country: bool = False  # only for those whose area is the whole country
    landscape: bool = True


def occasions_of(report: Report) -> list[Occasion]:
    """When it can be sent by itself: a month's each month, a round's once it has something."""
    if report.source in (Source.MONTH, Source.NOW):
        return [Occasion.MONTHLY]
    order = list(Stage)
    return [
        occasion
        for occasion, stage in OCCASION_STAGE.items()
        if order.index(stage) >= order.index(report.since)
    ]


@dataclass(frozen=True)
class Scope:
    """Which rows somebody sees: areas by code prefix ('' is the country), and groups by id."""

    areas: tuple[str, ...] = ()
    group_ids: tuple[int, ...] = ()

    @property
    def everything(self) -> bool:
        """No row is hidden."""
        return "" in self.areas

    def holds(self, other: Scope) -> bool:
        """Does this one see all that the other one sees?"""
        areas = all(any(code.startswith(mine) for mine in self.areas) for code in other.areas)
        return self.everything or (areas and set(other.group_ids) <= set(self.group_ids))


def scope_of(rights: Iterable[Right], roles: frozenset[str], *, country: bool) -> Scope | None:
    """What somebody with these rights sees of a report for these roles; None: nothing.

    country: a report that cannot be cut by area is for those alone whose area is the country.
    """
    held = [right for right in rights if right.role in roles]
    areas = sorted({right.area for right in held if right.area is not None})
    groups = sorted({right.group_id for right in held if right.group_id is not None})
    if "" in areas:
        return Scope(areas=("",))
    if country or not (areas or groups):
        return None
    return Scope(tuple(_widest(areas)), tuple(groups))


def _widest(areas: list[str]) -> list[str]:
    """Without those that lie in another one."""
    return [
        code
        for code in areas
        if not any(code != other and code.startswith(other) for other in areas)
    ]


def short_person(name: str) -> str:
    """A buyer as strangers see them: ``มาลี ใ.``; the first name, then one letter."""
    first, _, rest = name.strip().partition(" ")
    last = rest.strip()
    return f"{first} {last[0]}." if last else first


@dataclass(frozen=True, kw_only=True)
class Due:
    """An occasion that has come: unique, and the round or month that it is about."""

    occurrence: str
    round_id: int | None = None
    month_on: date | None = None


def first_of_last_month(day: date) -> date:
    """The first day of the month before ``day``'s."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is asked about."""

    report: Report
    scope: Scope
    as_of: datetime
    round_id: int | None = None
    snapshot_id: int | None = None
    month_on: date | None = None
    language: str = "th"
