"""A Thai address in its parts. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from market.thai import arabic_digits

PARTS = ("house_no", "moo", "village", "soi", "road")
#: What people write before a part themselves, and what stands there in the end.
_TYPED = {"moo": r"หมู่ที่|หมู่|ม\.", "soi": r"ซอย|ซ\.", "road": r"ถนน|ถ\.", "house_no": r"บ้านเลขที่|เลขที่"}
_WORDS = {"moo": "หมู่ ", "soi": "ซอย", "road": "ถนน"}


@dataclass(frozen=True, kw_only=True)
class AddressParts:
    """House number, village number, village or building, lane, road; as typed without its word."""

    house_no: str
    moo: str = ""
    village: str = ""
    soi: str = ""
    road: str = ""

    def line(self) -> str:
        """As written on a parcel: ``99/1 หมู่ 5 ซอยสุขใจ ถนนพหลโยธิน``."""
        found = ((part, getattr(self, part)) for part in PARTS)
        return " ".join(_WORDS.get(part, "") + typed for part, typed in found if typed)


def address_parts(typed: dict[str, str]) -> AddressParts:
    """The parts as typed, Thai digits too, without the words that name them."""
    return AddressParts(**{part: _bare(part, typed.get(part, "")) for part in PARTS})


def _bare(part: str, typed: str) -> str:
    words = _TYPED.get(part)
    bare = re.sub(rf"^(?:{words})\s*", "", typed) if words else typed
    return arabic_digits(bare).strip()
