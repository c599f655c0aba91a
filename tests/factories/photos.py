"""Photos as phones take them, and rows of them."""

import struct
from io import BytesIO

from PIL import Image
from sqlalchemy.orm import Session

from market.catalogue.photos.commands import add_photo
from market.catalogue.photos.models import Photo
from market.catalogue.photos.rules import Purpose
from market.catalogue.photos.sizes import read_photo
from market.clock import utc_now
from market.files import Store


def jpeg(width: int = 800, height: int = 600, seed: int = 0, **how) -> bytes:
    """A photo; another seed makes another photo."""
    sent = BytesIO()
    image = Image.radial_gradient("L").resize((width, height)).convert("RGB")
    image.paste((seed % 256, seed // 256, 90), (0, 0, width // 3, height // 3))
    image.save(sent, "JPEG", **how)
    return sent.getvalue()


def jpeg_claiming(width: int, height: int) -> bytes:
    """A small JPEG whose head says it is that large."""
    data = jpeg()
    sizes = data.index(b"\xff\xc0") + 5
    return data[:sizes] + struct.pack(">HH", height, width) + data[sizes + 4 :]


def make_photo(
    session: Session, store: Store, group_id: int, *, product_id: int | None = None,
    shown: bool = True, seed: int = 0, purpose: str = "group",
) -> Photo:  # fmt: skip
    """A photo with all its words, which everybody sees unless ``shown`` is False."""
    now = utc_now()
    read = read_photo(BytesIO(jpeg(seed=seed)))
    photo_id = add_photo(session, store, group_id, read, actor="user:1", now=now)
    photo = session.get_one(Photo, photo_id)
    photo.purpose = Purpose.PRODUCT if product_id else Purpose(purpose)
    photo.product_id = product_id
    photo.alt_th, photo.people_seen = "สมาชิกกำลังสีข้าวที่ลานหน้าบ้าน", False
    photo.shown_at = now if shown else None
    session.flush()
    return photo
