"""What a person may agree to, and how long things about leaving take. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

EXPORT_KEPT = timedelta(days=7)
EXPORT_LEASE = timedelta(minutes=5)
EXPORT_TRIES = 3
#: Time to think again before an account is deleted.
COOLING = timedelta(days=7)
#: What stands where a name stood.
NOBODY = "–"
#: The words of the consent page, by the day they were last changed: a consent names what it
#: was given to. A test fails when the words change and this does not.
WORDS_VERSION = "2026-11-23"


class ConsentKind(StrEnum):
    """What only happens with a person's leave. All are off until given."""

    NEWS = "news"  # letters about rounds and groups that nobody ordered
    REVIEW_NAME = "review_name"  # the first name beside a review
    PHOTO = "photo"  # pictures that show the person


class ExportState(StrEnum):
    """An export's life: asked, then ready or failed; what was ready expires."""

    ASKED = "asked"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"
