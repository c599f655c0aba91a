"""Names of a book's categories."""

from __future__ import annotations

from market.livelihood.rules import BESIDE, CATEGORIES, INCOME, SPENDING
from market.web import language

GROUPS = (("income", tuple(INCOME)), ("spending", tuple(SPENDING)), ("beside", tuple(BESIDE)))


def category_name(key: str) -> str:
    """In the reader's language."""
    th, en = CATEGORIES[key]
    return th if language() == "th" else en
