"""What may be said about a photo, and when it may be shown."""

from __future__ import annotations

from enum import StrEnum

MOST_PHOTOS = 60  # of a group
MOST_ALT, LEAST_ALT = 160, 8  # letters
MOST_CAPTION = 160


class Purpose(StrEnum):
    """What a photo shows."""

    PRODUCT = "product"
    GROUP = "group"
    PLACE = "place"
    STEP = "step"
    BATCH = "batch"


class Question(StrEnum):
    """What is asked about a photo, one a screen, in this order."""

    ABOUT = "about"
    WORDS = "words"
    PEOPLE = "people"


def next_question(purpose: str | None, alt_th: str, people_seen: bool | None) -> Question | None:
    """The first question that has no answer yet; None when the photo can be shown."""
    if purpose is None:
        return Question.ABOUT
    if not alt_th:
        return Question.WORDS
    return Question.PEOPLE if people_seen is None else None
