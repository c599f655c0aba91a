"""The text of a PromptPay code: published vectors, and what no code may be made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.payments.promptpay import crc16, promptpay_payload
from market.payments.qr import qr_png, qr_svg

MOBILE = "00020101021129370016A0000006770101110113006681234567853037645802TH6304823E"
MOBILE_AMOUNT = (
    "00020101021229370016A0000006770101110113006681234567853037645406420.505802TH63049ACC"
)
NATIONAL_ID = "00020101021229370016A0000006770101110213111111111111153037645406100.005802TH6304219A"
PUBLISHED = "00020101021129370016A000000677010111011300660000000005802TH530376463048956"


def test_a_mobile_number_without_an_amount() -> None:
    assert promptpay_payload("081-234-5678") == MOBILE


def test_a_mobile_number_with_an_amount() -> None:
    assert promptpay_payload("0812345678", 42050) == MOBILE_AMOUNT


def test_a_national_id_with_an_amount() -> None:
    assert promptpay_payload("1111111111111", 10000) == NATIONAL_ID


@pytest.mark.parametrize("payload", [MOBILE, MOBILE_AMOUNT, NATIONAL_ID, PUBLISHED])
def test_the_checksum_of_every_published_payload(payload: str) -> None:
    assert f"{crc16(payload[:-4].encode()):04X}" == payload[-4:]


def test_an_e_wallet_has_its_own_tag() -> None:
    assert "0315123456789012345" in promptpay_payload("123456789012345", 100)


@pytest.mark.parametrize("proxy", ["", "123", "12345678901", "08123456789x", "1812345678"])
def test_what_is_no_promptpay_id_is_refused(proxy: str) -> None:
    with pytest.raises(ValueError, match="PromptPay id"):
        promptpay_payload(proxy, 100)


@pytest.mark.parametrize("amount", [0, -1, 10**10])
def test_an_amount_that_cannot_be_paid_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="amount"):
        promptpay_payload("0812345678", amount)


@given(st.integers(1, 9_999_999_999))
def test_every_tag_says_its_length_and_the_checksum_holds(amount: int) -> None:
    payload = promptpay_payload("0812345678", amount)
    tags, rest = {}, payload
    while rest:
        length = int(rest[2:4])
        tags[rest[:2]], rest = rest[4 : 4 + length], rest[4 + length :]
    baht, satang = tags["54"].split(".")
    assert int(baht) * 100 + int(satang) == amount
    assert tags["63"] == f"{crc16(payload[:-4].encode()):04X}"


def test_the_picture_carries_no_inline_style_and_the_png_is_one() -> None:
    svg = qr_svg(MOBILE_AMOUNT)
    assert svg.startswith("<svg")
    assert "style" not in svg
    assert qr_png(MOBILE_AMOUNT).startswith(b"\x89PNG")
