"""The text inside a PromptPay QR code, by the EMV merchant-presented layout. Pure.

Checked against the vectors of the domain notes. Plain PromptPay has no callback: money is
matched by a person, so the amount is always inside and a code is for one order only.
"""

from __future__ import annotations

import re

_PROMPTPAY_APP = "A000000677010111"
_STATIC, _WITH_AMOUNT = "11", "12"
_BAHT = "764"
_MAX_SATANG = 9_999_999_999  # tag 54 holds 13 characters


def promptpay_payload(proxy: str, amount_satang: int | None = None) -> str:
    """What the QR says: pay ``amount_satang`` (None: the payer types it) to ``proxy``.

    ``proxy`` is a mobile number (10 digits), a national or tax id (13) or an e-wallet (15).
    Raises ValueError for anything else.
    """
    tags = [
        _tag("00", "01"),
        _tag("01", _STATIC if amount_satang is None else _WITH_AMOUNT),
        _tag("29", _tag("00", _PROMPTPAY_APP) + _proxy_tag(proxy)),
        _tag("53", _BAHT),
        "" if amount_satang is None else _tag("54", _baht(amount_satang)),
        _tag("58", "TH"),
    ]
    body = "".join(tags) + "6304"
    return body + f"{crc16(body.encode()):04X}"


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE: polynomial 1021, start FFFF, nothing reflected (EMV book, annex)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
            crc &= 0xFFFF
    return crc


def _tag(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"


def _proxy_tag(proxy: str) -> str:
    digits = re.sub(r"[\s-]", "", proxy)
    if not re.fullmatch(r"0\d{9}|\d{13}|\d{15}", digits):
        raise ValueError("a PromptPay id has 10, 13 or 15 digits")
    if len(digits) == 10:
        return _tag("01", "0066" + digits[1:])
    return _tag("02" if len(digits) == 13 else "03", digits)


def _baht(amount_satang: int) -> str:
    if not 0 < amount_satang <= _MAX_SATANG:
        raise ValueError("a PromptPay amount is above zero and fits in 13 characters")
    baht, rest = divmod(amount_satang, 100)
    return f"{baht}.{rest:02d}"
