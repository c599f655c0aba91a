"""The notes of calls to groups."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.matching.calling.rules import Outcome


class CallNote(Base):
    """One call to a group about a round: who was called where, and what came of it.

    ask_id: the ask that was answered on the group's behalf in this call.
    """

    __tablename__ = "call_note"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    ask_id: Mapped[int | None] = mapped_column(ForeignKey("ask.id"), unique=True)
    person: Mapped[str] = mapped_column(server_default="", default="")
    phone: Mapped[str] = mapped_column(server_default="", default="")
    outcome: Mapped[Outcome]
    words: Mapped[str] = mapped_column(server_default="", default="")
    call_again_at: Mapped[datetime | None]
    called_by: Mapped[str]  # "user:7"
    called_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("ask_id IS NULL OR (outcome = 'reached' AND words <> '')", name="answered"),
        CheckConstraint(
            "length(person) <= 120 AND length(phone) <= 40 AND length(words) <= 1000", name="words"
        ),
        Index("ix_call_note_group", "group_id", text("called_at DESC")),
    )
