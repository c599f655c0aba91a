"""The words of matching and confirming."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """running -> solved -> published; or failed, or superseded by a later run."""

    RUNNING = "running"
    SOLVED = "solved"
    PUBLISHED = "published"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class Answer(StrEnum):
    """A group's word on an ask. Silence at the deadline counts as no."""

    WAITING = "waiting"
    ALL = "all"
    PART = "part"
    NO = "no"
    SILENT = "silent"


class AskKind(StrEnum):
    """make: asked by a match. shrink: paid orders fell below the batch, make fewer or stop."""

    MAKE = "make"
    SHRINK = "shrink"


class AnswerReason(StrEnum):
    """Why not all: four pictures and a free word."""

    RAIN = "rain"
    PEOPLE = "people"
    MATERIAL = "material"
    MACHINE = "machine"
    OTHER = "other"


class Mode(StrEnum):
    """How goods reach a zone."""

    LANE = "lane"
    POST = "post"


class BatchState(StrEnum):
    """A batch's life: (round, group, product, delivery date)."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    TO_MAKE = "to_make"
    MADE = "made"
    PACKED = "packed"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    PAID_OUT = "paid_out"
    STOPPED = "stopped"


BATCH_MOVES: dict[BatchState, frozenset[BatchState]] = {
    BatchState.ASKED: frozenset({BatchState.CONFIRMED, BatchState.DECLINED, BatchState.STOPPED}),
    BatchState.CONFIRMED: frozenset({BatchState.TO_MAKE, BatchState.STOPPED, BatchState.ASKED}),
    BatchState.DECLINED: frozenset({BatchState.ASKED, BatchState.STOPPED}),
    BatchState.TO_MAKE: frozenset({BatchState.MADE, BatchState.STOPPED}),
    BatchState.MADE: frozenset({BatchState.PACKED}),
    BatchState.PACKED: frozenset({BatchState.HANDED_OVER}),
    BatchState.HANDED_OVER: frozenset({BatchState.DELIVERED}),
    BatchState.DELIVERED: frozenset({BatchState.PAID_OUT}),
    BatchState.PAID_OUT: frozenset(),
    BatchState.STOPPED: frozenset(),
}
