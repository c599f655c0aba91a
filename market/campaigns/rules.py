"""What a campaign may be, and when it shows. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from enum import StrEnum

LONGEST_DAYS = 120
MOST_CHOSEN = 200


class CampaignState(StrEnum):
    """draft -> published -> ended. An ended one can be published again."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"


def shows(state: CampaignState, starts_on: date, ends_on: date, today: date) -> bool:
    """Is it on the shop's pages today?"""
    return state is CampaignState.PUBLISHED and starts_on <= today <= ends_on


def slug_of(name_en: str, campaign_id: int) -> str:
    """The address's part: the English name in small Latin letters, and the number."""
    plain = unicodedata.normalize("NFKD", name_en).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)[:8]
    return "-".join([*words, str(campaign_id)])
