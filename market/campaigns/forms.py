"""What is typed of campaigns."""

from __future__ import annotations

from market.campaigns.commands import NewCampaign
from market.rounds.planning.forms import Reader

MOST_WORDS = 1000


def typed_campaign(reader: Reader, products: tuple[int, ...]) -> NewCampaign:
    """A campaign as typed. Look at ``reader.mistakes`` before using it."""
    return NewCampaign(
        name_th=reader.words("name_th"), name_en=reader.words("name_en"),
        words_th=reader.words("words_th", MOST_WORDS),
        words_en=reader.words("words_en", MOST_WORDS),
        starts_on=reader.day("starts_on"), ends_on=reader.day("ends_on"),
        round_id=next(iter(reader.ids("round")), None), product_ids=products,
        group_ids=reader.ids("group"),
    )  # fmt: skip
