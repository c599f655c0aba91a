"""Pictures that people send: drawn anew, and nothing that bites gets as far as a pixel."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from market.errors import Refused
from market.pictures import KEPT_SIDE, MAX_BYTES, pixels, read_picture
from tests.factories.slips import slip_png

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose head says it is that large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_slip_is_drawn_anew_and_its_code_is_read():
    picture = read_picture(slip_png("014", "2026112300001ABCD"))

    kept = Image.open(BytesIO(picture.data))
    assert kept.format == "WEBP"
    assert picture.kind == "image/webp"
    assert [code[:4] for code in picture.codes] == ["0038"]


def test_place_and_camera_are_not_kept():
    sent = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Camera of somebody"
    exif[0x8825] = {1: "N", 2: (7.0, 0.0, 0.0)}
    Image.new("RGB", (40, 40), "white").save(sent, "JPEG", exif=exif, comment=b"secret place")

    kept = read_picture(sent.getvalue()).data

    assert not dict(Image.open(BytesIO(kept)).getexif())
    assert b"somebody" not in kept
    assert b"secret" not in kept


def test_a_large_picture_is_made_small():
    sent = BytesIO()
    Image.new("L", (3000, 4000), 255).save(sent, "PNG")

    kept = Image.open(BytesIO(read_picture(sent.getvalue()).data))

    assert max(kept.size) == KEPT_SIDE


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "picture_missing"),
        (SVG, "picture_unreadable"),
        (b"%PDF-1.7 not a picture", "picture_unreadable"),
        (b"GIF89a" + b"\0" * 40, "picture_unreadable"),
        (slip_png("014", "2026112300001ABCD")[:300], "picture_unreadable"),
        (b"\xff" * (MAX_BYTES + 1), "picture_too_large"),
        (png_claiming(10_000, 6_000), "picture_too_many_pixels"),
        (png_claiming(60_000, 60_000), "picture_too_many_pixels"),
        (png_claiming(2**31 - 1, 2**31 - 1), "picture_too_many_pixels"),
        (png_claiming(0, 0), "picture_unreadable"),
    ],
    ids=["empty", "svg", "pdf", "gif", "half", "large", "60MP", "bomb", "huge", "zero"],
)
def test_what_is_no_picture_of_ours_is_refused(sent, code):
    with pytest.raises(Refused) as refusal:
        read_picture(sent)

    assert refusal.value.code == code


#: A picture whose notes about itself are crooked: reading them fails with no OSError.
CROOKED = bytes.fromhex(
    "524946460401000057454250565038580a000000080000001700000f00005650382024000000b002009d012a"
    "180010003e5d2c9145a422a19804004006c4b480003db00000fefb9cc00045584946ba0000004d4d002a0000"
    "00080005010f00020000000443616d0001120003000000010006000001000005000000010000004a87690004"
    "0000000100000052882500040000000100000084000000000000004800000001000290030002000000140000"
    "0070a0020003000000010018000000000000323032363a30313a30312030303a30303a303000000200010002"
    "000000024e0000000002000500000003000000a2000000000000000700000001000000000000000100000000"
    "00000001"
)


def test_a_picture_made_to_trip_its_reader_is_refused():
    with pytest.raises(Refused, match="picture_unreadable") as refused:
        read_picture(CROOKED)
    assert isinstance(refused.value.__cause__, struct.error)


def jpeg(width: int, height: int, **how) -> bytes:
    """A photo as a camera takes it."""
    sent = BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(sent, "JPEG", **how)
    return sent.getvalue()


def test_the_largest_photo_of_a_phone_is_taken_and_unpacked_small():
    with pixels(BytesIO(jpeg(8160, 6120, quality=50)), KEPT_SIDE) as image:
        assert image.size == (1600, 1200)


def test_a_progressive_jpeg_may_be_no_larger_than_what_is_unpacked_whole():
    with (
        pytest.raises(Refused, match="picture_too_many_pixels"),
        pixels(BytesIO(jpeg(4100, 4000, quality=30, progressive=True)), KEPT_SIDE),
    ):
        pass


def test_a_photo_stays_as_the_camera_was_held():
    exif = Image.Exif()
    exif[0x0112] = 6  # the phone stood upright
    with pixels(BytesIO(jpeg(400, 300, exif=exif)), KEPT_SIDE) as image:
        assert image.size == (300, 400)


def test_what_is_see_through_lies_on_white():
    sent = BytesIO()
    Image.new("RGBA", (400, 400), (255, 0, 0, 0)).save(sent, "PNG")
    with pixels(sent, KEPT_SIDE) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)
