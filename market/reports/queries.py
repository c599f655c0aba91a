"""Reads of reports: rounds to choose from, what a report says as of when, and its rows.

Rows come through a cursor on the server, a thousand at a time, whatever their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_moment
from market.errors import NotFound, Refused, Unavailable
from market.reports.freezing import freeze, freeze_again
from market.reports.rules import Asked, Report, Scope, Source, Stage

FETCHED_AT_ONCE = 1000
ROUNDS_SHOWN = 40
#: How old the figures of a round that still takes orders may be.
OPEN_FOR = timedelta(minutes=10)

_ROUNDS = text(
    "SELECT id, number, name_th, name_en, state, closes_at, delivery_on FROM round"
    " WHERE state <> 'draft' AND NOT private ORDER BY closes_at DESC, id DESC LIMIT :most"
)
_PROVINCES = text("SELECT code, name_th, name_en FROM province ORDER BY sort_key, code")
_ROUND = text(
    "SELECT id, number, name_th, name_en, state, closes_at, delivery_on FROM round WHERE id = :id"
)
#: The newest version of each stage; the newest of all first.
_SNAPSHOTS = text(
    """
    SELECT DISTINCT ON (stage) id, stage, version, state, frozen_at, due_at, lines, orders
      FROM report_snapshot WHERE round_id = :round_id AND state <> 'dropped'
     ORDER BY stage, version DESC
    """
)
#: While a new version is being written, the one before still says what it said.
_FROZEN = text(
    """
    SELECT id, stage, version, state, frozen_at, due_at, lines, orders FROM report_snapshot
     WHERE round_id = :round_id AND stage = :stage AND state = 'frozen'
     ORDER BY version DESC LIMIT 1
    """
)
_STAGE = text("SELECT stage FROM report_snapshot WHERE id = :id")
_ENTRY = text("SELECT max(at) FROM ledger_entry WHERE round_id = :round_id AND at <= :now")
_ENTRY_OF_MONTH = text("SELECT max(at) FROM ledger_entry WHERE at >= :start AND at < :end")


@dataclass(frozen=True, kw_only=True)
class RoundChoice:
    """A round in the picker."""

    id: int
    number: int
    name_th: str
    name_en: str
    state: str
    closes_at: datetime
    delivery_on: list[date]


@dataclass(frozen=True, kw_only=True)
class AreaChoice:
    """A province in the picker."""

    code: str
    name_th: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class StageView:
    """A frozen state of a round."""

    id: int
    stage: str
    version: int
    state: str
    due_at: datetime
    frozen_at: datetime | None
    lines: int
    orders: int


def list_rounds(session: Session) -> list[RoundChoice]:
    """The latest rounds that have ever been open."""
    rows = session.execute(_ROUNDS, {"most": ROUNDS_SHOWN}).mappings()
    return [RoundChoice(**row) for row in rows]


def list_provinces(session: Session) -> list[AreaChoice]:
    """Every province, in Thai order."""
    rows = session.execute(_PROVINCES).mappings()
    return [AreaChoice(**row) for row in rows]


def get_round(session: Session, round_id: int) -> RoundChoice:
    """One round. Raises NotFound."""
    row = session.execute(_ROUND, {"id": round_id}).mappings().one_or_none()
    if row is None or row["state"] == "draft":
        raise NotFound("not_found", what="round")
    return RoundChoice(**row)


def stages_of(session: Session, round_id: int) -> list[StageView]:
    """Every state of the round at which figures were or will be frozen, in order."""
    rows = session.execute(_SNAPSHOTS, {"round_id": round_id}).mappings()
    order = list(Stage)
    return sorted((StageView(**row) for row in rows), key=lambda s: order.index(Stage(s.stage)))


def stage_of(session: Session, snapshot_id: int) -> str | None:
    """The state at which a snapshot was taken; None where there is none."""
    found: str | None = session.scalar(_STAGE, {"id": snapshot_id})
    return found


def choose_stage(
    session: Session, report: Report, round_id: int, stage: str, *, now: datetime
) -> StageView:
    """The wanted state, or the last one; frozen on the spot when nobody came to do it yet.

    Raises Refused where the round is not that far, Unavailable while it is being frozen.
    """
    order = list(Stage)
    found = stages_of(session, round_id)
    if report.since is Stage.OPEN and not [one for one in found if one.stage != Stage.OPEN]:
        _freeze_open(session, round_id, found, now)
        found = stages_of(session, round_id)
    fit = [
        one for one in found
        if order.index(Stage(one.stage)) >= order.index(report.since)
    ]  # fmt: skip
    if not fit:
        raise Refused("report_not_yet", needs=str(report.since))
    chosen = next((one for one in fit if one.stage == stage), fit[-1])
    if chosen.state != "due":
        return chosen
    freeze(session, chosen.id, now=now)
    row = session.execute(_FROZEN, {"round_id": round_id, "stage": chosen.stage}).mappings()
    frozen = row.one_or_none()
    if frozen is None:
        raise Unavailable("report_being_frozen")
    return StageView(**frozen)


def _freeze_open(session: Session, round_id: int, known: list[StageView], now: datetime) -> None:
    """While orders come in nothing freezes them but the asking; not more often than this."""
    if not known or (known[-1].frozen_at or now) < now - OPEN_FOR:
        freeze_again(session, round_id, now=now)


def ask(
    session: Session,
    report: Report,
    scope: Scope,
    *,
    round_id: int | None,
    stage: str,
    month_on: date,
    language: str,
    now: datetime,
) -> tuple[Asked, RoundChoice | None, StageView | None]:
    """What a report is about: its snapshot, or the moment up to which the books are read.

    Raises NotFound for a round that is not, Refused and Unavailable as ``choose_stage``.
    """
    if report.source is Source.MONTH:
        return _of_month(session, report, scope, month_on, language, now), None, None
    if report.source is Source.NOW:
        asked = Asked(report=report, scope=scope, as_of=_minute(now), language=language)
        return asked, None, None
    round_ = get_round(session, round_id or 0)
    frozen = (
        choose_stage(session, report, round_.id, stage, now=now)
        if report.source is Source.FROZEN
        else None
    )
    as_of = frozen.frozen_at if frozen else _books_of(session, report, round_.id, now)
    asked = Asked(
        report=report, scope=scope, as_of=as_of or now, round_id=round_.id, language=language,
        snapshot_id=frozen.id if frozen else None,
    )  # fmt: skip
    return asked, round_, frozen


def _books_of(session: Session, report: Report, round_id: int, now: datetime) -> datetime:
    """The round's last entry where the books are asked; else this minute."""
    last = None
    if report.source is Source.BOOKS:
        last = session.scalar(_ENTRY, {"round_id": round_id, "now": now})
    return last or _minute(now)


