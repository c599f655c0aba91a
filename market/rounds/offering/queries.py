"""What would be left over for a group at the numbers it thinks of."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.rounds.parts import GROUP_PARTS, round_rules, rules_for, split_price
from market.rounds.queries import OfferView


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """For one unit, in satang: what the group gets of the price, and what is left of that.

    left_satang is negative where the price does not cover what making costs.
    """

    price_satang: int
    group_satang: int
    left_satang: int


def forecast(session: Session, offer: OfferView, price_satang: int) -> Forecast:
    """Surplus (what is left over) as sellers mean it: the group's part less its own costs."""
    rules = rules_for(round_rules(session, offer.round_id), offer.category_key)
    parts = split_price(price_satang, rules)
    group = sum(satang for part, satang in parts.items() if part in GROUP_PARTS)
    return Forecast(
        price_satang=price_satang, group_satang=group, left_satang=group - offer.unit_cost_satang
    )
