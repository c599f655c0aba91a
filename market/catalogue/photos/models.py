"""Photos, and the files of their widths."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id


class Photo(Base):
    """A photo that a group sent. Others see it while ``shown_at`` is set, and only then.

    sha256 names the kept file, width and height are its pixels; purpose, words and the answer
    about people are missing until the sender has said them.
    """

    __tablename__ = "photo"
    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    purpose: Mapped[str | None]
    alt_th: Mapped[str] = mapped_column(server_default="")
    alt_en: Mapped[str] = mapped_column(server_default="")
    caption: Mapped[str] = mapped_column(server_default="")
    people_seen: Mapped[bool | None]
    consent_at: Mapped[datetime | None]  # when the sender said that everybody shown agrees
    position: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    placeholder: Mapped[str]  # data URI of a few pixels, shown until the photo is there
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "shown_at IS NULL OR (purpose IS NOT NULL AND alt_th <> ''"
            " AND people_seen IS NOT NULL AND (NOT people_seen OR consent_at IS NOT NULL))",
            name="finished",
        ),
        CheckConstraint("purpose IN ('product', 'group', 'place', 'step', 'batch')",
                        name="purpose"),
        CheckConstraint("(purpose IS NOT DISTINCT FROM 'product') = (product_id IS NOT NULL)",
                        name="product"),
        CheckConstraint("width >= 320 AND height >= 320", name="size"),
        CheckConstraint("octet_length(placeholder) < 400", name="placeholder"),
        UniqueConstraint("group_id", "sha256"),
        Index("ix_photo_group_id", "group_id", "position", "id"),
        Index("ix_photo_product_id", "product_id", "position", "id",
              postgresql_where=text("shown_at IS NOT NULL")),
        Index("ix_photo_sha256", "sha256"),
    )  # fmt: skip


class PhotoFile(Base):
    """A width of a photo as it is sent to a browser; sha256 is the photo's kept file."""

    __tablename__ = "photo_file"
    sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"), primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True)
    ext: Mapped[str] = mapped_column(primary_key=True)
    file_sha256: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    __table_args__ = (
        CheckConstraint("width IN (320, 640, 1280)", name="width"),
        CheckConstraint("ext IN ('webp', 'avif')", name="ext"),
    )
