"""Every kind of sheet by its name."""

from __future__ import annotations

from market.imports.kinds.base import Kind
from market.imports.kinds.books import BOOK_KIND
from market.imports.kinds.offers import OFFER_KIND
from market.imports.kinds.paper import ORDER_KIND
from market.imports.kinds.products import PRODUCT_KIND
from market.imports.rules import ImportKind

KINDS: dict[ImportKind, Kind] = {
    kind.sheet.kind: kind for kind in (PRODUCT_KIND, OFFER_KIND, ORDER_KIND, BOOK_KIND)
}
