"""Reading photos: what others see, and what their group sees of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from market.catalogue.models import Offer, ProducerGroup, Product
from market.catalogue.photos.models import Photo, PhotoFile
from market.catalogue.photos.rules import MOST_PHOTOS, Question, next_question
from market.errors import NotFound
from market.files import Store, read_file
from market.principals import Thing

Column = ColumnElement[int] | InstrumentedAttribute[int]


@dataclass(frozen=True, kw_only=True)
class ShownPhoto:
    """A photo as a page shows it: widths of its files, smallest first; avif: in both formats."""

    sha256: str
    width: int
    height: int
    widths: tuple[int, ...]
    avif: bool
    placeholder: str
    alt_th: str
    alt_en: str
    caption: str
    folder: str = "/photos/"

    def srcset(self, ext: str) -> str:
        """Addresses with their widths, for the browser to choose from."""
        return ", ".join(f"{self.url(width, ext)} {width}w" for width in self.widths)

    def url(self, width: int, ext: str = "webp") -> str:
        """The address of one width."""
        return f"{self.folder}{self.sha256}-{width}.{ext}"


@dataclass(frozen=True, kw_only=True)
class OwnPhoto:
    """A photo as its group sees it; question is the first that is still to be answered."""

    id: int
    purpose: str | None
    product_id: int | None
    product_th: str | None
    product_en: str | None
    people_seen: bool | None
    is_shown: bool
    picture: ShownPhoto

    @property
    def question(self) -> Question | None:
        """What its sender has not said yet."""
        return next_question(self.purpose, self.picture.alt_th, self.people_seen)


@dataclass(frozen=True, kw_only=True)
class MadeGoods:
    """Goods of a group, to say which of them a photo shows."""

    id: int
    name_th: str
    name_en: str


#: The formats of a photo's files, as JSON: [[320, "avif"], [320, "webp"], ...].
_FILES = (
    select(func.json_agg(func.json_build_array(PhotoFile.width, PhotoFile.ext)))
    .where(PhotoFile.sha256 == Photo.sha256)
    .correlate(Photo)
    .scalar_subquery()
)
_COLUMNS = (
    Photo.sha256, Photo.width, Photo.height, Photo.placeholder, Photo.alt_th, Photo.alt_en,
    Photo.caption,
)  # fmt: skip


def card_photo(product_id: Column, group_id: Column | None = None) -> ScalarSelect[Any]:
    """A column: the first shown photo of a product, for ``shown_photo``; NULL without one.

    Of any maker, or of one. Put it where rows are few: beside LIMIT, not below a window.
    """
    parts = [part for column in _COLUMNS for part in (column.key, column)]
    found = (
        select(func.json_build_object(*parts, "files", _FILES))
        .where(Photo.product_id == product_id, Photo.shown_at.is_not(None))
        .order_by(Photo.position, Photo.id)
        .limit(1)
    )
    if group_id is not None:
        found = found.where(Photo.group_id == group_id)
    return found.scalar_subquery()


#: For statements that are written as text.
_AS_JSON = """(
    SELECT json_build_object('sha256', ph.sha256, 'width', ph.width, 'height', ph.height,
        'placeholder', ph.placeholder, 'alt_th', ph.alt_th, 'alt_en', ph.alt_en,
        'caption', ph.caption, 'files', (SELECT json_agg(json_build_array(pf.width, pf.ext))
            FROM photo_file pf WHERE pf.sha256 = ph.sha256))
      FROM photo ph WHERE ph.id = :column AND ph.shown_at IS NOT NULL)"""


def photo_sql(id_column: str) -> str:
    """A scalar subquery for a statement in text: the photo that a row points at, for
    ``shown_photo``; NULL while it is not shown. id_column is written by us: "s.photo_id".
    """
    return _AS_JSON.replace(":column", id_column)


def shown_photo(found: dict[str, Any] | str | None) -> ShownPhoto | None:
    """What ``card_photo`` found, as pages show it."""
    if found is None:
        return None
    seen: dict[str, Any] = json.loads(found) if isinstance(found, str) else dict(found)
    return _shown(seen.pop("files"), seen)


def photos_of_products(
    session: Session, product_ids: Sequence[int], *, group_id: int | None = None
) -> dict[int, tuple[ShownPhoto, ...]]:
    """The shown photos of goods, by product; of one maker's only, where a group is given."""
    query = _shown_photos().where(Photo.product_id.in_(product_ids))
    if group_id is not None:
        query = query.where(Photo.group_id == group_id)
    return _by_key(session, query.add_columns(Photo.product_id.label("key")))


def photos_of_groups(
    session: Session, group_ids: Sequence[int], *, purposes: Sequence[str] = ("group", "place")
) -> dict[int, tuple[ShownPhoto, ...]]:
    """The shown photos of groups and their places, by group."""
    query = _shown_photos().where(Photo.group_id.in_(group_ids), Photo.purpose.in_(purposes))
    return _by_key(session, query.add_columns(Photo.group_id.label("key")))


