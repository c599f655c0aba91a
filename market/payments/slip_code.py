"""The mini-QR on a transfer slip: which bank sent, and its transaction reference. Pure.

Layout (SCB "Extracting data from mini QR"; the same in promptparse and other open readers):
``00`` {``00`` = 000001, ``01`` = three digits of the sending bank, ``02`` = reference},
``51`` = TH, ``91`` = CRC-16/CCITT-FALSE over all up to "9104". It holds no amount.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from market.payments.promptpay import crc16

_SLIP_API = "000001"
_REFERENCE = re.compile(r"[A-Za-z0-9]{4,40}")
_CRC_LENGTH = 4
#: From so many letters on a reference proves a transfer. Anybody can print a code with a shorter
#: one that stands in many lines of a bank: a day, a phone, an account's number. Banks' own have
#: 17 and more.
PROOF_LETTERS = 16


class CodeKind(StrEnum):
    """What a QR in a picture turned out to be."""

    SLIP = "slip"
    FORGED = "forged"  # laid out as a slip's, but its check sum is wrong
    PAYABLE = "payable"  # a code to pay with: somebody sent the QR instead of the slip
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class SlipCode:
    """One read code; bank and reference only of a good slip."""

    kind: CodeKind
    bank_code: str | None = None
    trans_ref: str | None = None


def read_slip_code(text: str) -> SlipCode:
    """What this QR text is; never raises, whatever it holds."""
    tags = _tags(text)
    inner = _tags(tags.get("00", ""))
    if tags.get("00") == "01" and {"29", "30"} & tags.keys():
        return SlipCode(kind=CodeKind.PAYABLE)
    if inner.get("00") != _SLIP_API or "91" not in tags:
        return SlipCode(kind=CodeKind.OTHER)
    bank, reference = inner.get("01", ""), inner.get("02", "")
    good = (
        _is_whole(text)
        and re.fullmatch(r"\d{3}", bank, re.ASCII)
        and _REFERENCE.fullmatch(reference)
    )
    if not good:
        return SlipCode(kind=CodeKind.FORGED)
    return SlipCode(kind=CodeKind.SLIP, bank_code=bank, trans_ref=reference.upper())


def best_code(texts: tuple[str, ...]) -> SlipCode:
    """The one that decides when a picture holds several: a slip before anything else."""
    order = (CodeKind.SLIP, CodeKind.FORGED, CodeKind.PAYABLE, CodeKind.OTHER)
    codes = [read_slip_code(text) for text in texts]
    return min(codes, key=lambda code: order.index(code.kind), default=SlipCode(kind=order[-1]))


def slip_payload(bank_code: str, trans_ref: str) -> str:
    """The text of a slip's mini-QR, as a bank prints it."""
    inner = _tag("00", _SLIP_API) + _tag("01", bank_code) + _tag("02", trans_ref)
    body = _tag("00", inner) + _tag("51", "TH") + "9104"
    return body + f"{crc16(body.encode()):04X}"


def _is_whole(text: str) -> bool:
    body, crc = text[:-_CRC_LENGTH], text[-_CRC_LENGTH:]
    return body.endswith("9104") and f"{crc16(body.encode()):04X}" == crc.upper()


def _tags(text: str) -> dict[str, str]:
    """Tag -> value; empty when the text is not laid out this way to its end."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = text[at : at + 4]
        if not re.fullmatch(r"\d{4}", head, re.ASCII):
            return {}
        end = at + 4 + int(head[2:])
        if end > len(text):
            return {}
        found[head[:2]], at = text[at + 4 : end], end
    return found


def _tag(tag: str, value: str) -> str:
    return f"{tag}{len(value):02d}{value}"
