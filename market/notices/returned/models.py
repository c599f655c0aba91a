"""How far the mailbox of returned letters is read, and addresses that take nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base


class ReturnedMail(Base):
    """The one mailbox: who reads it now, up to where, and whether it could be read.

    validity, judged_uid: IMAP's UIDVALIDITY, and the last message below which all were judged.
    """

    __tablename__ = "returned_mail"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    validity: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    judged_uid: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    claimed_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"), default=0)  # in a row
    away_until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="", default="")
    read_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class WrongAddress(Base):
    """An address that takes no letters, as its server says: on how many days, and when last."""

    __tablename__ = "wrong_address"
    address: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime]
