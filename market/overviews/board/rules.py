"""What a coordinator wants to see of the board, and in which order. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from market.thai import normalise, search_text

PAGE_GROUPS = 20
FIND_LENGTH = 60
ID_MOST = 2**31
_AREA = re.compile(r"(\d{2}|\d{4}|\d{6})?")


class Show(StrEnum):
    """Which groups: by their worst batch, or those behind their date."""

    ALL = "all"
    SILENT = "silent"
    SHORT = "short"
    LATE = "late"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, kw_only=True)
class BoardFilter:
    """The state of the board's filters. area: a code of a province, amphoe or tambon."""

    show: Show = Show.ALL
    area: str = ""
    product_id: int = 0
    find: str = ""
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Does it leave anything out?"""
        return self != BoardFilter(page=self.page)

    def words(self) -> str:
        """What is looked for, as names are stored for searching."""
        return search_text(self.find)

    def address(self, **changed: object) -> dict[str, object]:
        """As arguments of an address; what is as usual stays out."""
        values: dict[str, object] = {
            "show": self.show.value, "area": self.area, "product": self.product_id,
            "find": self.find, "page": self.page,
        } | changed  # fmt: skip
        usual = {"show": "all", "area": "", "product": 0, "find": "", "page": 1}
        return {name: value for name, value in values.items() if value != usual[name]}


def read_filter(typed: Mapping[str, str]) -> BoardFilter:
    """From an address that anybody may have typed; what makes no sense counts as not said."""
    show = typed.get("show", "")
    area = normalise(typed.get("area", "")[:12])
    return BoardFilter(
        show=Show(show) if show in tuple(Show) else Show.ALL,
        area=area if _AREA.fullmatch(area) else "",
        product_id=_number(typed.get("product", ""), 0),
        find=normalise(typed.get("find", "").replace("\0", "")[:FIND_LENGTH]),
        page=_number(typed.get("page", ""), 1),
    )


def _number(typed: str, otherwise: int) -> int:
    ascii_digits = typed.isascii() and typed.isdecimal() and len(typed) < 11
    return int(typed) if ascii_digits and 0 < int(typed) < ID_MOST else otherwise
