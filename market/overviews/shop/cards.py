"""Cards as a reader sees them, and their markup, kept while nothing on them changes.

Rendering is most of what a list costs. A card's markup depends on the Card and the language
alone, so each process keeps the last few thousand; no time limit is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from flask import current_app, url_for
from flask_babel import gettext
from markupsafe import Markup

from market.catalogue.photos.queries import ShownPhoto
from market.overviews.shop.rows import GoodsRow
from market.overviews.shop.rules import Part, Progress, price_per_measure
from market.weave import Share, goods_key

TINTS = "dcbabadc"  # neighbours differ, beside and below, with four cards in a row


@dataclass(frozen=True, kw_only=True)
class Card:
    """Everything a card of the list shows, in the reader's language."""

    id: int
    url: str
    name: str
    place: str
    makers: int
    region: str | None
    price_satang: int
    price_is_ceiling: bool
    unit: str
    measure: tuple[int, str] | None
    ordered_units: int
    minimum_units: int
    capacity_units: int
    state: str
    local_only: bool
    opens_at: datetime | None
    away_km: int | None
    picture: str
    tint: str
    photo: ShownPhoto | None


def card_of(row: GoodsRow, nth: int, language: str) -> Card:
    """The card of a row; ``nth`` counts from 0 and chooses the ground of its picture."""
    state = row.progress
    below = state is Progress.BELOW
    price_satang = row.high_satang or row.reference_satang
    return Card(
        id=row.id,
        url=url_for("shop.product", code=row.code, round=row.round_id),
        name=row.name_th if language == "th" else row.name_en,
        place=place_of(row, language),
        makers=row.makers,
        region=row.region,
        price_satang=price_satang,
        price_is_ceiling=row.low_satang < row.high_satang,
        unit=row.unit_th if language == "th" else row.unit_en,
        measure=price_per_measure(price_satang, row.pack),
        ordered_units=row.lead_units if below else row.ordered_units,
        minimum_units=row.minimum_units,
        capacity_units=row.capacity_units,
        state=state.value,
        local_only=row.local_only,
        opens_at=row.opens_at,
        away_km=row.away_km,
        picture=goods_key(row.code, row.category),
        tint=TINTS[nth % len(TINTS)],
        photo=row.photo,
    )


def place_of(row: GoodsRow, language: str) -> str:
    """District and province; nothing for what no open round has."""
    if row.round_id is None:
        return ""
    if language == "th":
        return f"{row.amphoe_th} {row.province_th}"
    return f"{row.amphoe_en}, {row.province_en}"


def cards_markup(rows: Sequence[GoodsRow], language: str) -> Markup:
    """The cards of a list, one after the other."""
    cards = (card_of(row, nth, language) for nth, row in enumerate(rows))
    return Markup("").join(card_markup(card, language) for card in cards)


@lru_cache(maxsize=4096)
def card_markup(card: Card, _language: str) -> Markup:
    """One card. The language is in the key because the words around the card follow it."""
    macros = current_app.jinja_env.get_template("shop/_card.html").module
    return Markup(macros.card(card))  # type: ignore[attr-defined]  # noqa: S704  own template


def shares(parts: Sequence[Part]) -> list[Share]:
    """The parts of a price with their words."""
    words = {
        "surplus": gettext("Left over for the group"),
        "labour": gettext("Members' labour"),
        "material": gettext("Materials"),
        "packing": gettext("Packing, label, quality checks"),
        "transport": gettext("Transport and co-ordination"),
    }
    return [Share(part.key, words[part.key], part.satang, part.weave) for part in parts]
