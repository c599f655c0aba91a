"""The words of ordering, whom a line may come from, and what it costs at most. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from market.rounds.methods import PayMethod as PayMethod

GRAMS_PER_KG = 1000


class MakerChoice(StrEnum):
    """Who may make a line."""

    ONLY = "only"  # this group only
    FIRST = "first"  # this group first, another in the re-match
    ANY = "any"  # any maker within the band


class ShortageChoice(StrEnum):
    """What happens when a line cannot be served whole."""

    FEWER = "fewer"
    NOTHING = "nothing"


class IfShort(StrEnum):
    """The one question a buyer is asked; it decides both choices above."""

    FEWER = "fewer"
    OTHER = "other"  # let another group make it
    NOTHING = "nothing"


class OrderState(StrEnum):
    """placed or cancelled; all later states belong to lines, charges and batches."""

    PLACED = "placed"
    CANCELLED = "cancelled"


def choices_for(answer: IfShort, maker: MakerChoice) -> tuple[MakerChoice, ShortageChoice]:
    """A line's two choices after the buyer's answer; a line for any maker stays one."""
    shortage = ShortageChoice.NOTHING if answer is IfShort.NOTHING else ShortageChoice.FEWER
    if maker is MakerChoice.ANY:
        return maker, shortage
    return (MakerChoice.FIRST if answer is IfShort.OTHER else MakerChoice.ONLY), shortage


def if_short(maker: MakerChoice, shortage: ShortageChoice) -> IfShort:
    """The answer that a line's two choices stand for."""
    if shortage is ShortageChoice.NOTHING:
        return IfShort.NOTHING
    return IfShort.OTHER if maker is MakerChoice.FIRST else IfShort.FEWER


def delivery_fee_satang(weight_g: int, first_kg_satang: int, extra_kg_satang: int) -> int:
    """The published tariff: the first kilogram, then each started one."""
    if weight_g <= 0:
        return 0
    extra_kg = -(-max(0, weight_g - GRAMS_PER_KG) // GRAMS_PER_KG)
    return first_kg_satang + extra_kg * extra_kg_satang


@dataclass(frozen=True, kw_only=True)
class OfferTerms:
    """An offer of a round as one destination sees it. Frozen while the round is open."""

    offer_id: int  # of the round
    product_id: int
    group_id: int
    price_satang: int
    max_per_order: int
    ready_index: int
    minutes_per_unit: int
    in_band: bool
    reaches: bool  # by the group's own lane or by parcel


def serving(
    offers: Iterable[OfferTerms], maker: MakerChoice, group_id: int | None, delivery_index: int
) -> tuple[OfferTerms, ...]:
    """The offers that may serve a line: they reach, are ready, and are whom the buyer allows."""
    return tuple(
        offer
        for offer in offers
        if offer.reaches
        and offer.ready_index <= delivery_index
        and (offer.group_id == group_id or (maker is not MakerChoice.ONLY and offer.in_band))
    )


def ceiling_satang(offers: Iterable[OfferTerms]) -> int:
    """The most a unit may cost: the dearest offer that may serve it."""
    return max(offer.price_satang for offer in offers)


@dataclass(frozen=True, kw_only=True)
class DraftLine:
    """A line as the buyer wants it."""

    product_id: int
    units: int
    maker: MakerChoice
    group_id: int | None
    shortage: ShortageChoice = ShortageChoice.FEWER


@dataclass(frozen=True, kw_only=True)
class QuotedLine:
    """A wanted line, the offers that may serve it (none: it cannot come here), and its ceiling."""

    line: DraftLine
    offers: tuple[OfferTerms, ...]
    ceiling_satang: int
    most_units: int  # an order may take

    @property
    def total_satang(self) -> int:
        """The most the line may cost."""
        return self.line.units * self.ceiling_satang


def quote(
    lines: Sequence[DraftLine], offers: Sequence[OfferTerms], delivery_index: int
) -> tuple[QuotedLine, ...]:
    """Each line with the offers that may serve it on this delivery date."""
    return tuple(_quoted(line, offers, delivery_index) for line in lines)


def _quoted(line: DraftLine, offers: Sequence[OfferTerms], delivery_index: int) -> QuotedLine:
    mine = [offer for offer in offers if offer.product_id == line.product_id]
    able = serving(mine, line.maker, line.group_id, delivery_index)
    return QuotedLine(
        line=line,
        offers=able,
        ceiling_satang=ceiling_satang(able) if able else 0,
        most_units=max((offer.max_per_order for offer in able), default=0),
    )


def first_index_for_all(
    lines: Sequence[DraftLine], offers: Sequence[OfferTerms], dates: int
) -> int:
    """The first delivery date on which every line has an offer; the last date where none has."""
    for index in range(dates):
        if all(quoted.offers for quoted in quote(lines, offers, index)):
            return index
    return dates - 1