def own_photos(session: Session, group_id: int) -> tuple[OwnPhoto, ...]:
    """All photos of a group in their order, shown or not."""
    return tuple(_own(row) for row in session.execute(_own_photos(group_id)))


def own_photo(session: Session, group_id: int, photo_id: int) -> OwnPhoto:
    """One photo of a group. Raises NotFound."""
    row = session.execute(_own_photos(group_id).where(Photo.id == photo_id)).first()
    if row is None:
        raise NotFound("not_found", what="photo")
    return _own(row)


def goods_of(session: Session, group_id: int) -> tuple[MadeGoods, ...]:
    """What a group makes, for choosing."""
    rows = session.execute(
        select(Product.id, Product.name_th, Product.name_en)
        .join(Offer, Offer.product_id == Product.id)
        .where(Offer.group_id == group_id)
        .order_by(Product.sort_key)
    )
    return tuple(MadeGoods(id=row.id, name_th=row.name_th, name_en=row.name_en) for row in rows)


def group_thing(session: Session, group_id: int, **_view_args: Any) -> Thing:
    """The group whose photos a page is about. Raises NotFound."""
    area = session.scalar(select(ProducerGroup.tambon_code).where(ProducerGroup.id == group_id))
    if area is None:
        raise NotFound("not_found", what="group")
    return Thing(area=area, group_id=group_id)


def photo_thing(session: Session, group_id: int, photo_id: int, **_view_args: Any) -> Thing:
    """The group of a photo that is one of its own. Raises NotFound."""
    own = select(Photo.id).where(Photo.id == photo_id, Photo.group_id == group_id)
    if session.scalar(own) is None:
        raise NotFound("not_found", what="photo")
    return group_thing(session, group_id)


def public_file(
    session: Session, store: Store, sha256: str, width: int, ext: str
) -> tuple[str, str, bytes]:
    """Hash, type and bytes of a width of a photo that is shown. Raises NotFound."""
    shown = select(Photo.id).where(Photo.sha256 == sha256, Photo.shown_at.is_not(None))
    return _file(session, store, _file_hash(sha256, width, ext).where(shown.exists()))


def own_file(
    session: Session, store: Store, group_id: int, photo_id: int
) -> tuple[str, str, bytes]:
    """Hash, type and bytes of the smallest width of a group's photo, shown or not."""
    photo = own_photo(session, group_id, photo_id).picture
    return _file(session, store, _file_hash(photo.sha256, photo.widths[0], "webp"))


def _file_hash(sha256: str, width: int, ext: str) -> Select[Any]:
    return select(PhotoFile.file_sha256).where(
        PhotoFile.sha256 == sha256, PhotoFile.width == width, PhotoFile.ext == ext
    )


def _file(session: Session, store: Store, query: Select[Any]) -> tuple[str, str, bytes]:
    file_sha256: str | None = session.scalar(query)
    if file_sha256 is None:
        raise NotFound("not_found", what="photo")
    return file_sha256, *read_file(session, store, file_sha256)


def _shown_photos() -> Select[Any]:
    return (
        select(*_COLUMNS, _FILES.label("files"))
        .where(Photo.shown_at.is_not(None))
        .order_by(Photo.position, Photo.id)
    )


def _own_photos(group_id: int) -> Select[Any]:
    return (
        select(
            *_COLUMNS, _FILES.label("files"), Photo.id, Photo.purpose, Photo.product_id,
            Photo.people_seen, Photo.shown_at, Product.name_th, Product.name_en,
        )
        .outerjoin(Product, Product.id == Photo.product_id)
        .where(Photo.group_id == group_id)
        .order_by(Photo.position, Photo.id)
        .limit(MOST_PHOTOS)
    )  # fmt: skip


def _by_key(session: Session, query: Select[Any]) -> dict[int, tuple[ShownPhoto, ...]]:
    found = defaultdict(list)
    for row in session.execute(query):
        found[row.key].append(_row_photo(row))
    return {key: tuple(photos) for key, photos in found.items()}


def _own(row: Row[Any]) -> OwnPhoto:
    return OwnPhoto(
        id=row.id,
        purpose=row.purpose,
        product_id=row.product_id,
        product_th=row.name_th,
        product_en=row.name_en,
        people_seen=row.people_seen,
        is_shown=row.shown_at is not None,
        picture=_row_photo(row),
    )


def _row_photo(row: Row[Any]) -> ShownPhoto:
    return _shown(row.files, {column.key: getattr(row, column.key) for column in _COLUMNS})


def _shown(files: list[tuple[int, str]], seen: dict[str, Any]) -> ShownPhoto:
    widths = sorted({width for width, _ext in files})
    return ShownPhoto(widths=tuple(widths), avif=any(ext == "avif" for _, ext in files), **seen)
