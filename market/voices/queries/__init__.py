"""Reads of what people say about goods, as frozen read models."""

from __future__ import annotations

from market.voices.queries.goods import Maker, Received, goods_of, makers_of
from market.voices.queries.heard import (
    GroupNews,
    ReviewRow,
    ThanksSeen,
    count_reported,
    news_of,
    reviews_to_watch,
    thanks_on_page,
    thanks_to,
)
from market.voices.queries.reviews import (
    PhotoSeen,
    ReviewSeen,
    ReviewsPage,
    get_review,
    reviews_of_group,
    reviews_of_product,
)
from market.voices.queries.things import (
    Named,
    find_reviewed,
    get_group,
    group_thing,
    is_public_thanks,
    review_picture,
    review_thing,
    thanks_picture,
    thanks_thing,
)

__all__ = [
    "GroupNews",
    "Maker",
    "Named",
    "PhotoSeen",
    "Received",
    "ReviewRow",
    "ReviewSeen",
    "ReviewsPage",
    "ThanksSeen",
    "count_reported",
    "find_reviewed",
    "get_group",
    "get_review",
    "goods_of",
    "group_thing",
    "is_public_thanks",
    "makers_of",
    "news_of",
    "review_picture",
    "review_thing",
    "reviews_of_group",
    "reviews_of_product",
    "reviews_to_watch",
    "thanks_on_page",
    "thanks_picture",
    "thanks_thing",
    "thanks_to",
]