def _of_month(
    session: Session, report: Report, scope: Scope, month_on: date, language: str, now: datetime
) -> Asked:
    start, end = month_bounds(month_on)
    last = session.scalar(_ENTRY_OF_MONTH, {"start": start, "end": min(end, now)})
    as_of = end if now >= end else last or _minute(now)
    return Asked(report=report, scope=scope, as_of=as_of, month_on=month_on, language=language)


def _minute(now: datetime) -> datetime:
    """Two taps in one minute ask for the same thing."""
    return now.replace(second=0, microsecond=0)


def month_bounds(month_on: date) -> tuple[datetime, datetime]:
    """The month's first moment in Thailand and the next month's."""
    after = date(month_on.year + month_on.month // 12, month_on.month % 12 + 1, 1)
    return bangkok_moment(month_on, time()), bangkok_moment(after, time())


def parameters(asked: Asked) -> dict[str, Any]:
    """Whatever a report's statement may name."""
    start, end = month_bounds(asked.month_on) if asked.month_on else (None, None)
    thai = asked.language == "th"
    return {
        "snapshot_id": asked.snapshot_id,
        "round_id": asked.round_id,
        "as_of": asked.as_of,
        "month_from": start,
        "month_to": end,
        "everything": asked.scope.everything,
        "areas": [f"{code}%" for code in asked.scope.areas],
        "groups": list(asked.scope.group_ids),
        "th": thai,
        "parcel": "พัสดุ" if thai else "Parcel",
    }


def count_rows(session: Session, asked: Asked) -> int:
    """How many rows the report has. One statement."""
    counted = text(f"SELECT count(*) FROM ({asked.report.sql}) AS report")  # noqa: S608
    return int(session.scalar(counted, parameters(asked)) or 0)


def some_rows(session: Session, asked: Asked, *, start: int, most: int) -> list[Sequence[Any]]:
    """A page of rows."""
    values = parameters(asked) | {"start": start, "most": most}
    rows = session.execute(text(f"{asked.report.sql} LIMIT :most OFFSET :start"), values)
    return [tuple(row) for row in rows]


def stream(session: Session, asked: Asked) -> Iterator[Sequence[Any]]:
    """Every row, through a cursor on the server: the same memory for any number of them."""
    found = session.execute(
        text(asked.report.sql),
        parameters(asked),
        execution_options={"yield_per": FETCHED_AT_ONCE},
    )
    for row in found:
        yield tuple(row)
